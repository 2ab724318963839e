//! Frames by what became of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ledger::Action;

/// Frames by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sums {
    /// They passed.
    pub allowed: Frames,
    /// They were dropped.
    pub dropped: Frames,
    /// They passed, and would be dropped if it were not for the audit.
    pub audited: Frames,
}

/// How many, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Frames {
    /// Frames.
    pub packets: u64,
    /// Bytes of those, from the Ethernet header on.
    pub bytes: u64,
}

impl Sums {
    pub(super) const fn add(&mut self, action: Action, frames: Frames) {
        let sum = match action {
            Action::Allowed => &mut self.allowed,
            Action::Dropped => &mut self.dropped,
            Action::Audited => &mut self.audited,
        };
        sum.packets += frames.packets;
        sum.bytes += frames.bytes;
    }

    pub(super) const fn of(&self, action: Action) -> Frames {
        match action {
            Action::Allowed => self.allowed,
            Action::Dropped => self.dropped,
            Action::Audited => self.audited,
        }
    }

    /// Frames that the policy does not allow.
    pub const fn refused(&self) -> u64 {
        self.dropped.packets + self.audited.packets
    }

    /// All frames.
    pub const fn all(&self) -> u64 {
        self.refused() + self.allowed.packets
    }
}
