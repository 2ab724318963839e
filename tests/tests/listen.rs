//! The port of `--listen`: who may ask there, and for what.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use enforcer_tests::daemon::{Answer, connect_tcp};
use enforcer_tests::network::ROUTER_V4;
use enforcer_tests::site::Site;

const PORT: u16 = 9797;

const WORD: &str = "0123456789abcdef";

/// More than are answered at once, and more than are let in.
const CLIENTS: usize = 200;

/// Less than it takes to give up a client that is slow.
const AT_ONCE: Duration = Duration::from_secs(2);

const PATHS: [&str; 5] = [
    "/healthz",
    "/metrics",
    "/v1/status",
    "/v1/cameras",
    "/v1/events?follow=false",
];

#[test]
fn over_tcp_there_is_everything_to_look_at_and_nothing_to_change() {
    let site = Site::new("listen_look").unwrap();
    let port = local(PORT);
    let mut daemon = site.started(&["--listen", &port.to_string()]).unwrap();
    assert!(daemon.log().contains("at http://127.0.0.1:9797/metrics"));
    for path in PATHS {
        let over_socket = site.enforcer.ask("GET", path, "").unwrap();
        let answer = ask(&site, port, "GET", path, "");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.text, over_socket.text, "{path}");
        // As a proxy may ask.
        assert_eq!(ask(&site, port, "HEAD", path, "").status, 200, "{path}");
    }
    for path in ["/v1/reload", "/v1/confirm", "/v1/revert", "/v1/status", "/"] {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let answer = ask(&site, port, method, path, "");
            assert_eq!(answer.status, 403, "{method} {path}: {answer:?}");
            assert_eq!(answer.at("/kind"), "forbidden");
        }
    }
    for path in ["/v1/reload", "/v1/confirm", "/v1/revert", "/v1"] {
        assert_eq!(ask(&site, port, "GET", path, "").status, 404, "{path}");
    }
    // What frames hold may be for fewer eyes.
    for follow in ["", "&follow=false"] {
        let path = format!("/v1/events?packet=true{follow}");
        let answer = ask(&site, port, "GET", &path, "");
        assert_eq!(answer.status, 403, "{answer:?}");
        assert_eq!(answer.at("/kind"), "forbidden");
        assert!(
            answer
                .text
                .contains("frames are told over the control socket")
        );
    }
    assert_eq!(site.enforcer.status().unwrap().generation, 1);
    daemon.terminate().unwrap();
    connect_tcp(&site.network.router, port).unwrap_err();
}

#[test]
fn a_page_on_the_web_whose_name_leads_here_reads_nothing() {
    let site = Site::new("listen_host").unwrap();
    let port = local(PORT);
    let mut daemon = site.started(&["--listen", &port.to_string()]).unwrap();
    let named = |host: &str, path: &str, head: &str| {
        let mut stream = connect_tcp(&site.network.router, port).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{head}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        Answer::from(stream).unwrap()
    };
    for path in PATHS {
        for host in [
            "localhost:9797",
            "LOCALHOST",
            "127.0.0.1:9797",
            "[::1]:9797",
        ] {
            assert_eq!(named(host, path, "").status, 200, "{host} {path}");
        }
        for host in ["rebind.example.org:9797", "127.0.0.1.example.org"] {
            assert_eq!(named(host, "/", "").status, 421, "{host}");
            let answer = named(host, path, "");
            assert_eq!(answer.status, 421, "{host} {path}: {answer:?}");
            assert_eq!(answer.at("/kind"), "misdirected");
            assert!(answer.text.contains("an address or `localhost`"));
        }
    }
    daemon.terminate().unwrap();

    // No such page knows the token; whoever does may come by any name.
    let token = token(&site);
    let options = ["--listen", "127.0.0.1:9797", "--listen-token-file"];
    let _daemon = site
        .started(&[&options[..], &[token.to_str().unwrap()]].concat())
        .unwrap();
    let known = format!("Authorization: Bearer {WORD}\r\n");
    let host = "router.example.org";
    assert_eq!(named(host, "/metrics", &known).status, 200);
    assert_eq!(named(host, "/metrics", "").status, 401);
}

#[test]
fn an_address_that_others_can_reach_takes_a_token() {
    let site = Site::new("listen_token").unwrap();
    let policy = site.policy().to_str().unwrap();
    for open in [
        "0.0.0.0:9797",
        "192.168.50.1:9797",
        "[::]:9797",
        "[::ffff:192.0.2.1]:9797",
    ] {
        let run = ["run", "--policy", policy, "--listen", open];
        let outcome = site.enforcer.run(&run).unwrap();
        assert_eq!(outcome.code, Some(2), "{open}: {outcome:?}");
        assert!(
            outcome.stderr.contains("give --listen-token-file"),
            "{outcome:?}"
        );
    }
    let token = token(&site);
    let options = ["--listen", "192.168.50.1:9797", "--listen-token-file"];
    let options = [&options[..], &[token.to_str().unwrap()]].concat();
    let mut daemon = site.started(&options).unwrap();
    let port = SocketAddr::from((ROUTER_V4, PORT));
    let known = format!("Authorization: Bearer {WORD}\r\n");
    let wrong = format!("Authorization: Bearer {}\r\n", WORD.replace('f', "e"));
    for path in PATHS {
        for head in ["", &wrong, "Authorization: Basic ZjpmCg==\r\n"] {
            let answer = ask(&site, port, "GET", path, head);
            assert_eq!(answer.status, 401, "{path}: {answer:?}");
            assert_eq!(answer.at("/kind"), "unauthorized");
        }
        assert_eq!(ask(&site, port, "GET", path, &known).status, 200, "{path}");
    }
    // The page has nothing of that in it: it asks for the token, and then for what it shows.
    assert_eq!(ask(&site, port, "GET", "/", "").status, 200);
    assert_eq!(ask(&site, port, "POST", "/v1/reload", "").status, 401);
    assert_eq!(ask(&site, port, "POST", "/v1/reload", &known).status, 403);
    assert!(!daemon.log().contains(WORD));
    daemon.terminate().unwrap();
}

#[test]
fn nothing_about_the_port_keeps_the_policy_from_being_in_force() {
    let site = Site::new("listen_trouble").unwrap();
    let router = &site.network.router;
    // Somebody else is there.
    let port = local(PORT);
    let other = router.run(|| TcpListener::bind(port)).unwrap().unwrap();
    let mut daemon = site.started(&["--listen", &port.to_string()]).unwrap();
    assert!(daemon.log().contains("numbers are not told over TCP"));
    daemon.terminate().unwrap();
    drop(other);
    // There is no token.
    let options = ["--listen", "127.0.0.1:9797", "--listen-token-file"];
    let mut daemon = site
        .started(&[&options[..], &["/no/such/file"]].concat())
        .unwrap();
    assert!(daemon.log().contains("/no/such/file"));
    connect_tcp(router, port).unwrap_err();
    daemon.terminate().unwrap();
    // The address comes later.
    let token = token(&site);
    let options = ["--listen", "192.0.2.7:9797", "--listen-token-file"];
    let _daemon = site
        .started(&[&options[..], &[token.to_str().unwrap()]].concat())
        .unwrap();
    router.ip("addr add 192.0.2.7/32 dev lo\n").unwrap();
    let port = SocketAddr::from(([192, 0, 2, 7], PORT));
    assert_eq!(ask(&site, port, "GET", "/healthz", "").status, 401);
}

#[test]
fn clients_of_the_port_that_say_nothing_take_no_place_of_others() {
    let site = Site::new("listen_slow").unwrap();
    let port = local(PORT);
    let _daemon = site.started(&["--listen", &port.to_string()]).unwrap();
    let slow = (0..CLIENTS).map(|_| {
        let mut stream = connect_tcp(&site.network.router, port).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHo").unwrap();
        stream
    });
    let slow: Vec<_> = slow.collect();
    let begun = Instant::now();
    assert_eq!(
        site.enforcer.ask("GET", "/healthz", "").unwrap().status,
        200
    );
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    // Nor one of others at the port, since they have said nothing.
    for path in ["/healthz", "/metrics"] {
        assert_eq!(ask(&site, port, "GET", path, "").status, 200);
    }
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    drop(slow);
}

fn ask(site: &Site, port: SocketAddr, method: &str, path: &str, head: &str) -> Answer {
    Answer::over_tcp(&site.network.router, port, method, path, head).unwrap()
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn token(site: &Site) -> PathBuf {
    let path = site.file("token");
    fs::write(&path, format!("{WORD}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}
