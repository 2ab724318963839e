//! What the store keeps, and for how long.

use std::{
    cell::{Cell, RefCell},
    fs,
    num::NonZero,
    os::unix::fs::FileExt as _,
};

use enforcer_common::{Address, ledger::What};
use tempfile::TempDir;

use super::*;
use crate::app_proto::AppProto;
use crate::ledger::Action;
use crate::report::{Call, Period, Report};

/// What the library reads and writes at a time.
const PAGE: usize = 4_096;

/// An hour that begins a day.
const NOON: i64 = 20_000 * 24 * HOUR;

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

#[test]
fn a_file_that_is_no_store_is_put_aside_and_told() {
    let (place, store) = store();
    drop(store);
    let path = place.path().join("ledger.redb");
    let rubbish = vec![7; 9_000];
    fs::write(&path, &rubbish).unwrap();
    let told = RefCell::new(String::new());
    let tell = |words: &str| told.borrow_mut().push_str(words);
    let mut store = Store::open(&path, &tell).unwrap();
    store
        .take(7, 0, &vec![line("gate", to(1, 19), 1, NOON, NOON)])
        .unwrap();
    let aside = fs::read(path.with_extension("unreadable")).unwrap();
    assert_eq!(aside, rubbish);
    let words = "it is put aside as ";
    assert_eq!(told.borrow().matches(words).count(), 1, "{told:?}");
}

#[test]
fn whichever_page_is_damaged_the_file_is_read_as_it_was_or_put_aside() {
    let (place, mut store) = store();
    let lines = (0..400).map(|number| line("gate", to(number, 19), 1, NOON, NOON));
    store.take(7, 0, &lines.collect()).unwrap();
    drop(store);
    let path = place.path().join("ledger.redb");
    let whole = fs::read(&path).unwrap();
    let mut put_aside = 0;
    for (page, with) in (0..whole.len() / PAGE).flat_map(|page| [(page, 0xff), (page, 0)]) {
        let mut damaged = whole.clone();
        damaged[page * PAGE..][..PAGE].fill(with);
        fs::write(&path, &damaged).unwrap();
        let aside = Cell::new(0);
        let mut store = Store::open(&path, &|_| aside.set(aside.get() + 1)).unwrap();
        let before = if aside.get() == 0 { 400 } else { 0 };
        assert!(aside.get() < 2, "page {page} with {with}");
        put_aside += aside.get();
        let later = vec![line("yard", to(1, 19), 5, NOON, NOON)];
        store.take(7, 1, &later).unwrap();
        let lines = store.read(&Query::default()).unwrap();
        let sum: u64 = lines.iter().map(|line| line.packets).sum();
        assert_eq!(sum, before + 5, "page {page} with {with}");
    }
    assert!(put_aside > 8, "{put_aside} of {}", whole.len() / PAGE);
}

#[test]
fn a_page_that_is_damaged_later_is_an_error_and_a_new_file_is_begun() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ledger.redb");
    fill(&path);
    let mut store = opened(&place).unwrap();
    damage(&path);
    let later = vec![line("yard", to(1, 19), 5, NOON, NOON)];
    let words = format!("{:#}", store.read(&Query::default()).unwrap_err());
    assert!(words.contains("ledger.redb: it is damaged: "), "{words}");
    assert!(store.is_damaged());
    store.spans(&Query::default()).unwrap_err();
    store.take(7, 1, &later).unwrap_err();
    let told = Cell::new(0);
    store.put_aside(&|_| told.set(told.get() + 1)).unwrap();
    assert_eq!(told.get(), 1);
    let mut store = opened(&place).unwrap();
    store.take(7, 1, &later).unwrap();
    assert_eq!(store.read(&Query::default()).unwrap()[0].packets, 5);
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

fn store() -> (TempDir, Store) {
    let place = tempfile::tempdir().unwrap();
    let store = opened(&place).unwrap();
    (place, store)
}

/// Makes a store with more lines than the library holds in memory: 60,000.
pub(crate) fn fill(path: &Path) {
    let mut store = Store::open(path, &|words| panic!("{words}")).unwrap();
    let lines = (0..60_u32).flat_map(|camera| {
        let camera = format!("camera {camera}");
        (0..1_000).map(move |number| line(&camera, to(number, 19), 1, NOON, NOON))
    });
    store.take(7, 0, &lines.collect()).unwrap();
}

/// Damages all but the first page of a file.
pub(crate) fn damage(path: &Path) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    let rubbish = vec![0xff; length - PAGE];
    file.write_all_at(&rubbish, PAGE as u64).unwrap();
}

/// That nothing is put aside.
fn opened(place: &TempDir) -> Result<Store> {
    let path = place.path().join("ledger.redb");
    Store::open(&path, &|words| panic!("{words}"))
}

/// 198.18.x.y, over UDP to port 53, with an outcome by its number.
fn to(number: u32, outcome: u8) -> Subject {
    let [.., high, low] = number.to_be_bytes();
    let what = What::from_bytes([0, 53, 17, outcome]);
    Subject::Flow(Address::v4([198, 18, high, low]), what)
}

fn line(
    camera: &str,
    subject: Subject,
    packets: u64,
    first: i64,
    last: i64,
) -> (String, Subject, Kept) {
    let kept = Kept {
        packets,
        bytes: packets * 60,
        first,
        last,
        rule: "policy.yaml:3".to_owned(),
        domain: String::new(),
        app_proto: None,
    };
    (camera.to_owned(), subject, kept)
}

fn rows(store: &Store) -> (usize, usize) {
    let counted = store.file.ask(|database| {
        let read = database.begin_read()?;
        let count = |table| -> Result<usize> { Ok(read.open_table(table)?.iter()?.count()) };
        Ok((count(DAYS)?, count(HOURS)?))
    });
    counted.unwrap()
}
