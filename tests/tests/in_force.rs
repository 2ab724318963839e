//! `GET /v1/policy`: which policy is in force, and what stood in its files when they were read.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;

use enforcer_tests::daemon::{Answer, connect_tcp};
use enforcer_tests::site::{POLICY, Site};
use jiff::Timestamp;
use serde_json::{Value, json};

const NO_OPTIONS: [&str; 0] = [];

#[test]
fn what_is_told_is_what_is_in_force_whatever_stands_in_the_files_now() {
    let site = Site::new("in_force_texts").unwrap();
    let mut daemon = site.started(&NO_OPTIONS).unwrap();
    let first = told(&site);
    let path = site.policy().to_str().unwrap();
    assert_eq!(first.at("/generation"), 1);
    assert_eq!(first.at("/path"), path);
    assert_eq!(first.at("/stand_in"), Value::Null);
    assert_eq!(first.at("/unconfirmed"), Value::Null);
    let source = |text: &str| json!([{"path": path, "bytes": text.len(), "text": text}]);
    assert_eq!(first.at("/sources"), source(POLICY));
    let since: Timestamp = first.at("/since").as_str().unwrap().parse().unwrap();
    let age = Timestamp::now().as_second() - since.as_second();
    assert!((0..60).contains(&age), "{age}");

    site.write(&POLICY.replace("version: 1", "version: 9"))
        .unwrap();
    daemon.wait_for("what was in force stays").unwrap();
    assert_eq!(told(&site).text, first.text);

    let wider = POLICY.replace("udp/123", "udp/124");
    site.write(&wider).unwrap();
    daemon.wait_in_force().unwrap();
    let second = told(&site);
    assert_eq!(second.at("/sources"), source(&wider));
    assert_ne!(second.at("/fingerprint"), first.at("/fingerprint"));

    assert_eq!(site.enforcer.run(&["revert"]).unwrap().code, Some(0));
    let back = told(&site);
    assert_eq!(back.at("/sources"), source(POLICY));
    assert_eq!(back.at("/fingerprint"), first.at("/fingerprint"));

    // What stands in for a policy that is wrong is told, and why.
    daemon.kill().unwrap();
    site.write("version: 1\n").unwrap();
    let _daemon = site.started(&NO_OPTIONS).unwrap();
    let stands_in = told(&site);
    let because = stands_in.at("/stand_in/because");
    assert!(because.is_string(), "{stands_in:?}");
    assert_ne!(stands_in.at("/sources"), source("version: 1\n"));
    fs::remove_file(site.enforcer.directories().record()).unwrap();
    let nothing = site.enforcer.ask("GET", "/v1/policy", "").unwrap();
    assert_eq!(nothing.status, 503);
    assert_eq!(nothing.at("/kind"), "nothing_in_force");
}

#[test]
fn one_that_waits_to_be_confirmed_is_told_while_its_files_are_as_they_were() {
    let site = Site::new("in_force_waits").unwrap();
    let _daemon = site.started(&NO_OPTIONS).unwrap();
    let next = POLICY.replace("udp/123", "udp/124");
    site.write(&next).unwrap();
    let outcome = site.enforcer.run(&["reload", "--confirm", "5m"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let waits = told(&site);
    assert!(waits.at("/unconfirmed/until").is_string(), "{waits:?}");
    assert_eq!(waits.at("/sources/0/text"), next);
    site.write(POLICY).unwrap();
    assert_eq!(told(&site).at("/sources"), Value::Null);
}

#[test]
fn of_a_long_list_only_its_length_is_told_and_over_tcp_nothing_at_all() {
    let site = Site::new("in_force_long").unwrap();
    let list = site.file("list.txt");
    let lines = (0..400_000_u32)
        .map(|number| format!("{}\n", std::net::Ipv4Addr::from(number * 7 + (1 << 28))));
    let text: String = lines.collect();
    assert!(text.len() > 4 << 20);
    fs::write(&list, &text).unwrap();
    let policy = POLICY.replace("router: [192.168.50.1]", "router: [{file: list.txt}]");
    site.write(&policy).unwrap();
    let _daemon = site.started(&["--listen", "127.0.0.1:9797"]).unwrap();
    let told = told(&site);
    assert_eq!(told.at("/sources/0/text"), policy);
    assert_eq!(told.at("/sources/1/path"), list.to_str().unwrap());
    assert_eq!(told.at("/sources/1/bytes"), text.len());
    assert_eq!(told.at("/sources/1/text"), Value::Null);

    let port = "127.0.0.1:9797".parse().unwrap();
    connect_tcp(&site.network.router, port).unwrap();
    let router = &site.network.router;
    let answer = Answer::over_tcp(router, port, "GET", "/v1/policy", "").unwrap();
    assert_eq!(answer.status, 404);
}

fn told(site: &Site) -> Answer {
    let answer = site.enforcer.ask("GET", "/v1/policy", "").unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}
