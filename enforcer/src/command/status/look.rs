//! Looking what is in force: for the command, and for whoever asks over the control socket.

use anyhow::Result;
use enforcer_common::table::STRANGERS;
use jiff::Timestamp;

use super::{Held, Interface, Status, Unlisted, cameras, events, interfaces, rules, total};
use crate::{
    directories::Directories,
    kernel::{counters, hits, links},
    record::Records,
    unconfirmed::{self, Unconfirmed},
    words::Count,
};

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// What is in force.
    Status(Box<Status>),
    /// Nothing of which it is known what it is; in words.
    Nothing(String),
}

/// Which generation is in force, and where.
#[derive(Debug)]
pub struct Places {
    /// Its number.
    pub generation: u32,
    /// The interfaces that its policy names and that are there.
    pub interfaces: Vec<Interface>,
}

impl Found {
    /// Asks the kernel.
    pub fn look(directories: &Directories) -> Result<Self> {
        let pinned = links::pinned_programs(directories)?;
        let record = Records::read(directories)?.in_force;
        let Some(record) = record.filter(|_| directories.maps().exists()) else {
            if pinned.is_empty() {
                return Ok(Self::Nothing("nothing is in force".to_owned()));
            }
            return Ok(Self::Nothing(format!(
                "in force on {}, and which policy that is is not known: {} is gone; start the \
                 daemon anew, and it takes over",
                Count(pinned.len(), "interface"),
                directories.record().display()
            )));
        };
        let tallies = counters::read(directories)?;
        let now = Timestamp::now();
        let (interfaces, waiting) = interfaces(&record, &pinned)?;
        let unconfirmed = unconfirmed::waiting(directories)?;
        Ok(Self::Status(Box::new(Status {
            generation: record.generation,
            policy: record.policy.clone(),
            stand_in: record.stand_in.clone(),
            unconfirmed: unconfirmed.as_ref().map(Unconfirmed::told),
            interfaces,
            taken_off: record.taken_off,
            waiting,
            cameras: cameras(&record, &tallies, now),
            rules: rules(&record, &hits::read(directories, record.generation)?),
            unlisted: Unlisted {
                held: Held::new(record.unlisted, now),
                dropped: tallies.get(&STRANGERS).map(total).unwrap_or_default(),
            },
            events: events(&tallies),
        })))
    }
}

/// Where the generation in force is in force, if there is one.
pub fn places(directories: &Directories) -> Result<Option<Places>> {
    let pinned = links::pinned_programs(directories)?;
    let Some(record) = Records::read(directories)?.in_force else {
        return Ok(None);
    };
    let (interfaces, _) = interfaces(&record, &pinned)?;
    Ok(Some(Places {
        generation: record.generation,
        interfaces,
    }))
}
