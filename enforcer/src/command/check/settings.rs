//! `enforcer check --config`: does the daemon take these settings?

use std::{
    fmt,
    io::{self, Write},
    path::Path,
};

use crate::{configuration::Configuration, exit::Failure, words::Count};

/// A file of settings, and what it says or what is wrong with it.
pub(super) struct Settings<'p> {
    pub(super) path: &'p Path,
    pub(super) read: Result<Configuration, Failure>,
}

impl<'p> Settings<'p> {
    pub(super) fn read(path: &'p Path) -> Self {
        Self {
            path,
            read: Configuration::read(path),
        }
    }

    /// For people.
    pub(super) fn show(&self, out: &mut impl Write) -> io::Result<()> {
        match &self.read {
            Ok(configuration) => {
                writeln!(
                    out,
                    "ok: {}: {}",
                    self.path.display(),
                    Summary(configuration)
                )
            }
            Err(failure) => writeln!(out, "error: {failure}"),
        }
    }
}

/// `2 sinks, names, 1 file of owners, ledger of 30 days`.
struct Summary<'c>(&'c Configuration);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Configuration {
            sinks,
            ledger,
            names,
            owners,
        }) = self;
        let names = if *names { "names" } else { "no names" };
        write!(
            f,
            "{}, {names}, {} of owners, a ledger of {}",
            Count(sinks.len(), "sink"),
            Count(owners.len(), "file"),
            Count(ledger.days.get(), "day"),
        )
    }
}
