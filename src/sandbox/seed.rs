//! What a fresh sandbox holds: sample data that phone people recognise, or a file of one's own.
//!
//! Files are in the formats of `routes list`: CSV with the header
//! `ani,dnis,domain,application,destination` in any order, a JSON array of routes, or
//! `{"domains":[…],"routes":[…]}`. Domains that only routes name are added. All numbers of the
//! sample are of the fictional 555-01xx block.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::model::{Application, DomainRecord, Route, Row as _};

use super::data::{Data, DomainRow, RouteRow, reseller};

/// Domains and routes that a sandbox starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    domains: Vec<DomainRow>,
    routes: Vec<RouteRow>,
}

/// A seed file that cannot be used, and where it is wrong.
#[derive(Debug, thiserror::Error)]
#[error("the seed file `{}{}` cannot be used: {message}", .file.display(), .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct SeedError {
    file: PathBuf,
    line: Option<u64>,
    message: String,
}

/// The sample: ani, dnis, domain, application, destination.
const ROUTES: [[&str; 5]; 12] = [
    ["16165550101", "", "acme", "user", "john"],
    ["16165550102", "", "acme", "user", "100"],
    ["16165550102", "16165550190", "acme", "user", "200"],
    ["16165550103", "16165550191", "acme", "user", "frontdesk"],
    ["12125550104", "", "acme", "device", "device:johns-cell"],
    ["13125550105", "", "bluebird", "user", "maria"],
    ["13125550106", "", "bluebird", "user", "sales"],
    ["13125550106", "13125550180", "bluebird", "user", "support"],
    [
        "14155550107",
        "",
        "bluebird",
        "literal",
        "sip:+14155550170@carrier.example",
    ],
    ["14155550108", "13125550181", "bluebird", "user", "billing"],
    ["12065550109", "", "harborview", "user", "300"],
    [
        "12065550110",
        "12065550175",
        "harborview",
        "user",
        "night-nurse",
    ],
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedFile {
    #[serde(default)]
    domains: Option<Vec<SeedDomain>>,
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
    /// The sample data: three domains, a dozen routes.
    pub fn sample() -> Self {
        let domain = |name: &str, description: Option<&str>| DomainRow {
            description: description.map(str::to_owned),
            ..DomainRow::named(&format!("{name}.15611.service"))
        };
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            domains: vec![
                domain("acme", Some("Acme Plumbing, Grand Rapids")),
                domain("bluebird", Some("Bluebird Travel, Chicago")),
                domain("harborview", None),
            ],
            routes: ROUTES
                .iter()
                .map(|[ani, dnis, domain, application, destination]| RouteRow {
                    ani: (*ani).to_owned(),
                    dnis: text(dnis),
                    domain: format!("{domain}.15611.service"),
                    application: text(application),
                    destination: (*destination).to_owned(),
                })
                .collect(),
        }
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
    fn parse(text: &str) -> Result<Self, (Option<u64>, String)> {
        let at_line = |error: serde_json::Error| {
            let message = error.to_string();
            // serde_json ends its message with the place, which is told in front here.
            let message = message.split(" at line ").next().unwrap_or(&message);
            (u64::try_from(error.line()).ok(), message.to_owned())
        };
        let seed = match text.trim_start().chars().next() {
            Some('[') => {
                let routes = serde_json::from_str(text).map_err(at_line)?;
                Self::collect(None, routes)?
            }
            Some('{') => {
                let file: SeedFile = serde_json::from_str(text).map_err(at_line)?;
                Self::collect(file.domains, file.routes)?
            }
            _ => Self::parse_csv(text)?,
        };
        Ok(seed)
    }

    fn collect(
        domains: Option<Vec<SeedDomain>>,
        routes: Vec<SeedRoute>,
    ) -> Result<Self, (Option<u64>, String)> {
        let closed = domains.is_some();
        let mut seed = Self {
            domains: Vec::new(),
            routes: Vec::new(),
        };
        for SeedDomain(row) in domains.unwrap_or_default() {
            if seed.knows(&row.domain) {
                return Err((
                    None,
                    format!("the domain `{}` stands twice in it", row.domain),
                ));
            }
            seed.domains.push(row);
        }
        for (at, SeedRoute(row)) in routes.into_iter().enumerate() {
            seed.add(row, closed)
                .map_err(|message| (None, format!("route {}: {message}", at + 1)))?;
        }
        Ok(seed)
    }

    fn parse_csv(text: &str) -> Result<Self, (Option<u64>, String)> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let at_line =
            |error: csv::Error| (error.position().map(csv::Position::line), error.to_string());
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
        let mut seed = Self {
            domains: Vec::new(),
            routes: Vec::new(),
        };
        for record in reader.records() {
            let record = record.map_err(at_line)?;
            let line = record.position().map(csv::Position::line);
            let field = |name: &str| {
                let place = header.iter().position(|known| known == name)?;
                record
                    .get(place)
                    .filter(|text| !text.is_empty())
                    .map(unguarded)
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
        let twin = |old: &&RouteRow| {
            old.ani == row.ani
                && old.dnis == row.dnis
                && old.domain.eq_ignore_ascii_case(&row.domain)
        };
        if self.routes.iter().any(|old| twin(&old)) {
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
        Data::new(self.domains.clone(), self.routes.clone())
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

/// Takes off the one `'` that our CSV puts before cells a spreadsheet would run.
fn unguarded(cell: &str) -> String {
    cell.strip_prefix('\'').unwrap_or(cell).to_owned()
}

#[cfg(test)]
mod tests {
    use super::Seed;

    fn error(text: &str) -> (Option<u64>, String) {
        Seed::parse(text).expect_err(text)
    }

    #[test]
    fn the_sample_is_three_domains_and_a_dozen_routes() {
        let seed = Seed::sample();
        assert_eq!((seed.domains.len(), seed.routes.len()), (3, 12));
        assert!(
            seed.routes
                .iter()
                .all(|row| row.ani[4..].starts_with("55501"))
        );
        assert!(seed.routes.iter().all(|row| seed.knows(&row.domain)));
        assert_eq!(seed.domains[2].description, None);
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
