//! The daemon's own settings, as far as they hold. What does not hold is told wherever somebody looks, and is no reason
//! not to enforce: a router that keeps its cameras in and writes no events is better than one that does neither.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::{error, warn};

use super::sinks::Opened;
use crate::{
    cli,
    configuration::{Amiss, Configuration, Sink},
    directories::Directories,
    ledger::store::Retention,
};

/// What holds, and what does not.
pub(super) struct Configured {
    /// Without sinks that cannot be opened.
    pub(super) wanted: Configuration,
    /// How long the ledger is kept; where that cannot be read nothing of it is let go of.
    pub(super) retention: Option<Retention>,
    amiss: Amiss,
}

impl Configured {
    /// What the command line asks for, in a file or without one.
    pub(super) fn read(options: &cli::Run) -> Self {
        match Configuration::of(options) {
            Ok(wanted) => Self {
                retention: Some(wanted.ledger),
                wanted,
                amiss: Amiss::default(),
            },
            Err(failure) => {
                let path = options.config.iter();
                let path: String = path.map(|path| path.display().to_string()).collect();
                let words = format!(
                    "{failure}; so the daemon writes no events, knows no names and owners, and lets go of nothing in the \
                     ledger: mend the file until `enforcer check --config {path}` takes it, and start the daemon \
                     anew"
                );
                Self {
                    wanted: Configuration::default(),
                    retention: None,
                    amiss: Amiss(vec![words]),
                }
            }
        }
    }

    /// Opens the sinks; those that never can be are left out.
    pub(super) fn open(&mut self, directories: &Directories) -> Vec<Opened> {
        let mut opened = Vec::new();
        let one_at_a_time = Arc::new(Mutex::new(()));
        let Self { wanted, amiss, .. } = self;
        wanted.sinks.retain(|sink: &Sink| match Opened::new(sink) {
            Ok(mut sink) => {
                if let Some(words) = sink.amiss().map(str::to_owned) {
                    let (directories, one) = (directories.clone(), Arc::clone(&one_at_a_time));
                    amiss.0.push(words.clone());
                    sink.once_mended(Box::new(move || {
                        let _one = one.lock().unwrap_or_else(PoisonError::into_inner);
                        mend(&words, &directories);
                    }));
                }
                opened.push(sink);
                true
            }
            Err(error) => {
                let words =
                    format!("{error:#}; no events go there until the daemon is started anew");
                amiss.0.push(words);
                false
            }
        });
        opened
    }

    /// Says what does not hold, in the log and for `enforcer status`.
    pub(super) fn tell(&self, directories: &Directories) {
        let Self { amiss, .. } = self;
        for words in &amiss.0 {
            error!("enforcement goes on without some of the daemon's settings: {words}");
        }
        if let Err(error) = amiss.write(directories) {
            error!(
                "`enforcer status` does not know how it stands with the daemon's settings: {error:#}"
            );
        }
    }

    /// The same in one line, if something does not hold.
    pub(super) fn in_words(&self) -> Option<String> {
        let Amiss(words) = &self.amiss;
        (!words.is_empty()).then(|| format!("settings: {}", words.join("; ")))
    }
}

/// `enforcer status` says no more what is mended.
fn mend(words: &str, directories: &Directories) {
    let mended = Amiss::read(directories).and_then(|mut amiss| {
        amiss.0.retain(|other| other != words);
        amiss.write(directories)
    });
    if let Err(error) = mended {
        warn!("`enforcer status` still says that something is amiss which is mended: {error:#}");
    }
}
