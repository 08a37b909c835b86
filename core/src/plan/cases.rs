//! Expected routings, for CI: CSV `from,to,domain,application,destination` against real routes.
//!
//! An empty `destination` expects no route; an empty `application` accepts any; an empty `to` asks
//! about a call to any number.

use std::collections::HashSet;

use serde::Serialize;

use super::columns::Column;
use super::csv;
use super::explain::{Call, Index, Outcome};
use super::lint::{self, Warning};
use super::problems::{FileErrors, Problems, quoted};
use super::rows::{Row, text};
use crate::model::{Application, Domain, DomainKey, Number, NumberError, Route};

/// One expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// `cases.csv:3`.
    pub source: String,
    /// The call; always with a domain.
    pub call: Call,
    /// Where it should go; none for no route.
    pub expected: Option<Expected>,
}

/// Where a call should go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// The application; none accepts any.
    pub application: Option<String>,
    /// The destination, byte for byte.
    pub destination: String,
}

/// What all cases came to.
///
/// JSON form: `{"precedence":"assumed","passed":N,"failed":N,"cases":[{"source","from","to"|null,
/// "domain","expected":{"application"|null,"destination"}|null,"found":{route}|null,"passed":bool,
/// "detail"}]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Always `assumed`, as in an explanation.
    pub precedence: &'static str,
    /// How many hold.
    pub passed: usize,
    /// How many do not.
    pub failed: usize,
    /// Each case, in the order of the file.
    pub cases: Vec<CaseResult>,
}

/// What one case came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// `cases.csv:3`.
    pub source: String,
    /// The caller as sent.
    pub from: String,
    /// The called number as sent.
    pub to: Option<String>,
    /// The domain as given.
    pub domain: String,
    /// What was expected.
    pub expected: Option<Expected>,
    /// The route that takes the call.
    pub found: Option<Route>,
    /// Whether it is the expected one.
    pub passed: bool,
    /// Both in words.
    pub detail: String,
}

/// Reads a file of cases, and what is to be said of its columns.
///
/// # Errors
/// Every mistake at once, and a file without cases: nothing was tested then.
pub fn read(name: &str, bytes: &[u8]) -> Result<(Vec<Case>, Option<Warning>), FileErrors> {
    let text = text(name, bytes)?;
    let mut problems = Problems::new(text);
    let table = csv::read(text, &ALL, &REQUIRED, &mut problems);
    let rows = table.unwrap_or_default().rows;
    if problems.is_empty() && rows.is_empty() {
        problems.add(0, "the file has no cases: nothing would be tested");
    }
    let cases = rows.iter().map(|row| case(name, row, &mut problems));
    let cases: Vec<_> = cases.collect();
    let note = lint::foreign(&problems.foreign);
    problems.finish(name)?;
    Ok((cases.into_iter().flatten().collect(), note))
}

/// Checks every case against these routes; one about a domain that the account does not have fails,
/// whatever it expects.
pub fn run(cases: &[Case], routes: &[Route], unknown: &HashSet<DomainKey>) -> Report {
    let index = Index::new(routes);
    let is_unknown = |case: &Case| {
        let domain = case.call.domain.as_ref();
        domain.is_some_and(|domain| unknown.contains(&domain.key()))
    };
    let check = |case: &Case| {
        let mut result = check(case, &index);
        let why = match (is_unknown(case), spelled_nowhere(case, routes)) {
            (true, _) => "the account has no such domain".to_owned(),
            (_, Some(error)) => error.to_string(),
            _ => return result,
        };
        (result.passed, result.detail) = (false, why);
        result
    };
    let cases: Vec<CaseResult> = cases.iter().map(check).collect();
    let passed = cases.iter().filter(|case| case.passed).count();
    Report {
        precedence: "assumed",
        passed,
        failed: cases.len() - passed,
        cases,
    }
}

/// Bare digits that are no number, and that no route has either.
fn spelled_nowhere(case: &Case, routes: &[Route]) -> Option<NumberError> {
    type Field = fn(&Route) -> &Option<String>;
    let numbers: [(Option<&Number>, Field); 2] = [
        (Some(&case.call.from), |route| &route.ani),
        (case.call.to.as_ref(), |route| &route.dnis),
    ];
    numbers.into_iter().find_map(|(number, field)| {
        let error = number?.without_row()?;
        let is_it = number?.matcher();
        let found = (routes.iter()).any(|route| field(route).as_deref().is_some_and(&is_it));
        (!found).then_some(error)
    })
}

const ALL: [Column; 5] = [
    Column::Ani,
    Column::Dnis,
    Column::Domain,
    Column::Application,
    Column::Destination,
];

const REQUIRED: [Column; 3] = [Column::Ani, Column::Domain, Column::Destination];

fn case(name: &str, row: &Row<'_>, problems: &mut Problems<'_>) -> Option<Case> {
    let mut number = |column: Column| {
        Number::of_row(row.text(column))
            .map_err(|error| problems.add(row.place(column), error.to_string()))
            .ok()
    };
    let from = number(Column::Ani);
    let to = match row.text(Column::Dnis) {
        "" => Some(None),
        _ => number(Column::Dnis).map(Some),
    };
    let domain = Domain::parse(row.text(Column::Domain))
        .map_err(|error| problems.add(row.place(Column::Domain), error.to_string()))
        .ok();
    let application = match row.text(Column::Application) {
        "" => Some(None),
        text if text.parse::<Application>().is_ok() => Some(Some(text.to_owned())),
        text => {
            let message = format!(
                "{} is no application: `user`, `device`, `literal` or nothing",
                quoted(text)
            );
            problems.add(row.place(Column::Application), message);
            None
        }
    };
    let destination = row.text(Column::Destination);
    let expected = application.map(|application| Expected {
        application,
        destination: destination.to_owned(),
    })?;
    Some(Case {
        source: format!("{name}:{}", row.line),
        call: Call {
            from: from?,
            to: to?,
            domain: Some(domain?),
        },
        expected: Some(expected).filter(|_| !destination.is_empty()),
    })
}

fn check(case: &Case, index: &Index<'_>) -> CaseResult {
    let mut explanation = index.explain(&case.call);
    let decision = explanation.domains.pop();
    let outcome = decision
        .as_ref()
        .map_or(Outcome::NoRoute, |decision| decision.outcome);
    let reason = decision.as_ref().map_or("", |decision| decision.reason);
    let found = decision
        .as_ref()
        .and_then(|decision| decision.route.clone());
    let passed = match (&case.expected, &found) {
        (Some(expected), Some(found)) => expected.is(found),
        (None, None) => outcome == Outcome::NoRoute,
        _ => false,
    };
    let wanted = match &case.expected {
        None => "no route".to_owned(),
        Some(expected) => expected.words(),
    };
    let got = match &found {
        None => format!("no route: {reason}"),
        Some(route) => format!(
            "`{}` ({}): {reason}",
            route.destination.as_deref().unwrap_or_default(),
            route.application_or_user()
        ),
    };
    let domain = case.call.domain.as_ref();
    CaseResult {
        source: case.source.clone(),
        from: explanation.from,
        to: explanation.to,
        domain: domain.map_or(String::new(), |domain| domain.as_str().to_owned()),
        expected: case.expected.clone(),
        found,
        passed,
        detail: format!("expected {wanted}, found {got}"),
    }
}

impl Expected {
    fn is(&self, route: &Route) -> bool {
        let application = self.application.as_deref();
        application.is_none_or(|application| application == route.application_or_user())
            && route.destination.as_deref() == Some(self.destination.as_str())
    }

    fn words(&self) -> String {
        match &self.application {
            None => format!("`{}`", self.destination),
            Some(application) => format!("`{}` ({application})", self.destination),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{read, run};
    use crate::model::Route;

    fn routes() -> Vec<Route> {
        serde_json::from_str(
            r#"[
            {"ani":"16165550101","domain":"acme.15611.service","destination":"john"},
            {"ani":"16165550101","dnis":"16165550199","domain":"acme.15611.service","application":"device","destination":"desk"},
            {"ani":"16165550102","domain":"acme.15611.service","destination":"a"},
            {"ani":"16165550102","domain":"acme.15611.service","destination":"b"}]"#,
        )
        .expect("routes")
    }

    #[test]
    fn cases_pass_and_fail_with_both_sides_named() {
        let text = "from,to,domain,application,destination\n\
            616-555-0101,,acme.15611.service,,john\n\
            16165550101,16165550199,ACME.15611.service,device,desk\n\
            16165550101,16165550199,acme.15611.service,user,desk\n\
            16165550103,,acme.15611.service,,\n\
            16165550101,,acme.15611.service,,\n\
            16165550102,,acme.15611.service,,a\n\
            16165550102,,acme.15611.service,,\n\
            16165550101,,acme.15611.service,,John\n";
        let (cases, _) = read("cases.csv", text.as_bytes()).expect("cases");
        let report = run(&cases, &routes(), &std::collections::HashSet::new());
        let passed: Vec<bool> = report.cases.iter().map(|case| case.passed).collect();
        assert_eq!(
            passed,
            [true, true, false, true, false, false, false, false]
        );
        assert_eq!((report.passed, report.failed), (3, 5));
        assert_eq!(report.cases[2].source, "cases.csv:4");
        assert!(
            report.cases[4]
                .detail
                .starts_with("expected no route, found `john` (user)"),
            "{}",
            report.cases[4].detail
        );
    }

    #[test]
    fn every_mistake_is_named_and_nothing_is_no_test() {
        let text = "from,to,domain,application,destination\nx,y,a b,boss,z\n";
        let errors = read("c.csv", text.as_bytes()).expect_err("mistakes");
        assert_eq!(errors.problems().len(), 4, "{errors}");
        let errors = read("c.csv", b"from,domain,destination\n").expect_err("none");
        assert!(errors.to_string().contains("no cases"), "{errors}");
        let errors = read("c.csv", b"from,domain,destination,state\n1,a,b,absent\n");
        assert!(errors.is_err());
    }
}
