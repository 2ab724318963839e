//! What can be asked for, and what cannot.

use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{FLOODER, ROUTER, STEADY, Site};

use super::{ALL, ask, follow, json, port, provoke, wait, wait_for_followers};

/// As many as are kept while nobody follows.
const KEPT: u16 = 1024;

#[test]
fn the_last_events_come_first_and_then_what_comes() {
    let site = Site::new("stream_last").unwrap();
    let mut daemon = site.started(ALL).unwrap();
    provoke(&site, 1..=5);
    let ports = |query: &str| {
        let answer = ask(&site, &format!("?follow=false{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let events = answer.text.lines().map(|line| port(&json(line)));
        events.collect::<Vec<_>>()
    };
    assert_eq!(ports(""), [1, 2, 3, 4, 5]);
    assert_eq!(ports("&last=2"), [4, 5]);
    assert_eq!(ports("&last=0"), [0; 0]);
    assert_eq!(ports("&last=99999999999999999999"), [1, 2, 3, 4, 5]);

    let mut two = follow(&site, "?last=2");
    assert_eq!(two.kind(), Some("application/x-ndjson"));
    let mut none = follow(&site, "");
    provoke(&site, 6..=7);
    for (following, expected) in [(&mut two, &[4, 5, 6, 7][..]), (&mut none, &[6, 7])] {
        for expected in expected {
            assert_eq!(port(&following.event().unwrap()), *expected);
        }
    }
    let event = ask(&site, "?follow=false&last=1").text;
    let event = json(event.trim_end());
    assert_eq!(event["event_type"], "drop");
    assert_eq!(event["alert"]["metadata"]["camera"][0], "flooder");
    assert_eq!(event["in_iface"], "lan-cam1");

    // Only so many are kept, whoever has followed.
    drop((two, none));
    wait_for_followers(&site, 0);
    provoke(&site, 1000..=1000 + KEPT);
    let kept = ports("");
    assert_eq!(kept, (1001..=1000 + u64::from(KEPT)).collect::<Vec<_>>());
    daemon.terminate().unwrap();
}

#[test]
fn only_those_events_come_that_were_asked_for() {
    let site = Site::new("stream_filters").unwrap();
    let _daemon = site.started(ALL).unwrap();
    let mut both = follow(&site, "?camera=steady&camera=flooder&reason=port");
    let wire = site.wire().unwrap();
    let stranger = [2, 0, 0, 0, 0x50, 0x55];
    for (mac, from, to, port) in [
        (FLOODER, "192.168.50.99", "203.0.113.7", 1),
        (FLOODER, "192.168.50.99", "203.0.113.8", 2),
        (FLOODER, "192.168.50.99", "192.168.50.1", 3),
        (STEADY, "192.168.50.98", "203.0.113.7", 4),
        (STEADY, "192.168.50.98", "192.168.50.1", 5),
        (stranger, "192.168.50.55", "198.51.100.1", 6),
    ] {
        let frame = ethernet(mac).to(ROUTER) / ipv4(from, to) / udp(40_000, port) / data(b"a");
        wire.send(&frame.build()).unwrap();
    }
    for (query, expected) in [
        ("", &["1", "2", "3", "4", "5", "unlisted"][..]),
        ("&camera=steady", &["4", "5"]),
        ("&camera=steady&camera=flooder", &["1", "2", "3", "4", "5"]),
        ("&reason=port", &["3", "5"]),
        ("&reason=port&reason=unlisted", &["3", "5", "unlisted"]),
        ("&to=203.0.113.7", &["1", "4"]),
        ("&to=203.0.113.0/24", &["1", "2", "4"]),
        ("&to=203.0.113.8&to=192.168.50.0/24", &["2", "3", "5"]),
        ("&to=2001:db8::/32", &[]),
        (
            "&camera=steady&reason=not_allowed&to=203.0.113.0%2F24",
            &["4"],
        ),
        // Of those that match.
        ("&camera=flooder&last=1", &["3"]),
    ] {
        let answer = wait(query, || {
            let answer = ask(&site, &format!("?follow=false{query}"));
            (answer.text.lines().count() == expected.len()).then_some(answer)
        });
        let told = answer.text.lines().map(|line| {
            let event = json(line);
            if event["drop"]["reason"] == "unlisted" {
                "unlisted".to_owned()
            } else {
                port(&event).to_string()
            }
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{query}");
    }
    assert_eq!(port(&both.event().unwrap()), 3);
    assert_eq!(port(&both.event().unwrap()), 5);

    let text = ask(&site, "?follow=false&format=text&last=1&camera=steady");
    assert!(text.text.contains("  steady (timed)  "), "{text:?}");
    assert!(!text.text.contains('\u{1b}'), "{text:?}");
    let colored = ask(&site, "?follow=false&format=text&last=1&color=true");
    assert!(colored.text.contains("\u{1b}["), "{colored:?}");
    let ecs = ask(&site, "?follow=false&format=ecs&last=1&camera=steady");
    let ecs = json(ecs.text.trim_end());
    assert_eq!(ecs["event"]["reason"], "port");
    assert_eq!(ecs["enforcer"]["camera"], "steady");
}

#[test]
fn what_cannot_be_meant_is_refused_all_at_once_with_what_would_be_right() {
    let site = Site::new("stream_refused").unwrap();
    let _daemon = site.started(ALL).unwrap();
    for (query, all) in [
        (
            "?camera=stedy",
            &["camera=stedy: the policy has no such camera; did you mean `steady`?"][..],
        ),
        ("?camera=zebra", &["`enforcer cameras` lists them"]),
        (
            "?reason=not_alowed",
            &["reason=not_alowed: there is no such reason; did you mean `not_allowed`?"],
        ),
        ("?reason=x", &["there are unlisted, truncated, "]),
        (
            "?packet=true&format=text",
            &["packet=true: only format=eve has a place for frames"],
        ),
        ("?packet=1", &["packet=1: true or false"]),
        (
            "?to=192.0.2.1/24",
            &["to=192.0.2.1/24: ", "did you mean 192.0.2.0/24?"],
        ),
        (
            "?to=example.org",
            &["to=example.org: not an address or a prefix; write its addresses"],
        ),
        ("?to=%3A%3Affff%3A192.0.2.1", &["did you mean 192.0.2.1?"]),
        ("?format=txt", &["format=txt: did you mean `text`?"]),
        ("?last=-1", &["last=-1: how many, like 100"]),
        ("?follow=yes", &["follow=yes: true or false"]),
        (
            "?source=gate",
            &["source: there is no such parameter; there are camera, reason, to, "],
        ),
        (
            "?reasons=port",
            &["reasons: there is no such parameter; did you mean `reason`?"],
        ),
        (
            "?last=many&format=xml",
            &["last=many", "format=xml: there are eve, ecs, text"],
        ),
    ] {
        let answer = ask(&site, query);
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
        assert_eq!(answer.at("/kind"), "bad_request");
        let message = answer.at("/message");
        for words in all {
            let is_said = message.as_str().unwrap().contains(words);
            assert!(is_said, "{query}: {words}: {message}");
        }
    }
    let changed = site.enforcer.ask("POST", "/v1/events", "").unwrap();
    assert_eq!(changed.status, 405);
}
