//! A damaged file: which errors mean one, and that none ends more than the question that met it.
//!
//! The library checks a file when it is opened, and not what it reads from it later: a page that is damaged after that
//! makes it panic in one of many places. So whatever is asked of it is asked here.

use std::{
    any::Any,
    cell::Cell,
    error, fmt,
    io::ErrorKind,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use anyhow::{Error, Result};
use redb::{CommitError, DatabaseError, StorageError, TableError, TransactionError};

/// The library has met what it did not write.
#[derive(Debug)]
struct Damaged(String);

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is damaged: {}", self.0)
    }
}

impl error::Error for Damaged {}

/// What the library answers. If it panics, the error says so; nothing of what was asked is to be used then, and the file
/// is to be opened anew.
pub(super) fn caught<T>(ask: impl FnOnce() -> Result<T>) -> Result<T> {
    stay_silent();
    let before = ASKING.replace(true);
    // What the library holds may be half changed: whoever calls asks it nothing any more ([`super::file`]).
    let asked = panic::catch_unwind(AssertUnwindSafe(ask));
    ASKING.set(before);
    asked.unwrap_or_else(|words| Err(Damaged(in_words(&*words)).into()))
}

/// Whether an error means that the file is damaged, or none of the ledger's.
pub(super) fn is_damage(error: &Error) -> bool {
    let storage = match (
        error.downcast_ref(),
        error.downcast_ref(),
        error.downcast_ref(),
        error.downcast_ref(),
    ) {
        (_, Some(DatabaseError::UpgradeRequired(_) | DatabaseError::RepairAborted), ..) => {
            return true;
        }
        (Some(storage), ..)
        | (_, Some(DatabaseError::Storage(storage)), ..)
        | (_, _, Some(TransactionError::Storage(storage)), _)
        | (.., Some(CommitError::Storage(storage))) => storage,
        _ => match error.downcast_ref() {
            Some(TableError::Storage(storage)) => storage,
            other => return other.is_some() || error.is::<Damaged>(),
        },
    };
    match storage {
        StorageError::Corrupted(_) | StorageError::LockPoisoned(_) => true,
        StorageError::Io(error) => matches!(
            error.kind(),
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof
        ),
        // And whatever others there may be.
        StorageError::ValueTooLarge(_)
        | StorageError::Backend(_)
        | StorageError::Unsupported
        | StorageError::PreviousIo
        | StorageError::DatabaseClosed
        | _ => false,
    }
}

thread_local! {
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

/// A panic that is caught is told as an error, once, and not as a crash besides.
fn stay_silent() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !ASKING.get() {
                before(panic);
            }
        }));
    });
}

fn in_words(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
    words.unwrap_or("it cannot be read").to_owned()
}
