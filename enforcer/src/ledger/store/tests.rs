//! What the store keeps, for how long, and what it tells of it.

mod aged;
mod asked;
mod damaged;
mod taken;

use std::{fs, os::unix::fs::FileExt as _};

use enforcer_common::{Address, ledger::What};
use tempfile::TempDir;

use super::*;

/// What the library reads and writes at a time.
const PAGE: usize = 4_096;

/// An hour that begins a day.
const NOON: i64 = 20_000 * 24 * HOUR;

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
