//! What the store keeps, for how long, and what it tells of it.

mod aged;
mod asked;
mod taken;

use enforcer_common::{Address, ledger::What};
use tempfile::TempDir;

use super::*;

/// An hour that begins a day.
const NOON: i64 = 20_000 * 24 * HOUR;

fn store() -> (TempDir, Store) {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(&place.path().join("ledger.redb")).unwrap();
    (place, store)
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
    let read = store.database.begin_read().unwrap();
    let [days, hours] =
        [DAYS, HOURS].map(|table| read.open_table(table).unwrap().iter().unwrap().count());
    (days, hours)
}
