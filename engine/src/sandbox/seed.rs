//! What a fresh sandbox holds: sample data that phone people recognise, or a file of one's own.
//!
//! Files are in the formats of `routes list`: CSV with the header
//! `ani,dnis,domain,application,destination` in any order, a JSON array of routes, or
//! `{"domains":[…],"routes":[…],"subscribers":[…],"numbers":[…],"accounts":[…]}`. Domains that only
//! routes name are added, and where nothing is said of subscribers or numbers there is what the routes
//! need. The sample is such a file, `sample.json`; all its numbers are of the fictional 555-01xx block.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::model::{Application, DomainRecord, Route, Row as _, cell};

use super::data::{Data, DomainRow, PhoneNumber, RouteRow, SubAccount, Subscriber, reseller};

/// Domains and routes that a sandbox starts with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seed {
    domains: Vec<DomainRow>,
    routes: Vec<RouteRow>,
    /// Where they stand: domain, caller, called number.
    keys: HashSet<(String, String, Option<String>)>,
    /// Those that the routes need where it is none.
    subscribers: Option<Vec<Subscriber>>,
    numbers: Option<Vec<PhoneNumber>>,
    accounts: Vec<SubAccount>,
}

/// The user whose calls the routes sort (`api.md`, Routes).
const SORTER: &str = "route_by_ani";

/// A seed file that cannot be used, and where it is wrong.
#[derive(Debug, thiserror::Error)]
#[error("the seed file `{}{}` cannot be used: {message}", .file.display(), .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct SeedError {
    file: PathBuf,
    line: Option<usize>,
    message: String,
}

/// The sample data: three domains and the reseller's own, a dozen routes, accounts below.
const SAMPLE: &str = include_str!("sample.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedFile {
    domains: Option<Vec<SeedDomain>>,
    #[serde(default)]
    routes: Vec<SeedRoute>,
    subscribers: Option<Vec<Subscriber>>,
    numbers: Option<Vec<PhoneNumber>>,
    #[serde(default)]
    accounts: Vec<SeedAccount>,
}

/// An account below, with the domains its routes name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedAccount {
    id: String,
    parent: Option<String>,
    name: String,
    number: String,
    #[serde(default)]
    routes: Vec<SeedRoute>,
}

#[derive(Deserialize)]
#[serde(try_from = "DomainRecord")]
struct SeedDomain(DomainRow);

#[derive(Deserialize)]
#[serde(try_from = "Route")]
struct SeedRoute(RouteRow);

impl Seed {
    /// The sample data.
    #[expect(clippy::missing_panics_doc, reason = "a test reads the sample")]
    pub fn sample() -> Self {
        Self::parse(SAMPLE).expect("the sample is a seed")
    }

    /// Reads a CSV or JSON file.
    ///
    /// # Errors
    /// The file cannot be read, or is wrong in the named line.
    pub fn read(path: &Path) -> Result<Self, SeedError> {
        let error = |(line, message)| SeedError {
            file: path.to_owned(),
            line,
            message,
        };
        let text = std::fs::read_to_string(path).map_err(|e| error((None, e.to_string())))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Self::parse(text).map_err(error)
    }

    /// Reads the text of a seed file; an error is a line and what is wrong with it.
    fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        let at_line = |error: serde_json::Error| {
            let message = error.to_string();
            // serde_json ends its message with the place, which is told in front here.
            let message = message.split(" at line ").next().unwrap_or(&message);
            (Some(error.line()), message.to_owned())
        };
        let seed = match text.trim_start().chars().next() {
            Some('[') => {
                let routes = serde_json::from_str(text).map_err(at_line)?;
                Self::collect(None, routes)?
            }
            Some('{') => {
                let file: SeedFile = serde_json::from_str(text).map_err(at_line)?;
                Self {
                    subscribers: file.subscribers,
                    numbers: file.numbers,
                    accounts: (file.accounts.into_iter().map(SeedAccount::read))
                        .collect::<Result<_, _>>()?,
                    ..Self::collect(file.domains, file.routes)?
                }
            }
            _ => Self::parse_csv(text)?,
        };
        Ok(seed)
    }

    fn collect(
        domains: Option<Vec<SeedDomain>>,
        routes: Vec<SeedRoute>,
    ) -> Result<Self, (Option<usize>, String)> {
        let closed = domains.is_some();
        let mut seed = Self::default();
        for SeedDomain(row) in domains.unwrap_or_default() {
            if seed.knows(&row.domain) {
                let message = format!("the domain `{}` stands twice in it", row.domain);
                return Err((None, message));
            }
            seed.domains.push(row);
        }
        for (at, SeedRoute(row)) in routes.into_iter().enumerate() {
            seed.add(row, closed)
                .map_err(|message| (None, format!("route {}: {message}", at + 1)))?;
        }
        Ok(seed)
    }

    fn parse_csv(text: &str) -> Result<Self, (Option<usize>, String)> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let at_line =
            |error: csv::Error| (Some(cell::line(text, error.position())), error.to_string());
        let header = reader.headers().map_err(at_line)?.clone();
        for name in &header {
            if !Route::COLUMNS.contains(&name) {
                let message = format!(
                    "unknown column `{name}`, accepted are {}",
                    Route::COLUMNS.join(",")
                );
                return Err((Some(1), message));
            }
        }
        let mut seed = Self::default();
        for record in reader.records() {
            let record = record.map_err(at_line)?;
            let line = Some(cell::line(text, record.position()));
            let field = |name: &str| {
                let place = header.iter().position(|known| known == name)?;
                record
                    .get(place)
                    .filter(|text| !text.is_empty())
                    .map(|text| cell::unguard(text).into_owned())
            };
            let route = Route {
                ani: field("ani"),
                dnis: field("dnis"),
                domain: field("domain"),
                application: field("application"),
                destination: field("destination"),
            };
            let added = SeedRoute::try_from(route).and_then(|SeedRoute(row)| seed.add(row, false));
            added.map_err(|message| (line, message))?;
        }
        Ok(seed)
    }

    /// Adds a route and, unless the list of domains is closed, its domain.
    fn add(&mut self, row: RouteRow, closed: bool) -> Result<(), String> {
        if !self.knows(&row.domain) {
            if closed {
                return Err(format!("`domains` lacks its domain `{}`", row.domain));
            }
            self.domains.push(DomainRow::named(&row.domain));
        }
        let domain = row.domain.to_ascii_lowercase();
        let key = (domain, row.ani.clone(), row.dnis.clone());
        if !self.keys.insert(key) {
            return Err(format!("the route of `{}` stands twice in it", row.ani));
        }
        self.routes.push(row);
        Ok(())
    }

    fn knows(&self, domain: &str) -> bool {
        self.domains
            .iter()
            .any(|row| row.domain.eq_ignore_ascii_case(domain))
    }

    /// The state that starts from this seed.
    pub(super) fn data(&self) -> Data {
        Data {
            subscribers: self
                .subscribers
                .clone()
                .unwrap_or_else(|| self.needed_users()),
            numbers: self
                .numbers
                .clone()
                .unwrap_or_else(|| self.needed_numbers()),
            accounts: self.accounts.clone(),
            ..Data::new(self.domains.clone(), self.routes.clone())
        }
    }

    /// Everybody whom a route names, and the user who sorts in each domain.
    fn needed_users(&self) -> Vec<Subscriber> {
        let sorters = self.domains.iter().map(|row| (&row.domain, SORTER));
        let is_user = |row: &&RouteRow| matches!(row.application.as_deref(), None | Some("user"));
        let users = self.routes.iter().filter(is_user);
        let users = users.map(|row| (&row.domain, row.destination.as_str()));
        let all: BTreeSet<_> = sorters.chain(users).collect();
        let row = |(domain, user): (&String, &str)| Subscriber {
            domain: domain.clone(),
            user: user.to_owned(),
            ..Subscriber::default()
        };
        all.into_iter().map(row).collect()
    }

    /// Every number that a route names.
    fn needed_numbers(&self) -> Vec<PhoneNumber> {
        let named = self
            .routes
            .iter()
            .filter_map(|row| Some((row.dnis.as_ref()?, &row.domain)));
        let row = |(number, domain): (&String, &String)| PhoneNumber {
            number: number.clone(),
            domain: domain.clone(),
            user: Some(SORTER.to_owned()),
            treatment: "user".to_owned(),
        };
        named
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(row)
            .collect()
    }
}

impl SeedAccount {
    fn read(self) -> Result<SubAccount, (Option<usize>, String)> {
        Ok(SubAccount {
            data: Seed::collect(None, self.routes)?.data(),
            id: self.id,
            parent: self.parent,
            name: self.name,
            number: self.number,
        })
    }
}

impl TryFrom<DomainRecord> for SeedDomain {
    type Error = &'static str;

    fn try_from(record: DomainRecord) -> Result<Self, Self::Error> {
        let domain = record.domain.ok_or("a domain lacks its `domain`")?;
        Ok(Self(DomainRow {
            reseller: record.reseller.or_else(|| reseller(&domain)),
            description: record.description,
            domain,
        }))
    }
}

impl TryFrom<Route> for SeedRoute {
    type Error = String;

    fn try_from(route: Route) -> Result<Self, String> {
        let need = |field: Option<String>, name: &str| {
            field
                .filter(|text| !text.is_empty())
                .ok_or_else(|| format!("a route lacks its `{name}`"))
        };
        let application = route.application.filter(|word| !word.is_empty());
        if let Some(word) = &application
            && word.parse::<Application>().is_err()
        {
            return Err(format!(
                "`{word}` is not an application: user, device or literal"
            ));
        }
        Ok(Self(RouteRow {
            ani: need(route.ani, "ani")?,
            dnis: route.dnis,
            domain: need(route.domain, "domain")?,
            application,
            destination: need(route.destination, "destination")?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::Seed;

    fn error(text: &str) -> (Option<usize>, String) {
        Seed::parse(text).expect_err(text)
    }

    #[test]
    fn the_sample_is_three_domains_and_the_resellers_own_and_a_dozen_routes() {
        let seed = Seed::sample();
        assert_eq!((seed.domains.len(), seed.routes.len()), (4, 12));
        assert!(
            seed.routes
                .iter()
                .all(|row| row.ani[4..].starts_with("55501"))
        );
        assert!(seed.routes.iter().all(|row| seed.knows(&row.domain)));
        assert_eq!(seed.domains[3].description, None);
        let below: Vec<_> = (seed.accounts.iter())
            .map(|account| (account.parent.is_some(), account.data.domains.len()))
            .collect();
        assert_eq!(below, [(false, 1), (true, 1), (false, 1)]);
    }

    #[test]
    fn csv_and_json_say_the_same() {
        let csv = Seed::parse(
            "destination,ani,dnis,domain,application\njohn,1,2,a.15611.service,user\n'=x,3,,a.15611.service,\n",
        );
        let json = Seed::parse(
            r#"[{"ani":1,"dnis":"2","domain":"a.15611.service","application":"user","destination":"john"},
                {"ani":"3","dnis":null,"domain":"a.15611.service","destination":"=x"}]"#,
        );
        let object = Seed::parse(
            r#"{"domains":[{"domain":"a.15611.service"}],"routes":[
                {"ani":1,"dnis":"2","domain":"a.15611.service","application":"user","destination":"john"},
                {"ani":"3","dnis":"","domain":"A.15611.service","destination":"=x"}]}"#,
        )
        .expect("object");
        assert_eq!(csv, json);
        let csv = csv.expect("csv");
        assert_eq!(csv.domains, object.domains);
        assert_eq!(csv.domains[0].reseller.as_deref(), Some("15611"));
        assert_eq!(csv.routes.len(), object.routes.len());
    }

    #[test]
    fn a_seed_without_neighbours_has_those_that_its_routes_need() {
        let text = r#"{"routes":[
            {"ani":"1","dnis":"2","domain":"a.15611.service","destination":"x"},
            {"ani":"3","dnis":"2","domain":"a.15611.service","destination":"sip:y","application":"literal"}]"#;
        let needed = Seed::parse(&format!("{text}}}")).expect("a seed").data();
        let users: Vec<&str> = needed
            .subscribers
            .iter()
            .map(|row| row.user.as_str())
            .collect();
        assert_eq!(users, ["route_by_ani", "x"]);
        assert_eq!(needed.numbers.len(), 1);
        let said = r#","subscribers":[{"domain":"a.15611.service","user":"9"}],"numbers":[]}"#;
        let said = Seed::parse(&format!("{text}{said}"))
            .expect("a seed")
            .data();
        assert_eq!(
            (said.subscribers[0].user.as_str(), said.numbers.len()),
            ("9", 0)
        );
    }

    #[test]
    fn errors_name_the_line() {
        assert_eq!(error("ani,who\n1,2\n").0, Some(1));
        assert_eq!(error("ani,domain,destination\n1,a,b\n,a,b\n").0, Some(3));
        assert_eq!(error("ani,domain,destination\n1,a,b\n1,A,c\n").0, Some(3));
        assert_eq!(error("ani,domain,destination\n1,a,b\n1,A\n").0, Some(3));
        assert_eq!(error("[\n{\"ani\":\"1\",\"domain\":\"a\"}]").0, Some(2));
        assert_eq!(error("[\n\n{]").0, Some(3));
        assert!(error("{\"domains\":[],\"routes\":[{\"ani\":\"1\",\"domain\":\"a\",\"destination\":\"b\"}]}").1.contains("route 1"));
        assert!(
            error(
                "[{\"ani\":\"1\",\"domain\":\"a\",\"destination\":\"b\",\"application\":\"fax\"}]"
            )
            .1
            .contains("`fax`")
        );
    }
}
