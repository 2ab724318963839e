//! What is in force, where, and what it counted: for the command line, and for whoever asks the daemon.

use std::{borrow::Cow, collections::BTreeMap};

use enforcer_common::counter::Counter;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{netlink::AttachMode, stand_in::StandIn, unconfirmed::Waits};

mod look;
mod policy;
mod trouble;

pub use look::{Counted, Found, cameras, counted, status};
pub(crate) use policy::texts;
pub use policy::{PolicyInForce, policy};
pub use trouble::{Kind, Level, Trouble};

/// What is in force.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// The number of what is in force.
    pub generation: u32,
    /// Where its policy is.
    pub policy: String,
    /// Whether a daemon says this; without one nothing is told, and changes of the policy are not followed.
    pub daemon: Daemon,
    /// What is wrong with all that, the worst first.
    pub troubles: Vec<Trouble>,
    /// What this is in place of that policy as it is written, if it is.
    pub stand_in: Option<StandIn>,
    /// What of the daemon's own settings does not hold, so that it goes on without: sinks, names, owners.
    pub settings_amiss: Vec<String>,
    /// What waits for `enforcer confirm`.
    pub unconfirmed: Option<Waits>,
    /// Interfaces that the policy names and that are there.
    pub interfaces: Vec<Interface>,
    /// How often somebody else took the program off an interface, and the daemon put it on again.
    pub taken_off: u64,
    /// Interfaces that the policy names and that are not there.
    pub waiting: Vec<String>,
    /// Of the policy.
    pub cameras: Vec<Camera>,
    /// In file order.
    pub rules: Vec<Rule>,
    /// Of sources that are no camera's.
    pub unlisted: Unlisted,
    /// What became of the events of all drops.
    pub events: Events,
}

/// Whether there is a daemon, which tells what happens and follows the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Daemon {
    /// It runs, and says this.
    Running,
    /// It may run, and did not answer; this is what the kernel says.
    NotAnswering,
    /// None runs; this is what the kernel says.
    NotRunning,
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
    pub name: String,
    /// Its group's.
    pub group: String,
    /// What holds for it.
    #[serde(flatten)]
    pub held: Held,
    /// Frames that the policy allows.
    pub allowed: Frames,
    /// Frames that were dropped; in audit, that would have been.
    pub dropped: Dropped,
}

/// A rule of the policy, and how often it decided.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Where it stands.
    pub at: String,
    /// What it let through or denied since this generation is in force.
    #[serde(flatten)]
    pub decided: Frames,
}

/// All sources that are no camera's.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Unlisted {
    /// What holds for them.
    #[serde(flatten)]
    pub held: Held,
    /// What they sent that was dropped; in audit, that would have been.
    #[serde(flatten)]
    pub dropped: Frames,
}

/// What holds for whom it stands beside.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// `enforce` or `audit`.
    pub mode: Cow<'static, str>,
    /// When the audit ends, if it does.
    pub until: Option<Timestamp>,
    /// That has passed, and what is in force still audits.
    pub overdue: bool,
}

/// A tally of frames.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Frames {
    /// How many.
    pub packets: u64,
    /// From the Ethernet header on.
    pub bytes: u64,
}

/// A tally of frames, by reason.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Dropped {
    /// How many.
    pub packets: u64,
    /// From the Ethernet header on.
    pub bytes: u64,
    /// Packets for each reason that there were any for.
    pub reasons: BTreeMap<Cow<'static, str>, u64>,
}

/// What became of events.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Events {
    /// Put into the ring that the daemon reads.
    pub told: u64,
    /// Above a camera's share.
    pub suppressed: u64,
    /// The ring was full.
    pub lost: u64,
}

impl From<Counter> for Frames {
    fn from(Counter { packets, bytes }: Counter) -> Self {
        Self { packets, bytes }
    }
}
