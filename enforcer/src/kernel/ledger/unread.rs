//! A ledger that cannot be read, and whether it ever will be.

use std::{error, fmt, path::PathBuf};

use anyhow::{Error, Result};

use super::place;

/// A ledger that cannot be read.
#[derive(Debug)]
pub struct Unread {
    generation: u32,
    folder: PathBuf,
    error: Error,
}

/// Another version of this program has written it, in rows that mean nothing here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreign;

impl Unread {
    pub(super) const fn new(generation: u32, folder: PathBuf, error: Error) -> Self {
        Self {
            generation,
            folder,
            error,
        }
    }

    /// Number of the generation whose it is.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether it never will be read here. What hinders else may pass.
    pub fn is_foreign(&self) -> bool {
        self.error.is::<Foreign>()
    }

    /// Lets go of the pins.
    pub fn forget(self) -> Result<()> {
        place::remove_folder(&self.folder)
    }
}

/// `what cameras sent under generation 3 is counted and has no lines: …`
impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            generation, error, ..
        } = self;
        if self.is_foreign() {
            write!(
                f,
                "what cameras send under generation {generation} is counted and has no lines in the ledger: {error}; \
                 it goes when that generation is loaded no more"
            )
        } else {
            write!(
                f,
                "what cameras sent under generation {generation} stays in the kernel: {error:#}"
            )
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the program of another version of enforcer writes it")
    }
}

impl error::Error for Foreign {}
