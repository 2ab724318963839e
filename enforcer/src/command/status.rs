//! `enforcer status`: what is in force and what it counted, as the daemon says, or without one the kernel.

use std::{borrow::Cow, collections::BTreeMap, io::Write};

use anyhow::{Context as _, Result};
use enforcer_common::{
    DropReason,
    counter::{Counter, Counters, Drops},
    rule::RuleId,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::runtime;

use crate::{
    cli::Status as Arguments,
    directories::Directories,
    exit::Exit,
    kernel::links,
    netlink::{AttachMode, Look, Netlink},
    policy::{Mode, NamePattern},
    record::Record,
    stand_in::StandIn,
    unconfirmed::Waits,
};

mod ask;
mod look;
mod policy;
mod text;

pub use ask::Daemon;
pub(super) use ask::{Asked, ask};
pub use look::{Counted, Found, cameras, counted, status as look};
pub(crate) use policy::texts;
pub use policy::{PolicyInForce, policy};

/// What is in force.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// The number of what is in force.
    generation: u32,
    /// Where its policy is.
    policy: String,
    /// Whether a daemon says this; without one nothing is told, and changes of the policy are not followed.
    daemon: Daemon,
    /// What this is in place of that policy as it is written, if it is.
    stand_in: Option<StandIn>,
    /// What of the daemon's own settings does not hold, so that it goes on without: sinks, names, owners.
    settings_amiss: Vec<String>,
    /// What waits for `enforcer confirm`.
    unconfirmed: Option<Waits>,
    /// Interfaces that the policy names and that are there.
    interfaces: Vec<Interface>,
    /// How often somebody else took the program off an interface, and the daemon put it on again.
    taken_off: u64,
    /// Interfaces that the policy names and that are not there.
    waiting: Vec<String>,
    /// Of the policy.
    cameras: Vec<Camera>,
    /// In file order.
    rules: Vec<Rule>,
    /// Of sources that are no camera's.
    unlisted: Unlisted,
    /// What became of the events of all drops.
    events: Events,
}

/// An interface that the policy names.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// How a program is attached, if one is.
    pub mode: Option<AttachMode>,
    /// Whether that is ours.
    pub enforcing: bool,
}

/// A camera, and what was counted of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Camera {
    /// Its name in the policy.
    pub(super) name: String,
    /// Its group's.
    group: String,
    #[serde(flatten)]
    held: Held,
    /// Frames that the policy allows.
    allowed: Frames,
    /// Frames that were dropped; in audit, that would have been.
    dropped: Dropped,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Rule {
    /// Where it stands.
    at: String,
    /// What it let through or denied since this generation is in force.
    #[serde(flatten)]
    decided: Frames,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Unlisted {
    #[serde(flatten)]
    held: Held,
    #[serde(flatten)]
    dropped: Frames,
}

/// What holds for whom it stands beside.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Held {
    /// `enforce` or `audit`.
    mode: Cow<'static, str>,
    /// When the audit ends, if it does.
    until: Option<Timestamp>,
    /// That has passed, and what is in force still audits.
    overdue: bool,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
struct Frames {
    /// How many.
    packets: u64,
    /// From the Ethernet header on.
    bytes: u64,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Dropped {
    /// How many.
    packets: u64,
    /// From the Ethernet header on.
    bytes: u64,
    /// Packets for each reason that there were any for.
    reasons: BTreeMap<Cow<'static, str>, u64>,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
struct Events {
    /// Put into the ring that the daemon reads.
    told: u64,
    /// Above a camera's share.
    suppressed: u64,
    /// The ring was full.
    lost: u64,
}

/// Shows what is in force; [`Exit::No`] if something is not that should be.
pub fn status(
    directories: &Directories,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<Exit> {
    let Asked { found, silence } = ask(directories, "/v1/status", look)?;
    let mut status = match found {
        Found::InForce(status) => status,
        Found::Nothing(words) => {
            writeln!(out, "{words}")?;
            return Ok(Exit::No);
        }
    };
    if let Some(silence) = &silence {
        status.daemon = silence.daemon();
    }
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&status)?)?;
    } else {
        status.show(silence.as_ref(), arguments.rules, out)?;
    }
    let enforced = status
        .interfaces
        .iter()
        .all(|interface| interface.enforcing);
    let is_as_written = status.stand_in.is_none();
    Ok(if enforced && is_as_written && !status.is_overdue() {
        Exit::Ok
    } else {
        Exit::No
    })
}

impl Status {
    /// Whether an audit goes on that should have ended.
    fn is_overdue(&self) -> bool {
        let cameras = self.cameras.iter().map(|camera| &camera.held);
        cameras
            .chain([&self.unlisted.held])
            .any(|held| held.overdue)
    }
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
fn interfaces(
    record: &Record,
    pinned: &[links::PinnedProgram],
) -> Result<(Vec<Interface>, Vec<String>)> {
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

impl From<Counter> for Frames {
    fn from(Counter { packets, bytes }: Counter) -> Self {
        Self { packets, bytes }
    }
}
