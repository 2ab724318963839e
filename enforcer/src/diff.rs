//! What two policies mean differently: for each camera what it reaches in one and not in the other.
//!
//! By meaning: the order of rules, the names of lists and groups, and how a prefix is split change
//! nothing. Cameras are the same if they have the same name. The router is not asked: whether an
//! address is the broadcast address of one of its networks is not known, so what names such an
//! address and what just covers it are told alike.

mod cameras;
mod identity;
mod interfaces;
mod json;
mod overlay;
mod ports;
mod reach;
mod services;
mod text;

use thiserror::Error;

pub use self::ports::PortSet;
pub use self::reach::{Part, Reach, Span, Way};
pub use self::services::Services;

use self::cameras::Pairs;
use crate::compile::CapacityError;
use crate::numbering::Rules;
use crate::policy::Policy;
use crate::ranges::Ranges;

/// All that two policies mean differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// Path of the old policy.
    pub old: String,
    /// Path of the new one.
    pub new: String,
    /// What concerns no camera in particular, in words.
    pub policy: Vec<String>,
    /// What concerns cameras: changed ones and new ones in the order of the new policy, then those
    /// that are gone. A camera whose destinations and identity change is in two of them.
    pub changes: Vec<Change>,
}

/// What is the same change for some cameras: of what they reach, or of anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whether they were there before.
    pub kind: Kind,
    /// Names of the cameras, in file order.
    pub cameras: Vec<String>,
    /// Names of their groups, each once.
    pub groups: Vec<String>,
    /// What differs but for destinations, in words.
    pub words: Vec<String>,
    /// What they reach now and did not, and the other way round.
    pub reach: Reach,
}

/// Which policies have a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Both.
    Changed,
    /// The new one alone.
    Added,
    /// The old one alone.
    Removed,
}

/// A policy that the tables have no room for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{path}: too large for the kernel's tables: {source}")]
pub struct DiffError {
    /// Which.
    pub path: String,
    /// Why.
    pub source: CapacityError,
}

impl Diff {
    /// Compares two policies.
    pub fn new(old: &Policy, new: &Policy) -> Result<Self, DiffError> {
        let [old_ranges, new_ranges] = [settled(old)?, settled(new)?];
        let mut pairs = Pairs::new(old, new, &old_ranges, &new_ranges);
        Ok(Self {
            old: old.path.clone(),
            new: new.path.clone(),
            policy: interfaces::words(old, new),
            changes: pairs.changes(),
        })
    }

    /// Whether the policies mean the same.
    pub const fn is_empty(&self) -> bool {
        self.policy.is_empty() && self.changes.is_empty()
    }
}

fn settled(policy: &Policy) -> Result<Ranges, DiffError> {
    Ranges::new(policy, &Rules::new(policy)).map_err(|source| DiffError {
        path: policy.path.clone(),
        source,
    })
}
