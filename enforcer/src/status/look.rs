//! Looking what is in force: at the record of it, and at the kernel.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use enforcer_common::{
    DropReason,
    counter::{Counter, Counters, Drops},
    rule::RuleId,
    table::{CameraId, STRANGERS},
};
use jiff::Timestamp;
use tokio::runtime;

use super::{Camera, Daemon, Dropped, Events, Frames, Held, Interface, Rule, Status, Unlisted};
use crate::{
    configuration::Amiss,
    directories::Directories,
    kernel::{
        counters, hits,
        links::{self, PinnedProgram},
    },
    netlink::{Look, Netlink},
    policy::{Mode, NamePattern},
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

/// Asks the kernel for everything, as the daemon does; whoever else does says so.
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
    let status = Status {
        generation: record.generation,
        policy: record.policy.clone(),
        daemon: Daemon::Running,
        troubles: Vec::new(),
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
    };
    Ok(Found::InForce(status.judged()))
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

impl Held {
    fn new(mode: Mode, now: Timestamp) -> Self {
        Self {
            mode: mode.name().into(),
            until: mode.until(),
            overdue: mode.at(now) != mode,
        }
    }
}

/// The interfaces that the policy names: those that are there, and those that are not.
fn interfaces(record: &Record, pinned: &[PinnedProgram]) -> Result<(Vec<Interface>, Vec<String>)> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime")?;
    let look = runtime.block_on(async { Netlink::connect()?.look().await });
    let Look { topology, attached } = look?;
    let patterns: Vec<NamePattern> = record.patterns().collect();
    let named = |name: &str| patterns.iter().any(|pattern| pattern.matches(name));
    let links = topology.links.iter().filter(|link| named(&link.name));
    let interfaces = links.map(|link| {
        let attached = attached.get(&link.index);
        // The program that runs must be the one that our link holds, not somebody else's.
        let enforcing = attached.is_some_and(|attached| {
            pinned
                .iter()
                .any(|ours| ours.index == link.index && ours.program == attached.program)
        });
        Interface {
            name: link.name.clone(),
            mode: attached.map(|attached| attached.mode),
            enforcing,
        }
    });
    let missing = patterns.iter().filter(|pattern| {
        let mut links = topology.links.iter();
        !links.any(|link| pattern.matches(&link.name))
    });
    Ok((
        interfaces.collect(),
        missing.map(ToString::to_string).collect(),
    ))
}

fn cameras_of(record: &Record, tallies: &BTreeMap<u32, Counters>, now: Timestamp) -> Vec<Camera> {
    let cameras = record.cameras.iter().map(|(id, camera)| {
        let tally = tallies.get(id);
        let allowed = tally.map(|tally| tally.allowed).unwrap_or_default();
        let Frames { packets, bytes } = tally.map(total).unwrap_or_default();
        let reasons = DropReason::ALL.iter().filter_map(|&reason| {
            let packets = tally?.of(reason).all().packets;
            (packets > 0).then_some((reason.name().into(), packets))
        });
        Camera {
            name: camera.name.clone(),
            group: camera.group.clone(),
            held: Held::new(camera.mode, now),
            allowed: allowed.into(),
            dropped: Dropped {
                packets,
                bytes,
                reasons: reasons.collect(),
            },
        }
    });
    cameras.collect()
}

fn rules(record: &Record, hits: &BTreeMap<RuleId, Counter>) -> Vec<Rule> {
    let rules = record.rules.iter().map(|(number, at)| Rule {
        at: at.clone(),
        decided: hits.get(number).copied().unwrap_or_default().into(),
    });
    rules.collect()
}

fn total(tally: &Counters) -> Frames {
    tally.dropped().all().into()
}

fn events(tallies: &BTreeMap<u32, Counters>) -> Events {
    let drops: Drops = tallies.values().map(Counters::dropped).sum();
    Events {
        told: drops.told,
        suppressed: drops.suppressed,
        lost: drops.lost,
    }
}
