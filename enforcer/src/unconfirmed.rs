//! A policy that waits for `enforcer confirm`, or that nobody confirmed: what is known of it when the
//! daemon, or the machine, has stopped meanwhile.

use std::{
    fmt,
    fs::{self, File},
    io::{self, ErrorKind},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, Result};
use jiff::{Timestamp, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    boot,
    directories::{self, Directories},
    kernel::links,
};

/// A policy that was put in force to be confirmed. Written before it is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// The generation that it was put in force as.
    pub generation: u32,
    /// The generation that was in force before.
    pub back_to: u32,
    /// Number of that one's program, while the machine runs.
    pub back_to_program: u32,
    /// What tells the files that it was read from, or, where they have changed since and were left alone,
    /// the files as they were then ([`crate::policy::Seen`]).
    pub read: String,
    /// The run of the machine that `deadline` is of.
    pub boot: String,
    /// How long the machine has run when it is gone back from, in milliseconds.
    pub deadline: u64,
    /// When that is by the clock, unless that is set meanwhile.
    pub until: Timestamp,
    /// Whether it was gone back from.
    pub gone_back: bool,
    /// The systemd timer that goes back where the daemon does not.
    pub timer: Option<String>,
}

/// From which generation it is gone back to which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// From this one.
    pub generation: u32,
    /// To this one.
    pub back_to: u32,
    /// Of which this is the number of its program.
    pub back_to_program: u32,
}

/// What is told of a policy that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waits {
    /// The generation that waits.
    pub generation: u32,
    /// The generation that is gone back to.
    pub back_to: u32,
    /// When.
    pub until: Timestamp,
}

/// What is in force, as far as an unconfirmed policy goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is, and waits.
    Waits,
    /// What was before it is: it never came to be in force, or was gone back from.
    Back,
    /// Neither: the machine was started anew, or the pins are gone.
    Lost,
}

impl Unconfirmed {
    /// Waits from now on, for so long.
    pub fn new(step: Step, read: &str, patience: Duration) -> Result<Self> {
        let Step {
            generation,
            back_to,
            back_to_program,
        } = step;
        let mut unconfirmed = Self {
            generation,
            back_to,
            back_to_program,
            read: read.to_owned(),
            boot: boot::id()?,
            deadline: 0,
            until: Timestamp::UNIX_EPOCH,
            gone_back: false,
            timer: None,
        };
        unconfirmed.begin(patience);
        Ok(unconfirmed)
    }

    /// What there is.
    pub fn read(directories: &Directories) -> Result<Option<Self>> {
        directories::read_json(&directories.unconfirmed())
    }

    /// Keeps it, so that it is there after a loss of power.
    pub fn write(&self, directories: &Directories) -> Result<()> {
        let path = directories.unconfirmed();
        directories::write_whole(&path, &serde_json::to_vec(self)?)?;
        keep_names(&directories.state)
    }

    /// There is none any more.
    pub fn remove(directories: &Directories) -> Result<()> {
        let path = directories.unconfirmed();
        match fs::remove_file(&path) {
            Ok(()) => keep_names(&directories.state),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// What is in force, as the pinned programs say. Whoever is interrupted between changing those and writing
    /// it down has changed it.
    pub fn standing(&self, directories: &Directories) -> Standing {
        if !boot::id().is_ok_and(|boot| boot == self.boot) {
            return Standing::Lost;
        }
        let back = Some(self.back_to_program);
        if !self.gone_back && links::kept_number(directories) == back {
            Standing::Waits
        } else if links::in_force_number(directories).is_some() {
            Standing::Back
        } else {
            Standing::Lost
        }
    }

    /// It was gone back from; these are the files that are left alone.
    pub fn leave_behind(&mut self, read: &str) {
        self.gone_back = true;
        read.clone_into(&mut self.read);
        // After another boot nothing tells whether the files have changed: devices may have other numbers.
        if let Ok(boot) = boot::id() {
            self.boot = boot;
        }
    }

    /// Whether it was gone back from in this run of the machine, and `read` tells its files.
    pub fn is_left_behind(&self) -> bool {
        self.gone_back && boot::id().is_ok_and(|boot| boot == self.boot)
    }

    /// How long it still waits; nothing once it is over.
    pub fn left(&self) -> Duration {
        Duration::from_millis(self.deadline).saturating_sub(boot::now())
    }

    /// Waits from now on, for so long.
    pub fn begin(&mut self, patience: Duration) {
        let deadline = (boot::now() + patience).as_millis();
        self.deadline = u64::try_from(deadline).unwrap_or(u64::MAX);
        let now = Timestamp::now();
        self.until = now.saturating_add(patience).unwrap_or(now);
    }

    /// What is told of it.
    pub fn told(&self) -> Waits {
        let now = Timestamp::now();
        Waits {
            generation: self.generation,
            back_to: self.back_to,
            // By the clock as it is now: it may have been set.
            until: now.saturating_add(self.left()).unwrap_or(self.until),
        }
    }
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until = self.until.round(Unit::Second).unwrap_or(self.until);
        write!(
            f,
            "generation {} waits for `enforcer confirm` until {until}, else goes back to generation {}",
            self.generation, self.back_to
        )
    }
}

/// The policy that waits for `enforcer confirm`, if one does.
pub fn waiting(directories: &Directories) -> Result<Option<Unconfirmed>> {
    let unconfirmed = Unconfirmed::read(directories)?;
    Ok(unconfirmed.filter(|it| it.standing(directories) == Standing::Waits))
}

/// Makes names in a directory outlive a loss of power.
fn keep_names(directory: &Path) -> Result<()> {
    let kept: io::Result<()> = File::open(directory).and_then(|directory| directory.sync_all());
    kept.with_context(|| directory.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_delays_nothing() {
        let mut unconfirmed = unconfirmed();
        unconfirmed.begin(Duration::from_mins(1));
        let left = unconfirmed.left();
        assert!(left <= Duration::from_mins(1) && left > Duration::from_secs(50));
        // Whatever the clock said when it was written.
        unconfirmed.until = "2099-01-01T00:00:00Z".parse().unwrap();
        assert!(unconfirmed.left() <= left);
        let told = unconfirmed.told().until;
        assert!(told.duration_since(Timestamp::now()).as_secs() <= 60);
        unconfirmed.deadline = 1;
        assert_eq!(unconfirmed.left(), Duration::ZERO);
    }

    #[test]
    fn what_another_run_of_the_machine_left_is_lost() {
        let directory = tempfile::tempdir().unwrap();
        let directories = Directories {
            run: directory.path().to_owned(),
            state: directory.path().to_owned(),
            bpffs: directory.path().to_owned(),
        };
        let mut unconfirmed = unconfirmed();
        unconfirmed.write(&directories).unwrap();
        assert_eq!(
            Unconfirmed::read(&directories).unwrap(),
            Some(unconfirmed.clone())
        );
        assert_eq!(unconfirmed.standing(&directories), Standing::Lost);
        unconfirmed.boot = boot::id().unwrap();
        // Nothing is pinned there.
        assert_eq!(unconfirmed.standing(&directories), Standing::Lost);
        Unconfirmed::remove(&directories).unwrap();
        Unconfirmed::remove(&directories).unwrap();
        assert_eq!(Unconfirmed::read(&directories).unwrap(), None);
    }

    fn unconfirmed() -> Unconfirmed {
        Unconfirmed {
            generation: 2,
            back_to: 1,
            back_to_program: 1,
            read: String::new(),
            boot: "another".to_owned(),
            deadline: 0,
            until: Timestamp::UNIX_EPOCH,
            gone_back: false,
            timer: None,
        }
    }
}
