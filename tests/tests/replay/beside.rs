//! Beside a daemon: what is in force goes on as if nobody had asked.

use std::thread::sleep;
use std::time::Instant;

use enforcer_tests::capture::pcap;
use enforcer_tests::daemon::{PATIENCE, TICK};
use enforcer_tests::network::CAMERA;
use enforcer_tests::site::{Site, allowed, forbidden};

use crate::{ETHERNET, frames, run, told, write};

#[test]
fn a_replay_beside_a_daemon_leaves_its_counters_events_and_ledger_as_they_are() {
    let site = Site::new("replay_beside").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    let send = || {
        for frame in [allowed(), forbidden(), forbidden()] {
            wire.send(&frame).unwrap();
        }
    };
    send();
    site.status_when(|status| status.dropped() == 2).unwrap();
    let program = site.program_on(CAMERA.port).unwrap();
    let look = || {
        ["/v1/cameras", "/v1/events?follow=false", "/v1/ledger"].map(|path| {
            let answer = site.enforcer.ask("GET", path, "").unwrap();
            assert_eq!(answer.status, 200, "{path}");
            answer.text
        })
    };
    let deadline = Instant::now() + PATIENCE;
    let mut before = look();
    // The daemon takes its time to read what the kernel has told.
    while before[1].lines().count() < 2 && Instant::now() < deadline {
        sleep(TICK);
        before = look();
    }
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &frames(), 262_144));
    for _ in 0..3 {
        let document = told(&run(&site, &[&capture]));
        assert_eq!(document["judged_by"], "kernel");
        assert_eq!(document["frames"]["dropped"], 4);
    }
    assert_eq!(look(), before);
    assert_eq!(site.program_on(CAMERA.port).unwrap(), program);
    // And it goes on.
    send();
    site.status_when(|status| status.dropped() == 4).unwrap();
}
