//! `enforcer status --json`, read back.

use std::collections::BTreeMap;

use enforcer::stand_in::StandIn;
use enforcer::status::Trouble;
use serde::Deserialize;

/// What is in force. All of it: a field that is new or gone is a change that somebody relies on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Number of the generation.
    pub generation: u32,
    /// Path of the policy, as it was given.
    pub policy: String,
    /// Whether a daemon has said so: `running`, `not_answering`, `not_running`.
    pub daemon: String,
    /// What is wrong with all that, the worst first.
    pub troubles: Vec<Trouble>,
    /// What this is in place of that policy as it is written, if it is.
    pub stand_in: Option<StandIn>,
    /// What of the daemon's own settings does not hold.
    pub settings_amiss: Vec<String>,
    /// What waits to be confirmed.
    pub unconfirmed: Option<Unconfirmed>,
    /// Those that the policy names and that are there.
    pub interfaces: Vec<Interface>,
    /// How often somebody else took the program off.
    pub taken_off: u64,
    /// Those that the policy names and that are not there.
    pub waiting: Vec<String>,
    /// In order of their numbers.
    pub cameras: Vec<Camera>,
    /// In file order.
    pub rules: Vec<Rule>,
    /// What was dropped of sources that are no camera's.
    pub unlisted: Unlisted,
    /// About drops of all sources.
    pub events: Events,
}

/// What waits to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unconfirmed {
    /// The generation that waits.
    pub generation: u32,
    /// The generation that is gone back to.
    pub back_to: u32,
    /// When.
    pub until: String,
}

/// A rule, and what it decided since the generation is in force.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Where it stands: `policy.yaml:12`.
    pub at: String,
    /// Frames.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

/// An interface that the policy names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// How a program is attached, if one is.
    pub mode: Option<String>,
    /// Whether that program is ours.
    pub enforcing: bool,
}

/// A camera and its tallies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Its name.
    pub name: String,
    /// Its group's.
    pub group: String,
    /// `enforce` or `audit`.
    pub mode: String,
    /// When the audit ends, if it does.
    pub until: Option<String>,
    /// Whether it should have ended.
    pub overdue: bool,
    /// What it sent that the policy allows.
    pub allowed: Frames,
    /// What it sent that the policy does not allow.
    pub dropped: Dropped,
}

/// All that are no camera's, and their tally.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlisted {
    /// `enforce` or `audit`.
    pub mode: String,
    /// When the audit ends, if it does.
    pub until: Option<String>,
    /// Whether it should have ended.
    pub overdue: bool,
    /// Frames that were dropped.
    pub packets: u64,
    /// Bytes of those, from the Ethernet header on.
    pub bytes: u64,
}

/// A tally.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frames {
    /// Frames.
    pub packets: u64,
    /// Bytes of those, from the Ethernet header on.
    pub bytes: u64,
}

/// A tally of drops.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// Frames.
    pub packets: u64,
    /// Bytes of those, from the Ethernet header on.
    pub bytes: u64,
    /// Frames by name of the drop reason.
    pub reasons: BTreeMap<String, u64>,
}

/// What became of the events; together as many as there were drops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Put into the ring.
    pub told: u64,
    /// Above the rate.
    pub suppressed: u64,
    /// Without room in the ring.
    pub lost: u64,
}

impl Status {
    /// An interface, by name.
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        let mut interfaces = self.interfaces.iter();
        interfaces.find(|interface| interface.name == name)
    }

    /// Whether our program is on an interface.
    pub fn is_enforcing(&self, name: &str) -> bool {
        self.interface(name)
            .is_some_and(|interface| interface.enforcing)
    }

    /// A camera, by name.
    pub fn camera(&self, name: &str) -> Option<&Camera> {
        self.cameras.iter().find(|camera| camera.name == name)
    }

    /// Every frame that was dropped, whoever sent it.
    pub fn dropped(&self) -> u64 {
        let cameras = self.cameras.iter().map(|camera| camera.dropped.packets);
        cameras.sum::<u64>() + self.unlisted.packets
    }
}

impl Camera {
    /// Every frame that it sent.
    pub const fn sent(&self) -> u64 {
        self.allowed.packets + self.dropped.packets
    }

    /// How many were dropped for a reason.
    pub fn dropped_as(&self, reason: &str) -> u64 {
        self.dropped.reasons.get(reason).copied().unwrap_or(0)
    }
}

impl Events {
    /// Every event, told or not.
    pub const fn all(&self) -> u64 {
        self.told + self.suppressed + self.lost
    }
}
