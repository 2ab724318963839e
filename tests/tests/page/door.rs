//! Who is let in, and what browsers may do with it.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;

use enforcer_tests::browser::Key;
use enforcer_tests::daemon::Answer;
use enforcer_tests::site::{Site, forbidden};

use super::{ADDRESS, look, opened, started};

const FILES: [(&str, &str); 10] = [
    ("/", "text/html"),
    ("/page.css", "text/css"),
    ("/page.svg", "image/svg+xml"),
    ("/page.js", "text/javascript"),
    ("/page/ask.js", "text/javascript"),
    ("/page/calls.js", "text/javascript"),
    ("/page/cameras.js", "text/javascript"),
    ("/page/force.js", "text/javascript"),
    ("/page/put.js", "text/javascript"),
    ("/page/tail.js", "text/javascript"),
];

#[test]
fn browsers_are_told_what_they_may_do_with_it() {
    let site = Site::new("page_heads").unwrap();
    let _daemon = started(&site, &[]);
    let port = SocketAddr::from(([127, 0, 0, 1], 9797));
    let ask = |method, path, head| {
        Answer::over_tcp(&site.network.router, port, method, path, head).unwrap()
    };
    for (path, kind) in FILES.into_iter().chain([
        ("/v1/status", "application/json"),
        ("/no/such/path", "application/json"),
    ]) {
        let answer = ask("GET", path, "");
        let is = |name: &str| answer.head(name).unwrap_or_default().to_owned();
        assert!(is("content-type").starts_with(kind), "{path}: {answer:?}");
        let policy = is("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(is(name), value, "{path}: {name}");
        }
    }
    for (path, _) in FILES {
        assert_eq!(ask("HEAD", path, "").status, 200, "{path}");
        assert_eq!(ask("POST", path, "").status, 403, "{path}");
        // Over the socket, where things are changed, there is no page.
        let over_socket = site.enforcer.ask("GET", path, "").unwrap();
        assert_eq!(over_socket.status, 404, "{path}");
    }
}

#[test]
fn it_asks_for_the_token_where_one_is_wanted() {
    let site = Site::new("page_token").unwrap();
    let token = site.file("token");
    fs::write(&token, "0123456789abcdef\n").unwrap();
    fs::set_permissions(&token, Permissions::from_mode(0o600)).unwrap();
    let _daemon = started(&site, &["--listen-token-file", token.to_str().unwrap()]);
    let mut browser = opened(&site);
    browser
        .wait_for("document.querySelector('#token').hidden === false")
        .unwrap();
    assert_eq!(look(&mut browser), "unknown");
    let is_asked = browser.ask("document.activeElement.id").unwrap();
    assert_eq!(is_asked, "token-word");
    browser.type_in("fedcba9876543210").unwrap();
    browser.press(Key::Enter).unwrap();
    browser
        .wait_for_text("#token-why", "That is not the token")
        .unwrap();
    assert_eq!(look(&mut browser), "unknown");
    browser.type_in("0123456789abcdef").unwrap();
    browser.press(Key::Enter).unwrap();
    browser.wait_for_text("#force-word", "In force").unwrap();
    site.wire().unwrap().send(&forbidden()).unwrap();
    browser
        .wait_for_text("#tail-table tbody", "203.0.113.7")
        .unwrap();
    let address = browser.ask("location.href").unwrap();
    assert_eq!(address, ADDRESS, "the token is not in it");
}
