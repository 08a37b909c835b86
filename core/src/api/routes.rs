//! VIP routes: list, put, delete. All parameters go in the query; there is no body (`api.md`, part 1).

use reqwest::Method;

use super::client::Client;
use super::error::Error;
use super::held::Held;
use super::http::{Call, Response};
use super::lists::{Completeness, Halt, ListItem, Traits};
use super::retry::Retry;
use crate::model::{Change, Domain, DomainKey, Number, Route, Row as _};

/// Most bytes of a list after decompression: about eight million routes.
pub(super) const LIST_LIMIT: u64 = 1 << 30;
/// Most bytes of the answer to a write; what it says does not matter.
const WRITE_LIMIT: u64 = 64 * 1024;
const PATH: &str = "pbx/route-by-ani";

impl ListItem for Route {
    /// Nobody knows a map of routes (`api.md`, Lists); a key that reads as a number can only be the
    /// caller's, any other is an index.
    fn fill_key(&mut self, key: &str) {
        if self.ani.is_none() && Number::parse(key).is_ok() {
            self.ani = Some(key.to_owned());
        }
    }

    const WATCHED: bool = true;

    fn notice(&self, text: &str, traits: &mut Traits) {
        for number in [&self.ani, &self.dnis].into_iter().flatten() {
            traits.number(number);
        }
        if self.dnis.is_none() {
            traits.nothing(text, "\"dnis\"");
        }
    }
}

/// Which routes are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteFilter {
    /// Only this caller.
    pub ani: Option<Number>,
    /// Only this called number.
    pub dnis: Option<Number>,
    /// Only this domain.
    pub domain: Option<Domain>,
}

impl RouteFilter {
    /// All routes of one domain.
    pub fn domain(domain: &Domain) -> Self {
        Self {
            domain: Some(domain.clone()),
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ani.is_none() && self.dnis.is_none() && self.domain.is_none()
    }

    /// Hands on the routes that match, compared canonically.
    fn only(
        &self,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> impl FnMut(Route) -> Result<(), Halt> {
        let matches = self.matcher();
        move |route| {
            if matches(&route) {
                receive(route)
            } else {
                Ok(())
            }
        }
    }

    pub(super) fn matcher(&self) -> impl Fn(&Route) -> bool + use<> {
        let ani = self.ani.as_ref().map(Number::matcher);
        let dnis = self.dnis.as_ref().map(Number::matcher);
        let domain = self.domain.as_ref().map(Domain::key);
        move |route| {
            (ani.as_ref()).is_none_or(|is_it| route.ani.as_deref().is_some_and(is_it))
                && (dnis.as_ref()).is_none_or(|is_it| route.dnis.as_deref().is_some_and(is_it))
                && domain.as_ref().is_none_or(|wanted| {
                    route
                        .domain
                        .as_deref()
                        .is_some_and(|found| DomainKey::of(found) == *wanted)
                })
        }
    }
}

/// Whether a route is to be kept, given how many are kept already; the others take no memory.
pub type Wanted<'a> = dyn Fn(&Route, usize) -> bool + 'a;

/// Something that reads routes, hands them on one by one, and tells what came of it.
pub type Reading<'r, T = Completeness> =
    dyn FnMut(&mut dyn FnMut(Route) -> Result<(), Halt>) -> Result<T, Error> + 'r;

impl Client {
    /// As [`Client::routes`], but what the server's own filter brings is taken for all there is: for a
    /// filter in the server's own spelling.
    ///
    /// # Errors
    /// As [`Client::routes`].
    pub fn filtered(
        &self,
        filter: &RouteFilter,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let call = self.call_for(filter);
        let mut matching = filter.only(receive);
        // One caller's routes are no long list.
        match self.known().pages && filter.ani.is_none() {
            true => self.list_paged(&call, &mut matching),
            false => self.list_cut(&call, self.known().cut, &mut matching),
        }
    }

    /// As [`Client::filtered`], but left after so many rows, whatever they are; what was left is missing.
    ///
    /// # Errors
    /// As [`Client::routes`].
    pub fn at_most(
        &self,
        most: u64,
        filter: &RouteFilter,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let (mut rows, mut refused) = (0, false);
        let mut wanted = filter.only(receive);
        let call = self.call_for(filter);
        let read = self.list_cut(&call, self.known().cut, &mut |route: Route| {
            rows += 1;
            if rows > most {
                return Err(Halt);
            }
            wanted(route).inspect_err(|Halt| refused = true)
        });
        match read {
            Err(Error::Halted) if !refused => Ok(Completeness {
                received: most,
                missing: Some(None),
                ..Completeness::default()
            }),
            read => read,
        }
    }

    /// The list by these very parameters, and nothing of it left out here: for finding out what the
    /// server makes of them.
    ///
    /// # Errors
    /// As [`Client::routes`].
    pub fn asked(
        &self,
        parameters: &[(&str, &str)],
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let call = Call::new(Method::GET, self.path(PATH), LIST_LIMIT);
        let add = |call: Call, (name, value): &(&str, &str)| call.query(name, value);
        self.list(&parameters.iter().fold(call, add), receive)
    }

    fn call_for(&self, filter: &RouteFilter) -> Call {
        let mut call = Call::new(Method::GET, self.path(PATH), LIST_LIMIT);
        let parameters = [
            ("ani", filter.ani.as_ref().map(Number::as_sent)),
            ("dnis", filter.dnis.as_ref().map(Number::as_sent)),
            ("domain", filter.domain.as_ref().map(Domain::as_str)),
        ];
        for (name, value) in parameters {
            if let Some(value) = value {
                call = call.query(name, value);
            }
        }
        call
    }

    /// The routes that match, together; for what fits in memory anyway.
    ///
    /// # Errors
    /// As [`Client::routes`].
    pub fn collect_routes(
        &self,
        filter: &RouteFilter,
    ) -> Result<(Vec<Route>, Completeness), Error> {
        self.collect(&|_, _| true, &mut |receive| self.routes(filter, receive))
    }

    /// Collects what is wanted of what a read brings. Nothing was handed on when a list breaks off
    /// midway, so unlike a streamed one it is read again.
    ///
    /// # Errors
    /// As [`Client::routes`]; `TooMuch` for more than this client may hold.
    pub fn collect<T>(
        &self,
        wanted: &Wanted<'_>,
        read: &mut Reading<'_, T>,
    ) -> Result<(Vec<Route>, T), Error> {
        self.retry_policy().run(self.stop(), |_| {
            let (mut routes, mut received) = (Vec::new(), false);
            let mut held = Held::at_most(self.most_held());
            let outcome = read(&mut |route| {
                received = true;
                if wanted(&route, routes.len()) {
                    held.add(route.weight())?;
                    routes.push(route);
                }
                Ok(())
            });
            match outcome {
                Ok(told) => Ok((routes, told)),
                Err(_) if held.is_full() => Err((held.too_much(), Retry::Pointless)),
                // Before the first row `Client::read` has been patient already.
                Err(error) if received && error.is_broken_off() => Err((error, Retry::Allowed)),
                Err(error) => Err((error, Retry::Pointless)),
            }
        })
    }

    /// Sends one change once: the one place where a route's PUT or DELETE leaves. `again` says that the
    /// last try may have been lost with its connection.
    ///
    /// Sends the route's own spelling; no `dnis` parameter for a route without one; `application`
    /// always. The answer does not tell what was done (`api.md`, Routes).
    ///
    /// # Errors
    /// See [`Client::send`]; [`Error::certainly_not_done`] tells whether the outcome is known.
    pub fn write(&self, change: &Change, again: bool) -> Result<(), Error> {
        let due = if change.after.is_some() { 201 } else { 204 };
        let application = change.after.as_ref().map(Route::application_or_user);
        (self.send_change(change, application, again)).and_then(|response| finish(response, due))
    }

    /// As [`Client::write`], for the probe, which wants to know what the server does: without an
    /// application where the route names none, over a connection without a past, and the status of a
    /// success, whatever it is.
    ///
    /// # Errors
    /// See [`Client::send`].
    pub fn try_out(&self, change: &Change) -> Result<u16, Error> {
        let application = change
            .after
            .as_ref()
            .and_then(|after| after.application.as_deref());
        let response = self.send_change(change, application, true)?;
        let status = response.status;
        response.body.read_all()?;
        Ok(status)
    }

    fn send_change(
        &self,
        change: &Change,
        application: Option<&str>,
        fresh: bool,
    ) -> Result<Response, Error> {
        let call = |method| Call::new(method, self.path(PATH), WRITE_LIMIT).fresh_if(fresh);
        let call = match (&change.after, &change.before) {
            (Some(after), _) => {
                let destination = after.destination.as_deref().unwrap_or_default();
                let mut call = named(call(Method::PUT), after);
                if let Some(application) = application {
                    call = call.query("application", application);
                }
                call.query("destination", destination)
            }
            (None, Some(before)) => named(call(Method::DELETE), before),
            (None, None) => return Err(Error::Stopped),
        };
        self.send(&call)
    }
}

fn named(mut call: Call, route: &Route) -> Call {
    call = call.query("ani", route.ani.as_deref().unwrap_or_default());
    if let Some(dnis) = &route.dnis {
        call = call.query("dnis", dnis);
    }
    call.query("domain", route.domain.as_deref().unwrap_or_default())
}

/// Reads a write's answer to its end, so that the connection can be used again.
///
/// Any body will do, if the status is the reference's (`api.md`, Routes: "maybe not JSON"). Another
/// success, or a body that names an error, is no word that the write was done.
fn finish(response: Response, due: u16) -> Result<(), Error> {
    let failed = response.failed();
    let status = response.status;
    let body = response.body.read_all().map_err(&failed)?;
    if status != due {
        let found = format!("its status is {status} where {due} is due");
        return Err(failed(super::lists::unreadable(&found)));
    }
    let names_error = serde_json::from_slice::<serde_json::Value>(&body)
        .is_ok_and(|value| value.get("error").is_some_and(|error| !error.is_null()));
    if names_error {
        return Err(failed(super::lists::unreadable(
            "it names an error under a success",
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::api::{
        BearerFailure, BearerSource, Client, Completeness, Error, Http, HttpOptions, RetryPolicy,
    };
    use crate::model::{AccountId, Origin, Route, Row as _};
    use crate::secret::Bearer;
    use crate::signals::Stop;

    /// Nothing here sends anything.
    struct Nobody;

    impl BearerSource for Nobody {
        fn held(&self) -> Option<Bearer> {
            None
        }

        fn bearer(&self) -> Result<Bearer, BearerFailure> {
            Err("nobody".into())
        }

        fn renew(&self, _refused: &Bearer) -> Result<Bearer, BearerFailure> {
            Err("nobody".into())
        }
    }

    fn client() -> Client {
        let options = HttpOptions {
            timeout: Duration::from_secs(1),
            extra_roots: Vec::new(),
            proxy: None,
        };
        let origin = Origin::parse("http://127.0.0.1:9").expect("an origin");
        Client::new(
            Http::new(&origin, options).expect("a client"),
            Arc::new(Nobody),
            AccountId::parse("sbx_account").expect("an id"),
            RetryPolicy::default(),
            Stop::default(),
        )
    }

    #[test]
    fn no_more_is_held_than_is_allowed() {
        let weight = Route::default().weight();
        let collect = |count: u64, wanted: bool| {
            let client = client().holding_at_most(3 * weight);
            client.collect(&|_, _| wanted, &mut |receive| {
                for _ in 0..count {
                    receive(Route::default()).map_err(|_| Error::Halted)?;
                }
                Ok(Completeness {
                    received: count,
                    ..Completeness::default()
                })
            })
        };
        assert_eq!(collect(3, true).expect("as many").0.len(), 3);
        let error = collect(4, true).expect_err("one too many");
        assert!(matches!(error, Error::TooMuch(_)), "{error}");
        assert_eq!(collect(1000, false).expect("none is held").0.len(), 0);
    }
}
