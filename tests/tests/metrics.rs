//! Numbers: what Prometheus is told of each camera, and what `enforcer cameras` prints, is what was sent.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use enforcer_common::DropReason;
use enforcer_tests::daemon::{Answer, Camera, TICK};
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{POLICY, ROUTER, STEADY, Site, allowed, forbidden};

/// As many as a provider has.
const MANY: u32 = 10_000;

/// How long numbers of so many may take, in a debug build and on a busy machine.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn every_frame_is_counted_once_under_its_camera_and_reason() {
    let site = Site::new("metrics_frames").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let other_port = ethernet(STEADY).to(ROUTER) / ipv4("192.168.50.98", "192.168.50.1");
    let other_port = (other_port / udp(40_000, 80) / data(b"web")).build();
    let stranger = ethernet([2, 0, 0, 0, 0x50, 0x55]).to(ROUTER);
    let stranger = stranger / ipv4("192.168.50.55", "192.168.50.1");
    let stranger = (stranger / udp(40_000, 123) / data(b"who")).build();
    send(
        &site,
        &[(&forbidden(), 5), (&allowed(), 3), (&other_port, 2)],
    );
    send(&site, &[(&stranger, 4)]);
    site.status_when(|status| status.dropped() == 11).unwrap();

    let length = |frame: &[u8], times: u64| u64::try_from(frame.len()).unwrap() * times;
    let told = metrics(&site);
    for (name, expected) in [
        ("enforcer_cameras", 2),
        ("enforcer_taken_off_total", 0),
        ("enforcer_events_lost_total", 0),
        (
            concat!(
                "enforcer_build_info{version=\"",
                env!("CARGO_PKG_VERSION"),
                "\"}"
            ),
            1,
        ),
        (
            r#"enforcer_camera_info{camera="flooder",group="timed",mode="enforce"}"#,
            1,
        ),
        (
            r#"enforcer_camera_info{camera="steady",group="timed",mode="enforce"}"#,
            1,
        ),
        (r#"enforcer_allowed_packets_total{camera="steady"}"#, 3),
        (
            r#"enforcer_allowed_bytes_total{camera="steady"}"#,
            length(&allowed(), 3),
        ),
        (
            r#"enforcer_dropped_packets_total{camera="flooder",reason="not_allowed"}"#,
            5,
        ),
        (
            r#"enforcer_dropped_bytes_total{camera="flooder",reason="not_allowed"}"#,
            length(&forbidden(), 5),
        ),
        (
            r#"enforcer_dropped_packets_total{camera="steady",reason="port"}"#,
            2,
        ),
        (
            r#"enforcer_dropped_bytes_total{camera="steady",reason="port"}"#,
            length(&other_port, 2),
        ),
        (
            r#"enforcer_unlisted_dropped_packets_total{reason="unlisted"}"#,
            4,
        ),
        (
            r#"enforcer_unlisted_dropped_bytes_total{reason="unlisted"}"#,
            length(&stranger, 4),
        ),
        (
            r#"enforcer_events_total{camera="flooder",reason="not_allowed",outcome="told"}"#,
            5,
        ),
        (
            r#"enforcer_events_total{camera="steady",reason="port",outcome="told"}"#,
            2,
        ),
        (
            r#"enforcer_unlisted_events_total{reason="unlisted",outcome="told"}"#,
            4,
        ),
    ] {
        assert_eq!(told.metric(name), Some(expected), "{name}: {told:?}");
    }
    // What there was none of has no line, and there is no other label.
    let series = series(&told);
    let of_cameras = series.keys().filter(|name| name.contains("camera=\""));
    assert_eq!(of_cameras.count(), 2 + 2 + 4 + 2, "{series:#?}");
    let reasons: BTreeSet<_> = DropReason::ALL.iter().map(|reason| reason.name()).collect();
    for name in series.keys() {
        for label in name.split(['{', ',']).skip(1) {
            let (key, value) = label.trim_end_matches('}').split_once('=').unwrap();
            let value = value.trim_matches('"');
            match key {
                "camera" => assert!(["flooder", "steady"].contains(&value), "{name}"),
                "reason" => assert!(reasons.contains(value), "{name}"),
                "outcome" | "group" | "mode" | "interface" | "version" => {}
                _ => panic!("{name}"),
            }
        }
    }
    let started = series["process_start_time_seconds"].parse::<f64>().unwrap();
    let age = f64::from(u32::try_from(jiff::Timestamp::now().as_second()).unwrap()) - started;
    assert!((-2.0..600.0).contains(&age), "{age}");
}

#[test]
fn of_each_sink_what_it_was_given_is_written_missed_or_waits() {
    const MANY: u64 = 60;
    let site = Site::new("metrics_sinks").unwrap();
    let [good, dead] = ["good.json", "dead.sock"].map(|name| site.file(name));
    let configuration = site.file("enforcer.yaml");
    let sinks = format!(
        "sinks:\n  - file: {{path: {}}}\n  - unix_stream: {{path: {}, queue: 16}}\n",
        good.display(),
        dead.display()
    );
    fs::write(&configuration, sinks).unwrap();
    let options = ["--config", configuration.to_str().unwrap()];
    let mut daemon = site.started(&options).unwrap();
    let of = |told: &Answer, sink: &str| {
        let events = |outcome: &str| {
            let labels = format!("{{sink=\"{sink}\",outcome=\"{outcome}\"}}");
            let events = told.metric(&format!("enforcer_sink_events_total{labels}"));
            events.unwrap()
        };
        let waiting = format!("enforcer_sink_waiting_events{{sink=\"{sink}\"}}");
        let waiting = told.metric(&waiting).unwrap();
        [events("written"), events("missed"), waiting]
    };
    let good = good.display().to_string();
    let dead = format!("unix_stream {}", dead.display());
    // Both are there before anything has happened.
    let told = metrics(&site);
    assert_eq!(of(&told, &good), [0; 3]);
    assert_eq!(of(&told, &dead), [0; 3]);
    send(&site, &[(&forbidden(), usize::try_from(MANY).unwrap())]);
    let deadline = Instant::now() + SOON;
    loop {
        let told = metrics(&site);
        let [written, missed, waiting] = of(&told, &dead);
        if of(&told, &good) == [MANY, 0, 0] && written + missed + waiting == MANY {
            // Some wait in its queue, and some that were taken from there are tried again.
            assert!(written == 0 && missed > 0 && waiting >= 16, "{told:?}");
            break;
        }
        assert!(Instant::now() < deadline, "{told:?}");
        thread::sleep(TICK);
    }
    daemon.terminate().unwrap();
}

#[test]
fn the_manual_has_every_number_that_is_told_and_no_other() {
    let site = Site::new("metrics_manual").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let told = metrics(&site).metrics().unwrap();
    let manual = include_str!("../../docs/control.md");
    let (_, numbers) = manual.split_once("\n## Numbers\n").unwrap();
    let rows = numbers.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows = rows.map(|row| row.split(['`', '{']).next().unwrap().to_owned());
    // Lists and not sets: what stands there twice would say two things one day.
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable();
    assert_eq!(rows, Vec::from_iter(told));
}

#[test]
fn what_is_counted_of_a_camera_never_falls_whatever_the_daemon_and_the_policy_do() {
    let site = Site::new("metrics_monotonic").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let dropped = r#"enforcer_dropped_packets_total{camera="flooder",reason="not_allowed"}"#;
    let passed = r#"enforcer_allowed_packets_total{camera="steady"}"#;
    let mut expected = 0;
    let mut go_on = |what: &str| {
        expected += 3;
        send(&site, &[(&forbidden(), 3), (&allowed(), 3)]);
        site.status_when(|status| status.dropped() == expected)
            .unwrap();
        let told = metrics(&site);
        assert_eq!(told.metric(dropped), Some(expected), "{what}");
        assert_eq!(told.metric(passed), Some(expected), "{what}");
    };
    go_on("at first");
    // More cameras than the arrays of before have rows for.
    let more = (0..100).map(|number| {
        format!("  more{number}:\n    match: {{mac: \"02:00:00:01:00:{number:02x}\"}}\n    group: timed\n")
    });
    site.write(&format!("{POLICY}{}", more.collect::<String>()))
        .unwrap();
    daemon.wait_in_force().unwrap();
    go_on("with other cameras");
    assert_eq!(site.enforcer.run(&["revert"]).unwrap().code, Some(0));
    go_on("gone back");
    daemon.kill().unwrap();
    let mut daemon = site.started(&[]).unwrap();
    go_on("after a crash");
    daemon.terminate().unwrap();
    let _daemon = site.started(&[]).unwrap();
    go_on("after a restart");
}

#[test]
fn cameras_are_told_with_and_without_a_daemon_as_status_tells_them() {
    let site = Site::new("metrics_cameras").unwrap();
    let outcome = site.enforcer.run(&["cameras"]).unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(outcome.stdout, "nothing is in force\n");
    site.write(&format!("{POLICY}    mode: audit\n")).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    send(&site, &[(&forbidden(), 2), (&allowed(), 1)]);
    let status = site.status_when(|status| status.dropped() == 2).unwrap();
    let printed = || site.enforcer.run(&["cameras", "--json"]).unwrap().stdout;
    let answer = site.enforcer.ask("GET", "/v1/cameras", "").unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, printed().trim_end());
    daemon.terminate().unwrap();
    let cameras: Vec<Camera> = serde_json::from_str(&printed()).unwrap();
    assert_eq!(cameras, status.cameras);

    let outcome = site.enforcer.run(&["cameras"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let lines = outcome.stdout.lines();
    let words: Vec<Vec<_>> = lines
        .map(|line| line.split_whitespace().collect())
        .collect();
    let bytes = |frame: Vec<u8>, times: usize| (frame.len() * times).to_string();
    let (dropped, passed) = (bytes(forbidden(), 2), bytes(allowed(), 1));
    let flooder = [
        "flooder",
        "timed",
        "0",
        "0",
        "2",
        &dropped,
        "not_allowed",
        "2",
    ];
    assert_eq!(words[1], flooder);
    let steady = [
        "steady", "timed", "1", &passed, "0", "0", "(audit:", "passed)",
    ];
    assert_eq!(words[2], steady);
    assert_eq!(words.len(), 3);

    let site_record = site.enforcer.directories().record();
    fs::remove_file(site_record).unwrap();
    let outcome = site.enforcer.run(&["cameras", "--json"]).unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stdout.contains("start the daemon anew"),
        "{outcome:?}"
    );
}

#[test]
fn ten_thousand_cameras_are_a_line_each_and_hold_up_nobody() {
    let site = Site::new("metrics_many").unwrap();
    let cameras = (0..MANY).map(|number| {
        let [_, high, middle, low] = number.to_be_bytes();
        format!("  c{number}: {{match: {{mac: \"02:01:00:{high:02x}:{middle:02x}:{low:02x}\"}}, group: timed}}\n")
    });
    site.write(&format!("{POLICY}{}", cameras.collect::<String>()))
        .unwrap();
    let _daemon = site.started(&[]).unwrap();
    send(&site, &[(&forbidden(), 1), (&allowed(), 1)]);
    site.status_when(|status| status.dropped() == 1).unwrap();
    let asked = Instant::now();
    let told = metrics(&site);
    let took = asked.elapsed();
    let length = told.text.len();
    println!("numbers of {MANY} cameras: {took:?}, {length} bytes");
    assert!(took < SOON, "{took:?}");
    assert_eq!(told.metric("enforcer_cameras"), Some(u64::from(MANY) + 2));
    let series = series(&told);
    let lines = usize::try_from(MANY).unwrap() + 2;
    assert!(
        (lines..lines + 50).contains(&series.len()),
        "{}",
        series.len()
    );
    assert!(length < lines * 100, "{length}");

    // While some ask for all of it again and again, others are answered at once.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| drop(metrics(&site))));
        }
        let mut waits: Vec<_> = (0..20)
            .map(|_| {
                let asked = Instant::now();
                let answer = site.enforcer.ask("GET", "/healthz", "").unwrap();
                assert_eq!(answer.text, "ok\n");
                asked.elapsed()
            })
            .collect();
        waits.sort_unstable();
        let middle = waits[waits.len() / 2];
        println!("others wait {middle:?}");
        // Were all of them served by one thread, each would wait for at least one of the others.
        assert!(middle < took / 2, "{waits:?}");
    });
}

fn send(site: &Site, frames: &[(&[u8], usize)]) {
    let wire = site.wire().unwrap();
    for (frame, times) in frames {
        for _ in 0..*times {
            wire.send(frame).unwrap();
        }
    }
}

fn metrics(site: &Site) -> Answer {
    let answer = site.enforcer.ask("GET", "/metrics", "").unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!answer.text.contains("# EOF"), "{answer:?}");
    answer
}

/// What stands there, by name with labels; each once.
fn series(told: &Answer) -> BTreeMap<&str, &str> {
    let lines = told.text.lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<_> = lines.map(|line| line.rsplit_once(' ').unwrap()).collect();
    let series: BTreeMap<_, _> = lines.iter().copied().collect();
    assert_eq!(series.len(), lines.len(), "{told:?}");
    series
}
