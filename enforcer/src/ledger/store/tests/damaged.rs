//! What is damaged is put aside, and told.

use std::{
    cell::{Cell, RefCell},
    fs,
};

use super::{NOON, PAGE, damage, fill, line, opened, store, to};
use crate::ledger::Query;
use crate::ledger::store::Store;

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
