//! `GET /v1/events`: who asks for events gets those that they asked for, all of them or the number of those that
//! they missed; and nobody who asks holds up anybody.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod asked;
mod browser;
mod command;
mod end;
mod flood;
mod places;

use std::ops::RangeInclusive;

use enforcer_tests::daemon::{Answer, Following, wait};
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{FLOODER, ROUTER, Site};
use serde_json::Value;

/// Every drop is told.
const ALL: &[&str] = &["--event-rate", "1000000000"];

fn ask(site: &Site, query: &str) -> Answer {
    let path = format!("/v1/events{query}");
    site.enforcer.ask("GET", &path, "").unwrap()
}

fn follow(site: &Site, query: &str) -> Following {
    let socket = site.enforcer.directories().control();
    let following = Following::events(&socket, query, "").unwrap();
    assert_eq!(following.status(), 200);
    following
}

/// A frame to each of these ports, each of which is dropped.
fn send(site: &Site, ports: RangeInclusive<u16>) {
    let wire = site.wire().unwrap();
    for port in ports {
        let packet = ipv4("192.168.50.99", "203.0.113.7");
        let frame = ethernet(FLOODER).to(ROUTER) / packet / udp(40_000, port) / data(b"a");
        wire.send(&frame.build()).unwrap();
    }
}

/// The same, and waits until the daemon has read the last of the events.
fn provoke(site: &Site, ports: RangeInclusive<u16>) {
    let last = u64::from(*ports.end());
    send(site, ports);
    wait("the events are read", || {
        let kept = ask(site, "?follow=false&last=1").text;
        let line = kept.lines().next()?;
        (port(&json(line)) == last).then_some(())
    });
}

fn port(event: &Value) -> u64 {
    let port = event.get("dest_port").and_then(Value::as_u64);
    port.unwrap()
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

/// Whether a line says that events are missing. To read every line in full would take longer than to send it.
fn is_missed(line: &str) -> bool {
    line.contains(r#""event_type":"missed""#)
}

/// How many such a line says are missing.
fn missed(line: &str) -> u64 {
    let line = json(line);
    assert!(
        line.get("timestamp").is_some_and(Value::is_string),
        "{line}"
    );
    let events = line.pointer("/missed/events").and_then(Value::as_u64);
    events.unwrap()
}

/// Waits until so many follow.
fn wait_for_followers(site: &Site, followers: u64) {
    wait(&format!("{followers} follow"), || {
        let metrics = site.enforcer.ask("GET", "/metrics", "").unwrap();
        (metrics.metric("enforcer_event_followers") == Some(followers)).then_some(())
    });
}
