//! TLS: every fault of a certificate is named, nothing is sent before the check, and redirects
//! are named and never followed.

use crate::support::Rig;
use crate::support::tls_server::{
    Authority, Identity, RawServer, TlsServer, Valid, json, self_signed, text,
};

const TOKEN: &str = "canary-token-1c9f";

/// A machine with a token for the account, at this address.
fn rig(url: &str) -> Rig {
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", url)
        .set("SKYSWITCH_TOKEN", TOKEN)
        .set("SKYSWITCH_ACCOUNT_ID", "acc-1");
    rig
}

/// Lists the domains of a server with this certificate, trusting this PEM.
fn list(identity: Identity, trusted: &str) -> (crate::support::Ran, String) {
    let server = TlsServer::start(identity, &json("200 OK", "[]"));
    let rig = rig(&server.url());
    let bundle = rig.file("ca.pem", trusted);
    let ran = rig.run(&["domains", "list", "--json", "--cacert", &bundle]);
    (ran, text(&server.seen))
}

#[test]
fn an_authority_of_ones_own_is_trusted_by_flag_and_by_variable() {
    let authority = Authority::new("ours");
    let (ran, seen) = list(authority.issue("localhost", Valid::Now), &authority.pem());
    assert_eq!(ran.succeeds().stdout.trim(), "[]");
    assert!(seen.contains(TOKEN), "{seen}");

    let server = TlsServer::start(
        authority.issue("localhost", Valid::Now),
        &json("200 OK", "[]"),
    );
    let mut rig = rig(&server.url());
    let bundle = rig.file("ca.pem", &authority.pem());
    rig.set("SKYSWITCH_CA_BUNDLE", &bundle);
    rig.run(&["domains", "list"]).succeeds();
}

#[test]
fn the_servers_own_certificate_is_trusted_where_it_is_named_itself_and_for_its_host_only() {
    let ours = Authority::new("ours");
    for make in [
        &|host: &str| self_signed(host, true),
        &|host: &str| self_signed(host, false),
        &|host: &str| ours.issue(host, Valid::Now) as Identity,
    ] as [&dyn Fn(&str) -> Identity; 3]
    {
        let own = make("localhost");
        let pem = own.pem.clone();
        let (ran, seen) = list(own, &pem);
        assert_eq!(ran.succeeds().stdout.trim(), "[]");
        assert!(seen.contains(TOKEN), "{seen}");
        // Another one of the same name, and its own for another host.
        let other = make("pbx.example");
        let other_pem = other.pem.clone();
        for (identity, trusted) in [(make("localhost"), pem), (other, other_pem)] {
            let (ran, seen) = list(identity, &trusted);
            assert_eq!(ran.exits(7).error()["code"], "tls");
            assert_eq!(seen, "");
        }
    }
    let expired = ours.issue("localhost", Valid::Past);
    let pem = expired.pem.clone();
    let (ran, _) = list(expired, &pem);
    let message = ran.exits(7).error()["message"].to_string();
    assert!(message.contains("has expired"), "{message}");
}

#[test]
fn every_fault_of_a_certificate_is_named_and_no_byte_of_a_request_leaves() {
    let ours = Authority::new("ours");
    let theirs = Authority::new("theirs");
    for (fault, identity, words) in [
        (
            "expired",
            ours.issue("localhost", Valid::Past),
            "has expired",
        ),
        (
            "not yet valid",
            ours.issue("localhost", Valid::Future),
            "is not valid yet",
        ),
        (
            "wrong host",
            ours.issue("other.example", Valid::Now),
            "is for another host",
        ),
        (
            "unknown issuer",
            theirs.issue("localhost", Valid::Now),
            "issuer that is unknown",
        ),
        (
            "self-signed",
            self_signed("localhost", false),
            "is self-signed",
        ),
        (
            "self-signed authority",
            self_signed("localhost", true),
            "is self-signed",
        ),
    ] {
        let (ran, seen) = list(identity, &ours.pem());
        let ran = ran.exits(7);
        let error = ran.error();
        assert_eq!(error["code"], "tls", "{fault}");
        assert_eq!(error["retryable"], false, "{fault}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{fault}: {message}");
        assert!(!error["hint"].is_null(), "{fault}");
        assert!(ran.stdout.is_empty());
        assert_eq!(seen, "", "{fault}: something was sent");
    }
}

/// The system's certificates come from a pipe: whoever reads them waits for a writer.
#[cfg(unix)] // pipes that have names
#[test]
fn the_systems_certificates_and_the_keyring_are_read_only_by_those_who_need_them() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let empty = json("200 OK", "[]");
    let plain = RawServer::http(&empty);
    let encrypted = TlsServer::start(ours.issue("localhost", Valid::Now), &empty);
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("https://{}", listener.local_addr().expect("its address"))
    };
    let mut rig = rig(&plain.url());
    let pipe = rig.home().join("system.pem");
    crate::support::pipe(&pipe);
    let bus = rig.home().join("bus");
    let bus_listener = std::os::unix::net::UnixListener::bind(&bus).expect("a socket");
    bus_listener.set_nonblocking(true).expect("not to wait");
    rig.set("SSL_CERT_FILE", &pipe.display().to_string()).set(
        "DBUS_SESSION_BUS_ADDRESS",
        &format!("unix:path={}", bus.display()),
    );
    let ends = |rig: &Rig, args: &[&str]| {
        let mut child = rig
            .command(args)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("start");
        crate::support::eventually("the end of the command", || {
            child.try_wait().expect("its state").is_some()
        });
        child.wait().expect("its end").code()
    };
    assert_eq!(ends(&rig, &["domains", "list"]), Some(0));
    let own = rig.file("ours.pem", &ours.pem());
    rig.set("SKYSWITCH_API_URL", &encrypted.url());
    assert_eq!(ends(&rig, &["domains", "list", "--cacert", &own]), Some(0));
    rig.set("SKYSWITCH_API_URL", &closed);
    assert_eq!(ends(&rig, &["domains", "list"]), Some(7));

    // And one that needs them: the writer below is let in when they are opened.
    rig.set("SKYSWITCH_API_URL", &encrypted.url());
    let other = rig.file("theirs.pem", &theirs.pem());
    let pem = ours.pem();
    let writer = std::thread::spawn(move || std::fs::write(pipe, pem).expect("a reader"));
    let args = ["domains", "list", "--cacert", &other];
    assert_eq!(ends(&rig, &args), Some(0));
    writer.join().expect("written");
    assert!(bus_listener.accept().is_err(), "somebody asked the keyring");
}

#[test]
fn a_password_does_not_leave_before_the_check_either() {
    let ours = Authority::new("ours");
    let server = TlsServer::start(ours.issue("localhost", Valid::Past), &json("200 OK", "{}"));
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", &server.url())
        .set("SKYSWITCH_ACCOUNT_ID", "acc-1");
    let bundle = rig.file("ca.pem", &ours.pem());
    let login = [
        "login", "--store", "file", "--secrets-stdin", "--cacert", &bundle, "--client-id", "17",
        "--username", "u",
    ];
    let ran = rig
        .run_with_input(&login, "client_secret=canary-s\npassword=canary-p\n")
        .exits(7);
    assert!(ran.stderr.contains("has expired"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
    assert_eq!(text(&server.seen), "");
    assert!(!rig.state_dir().join("credentials/default.json").exists());
}

/// A TLS 1.1 server's hello (RFC 4346 §7.4.1.3), which no client of TLS 1.2 may take.
fn hello_of_tls_1_1() -> Vec<u8> {
    let mut hello = vec![0x03, 0x02];
    hello.extend([7; 32]);
    // No session id, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    hello.extend([0, 0x00, 0x2f, 0]);
    let mut handshake = vec![2, 0, 0, u8::try_from(hello.len()).expect("short")];
    handshake.extend(hello);
    let mut record = vec![
        22,
        0x03,
        0x02,
        0,
        u8::try_from(handshake.len()).expect("short"),
    ];
    record.extend(handshake);
    record
}

#[test]
fn old_tls_and_no_tls_are_refused_before_anything_is_sent() {
    let alert = [21, 3, 1, 0, 2, 2, 70];
    let http = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for (server, bytes) in [
        ("TLS 1.1", hello_of_tls_1_1()),
        ("an alert", alert.to_vec()),
        ("plain HTTP", http.to_vec()),
    ] {
        let raw = RawServer::start(&bytes);
        let rig = rig(&format!("https://localhost:{}", raw.address.port()));
        let ran = rig.run(&["domains", "list", "--json"]).exits(7);
        let error = ran.error();
        assert_eq!(error["code"], "tls", "{server}: {error}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains("no TLS connection"), "{server}: {message}");
        let seen = text(&raw.seen);
        assert!(!seen.contains("HTTP/"), "{server}: {seen:?}");
        assert!(!seen.contains(TOKEN), "{server}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn a_real_server_of_old_versions_only_is_refused_and_one_of_new_ones_is_not() {
    use std::process::{Child, Command, Stdio};
    struct Server(Child);
    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
    let authority = Authority::new("ours");
    let identity = authority.issue("localhost", Valid::Now);
    for (version, code) in [("-tls1", 7), ("-tls1_1", 7), ("-tls1_2", 0), ("-tls1_3", 0)] {
        let port = {
            let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            free.local_addr().expect("an address").port()
        };
        let rig = rig(&format!("https://localhost:{port}"));
        let bundle = rig.file("ca.pem", &authority.pem());
        let certificate = rig.file("server.pem", &identity.pem);
        let key = rig.file("key.pem", &identity.key_pem);
        // `-HTTP` serves files with the headers they bring.
        rig.file("accounts/acc-1/pbx/domains", &json("200 OK", "[]"));
        let mut command = Command::new("openssl");
        command
            .args([
                "s_server",
                "-accept",
                &format!("127.0.0.1:{port}"),
                "-HTTP",
                "-quiet",
            ])
            .args([version, "-cipher", "DEFAULT@SECLEVEL=0"])
            .args(["-cert", &certificate, "-key", &key])
            .current_dir(rig.home())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = Server(command.spawn().expect("openssl"));
        crate::support::eventually("the server", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        let ran = rig.run(&["domains", "list", "--json", "--cacert", &bundle]);
        let ran = ran.exits(code);
        if code != 0 {
            assert_eq!(ran.error()["code"], "tls", "{version}");
        }
        drop(server);
    }
}

#[test]
fn a_bundle_that_cannot_be_used_is_named() {
    let rig = rig("https://localhost:1");
    let junk = rig.file("junk.pem", "not a certificate");
    for path in [junk.as_str(), "/nowhere/ca.pem"] {
        let ran = rig.run(&["domains", "list", "--cacert", path]).exits(2);
        assert!(ran.stderr.contains("--cacert"), "{}", ran.stderr);
        assert!(ran.stderr.contains(path), "{}", ran.stderr);
    }
}

#[test]
fn a_redirect_is_named_by_its_origin_and_never_followed() {
    let target = RawServer::http(&json("200 OK", "[]"));
    for status in [
        "301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect",
    ] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nLocation: {}/secret-path?code=canary-query\r\nContent-Length: 0\r\n\r\n",
            target.url()
        );
        let server = RawServer::http(&answer);
        // A GET with the bearer, and the form with the client secret and the password.
        let with_token = rig(&server.url());
        let mut with_form = Rig::new();
        with_form
            .set("SKYSWITCH_API_URL", &server.url())
            .set("SKYSWITCH_ACCOUNT_ID", "acc-1")
            .set("SKYSWITCH_CLIENT_ID", "17")
            .set("SKYSWITCH_CLIENT_SECRET", "canary-s")
            .set("SKYSWITCH_USERNAME", "u")
            .set("SKYSWITCH_PASSWORD", "canary-p");
        for rig in [&with_token, &with_form] {
            let ran = rig.run(&["domains", "list", "--json"]).exits(7);
            let error = ran.error();
            assert_eq!(error["code"], "redirect", "{status}: {error}");
            assert!(ran.stderr.contains(&target.url()), "{}", ran.stderr);
            assert!(!ran.stderr.contains("secret-path"), "{}", ran.stderr);
            assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
        }
        assert!(text(&server.seen).contains("canary-p"));
        assert_eq!(text(&target.seen), "", "{status} was followed");
    }
}
