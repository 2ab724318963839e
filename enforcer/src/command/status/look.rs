//! Looking what is in force: for the command, and for whoever asks over the control socket.

use std::collections::BTreeMap;

use anyhow::Result;
use enforcer_common::{
    counter::Counters,
    table::{CameraId, STRANGERS},
};
use jiff::Timestamp;

use super::{
    Camera, Daemon, Held, Interface, Status, Unlisted, cameras_of, events, interfaces, rules, total,
};
use crate::{
    configuration::Amiss,
    directories::Directories,
    kernel::{
        counters, hits,
        links::{self, PinnedProgram},
    },
    record::{Record, Records},
    unconfirmed::{self, Unconfirmed},
    words::Count,
};

/// What was found.
#[derive(Debug)]
pub enum Found<T> {
    /// Something is in force, and this is known of it.
    InForce(T),
    /// Nothing of which it is known what it is; in words.
    Nothing(String),
}

/// What is in force, where, and what was counted of its cameras.
#[derive(Debug)]
pub struct Counted {
    /// What it is.
    pub record: Record,
    /// The interfaces that its policy names and that are there.
    pub interfaces: Vec<Interface>,
    /// Of its cameras, and of strangers; only what is not zero.
    pub tallies: BTreeMap<CameraId, Counters>,
}

/// Asks the kernel for everything, as the daemon does; whoever else does says so ([`super::status`]).
pub fn status(directories: &Directories) -> Result<Found<Status>> {
    let pinned = links::pinned_programs(directories)?;
    let record = match record(directories, &pinned)? {
        Found::InForce(record) => record,
        Found::Nothing(words) => return Ok(Found::Nothing(words)),
    };
    let tallies = counters::read(directories)?;
    let now = Timestamp::now();
    let (interfaces, waiting) = interfaces(&record, &pinned)?;
    let unconfirmed = unconfirmed::waiting(directories)?;
    Ok(Found::InForce(Status {
        generation: record.generation,
        policy: record.policy.clone(),
        daemon: Daemon::Running,
        stand_in: record.stand_in.clone(),
        settings_amiss: Amiss::read(directories)?.0,
        unconfirmed: unconfirmed.as_ref().map(Unconfirmed::told),
        interfaces,
        taken_off: record.taken_off,
        waiting,
        cameras: cameras_of(&record, &tallies, now),
        rules: rules(&record, &hits::read(directories, record.generation)?),
        unlisted: Unlisted {
            held: Held::new(record.unlisted, now),
            dropped: tallies.get(&STRANGERS).map(total).unwrap_or_default(),
        },
        events: events(&tallies),
    }))
}

/// Asks the kernel for what it counted of cameras, and for nothing else.
pub fn cameras(directories: &Directories) -> Result<Found<Vec<Camera>>> {
    let pinned = links::pinned_programs(directories)?;
    let record = match record(directories, &pinned)? {
        Found::InForce(record) => record,
        Found::Nothing(words) => return Ok(Found::Nothing(words)),
    };
    let tallies = tallies(directories, &record)?;
    let cameras = cameras_of(&record, &tallies, Timestamp::now());
    Ok(Found::InForce(cameras))
}

/// The generation in force with its numbers, if there is one.
pub fn counted(directories: &Directories) -> Result<Option<Counted>> {
    let pinned = links::pinned_programs(directories)?;
    let Some(record) = Records::read(directories)?.in_force else {
        return Ok(None);
    };
    let (interfaces, _) = interfaces(&record, &pinned)?;
    Ok(Some(Counted {
        tallies: tallies(directories, &record)?,
        record,
        interfaces,
    }))
}

/// What is in force, in words; while that is not known, what to do about it.
pub(super) fn record(directories: &Directories, pinned: &[PinnedProgram]) -> Result<Found<Record>> {
    let record = Records::read(directories)?.in_force;
    if let Some(record) = record.filter(|_| directories.maps().exists()) {
        return Ok(Found::InForce(record));
    }
    if pinned.is_empty() {
        return Ok(Found::Nothing("nothing is in force".to_owned()));
    }
    Ok(Found::Nothing(format!(
        "in force on {}, and which policy that is is not known: {} is gone; start the daemon anew, \
         and it takes over",
        Count(pinned.len(), "interface"),
        directories.record().display()
    )))
}

/// Of the cameras of a policy, and of strangers.
fn tallies(directories: &Directories, record: &Record) -> Result<BTreeMap<CameraId, Counters>> {
    counters::read_of(directories, |camera| {
        camera == STRANGERS || record.cameras.contains_key(&camera)
    })
}
