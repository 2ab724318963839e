//! Where events go: each sink gets every event, whatever becomes of the others; and what one misses is
//! counted.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod configured;
mod files;
mod journal;
mod rotated;
mod shipped;
mod sockets;
mod syslog;

use std::fs;
use std::path::Path;

use enforcer_tests::daemon::{Daemon, wait};
use enforcer_tests::site::{EventFile, Site, forbidden};
use serde_json::Value;

/// A daemon with these sinks in its configuration, each in one line without the dash.
fn start(site: &Site, sinks: &[String], options: &[&str]) -> Daemon {
    let lines: Vec<String> = sinks.iter().map(|sink| format!("  - {sink}\n")).collect();
    let path = site.file("enforcer.yaml");
    fs::write(&path, format!("sinks:\n{}", lines.concat())).unwrap();
    let options = [&["--config", path.to_str().unwrap()], options].concat();
    site.started(&options).unwrap()
}

/// Frames that are dropped, each of which is told.
fn provoke(site: &Site, frames: usize) {
    let wire = site.wire().unwrap();
    for _ in 0..frames {
        wire.send(&forbidden()).unwrap();
    }
}

/// The events of a file once there are so many.
fn records(path: &Path, events: usize) -> Vec<Value> {
    EventFile::at(path).once(events).unwrap()
}

/// How many events the log says that a sink has missed, of how many.
fn missed(log: &str, sink: &str) -> Option<(u64, u64)> {
    let start = format!("events: {sink}: ");
    let words = log.lines().rev().find_map(|line| {
        let (_, words) = line.split_once(&start)?;
        words.strip_suffix(" were missed")
    })?;
    let (missed, given) = words.split_once(" of ")?;
    Some((missed.parse().ok()?, given.parse().ok()?))
}
