//! How much a camera sent when: an hour, or a day where hours are told apart no longer.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Action;

/// What a camera sent in an hour or a day, to wherever, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// The camera; null for senders that are no camera of the policy.
    pub camera: Option<String>,
    /// When it begins.
    pub begin: Timestamp,
    /// How many hours it has: 1 or 24.
    pub hours: u32,
    /// What became of the frames.
    pub action: Action,
    /// Frames.
    pub packets: u64,
    /// Bytes of those frames, from the Ethernet header on.
    pub bytes: u64,
}
