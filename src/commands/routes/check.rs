//! `skyswitch routes check`

use std::collections::BTreeMap;
use std::io::Write as _;

use super::set_by_hand;
use crate::api::{Client, Completeness, Halt, RouteFilter, Worth};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, DomainKey, Number, Route, count};
use crate::ops::domains::{self, Named, of_domain};
use crate::ops::neighbours::Reader;
use crate::ops::{self, Progress, Seen, planning};
use crate::output::Format;
use crate::plan::check::{self, Neighbours, Routes};
use crate::plan::finding::{Finding, Mend, Severity};
use crate::plan::{File, desired, findings};

/// Find routes that cannot work as meant
///
/// Users that the domain does not have, called numbers that it does not own or that do not lead to the
/// routes, numbers in ten digits beside others in eleven, rows with one key, routes that are never
/// reached, calls that go round, emergency numbers; and what VIP routing lacks in a domain. Each with
/// the command that mends it. `device` and `literal` destinations are not judged, nor is what could not
/// be read for certain: that is said.
///
/// It reads the routes and at most three lists a domain, domain by domain, as fast as the server
/// allows; what was found so far is there at once. `--domain` makes it short.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this domain, or its first labels; repeatable [default: `SKYSWITCH_DOMAIN`, the profile's `domain`, or all that
    /// have routes]
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// Check the routes of this file in place of those that stand; `-` for standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    file: Option<String>,
    /// Exit 9 when anything but notes is found
    #[arg(long)]
    strict: bool,
}

/// The routes of a domain.
struct Rows {
    domain: Option<Domain>,
    routes: Vec<Route>,
    places: Vec<String>,
}

/// By domain.
type All = BTreeMap<DomainKey, Rows>;

/// Takes what was found in a domain.
type Tell<'t> = dyn FnMut(&DomainKey, &[Finding]) -> Result<(), Halt> + 't;

/// What was found.
#[derive(Default)]
struct Tally {
    routes: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Tally {
    fn add(&mut self, finding: &Finding) {
        *match finding.code.severity() {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
            Severity::Note => &mut self.notes,
        } += 1;
    }

    fn words(&self) -> String {
        let kinds = [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.notes, "note"),
        ];
        let there = kinds.into_iter().filter(|(n, _)| *n > 0);
        let words: Vec<String> = there.map(|(n, noun)| count(n, noun)).collect();
        match words.as_slice() {
            [] => "nothing found".to_owned(),
            words => words.join(", "),
        }
    }
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let fields = ctx.fields::<Finding>()?;
    let named = super::domains("--domain", &args.domain)?;
    let file = args.file.as_deref().map(planning::read).transpose()?;
    let file = file.as_ref().map(|(name, bytes)| File::read(name, bytes));
    let file = file.transpose()?;
    let client = ctx.client()?;
    let all = match &file {
        Some(file) => of_file(ctx, &client, file, &named)?,
        None => of_server(ctx, &client, named)?,
    };
    let mut tally = Tally::default();
    let for_people = ctx.output.format == Format::Table
        && ctx.output.jq.is_none()
        && ctx.output.fields.is_none();
    if for_people {
        look(ctx, &client, &all, &mut tally, &mut |domain, found| {
            let mend = |finding: &Finding| mend(ctx, domain, finding);
            let lines = findings::lines(domain.as_str(), found, ops::detail(), &mend);
            ops::print(ctx, &lines);
            // A domain that is done is told at once.
            ctx.ui.data().flush().map_err(|_| Halt)
        })?;
        let routes = count(tally.routes, "route");
        let looked = format!("{routes} in {}", count(all.len(), "domain"));
        ctx.ui.result_line(&format!("{looked}: {}", tally.words()));
    } else {
        ctx.print_list(fields, "finding", |receive| {
            look(ctx, &client, &all, &mut tally, &mut |_, findings| {
                findings.iter().try_for_each(|finding| receive(finding))
            })
        })?;
    }
    if args.strict && tally.errors + tally.warnings > 0 {
        return Err(Error::new(Code::Findings, tally.words()));
    }
    Ok(())
}

/// Looks at one domain after the other, and tells what was found there.
fn look(
    ctx: &Context,
    client: &Client,
    all: &All,
    tally: &mut Tally,
    tell: &mut Tell<'_>,
) -> Result<Completeness, Error> {
    let mut reader = Reader::new(ctx, client);
    let progress = Progress::new(&ctx.ui, all.len());
    let never = ctx.facts().ten_digits_never_match();
    for (key, rows) in all {
        let (neighbours, notes) = match &rows.domain {
            Some(domain) if !rows.routes.is_empty() => reader.read(domain, &rows.routes)?,
            _ => (Neighbours::default(), Vec::new()),
        };
        let routes = Routes {
            routes: &rows.routes,
            places: &rows.places,
            ten_digits_never_match: never,
        };
        let mut findings = check::check(key, &routes, &neighbours);
        findings.extend(notes);
        findings.iter().for_each(|finding| tally.add(finding));
        tally.routes += rows.routes.len();
        let told = progress.beside(|| tell(key, &findings));
        if told.is_err() {
            // The reader has gone, or the list says why not.
            break;
        }
        progress.step();
    }
    Ok(Completeness::default())
}

/// Every route that stands in some domains, in all that have any where none is named.
fn of_server(ctx: &Context, client: &Client, mut named: Vec<Named>) -> Result<All, Error> {
    if named.is_empty() {
        let default = ctx.settings.domain.as_ref();
        named.extend(default.map(|setting| Named::setting(setting.value.clone())));
    }
    let (all, certain) = if named.is_empty() {
        let seen = Seen::of_account(ctx, client)?;
        let coverage = seen.coverage().clone();
        let routes = seen.index.into_routes().into_iter();
        let all = by_domain(routes.map(|route| (route, None)));
        let shown = all.keys().all(|domain| coverage.shows_domain(domain));
        (all, shown && !coverage.says_more())
    } else {
        let (mut all, mut certain, mut known) = (All::new(), true, None);
        for named in &named {
            let (mut routes, mut full) = (Vec::new(), named.name().clone());
            let read = of_domain(ctx, client, named, &mut known, |domain, found| {
                full = domain.clone();
                routes.clear();
                client.filtered(&RouteFilter::domain(domain), &mut |route| {
                    *found = true;
                    routes.push(route);
                    Ok(())
                })
            })?;
            certain &= read.worth() == Worth::Whole;
            let rows = Rows {
                routes,
                domain: Some(full.clone()),
                places: Vec::new(),
            };
            all.insert(full.key(), rows);
        }
        (all, certain)
    };
    if !certain {
        let text = "the list of routes may not be whole: what it lacks was not looked at";
        ctx.ui.warning(text);
    }
    Ok(all)
}

/// The routes of a file, taken for those that stand.
fn of_file(ctx: &Context, client: &Client, file: &File<'_>, named: &[Named]) -> Result<All, Error> {
    let (rows, warnings) = desired::rows(file)?;
    let mut known = match named {
        [] => None,
        _ => domains::names(ctx, client, false)?,
    };
    let named = domains::all_in_full(ctx, client, named, &mut known)?;
    planning::refuse_without_rows(ctx, &named, file)?;
    for warning in warnings {
        ctx.ui.warning(&warning.to_string());
    }
    let mut all = by_domain(rows.into_iter().map(|(route, place)| (route, Some(place))));
    all.retain(|key, _| named.is_empty() || named.iter().any(|domain| domain.key() == *key));
    let missing = domains::missing(ctx, client, all.keys().cloned().collect(), &mut known)?;
    if missing.is_empty() {
        return Ok(all);
    }
    let places = missing
        .into_iter()
        .map(|domain| (file.first_of(&domain), domain));
    let places: Vec<_> = places.map(|(place, domain)| (domain, place)).collect();
    let names = known.unwrap_or_default();
    Err(domains::unknown_in_file(ctx, &places, &names))
}

fn by_domain(routes: impl Iterator<Item = (Route, Option<String>)>) -> All {
    let mut all = All::new();
    for (route, place) in routes {
        let name = route.domain.clone().unwrap_or_default();
        let rows = all.entry(DomainKey::of(&name)).or_insert_with(|| Rows {
            domain: Domain::parse(&name).ok(),
            routes: Vec::new(),
            places: Vec::new(),
        });
        rows.routes.push(route);
        rows.places.extend(place);
    }
    all
}

/// The command that mends a finding of a domain, ready to be run.
fn mend(ctx: &Context, domain: &DomainKey, finding: &Finding) -> Option<String> {
    let here = format!("--domain {}", ctx.word(domain.as_str()));
    let route = finding.route.as_ref();
    let key = |ani: &str, dnis: &str| {
        let route = route?;
        let called = route
            .dnis
            .as_deref()
            .map(|text| format!("{dnis} {} ", ctx.word(text)));
        let caller = ctx.word(route.ani.as_deref()?);
        Some(format!(
            "{ani} {caller} {}{here}",
            called.unwrap_or_default()
        ))
    };
    let delete = || {
        Some(format!(
            "--raw-numbers routes delete {}",
            key("--ani", "--dnis")?
        ))
    };
    Some(match finding.mend.as_ref()? {
        Mend::Look(words) => ctx.ready(&format!("{words} {here}")),
        Mend::Explain => ctx.ready(&format!("routes explain {}", key("--from", "--to")?)),
        Mend::Delete => ctx.ready(&delete()?),
        Mend::Respell => {
            let eleven = |text: &Option<String>| {
                let number = text.as_deref().map(Number::parse)?.ok()?;
                Some(number.as_sent().to_owned())
            };
            let mut route = route?.clone();
            (route.ani, route.dnis) = (eleven(&route.ani), eleven(&route.dnis));
            let set = set_by_hand(ctx, &route);
            let delete = format!("{} --yes", ctx.ready(&delete()?));
            ctx.settings.shell.and(&delete, &set)
        }
        Mend::Set {
            destination,
            application,
        } => {
            let mut route = route?.clone();
            let application = application.unwrap_or(route.application_or_user());
            route.application = Some(application.to_owned());
            route.destination = Some(destination.clone());
            set_by_hand(ctx, &route)
        }
    })
}
