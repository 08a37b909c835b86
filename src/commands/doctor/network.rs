//! The way to the server: proxy, name, connection, TLS, clock.

use std::time::{Duration, SystemTime};

use super::Report;
use super::finding::Finding;
use crate::api;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::Origin;

/// For the name, and for the connection.
const STEP: Duration = Duration::from_secs(5);
/// A difference of clocks nobody need think about.
const FINE: Duration = Duration::from_secs(30);

/// Whether the server can be talked to.
pub(super) fn check(ctx: &Context, report: &mut Report<'_>) -> Result<bool, Error> {
    let origin = ctx.origin()?;
    let (host, port) = match hop(ctx, &origin, report) {
        Ok(hop) => hop,
        Err(error) => {
            report.fail("proxy", error);
            return Ok(false);
        }
    };
    let limit = ctx.settings.timeout.min(STEP);
    let addresses = match api::resolve(&host, port, limit) {
        Ok(addresses) => addresses,
        Err(error) => {
            report.fail("dns", unknown_name(&host, error));
            return Ok(false);
        }
    };
    report.add(Finding::ok(
        "dns",
        match addresses.as_slice() {
            [one] => format!("{host} is {}", one.ip()),
            several => format!("{host} has {} addresses", several.len()),
        },
    ));
    match api::connect(&addresses, limit) {
        Ok(address) => report.add(Finding::ok("tcp", format!("connected to {address}"))),
        Err(error) => {
            report.fail("tcp", unreachable_host(&host, port, error));
            return Ok(false);
        }
    }
    match ctx.http()?.knock() {
        Ok(knock) => {
            report.add(tls(&origin));
            report.add(Finding::ok(
                "server",
                format!("answered {} in {} ms", knock.status, knock.took.as_millis()),
            ));
            report.add(clock(knock.date, SystemTime::now()));
            Ok(true)
        }
        Err(error) => {
            let error = Error::from(error);
            let check = if error.code == Code::Tls {
                "tls"
            } else {
                "server"
            };
            report.fail(check, error);
            Ok(false)
        }
    }
}

/// The first host on the way: the proxy, or the server itself.
fn hop(ctx: &Context, origin: &Origin, report: &mut Report<'_>) -> Result<(String, u16), Error> {
    let direct = (origin.host().to_owned(), origin.port());
    let Some(proxy) = ctx
        .settings
        .proxy
        .as_ref()
        .filter(|_| !ctx.settings.sandbox)
    else {
        report.add(Finding::ok("proxy", "none"));
        return Ok(direct);
    };
    let source = &proxy.url.source;
    let (host, port) = proxy.address()?;
    let passed = if origin.is_loopback() {
        Some("loopback never uses one")
    } else if !proxy.leads_to(origin) {
        Some("`NO_PROXY` leaves this API out")
    } else {
        None
    };
    match passed {
        Some(why) => {
            report.add(Finding::ok(
                "proxy",
                format!("{host}:{port} ({source}) is not used: {why}"),
            ));
            Ok(direct)
        }
        None => {
            report.add(Finding::ok("proxy", format!("{host}:{port} ({source})")));
            Ok((host, port))
        }
    }
}

fn unknown_name(host: &str, error: std::io::Error) -> Error {
    Error::at(
        Code::Network,
        format!("no address can be found for `{host}`"),
        error,
    )
    .hint("check the name servers of this machine, and `SKYSWITCH_API_URL` if you set it")
}

fn unreachable_host(host: &str, port: u16, error: std::io::Error) -> Error {
    Error::at(
        Code::Network,
        format!("nobody answers at {host}, port {port}"),
        error,
    )
    .hint("check the network and its firewall; where only a proxy leads out, set `HTTPS_PROXY`")
}

fn tls(origin: &Origin) -> Finding {
    if origin.is_https() {
        Finding::ok("tls", "the certificate is trusted")
    } else {
        Finding::ok("tls", "not needed: plain http on loopback")
    }
}

/// Our clock against the server's. The session survives a wrong one; certificates do not.
fn clock(server: Option<SystemTime>, ours: SystemTime) -> Finding {
    let Some(server) = server else {
        return Finding::ok("clock", "not compared: the server does not tell the time");
    };
    let (apart, direction) = match ours.duration_since(server) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if apart <= FINE {
        return Finding::ok("clock", "agrees with the server's");
    }
    Finding::warn(
        "clock",
        format!(
            "this machine's clock is {} {direction} the server's",
            crate::commands::status::span(apart.as_secs())
        ),
    )
    .cure("set the clock, such as with `timedatectl set-ntp true`")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::super::finding::State;
    use super::clock;

    #[test]
    fn clocks_that_differ_are_told_in_words() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let day = Duration::from_secs(3 * 86_400);
        assert_eq!(clock(None, now).state, State::Ok);
        assert_eq!(clock(Some(now), now).state, State::Ok);
        let ahead = clock(Some(now - day), now);
        assert_eq!(ahead.state, State::Warn);
        assert!(ahead.text.contains("3 days ahead of"), "{}", ahead.text);
        let behind = clock(Some(now + day), now);
        assert!(behind.text.contains("3 days behind"), "{}", behind.text);
    }
}
