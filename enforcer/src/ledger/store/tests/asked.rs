//! Whoever asks is told of the cameras, the destinations and the time that they asked for.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{NOON, line, rows, store, to};
use crate::kernel::ledger::Subject;
use crate::ledger::store::{HOUR, Retention, Store};
use crate::ledger::{Action, Query};
use crate::report::{Call, Period, Report};

#[test]
fn what_was_sent_when_is_told_by_the_hour_and_then_by_the_day() {
    let (_place, mut store) = store();
    let lines = vec![
        line("gate", to(1, 19), 1, NOON, NOON + 5),
        line("gate", to(2, 19), 2, NOON, NOON + 9),
        line("gate", to(2, 0), 7, NOON, NOON + 9),
        line("gate", to(1, 19), 4, NOON + HOUR, NOON + HOUR),
        line("", to(1, 2), 8, NOON, NOON),
    ];
    store.take(7, 0, &lines).unwrap();
    let spans = |store: &Store, query: &Query| -> Vec<_> {
        let spans = store.spans(query).unwrap().into_iter();
        spans
            .map(|span| {
                let begin = span.begin.as_millisecond() - NOON;
                (
                    span.camera,
                    begin / HOUR,
                    span.hours,
                    span.action,
                    span.packets,
                )
            })
            .collect()
    };
    let gate = Some("gate".to_owned());
    let all = Query::default();
    assert_eq!(
        spans(&store, &all),
        [
            (None, 0, 1, Action::Dropped, 8),
            (gate.clone(), 0, 1, Action::Allowed, 7),
            (gate.clone(), 0, 1, Action::Dropped, 3),
            (gate.clone(), 1, 1, Action::Dropped, 4),
        ]
    );
    let asked = Query {
        cameras: vec!["gate".to_owned()],
        to: vec!["198.18.0.1/32".parse().unwrap()],
        since: Timestamp::from_millisecond(NOON + HOUR).ok(),
        until: None,
    };
    assert_eq!(
        spans(&store, &asked),
        [(gate.clone(), 1, 1, Action::Dropped, 4)]
    );
    let later = Timestamp::from_millisecond(NOON + 4 * 24 * HOUR).unwrap();
    store.age(later, Retention::default()).unwrap();
    assert_eq!(
        spans(&store, &all),
        [
            (None, 0, 24, Action::Dropped, 8),
            (gate.clone(), 0, 24, Action::Allowed, 7),
            (gate, 0, 24, Action::Dropped, 7),
        ]
    );
}

#[test]
fn lines_are_found_by_camera_destination_and_time() {
    let (_place, mut store) = store();
    let lines = vec![
        line("gate", to(1, 19), 1, NOON, NOON),
        line("gate", to(2, 19), 2, NOON + 3 * HOUR, NOON + 3 * HOUR),
        line("yard", to(1, 1), 4, NOON, NOON + HOUR),
        line("", to(1, 2), 8, NOON, NOON),
    ];
    store.take(7, 0, &lines).unwrap();
    let packets = |query: Query| -> u64 {
        let lines = store.read(&query).unwrap();
        lines.iter().map(|line| line.packets).sum()
    };
    let cameras = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let since = |time: i64| Timestamp::from_millisecond(time).ok();
    assert_eq!(packets(Query::default()), 15);
    for (cameras, to, since, expected) in [
        (cameras(&["gate"]), vec![], None, 3),
        (cameras(&["gate", "yard"]), vec![], None, 7),
        (cameras(&["attic"]), vec![], None, 0),
        (
            cameras(&[]),
            vec!["198.18.0.1/32".parse().unwrap()],
            None,
            13,
        ),
        (
            cameras(&[]),
            vec!["198.18.0.0/16".parse().unwrap()],
            None,
            15,
        ),
        (cameras(&[]), vec![], since(NOON + HOUR), 6),
        (cameras(&["gate"]), vec![], since(NOON + 3 * HOUR + 1), 0),
    ] {
        let query = Query {
            cameras,
            to,
            since,
            until: None,
        };
        assert_eq!(packets(query.clone()), expected, "{query:?}");
    }
}

#[test]
fn a_period_ends_with_the_hour_or_the_day_before_its_end_or_that_it_falls_into() {
    let (_place, mut store) = store();
    let lines = (0..96).map(|hour| {
        let at = NOON + hour * HOUR + HOUR / 2;
        line("gate", to(1, 19), 1, at, at)
    });
    store.take(7, 0, &lines.collect()).unwrap();
    let now = Timestamp::from_millisecond(NOON + 96 * HOUR).unwrap();
    store.age(now, Retention::default()).unwrap();
    assert_eq!(rows(&store), (2, 48), "two days, and the hours of two");
    for (since, until, expected) in [
        // To the day, where hours are told apart no longer.
        (0, 24 * HOUR, 24),
        (24 * HOUR, 48 * HOUR, 24),
        (0, 24 * HOUR + 1, 24),
        (0, 25 * HOUR, 48),
        // To the hour.
        (0, 50 * HOUR, 50),
        (48 * HOUR, 50 * HOUR, 2),
        // To the moment, if the first came after it.
        (48 * HOUR, 50 * HOUR + HOUR / 4, 2),
        (48 * HOUR, 50 * HOUR + HOUR / 2 + 1, 3),
        (0, 0, 0),
        (0, 96 * HOUR, 96),
    ] {
        let time = |time: i64| Timestamp::from_millisecond(NOON + time).ok();
        let query = Query {
            since: time(since),
            until: time(until),
            ..Query::default()
        };
        let lines = store.read(&query).unwrap();
        let packets: u64 = lines.iter().map(|line| line.packets).sum();
        assert_eq!(packets, expected, "{since} {until}");
        let spans = store.spans(&query).unwrap();
        let packets: u64 = spans.iter().map(|span| span.packets).sum();
        assert_eq!(packets, expected, "{since} {until}");
    }
}

#[test]
fn what_a_camera_first_called_between_two_reports_is_new_in_the_second_however_old_and_short() {
    let (_place, mut store) = store();
    let at = |hours: i64| Timestamp::from_millisecond(NOON + hours * HOUR).unwrap();
    let call =
        |to: Subject, hours: i64| line("gate", to, 1, NOON + hours * HOUR, NOON + hours * HOUR);
    let days = 10 * 24;
    let lines = vec![
        call(to(1, 19), 0),
        // A report is made at 12.
        call(to(2, 19), 13),
        call(to(1, 19), days),
    ];
    store.take(7, 0, &lines).unwrap();
    store.age(at(days), Retention::default()).unwrap();
    assert_eq!(rows(&store), (2, 1), "what is old is told apart by the day");
    let report = |store: &Store, since: i64, new_since: i64| {
        let query = Query {
            since: Some(at(since)),
            ..Query::default()
        };
        let period = Period {
            host: String::new(),
            made: at(days + 1),
            since: at(since),
            until: at(days + 1),
            new_since: at(new_since),
            makers: BTreeMap::new(),
        };
        let [lines, kept] = [&query, &Query::default()].map(|query| store.read(query).unwrap());
        let report = Report::new(&period, &lines, &kept, &[]);
        let ends = |calls: &[Call]| -> Vec<_> {
            let ends = calls.iter().filter_map(|call| call.dest_ip);
            ends.map(|end| end.to_string()).collect()
        };
        (ends(&report.calls), ends(&report.new))
    };
    let one = vec!["198.18.0.1".to_owned()];
    let two = vec!["198.18.0.2".to_owned()];
    assert_eq!(report(&store, days - 1, 12), (one.clone(), two.clone()));
    assert_eq!(
        report(&store, days - 7 * 24, 12),
        (one.clone(), two.clone())
    );
    // Once it was told, it is not again, whatever the period.
    assert_eq!(report(&store, days - 1, days + 1), (one.clone(), vec![]));
    let all = [one, two].concat();
    assert_eq!(report(&store, 0, days + 1), (all, vec![]));
}
