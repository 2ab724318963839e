//! What is old is told apart less, and goes in the end.

use std::num::NonZero;

use jiff::Timestamp;

use super::{NOON, line, rows, store, to};
use crate::ledger::Query;
use crate::ledger::store::{HOUR, Retention, Store};

#[test]
fn hours_become_days_and_days_go_when_they_are_old() {
    let (_place, mut store) = store();
    let hours = (0..100).map(|hour| {
        let at = NOON + hour * HOUR;
        line("gate", to(1, 19), 1, at, at)
    });
    store.take(7, 0, &hours.collect()).unwrap();
    let age = |store: &mut Store, hours: i64, days| {
        let now = Timestamp::from_millisecond(NOON + hours * HOUR).unwrap();
        let retention = Retention {
            days: NonZero::new(days).unwrap(),
            ..Retention::default()
        };
        store.age(now, retention).unwrap();
        let lines = store.read(&Query::default()).unwrap();
        lines.iter().map(|line| line.packets).sum::<u64>()
    };
    assert_eq!(age(&mut store, 99, 30), 100);
    assert_eq!(rows(&store), (2, 100 - 48), "two days, and the hours since");
    let since = Query {
        since: Timestamp::from_millisecond(NOON + 90 * HOUR).ok(),
        ..Query::default()
    };
    assert_eq!(store.read(&since).unwrap()[0].packets, 10);
    assert_eq!(age(&mut store, 24 * 10, 30), 100);
    assert_eq!(rows(&store), (5, 0));
    assert_eq!(age(&mut store, 24 * 12, 10), 52);
    assert_eq!(age(&mut store, 24 * 100, 10), 0);
}

#[test]
fn what_takes_too_much_room_goes_the_oldest_first() {
    let (_place, mut store) = store();
    let lines = (0..20_000).map(|number| {
        let at = NOON + i64::from(number % 20) * HOUR;
        let camera = format!("camera {number}");
        line(&camera, to(number, 19), 1, at, at)
    });
    store.take(7, 0, &lines.collect()).unwrap();
    let retention = Retention {
        mebibytes: NonZero::<u32>::MIN,
        ..Retention::default()
    };
    let now = Timestamp::from_millisecond(NOON + 20 * HOUR).unwrap();
    store.age(now, retention).unwrap();
    let lines = store.read(&Query::default()).unwrap();
    assert!((5_000..19_000).contains(&lines.len()), "{}", lines.len());
    let oldest = lines.iter().map(|line| line.last.as_millisecond()).min();
    let (whole, hours) = (
        lines.len() % 1_000,
        i64::try_from(lines.len() / 1_000).unwrap(),
    );
    assert_eq!((whole, oldest), (0, Some(NOON + (20 - hours) * HOUR)));
}
