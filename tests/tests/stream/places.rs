//! Who follows takes one of few places.

use std::time::{Duration, Instant};

use enforcer_tests::daemon::{Following, connect, connect_tcp};
use enforcer_tests::site::Site;

use super::{ask, follow, port, provoke, wait_for_followers};

/// As many as may follow at a door.
const PLACES: usize = 8;

/// As many others as are served at once.
const OTHERS: usize = 32;

#[test]
fn who_follows_takes_one_of_few_places_and_none_of_the_others() {
    let site = Site::new("stream_places").unwrap();
    let _daemon = site.started(&["--listen", "127.0.0.1:9797"]).unwrap();
    let mut following: Vec<_> = (0..PLACES).map(|_| follow(&site, "")).collect();
    let refused = ask(&site, "");
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.at("/kind"), "overloaded");
    // Who does not stay needs no such place, and the port has its own.
    assert_eq!(ask(&site, "?follow=false").status, 200);
    let at = "127.0.0.1:9797".parse().unwrap();
    let stream = connect_tcp(&site.network.router, at).unwrap();
    let mut over_tcp = Following::over(stream, "", "").unwrap();
    assert_eq!(over_tcp.status(), 200);

    let socket = site.enforcer.directories().control();
    let others = (1..OTHERS).map(|_| connect(&socket).unwrap());
    let others: Vec<_> = others.collect();
    let begun = Instant::now();
    let answer = site.enforcer.ask("GET", "/healthz", "").unwrap();
    assert_eq!(answer.status, 200);
    assert!(begun.elapsed() < Duration::from_secs(2), "no room");
    drop(others);

    provoke(&site, 1..=1);
    for following in following.iter_mut().chain([&mut over_tcp]) {
        assert_eq!(port(&following.event().unwrap()), 1);
    }
    // Who goes is noticed, though nothing is sent.
    following.pop();
    wait_for_followers(&site, u64::try_from(PLACES).unwrap());
    follow(&site, "");
}
