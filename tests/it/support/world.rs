//! The engine without a process around it: a sandbox, a client, and what was told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use skyswitch::api::{Client, Http, HttpOptions, RetryPolicy, RouteFilter};
use skyswitch::apply::{Event, Job, Observer, Outcome, Reading, Report, Timing, run};
use skyswitch::auth::{Credentials, EnvSession, TokenEndpoint};
use skyswitch::model::{AccountId, Change, Found, Origin, Route, RouteKey, Standing};
use skyswitch::plan::brakes::Overrides;
use skyswitch::plan::{File, OnConflict, Operation, Plan, Request, Server, plan};
use skyswitch::sandbox::{self, Fault, Options, Quirk, Sandbox, Seed};
use skyswitch::secret::Secret;
use skyswitch::signals::Stop;

/// A server and a client that is quick to try again.
pub struct World {
    pub sandbox: Sandbox,
    pub client: Client,
    pub origin: Origin,
    /// Of its runs: much shorter than a person's.
    pub timing: Timing,
}

/// Options with quirks, faults and these routes; domains of routes exist.
pub fn options(routes: &[Route], quirks: &[&str], faults: &[&str]) -> Options {
    let file = tempfile::NamedTempFile::new().expect("temp");
    let domains = ["a.example", "b.example", "c.example", "d.example"];
    let named = routes.iter().filter_map(|route| route.domain.as_deref());
    let named = named.map(str::to_lowercase);
    let domains = domains.map(str::to_owned).into_iter();
    let domains: std::collections::BTreeSet<_> = domains.chain(named).collect();
    let domains: Vec<_> = domains
        .iter()
        .map(|domain| serde_json::json!({"domain": domain}))
        .collect();
    let seed = serde_json::json!({"domains": domains, "routes": routes});
    std::fs::write(file.path(), seed.to_string()).expect("seed");
    let mut options = Options {
        seed: Some(Seed::read(file.path()).expect("a seed")),
        faults: self::faults(faults),
        ..Options::default()
    };
    for quirk in quirks {
        options
            .quirks
            .set(&quirk.parse::<Quirk>().expect("a quirk"));
    }
    options
}

pub fn faults(words: &[&str]) -> Vec<Fault> {
    let fault = |words: &&str| words.parse::<Fault>().expect("a fault");
    words.iter().map(fault).collect()
}

impl World {
    pub fn new(options: Options) -> Self {
        let sandbox = sandbox::start(options).expect("a sandbox");
        let given = sandbox.credentials().clone();
        let credentials = Credentials {
            client_id: given.client_id,
            client_secret: Secret::new(given.client_secret),
            username: given.username,
            password: Secret::new(given.password),
            scope: "pbx account".to_owned(),
        };
        let origin = Origin::parse(&sandbox.url()).expect("an origin");
        let http = Http::new(
            &origin,
            HttpOptions {
                timeout: Duration::from_secs(2),
                extra_roots: Vec::new(),
                proxy: None,
            },
        )
        .expect("http");
        let grants = TokenEndpoint::new(http.clone(), Stop::default());
        let session = EnvSession::new(credentials, Arc::new(grants));
        let client = Client::new(
            http,
            Arc::new(session),
            AccountId::parse(&given.account_id).expect("an account"),
            RetryPolicy {
                tries: 3,
                pause: Duration::from_millis(10),
            },
            Stop::default(),
        );
        Self {
            sandbox,
            client,
            origin,
            timing: Timing {
                window: Duration::from_secs(1),
                stall: Duration::from_secs(3),
                ..Timing::default()
            },
        }
    }

    /// What the server truly holds, by key.
    pub fn truth(&self) -> BTreeMap<RouteKey, Route> {
        let routes = self.sandbox.routes().expect("state");
        let keyed = |route: Route| (route.key().expect("a key"), route);
        routes.into_iter().map(keyed).collect()
    }

    /// What the server truly holds, in an order of its own.
    pub fn sorted(&self) -> Vec<String> {
        let routes = self.sandbox.routes().expect("state");
        let mut texts: Vec<_> = routes
            .iter()
            .map(|route| serde_json::to_string(route).expect("json"))
            .collect();
        texts.sort();
        texts
    }

    /// Somebody else puts a route.
    pub fn put(&self, route: &Route) {
        let change = Change::put(None, route.clone()).expect("a key");
        self.client.write(&change, false).expect("put");
    }

    /// Somebody else deletes one.
    pub fn delete(&self, route: &Route) {
        let change = Change::delete(route.clone()).expect("a key");
        self.client.write(&change, false).expect("delete");
    }

    pub fn plan(&self, text: &str, prune: bool) -> Plan {
        let (routes, completeness) = self
            .client
            .collect_routes(&RouteFilter::default())
            .expect("a list");
        let file = File::read("routes.csv", text.as_bytes()).expect("a file");
        let request = Request {
            account: self.client.account(),
            origin: &self.origin,
            domains: &[],
            prune,
            raw_numbers: false,
            past: None,
            lent: None,
            on_conflict: OnConflict::default(),
        };
        let server = Server::new(&routes, None, completeness.is_complete());
        plan(&file, &server, &request).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn apply(&self, operations: &[Operation], lanes: usize) -> Report {
        self.apply_with(operations, lanes, &Recorder::default())
    }

    pub fn apply_with(
        &self,
        operations: &[Operation],
        lanes: usize,
        observer: &dyn Observer,
    ) -> Report {
        let overrides = Overrides {
            allow_wide_delete: true,
            allow_empty_domain: ["a", "b", "c", "d"]
                .iter()
                .map(|name| format!("{name}.example").parse().expect("a domain"))
                .collect(),
            ..Overrides::default()
        };
        let job = Job {
            client: &self.client,
            operations,
            lanes,
            overrides: &overrides,
            reading: Reading::Domains,
            verify: true,
            timing: self.timing,
        };
        run(&job, observer)
    }

    /// Every outcome is what the server truly shows.
    #[track_caller]
    pub fn agrees(&self, operations: &[Operation], report: &Report) {
        let truth = self.truth();
        assert_eq!(operations.len(), report.outcomes.len());
        for (operation, outcome) in operations.iter().zip(&report.outcomes) {
            let found = truth.get(&operation.change.key);
            let change = &operation.change;
            let standing = change.standing(&found.map_or(Found::Nothing, Found::One));
            let right = match outcome {
                Outcome::Done | Outcome::Sent | Outcome::Already => standing == Standing::After,
                Outcome::Failed(_) | Outcome::NotReached(_) => standing == Standing::Before,
                Outcome::Unverified
                | Outcome::Unknown(_)
                | Outcome::Seen(_)
                | Outcome::Stale(_) => true,
            };
            assert!(right, "{change:?}: {outcome:?}, but {found:?}");
        }
    }
}

/// Everything that was told, in order.
#[derive(Default)]
pub struct Recorder {
    pub told: Mutex<Vec<String>>,
    pub added: Mutex<Vec<Change>>,
}

impl Observer for Recorder {
    fn begin(&self) -> bool {
        self.told.lock().expect("lock").push("begin".to_owned());
        true
    }

    fn event(&self, event: &Event<'_>) {
        let text = match event {
            Event::Start { domain, .. } => format!("start {domain}"),
            Event::Sent { index } => format!("{index} sent"),
            Event::Operation { index, outcome } => format!("{index} {outcome}"),
            Event::Restored { route, .. } => format!("restored {route}"),
            Event::Verified { domain, .. } => format!("verified {domain}"),
            Event::Trailing => "trailing".to_owned(),
        };
        self.told.lock().expect("lock").push(text);
    }

    fn add(&self, change: &Change) -> Result<usize, String> {
        let mut added = self.added.lock().expect("lock");
        added.push(change.clone());
        Ok(1000 + added.len())
    }
}

pub fn route(ani: u32, dnis: Option<u32>, domain: &str, destination: &str) -> Route {
    Route {
        ani: Some(format!("1616{:07}", 5_550_100 + ani)),
        dnis: dnis.map(|dnis| format!("1616{:07}", 5_560_100 + dnis)),
        domain: Some(format!("{domain}.example")),
        application: Some("user".to_owned()),
        destination: Some(destination.to_owned()),
    }
}

/// A file of these routes; `absent` ones are to go.
pub fn file<'r>(
    present: impl IntoIterator<Item = &'r Route>,
    absent: impl IntoIterator<Item = &'r Route>,
) -> String {
    let mut text = "ani,dnis,domain,application,destination,state\n".to_owned();
    let present = present.into_iter().map(|route| (route, "present"));
    let absent = absent.into_iter().map(|route| (route, "absent"));
    for (route, state) in present.chain(absent) {
        let cell = |field: &Option<String>| field.clone().unwrap_or_default();
        text.push_str(&format!(
            "{},{},{},{},{},{state}\n",
            cell(&route.ani),
            cell(&route.dnis),
            cell(&route.domain),
            cell(&route.application),
            cell(&route.destination),
        ));
    }
    text
}
