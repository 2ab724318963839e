//! What was taken in is there, once, and every line knows what was known last.

use std::fs;

use jiff::Timestamp;

use super::{NOON, line, opened, rows, store, to};
use crate::app_proto::AppProto;
use crate::kernel::ledger::Subject;
use crate::ledger::Query;
use crate::ledger::store::{Epoch, HOUR, Kept, Retention, Store};

#[test]
fn what_is_taken_in_is_there_once_and_after_the_store_was_opened_anew() {
    let (place, mut store) = store();
    let gate = vec![
        line("gate", to(1, 19), 10, NOON, NOON + 5),
        line("gate", Subject::Rest(1), 3, NOON, NOON),
    ];
    assert_eq!(store.take(7, 0, &gate).unwrap(), 3);
    let later = vec![line("gate", to(1, 19), 2, NOON + 10, NOON + 11)];
    assert_eq!(store.take(7, 1, &later).unwrap(), 0);
    drop(store);
    let store = opened(&place).unwrap();
    assert_eq!(store.taken(7).unwrap(), Some(1));
    assert_eq!(store.taken(8).unwrap(), None);
    let lines = store.read(&Query::default()).unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.others, line.packets))
        .collect();
    assert_eq!(told, [(false, 12), (true, 3)]);
    assert_eq!(lines[0].first.as_millisecond(), NOON);
    assert_eq!(lines[0].last.as_millisecond(), NOON + 11);
    assert_eq!(lines[0].reason.as_deref(), Some("not_allowed"));
    assert_eq!(lines[0].rule.as_deref(), Some("policy.yaml:3"));
}

#[test]
fn nobody_else_may_read_it_whatever_the_umask_leaves() {
    use std::os::unix::fs::PermissionsExt as _;
    let (place, _store) = store();
    let file = fs::metadata(place.path().join("ledger.redb")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_line_keeps_what_was_spoken_last() {
    let (_place, mut store) = store();
    let spoken = |store: &Store| {
        let lines = store.read(&Query::default()).unwrap();
        assert_eq!(lines[0].rule.as_deref(), Some("policy.yaml:3"));
        lines[0].app_proto.clone()
    };
    for (epoch, app_proto, at, expected) in [
        (0, None, NOON, None),
        (1, Some(AppProto::Http), NOON + 1, Some("http")),
        (2, None, NOON + 2, Some("http")),
        (3, Some(AppProto::Tls), NOON + 3, Some("tls")),
        (4, Some(AppProto::Http), NOON + 1, Some("tls")),
        (5, None, NOON + HOUR, Some("tls")),
    ] {
        let (camera, subject, kept) = line("gate", to(1, 19), 1, at, at);
        let lines = vec![(camera, subject, Kept { app_proto, ..kept })];
        store.take(7, epoch, &lines).unwrap();
        assert_eq!(spoken(&store).as_deref(), expected, "{epoch}");
    }
}

#[test]
fn a_line_keeps_the_name_that_was_known_last_and_lines_from_before_there_were_names_are_read() {
    let (place, mut store) = store();
    let named = |domain: &str, at: i64| -> Epoch {
        let (camera, subject, kept) = line("gate", to(1, 19), 1, at, at);
        let domain = domain.to_owned();
        vec![(camera, subject, Kept { domain, ..kept })]
    };
    let name = |store: &Store| {
        let lines = store.read(&Query::default()).unwrap();
        assert_eq!(lines[0].rule.as_deref(), Some("policy.yaml:3"));
        lines[0].dest_domain.clone()
    };
    for (epoch, domain, at, expected) in [
        // As earlier versions wrote it.
        (0, "", NOON, None),
        (1, "one.example", NOON, Some("one.example")),
        (2, "", NOON + 1, Some("one.example")),
        (3, "two.example", NOON + 2, Some("two.example")),
        (4, "late.example", NOON + 1, Some("two.example")),
        (5, "three.example", NOON + HOUR, Some("three.example")),
        (6, "", NOON + 2 * HOUR, Some("three.example")),
    ] {
        store.take(7, epoch, &named(domain, at)).unwrap();
        assert_eq!(name(&store).as_deref(), expected, "{epoch}");
    }
    let days = Timestamp::from_millisecond(NOON + 72 * HOUR).unwrap();
    store.age(days, Retention::default()).unwrap();
    drop(store);
    let store = opened(&place).unwrap();
    assert_eq!(rows(&store).1, 0, "all of it is by the day");
    assert_eq!(name(&store).as_deref(), Some("three.example"));
}

#[test]
fn a_camera_has_so_many_lines_an_hour_and_the_rest_is_counted() {
    let (_place, mut store) = store();
    let many = |from: u32| -> Epoch {
        let numbers = from..from + 900;
        let lines = numbers.map(|number| line("gate", to(number, 19), 1, NOON, NOON));
        lines
            .chain([line("yard", to(1, 1), 5, NOON, NOON)])
            .collect()
    };
    assert_eq!(store.take(7, 0, &many(0)).unwrap(), 0);
    assert_eq!(store.take(7, 1, &many(900)).unwrap(), 1_800 - 1_024);
    assert_eq!(store.take(7, 2, &many(0)).unwrap(), 0, "those have lines");
    let lines = store.read(&Query::default()).unwrap();
    let all: u64 = lines.iter().map(|line| line.packets).sum();
    assert_eq!(all, 3 * 905);
    assert_eq!(lines.len(), 1_024 + 1 + 1);
    let next = NOON + HOUR;
    let lines = vec![line("gate", to(5_000, 19), 1, next, next)];
    assert_eq!(
        store.take(7, 3, &lines).unwrap(),
        0,
        "another hour, other lines"
    );
}

#[test]
fn ledgers_that_are_gone_are_forgotten() {
    let (_place, mut store) = store();
    for ledger in [7, 8, 9] {
        store.take(ledger, 5, &Vec::new()).unwrap();
    }
    store.keep_taken(&[8]).unwrap();
    let taken = [7, 8, 9].map(|ledger| store.taken(ledger).unwrap());
    assert_eq!(taken, [None, Some(5), None]);
}
