//! Who is asked: the daemon, over its socket, which its group may use too; and where none answers, the kernel.

use std::time::Duration;

use anyhow::{Error, Result};
use serde::de::DeserializeOwned;

use crate::{
    control::{answer::Kind, client},
    directories::Directories,
    exit::{Exit, exit_of},
    status::{Daemon, Found, Trouble},
};

/// How long a daemon may take. One that is stuck must not keep anybody from knowing what is in force.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was found, and why it was not the daemon that said it.
#[derive(Debug)]
pub(in crate::command) struct Asked<T> {
    /// What was found.
    pub(in crate::command) found: Found<T>,
    /// Why the kernel was asked, if it was.
    pub(in crate::command) silence: Option<Silence>,
}

/// Why no daemon has answered.
#[derive(Debug)]
pub(in crate::command) struct Silence(Error);

/// Asks the daemon, and where none answers looks by itself.
pub(in crate::command) fn ask<T: DeserializeOwned>(
    directories: &Directories,
    path: &str,
    look: impl FnOnce(&Directories) -> Result<Found<T>>,
) -> Result<Asked<T>> {
    let told = |found| {
        Ok(Asked {
            found,
            silence: None,
        })
    };
    let silence = match client::ask_for(directories, path, PATIENCE) {
        Ok(Ok(there)) => return told(Found::InForce(there)),
        Ok(Err(refusal)) if refusal.kind == Kind::NothingInForce => {
            return told(Found::Nothing(refusal.message));
        }
        Ok(Err(refusal)) => Silence(client::refused(&refusal)),
        Err(error) => Silence(error),
    };
    match look(directories) {
        Ok(found) => Ok(Asked {
            found,
            silence: Some(silence),
        }),
        // Who may not look by themselves can do something about what the daemon says, or about its absence.
        Err(error) if silence.daemon() == Daemon::NotRunning => {
            Err(error.context("the daemon does not run, and the kernel was asked"))
        }
        Err(_) => Err(silence.0),
    }
}

impl Silence {
    /// What it says of the daemon.
    pub(in crate::command) fn daemon(&self) -> Daemon {
        if exit_of(&self.0) == Exit::NotRunning {
            Daemon::NotRunning
        } else {
            Daemon::NotAnswering
        }
    }

    /// What it means.
    pub(in crate::command) fn trouble(&self) -> Trouble {
        match self.daemon() {
            Daemon::NotRunning => Trouble::daemon_not_running(),
            Daemon::Running | Daemon::NotAnswering => Trouble::daemon_not_answering(&self.0),
        }
    }
}
