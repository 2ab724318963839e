//! Files, which are moved and removed while they are written, and the standard output.

use std::fs;

use enforcer_tests::daemon::PATIENCE;
use enforcer_tests::site::Site;
use serde_json::Value;

use super::{missed, provoke, records, start, wait};

#[test]
fn every_sink_gets_every_event_in_its_own_format() {
    let site = Site::new("sinks_formats").unwrap();
    let (eve, ecs) = (site.file("eve.json"), site.file("ecs.json"));
    let sinks = [
        format!("file: {{path: {}}}", eve.display()),
        format!("file: {{path: {}, format: ecs}}", ecs.display()),
        "stdout: {format: text}".to_owned(),
    ];
    let mut daemon = start(&site, &sinks, &[]);
    provoke(&site, 3);
    for record in records(&eve, 3) {
        assert_eq!(record["drop"]["reason"], "not_allowed");
    }
    for record in records(&ecs, 3) {
        assert_eq!(record["event"]["reason"], "not_allowed");
        assert_eq!(record["enforcer"]["camera"], "flooder");
        assert_eq!(record["destination"]["port"], 9999);
    }
    for _ in 0..3 {
        let line = daemon.event(PATIENCE).unwrap();
        assert!(line.contains("  DROP   flooder (timed)  "), "{line}");
    }
    daemon.terminate().unwrap();
    let log = daemon.log();
    assert!(!log.contains("missed"), "{log}");
}

#[test]
fn a_file_that_was_moved_is_opened_anew_on_the_signal_and_with_the_next_event() {
    let site = Site::new("sinks_rotated").unwrap();
    fs::create_dir(site.file("log")).unwrap();
    let path = site.file("log/events.json");
    let moved = |number: u8| path.with_extension(number.to_string());
    let sink = format!("file: {{path: {}}}", path.display());
    let mut daemon = start(&site, &[sink], &[]);
    provoke(&site, 1);
    records(&path, 1);

    fs::rename(&path, moved(1)).unwrap();
    daemon.rotated().unwrap();
    wait("a new file on the signal", || path.exists().then_some(()));
    provoke(&site, 2);
    records(&path, 2);
    assert_eq!(records(&moved(1), 1).len(), 1);

    fs::rename(&path, moved(2)).unwrap();
    provoke(&site, 3);
    assert_eq!(records(&path, 3).len(), 3);
    assert_eq!(records(&moved(2), 2).len(), 2);

    fs::remove_file(&path).unwrap();
    provoke(&site, 4);
    assert_eq!(records(&path, 4).len(), 4);
    daemon.terminate().unwrap();
    let log = daemon.log();
    assert!(!log.contains("missed"), "{log}");
}

#[test]
fn a_file_that_was_copied_and_emptied_is_written_from_its_beginning() {
    let site = Site::new("sinks_emptied").unwrap();
    let path = site.file("events.json");
    let sink = format!("file: {{path: {}}}", path.display());
    let mut daemon = start(&site, &[sink], &[]);
    provoke(&site, 2);
    records(&path, 2);
    fs::File::options()
        .write(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    provoke(&site, 1);
    let told: Vec<Value> = records(&path, 1);
    assert_eq!(told.len(), 1);
    daemon.terminate().unwrap();
}

#[test]
fn what_a_full_disk_does_not_take_is_counted_and_told_once() {
    const SOME: usize = 50;
    let site = Site::new("sinks_full").unwrap();
    let good = site.file("events.json");
    let sinks = [
        "file: {path: /dev/full, queue: 10}".to_owned(),
        format!("file: {{path: {}}}", good.display()),
    ];
    let mut daemon = start(&site, &sinks, &[]);
    provoke(&site, SOME);
    records(&good, SOME);
    daemon.terminate().unwrap();
    assert_eq!(records(&good, SOME).len(), SOME);
    let log = daemon.log();
    let all = u64::try_from(SOME).unwrap();
    assert_eq!(missed(&log, "/dev/full"), Some((all, all)), "{log}");
    assert_eq!(log.matches("No space left on device").count(), 1, "{log}");
}
