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
    let of_hour = |hour: usize| {
        let at = NOON + i64::try_from(hour).unwrap() * HOUR;
        let those = lines.iter().filter(|line| line.last.as_millisecond() == at);
        those.count()
    };
    // They have one line each, so whole hours go, and of one a part.
    let whole = lines.len() / 1_000;
    assert_eq!(of_hour(20 - whole - 1), lines.len() % 1_000);
    assert!((20 - whole..20).all(|hour| of_hour(hour) == 1_000));
}

#[test]
fn whose_lines_are_the_most_loses_the_oldest_of_them_and_nobody_else_any() {
    let (_place, mut store) = store();
    let hours = 0..40_i64;
    let lines = hours.flat_map(|hour| {
        let at = NOON + hour * HOUR;
        let flood = (0..1_000).map(move |number| line("flooder", to(number, 19), 1, at, at));
        let steady = (0..20).map(move |number| line("steady", to(number, 0), 1, at, at));
        flood.chain(steady)
    });
    store.take(7, 0, &lines.collect()).unwrap();
    age_at(&mut store, NOON + 39 * HOUR);
    let oldest = |store: &Store, camera: &str| {
        let spans = store.spans(&of(camera)).unwrap();
        let packets: u64 = spans.iter().map(|span| span.packets).sum();
        (spans[0].begin.as_millisecond(), packets)
    };
    assert_eq!(oldest(&store, "steady"), (NOON, 40 * 20));
    let (begin, packets) = oldest(&store, "flooder");
    assert!(begin > NOON + 25 * HOUR, "{begin}");
    let hours = u64::try_from((NOON + 40 * HOUR - begin) / HOUR).unwrap();
    assert!(hours >= 5, "{hours}");
    assert_eq!(packets, hours * 1_000, "what is left is whole hours");
}

#[test]
fn an_hour_that_is_not_over_is_kept_and_what_is_too_much_in_it_is_counted_as_the_rest() {
    let (_place, mut store) = store();
    let floods = (0..40_u32).flat_map(|camera| {
        let camera = format!("flooder {camera}");
        (0..1_000)
            .map(move |number| line(&camera, to(number, 19), u64::from(number) + 1, NOON, NOON))
    });
    let steady = (0..10).map(|number| line("steady", to(number, 0), 1, NOON, NOON));
    store.take(7, 0, &floods.chain(steady).collect()).unwrap();
    age_at(&mut store, NOON);
    assert_eq!(store.read(&of("steady")).unwrap().len(), 10);
    for camera in 0..40 {
        let lines = store.read(&of(&format!("flooder {camera}"))).unwrap();
        assert!((100..900).contains(&lines.len()), "{}", lines.len());
        let packets: u64 = lines.iter().map(|line| line.packets).sum();
        assert_eq!(packets, 1_000 * 1_001 / 2);
        assert!(lines.iter().any(|line| line.packets == 1_000), "{lines:?}");
        assert_eq!(lines.iter().filter(|line| line.others).count(), 1);
    }
}

fn of(camera: &str) -> Query {
    Query {
        cameras: vec![camera.to_owned()],
        ..Query::default()
    }
}

fn age_at(store: &mut Store, now: i64) {
    let retention = Retention {
        mebibytes: NonZero::<u32>::MIN,
        ..Retention::default()
    };
    let now = Timestamp::from_millisecond(now).unwrap();
    store.age(now, retention).unwrap();
}
