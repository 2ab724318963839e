//! The same as server-sent events, for browsers and whoever comes back to where they were.

use enforcer_tests::daemon::{Ends, Following};
use enforcer_tests::site::Site;

use super::{ALL, json, port, provoke, send};

const ACCEPT: &str = "Accept: text/html, text/event-stream;q=0.9\r\n";

#[test]
fn a_browser_gets_an_event_stream_and_comes_back_to_where_it_was() {
    let site = Site::new("stream_sse").unwrap();
    let mut daemon = site.started(ALL).unwrap();
    provoke(&site, 1..=1);
    let mut first = sse(&site, "?last=1", "");
    let one = message(&mut first);
    assert_eq!(field(&one, "event"), Some("drop"));
    assert_eq!(port(&json(field(&one, "data").unwrap())), 1);
    let place = message(&mut first);
    assert!(
        field(&place, "id").is_some() && place.len() == 1,
        "{place:?}"
    );
    provoke(&site, 2..=4);
    let two = message(&mut first);
    assert_eq!(port(&json(field(&two, "data").unwrap())), 2);
    let id = format!("Last-Event-ID: {}\r\n", field(&two, "id").unwrap());
    drop(first);
    let mut second = sse(&site, "?last=0", &id);
    for expected in [3, 4] {
        let message = message(&mut second);
        assert_eq!(port(&json(field(&message, "data").unwrap())), expected);
    }

    // Of another daemon's events all are new.
    daemon.terminate().unwrap();
    assert_eq!(second.rest().unwrap().1, Ends::Well);
    send(&site, 5..=6);
    let _daemon = site.started(ALL).unwrap();
    let mut third = sse(&site, "?last=0", &id);
    for expected in [5, 6] {
        let message = message(&mut third);
        assert_eq!(port(&json(field(&message, "data").unwrap())), expected);
    }
    let mut text = sse(&site, "?last=1&format=text", "");
    let line = message(&mut text);
    assert!(field(&line, "data").unwrap().contains("not_allowed"));
}

#[test]
fn a_place_that_nobody_has_said_is_none() {
    let site = Site::new("stream_sse_id").unwrap();
    let _daemon = site.started(ALL).unwrap();
    provoke(&site, 1..=2);
    for id in ["", "7", "x-y", "-", "1-2-3"] {
        let mut following = sse(&site, "?last=1", &format!("Last-Event-ID: {id}\r\n"));
        let message = message(&mut following);
        assert_eq!(port(&json(field(&message, "data").unwrap())), 2, "{id}");
    }
}

#[test]
fn who_comes_back_too_late_is_told_how_many_are_gone() {
    let site = Site::new("stream_sse_late").unwrap();
    let _daemon = site.started(ALL).unwrap();
    let mut first = sse(&site, "", "");
    let id = message(&mut first);
    let id = format!("Last-Event-ID: {}\r\n", field(&id, "id").unwrap());
    drop(first);
    super::wait_for_followers(&site, 0);
    provoke(&site, 1..=1100);
    let mut second = sse(&site, "", &id);
    let gone = message(&mut second);
    assert_eq!(field(&gone, "event"), Some("missed"));
    let gone = json(field(&gone, "data").unwrap());
    assert_eq!(gone["event_type"], "missed");
    assert_eq!(gone["missed"]["events"], 1100 - 1024);
    let next = message(&mut second);
    assert_eq!(port(&json(field(&next, "data").unwrap())), 1100 - 1023);
}

fn sse(site: &Site, query: &str, head: &str) -> Following {
    let socket = site.enforcer.directories().control();
    let following = Following::events(&socket, query, &format!("{ACCEPT}{head}")).unwrap();
    assert_eq!(following.status(), 200);
    assert_eq!(following.kind(), Some("text/event-stream"));
    following
}

/// The lines of a message.
fn message(following: &mut Following) -> Vec<String> {
    let mut message = Vec::new();
    loop {
        let line = following.line().unwrap().unwrap();
        if line.is_empty() {
            return message;
        }
        message.push(line);
    }
}

fn field<'m>(message: &'m [String], name: &str) -> Option<&'m str> {
    let value = |line: &'m String| line.strip_prefix(name)?.strip_prefix(": ");
    message.iter().find_map(value)
}
