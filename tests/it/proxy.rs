//! Proxies: with and without a login, past them, and their password kept between us and them.

use std::net::TcpListener;

use crate::support::Rig;
use crate::support::tls_server::{Authority, Proxy, TlsServer, Valid, json, text};

const HOST: &str = "api.example.test";
/// `ops:p@ss canary` in base64.
const LOGIN: &str = "Basic b3BzOnBAc3MgY2FuYXJ5";
const USERINFO: &str = "ops:p%40ss%20canary";

struct Way {
    rig: Rig,
    server: TlsServer,
    proxy: Proxy,
}

/// A machine whose API can be reached through a proxy only: no name server knows the host.
fn way(login: Option<&str>, userinfo: &str) -> Way {
    let authority = Authority::new("ours");
    let server = TlsServer::start(authority.issue(HOST, Valid::Now), &json("200 OK", "[]"));
    let proxy = Proxy::start(server.address, login);
    let mut rig = Rig::new();
    let bundle = rig.file("ca.pem", &authority.pem());
    rig.set("SKYSWITCH_API_URL", &format!("https://{HOST}"))
        .set("SKYSWITCH_TOKEN", "token-1")
        .set("SKYSWITCH_ACCOUNT_ID", "acc-1")
        .set("SKYSWITCH_CA_BUNDLE", &bundle)
        .set(
            "HTTPS_PROXY",
            &format!("http://{userinfo}{}", proxy.address),
        );
    Way { rig, server, proxy }
}

#[test]
fn an_open_proxy_carries_the_encrypted_request() {
    let Way { rig, server, proxy } = way(None, "");
    rig.run(&["domains", "list"]).succeeds();
    let heads = text(&proxy.seen);
    assert!(
        heads.starts_with(&format!("CONNECT {HOST}:443 ")),
        "{heads}"
    );
    assert!(!heads.contains("token-1"), "{heads}");
    assert!(text(&server.seen).contains("token-1"));
}

#[test]
fn a_proxys_login_is_given_to_it_and_to_nobody_else() {
    let Way { rig, server, proxy } = way(Some(LOGIN), &format!("{USERINFO}@"));
    let ran = rig.run(&["domains", "list", "-vv"]).succeeds();
    assert!(text(&proxy.seen).contains(LOGIN));
    let request = text(&server.seen);
    assert!(request.contains("token-1"));
    for secret in ["b3Bz", "canary", "p%40ss", "roxy-"] {
        assert!(!request.contains(secret), "{request}");
        assert!(!ran.stderr.contains(secret), "{}", ran.stderr);
    }
    for command in [["status"].as_slice(), &["status", "--json"], &["doctor"]] {
        let ran = rig.run(command);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("HTTPS_PROXY"), "{said}");
        assert!(said.contains(&proxy.address.to_string()), "{said}");
        assert!(
            !said.contains("canary") && !said.contains("p%40ss"),
            "{said}"
        );
    }
}

#[test]
fn a_proxy_that_wants_a_login_is_named_and_the_login_given_is_not() {
    for userinfo in ["", "ops:wrong-canary@"] {
        let Way { rig, server, proxy } = way(Some(LOGIN), userinfo);
        let ran = rig.run(&["domains", "list", "--json", "-vv"]).exits(7);
        let error = ran.error();
        assert_eq!(error["code"], "network");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains("proxy"), "{message}");
        let hint = error["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("HTTPS_PROXY"), "{hint}");
        assert!(hint.contains(&proxy.address.to_string()), "{hint}");
        assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
        assert_eq!(text(&server.seen), "");
        assert!(!text(&proxy.seen).contains("token-1"));
    }
}

#[test]
fn no_proxy_goes_past_it() {
    let Way { mut rig, proxy, .. } = way(None, "");
    for list in [
        "example.test",
        ".example.test",
        HOST,
        "*",
        "a.test, api.example.test",
        "*.example.test",
        "api.example.test:443",
    ] {
        rig.set("NO_PROXY", list);
        // Past the proxy there is no way: the name means nothing.
        rig.run(&["domains", "list", "--timeout", "5"]).exits(7);
        assert_eq!(text(&proxy.seen), "", "{list}");
    }
    rig.set("NO_PROXY", "other.test,ample.test,api.example.test:8443");
    rig.run(&["domains", "list"]).succeeds();
}

#[test]
fn a_proxy_that_does_not_lead_on_is_told_with_its_status() {
    use crate::support::tls_server::RawServer;
    for (answer, words, asked) in [
        ("HTTP/1.1 403 Forbidden", "403 (Forbidden)", 1),
        ("HTTP/1.0 502 Bad Gateway", "502 (Bad Gateway)", 3),
        ("HTTP/1.1 407 Login", "407 (Proxy", 1),
    ] {
        let Way { mut rig, .. } = way(None, "");
        let proxy = RawServer::start(format!("{answer}\r\nContent-Length: 0\r\n\r\n").as_bytes());
        let url = format!("http://ops:canary%20+x@{}", proxy.address);
        rig.set("HTTPS_PROXY", &url);
        let ran = rig.run(&["domains", "list", "--json"]).exits(7);
        let error = ran.error();
        assert_eq!(error["code"], "network");
        assert_eq!(error["retryable"], asked > 1, "{answer}");
        let message = error["message"].to_string();
        assert!(message.contains(words), "{message}");
        assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
        // Each try asks, and once more for the status.
        let seen = text(&proxy.seen);
        assert_eq!(seen.matches("CONNECT ").count(), 2 * asked, "{seen}");
        let login = "uthorization: Basic b3BzOmNhbmFyeSAreA==";
        assert_eq!(seen.matches(login).count(), 2 * asked, "{seen}");
    }
}

#[test]
fn a_proxy_of_a_kind_that_is_not_spoken_is_refused_before_anything_is_sent() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        for kind in ["socks4", "socks5h", "ftp"] {
            let Way { mut rig, proxy, .. } = way(None, "");
            rig.set("HTTPS_PROXY", "");
            rig.set(variable, &format!("{kind}://u:canary@{}", proxy.address));
            let ran = rig.run(&["domains", "list", "--json"]).exits(2);
            assert_eq!(ran.error()["code"], "invalid_setting");
            // Windows takes both spellings for one variable.
            let named = match cfg!(windows) {
                true => variable.to_uppercase(),
                false => variable.to_owned(),
            };
            assert!(ran.stderr.contains(&named), "{}", ran.stderr);
            assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
            assert_eq!(text(&proxy.seen), "");
            // What needs no network does not ask for one.
            rig.run(&["--sandbox", "domains", "list"]).succeeds();
        }
    }
    let Way { mut rig, proxy, .. } = way(None, "");
    rig.set("HTTPS_PROXY", "");
    rig.set("all_proxy", &format!("http://{}", proxy.address));
    rig.run(&["domains", "list"]).succeeds();
    assert!(text(&proxy.seen).starts_with("CONNECT "));
}

#[test]
fn loopback_never_uses_a_proxy() {
    let mut rig = Rig::with_sandbox();
    let dead = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = dead.local_addr().expect("an address");
    drop(dead);
    rig.set("HTTPS_PROXY", &format!("http://{address}"))
        .set("HTTP_PROXY", &format!("http://{address}"));
    rig.run(&["domains", "list"]).succeeds();
}

#[test]
fn a_dead_proxy_and_a_nonsensical_one_are_told_apart() {
    let Way {
        mut rig, server, ..
    } = way(None, "");
    let dead = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = dead.local_addr().expect("an address");
    drop(dead);
    rig.set("HTTPS_PROXY", &format!("http://u:canary@{address}"));
    let ran = rig.run(&["domains", "list"]).exits(7);
    assert!(ran.stderr.contains(&address.to_string()), "{}", ran.stderr);
    assert!(!ran.stderr.contains("canary"));

    rig.set("HTTPS_PROXY", "http://u:canary@:::");
    let ran = rig.run(&["domains", "list"]).exits(2);
    assert!(ran.stderr.contains("HTTPS_PROXY"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
    assert_eq!(text(&server.seen), "");
}

#[test]
#[ignore = "needs tinyproxy"]
fn a_real_proxy_with_a_login_carries_requests_and_refuses_the_wrong_one() {
    use std::process::{Child, Command, Stdio};
    struct Tinyproxy(Child);
    impl Drop for Tinyproxy {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
    // Not a loopback address by its looks, and this machine all the same.
    const HERE: &str = "0.0.0.0";
    let authority = Authority::new("ours");
    let server = TlsServer::start(authority.issue(HERE, Valid::Now), &json("200 OK", "[]"));
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("an address").port()
    };
    let mut rig = Rig::new();
    let config = rig.file(
        "tinyproxy.conf",
        &format!("Port {port}\nListen 127.0.0.1\nTimeout 20\nBasicAuth ops canarypass\n"),
    );
    let mut command = Command::new("tinyproxy");
    command
        .args(["-d", "-c", &config])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _proxy = Tinyproxy(command.spawn().expect("tinyproxy"));
    crate::support::eventually("the proxy", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let bundle = rig.file("ca.pem", &authority.pem());
    rig.set(
        "SKYSWITCH_API_URL",
        &format!("https://{HERE}:{}", server.address.port()),
    )
    .set("SKYSWITCH_TOKEN", "token-1")
    .set("SKYSWITCH_ACCOUNT_ID", "acc-1")
    .set("SKYSWITCH_CA_BUNDLE", &bundle);
    for (login, code) in [("ops:canarypass@", 0), ("ops:canarywrong@", 7), ("", 7)] {
        server.seen.lock().expect("whole").clear();
        rig.set("HTTPS_PROXY", &format!("http://{login}127.0.0.1:{port}"));
        let ran = rig.run(&["domains", "list", "-vv"]).exits(code);
        assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
        let seen = text(&server.seen);
        assert_eq!(seen.contains("token-1"), code == 0, "{seen}");
        assert!(!seen.contains("roxy-"), "{seen}");
    }
}
