//! Where in the events a follower is, for who comes back later.

use std::{fmt, str::FromStr};

/// Where a follower is: behind which event, of which daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) run: u64,
    /// How many events had come.
    pub(super) next: u64,
}

/// It is not written as one.
#[derive(Debug)]
pub struct NotACursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, next } = self;
        write!(f, "{run:x}-{next:x}")
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let number = |text: &str| u64::from_str_radix(text, 16).map_err(|_words| NotACursor);
        let (run, next) = text.split_once('-').ok_or(NotACursor)?;
        Ok(Self {
            run: number(run)?,
            next: number(next)?,
        })
    }
}
