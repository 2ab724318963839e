//! Which reason it was, as a rule, and what is the policy's own.

use enforcer_common::DropReason;
use serde::Serialize;

use crate::events::{
    Told,
    facts::Packet,
    signature::{self, Class},
};

/// The reason as a signature: what readers of EVE put into these fields.
#[derive(Serialize)]
pub(super) struct Rule {
    id: String,
    name: String,
    category: &'static str,
}

/// What the schema has no fields for.
#[derive(Serialize)]
pub(super) struct Own<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    /// File and line of the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    generation: u32,
    /// The vendor whose cloud the destination belongs to, and the carrier owned by a state.
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_cloud: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_carrier: Option<&'static str>,
    /// `first` or `later`: the packet is a piece of a datagram.
    #[serde(skip_serializing_if = "Option::is_none")]
    fragment: Option<&'static str>,
    /// How many drops of this camera were not told since the one told before.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<u64>,
}

impl Rule {
    pub(super) fn new(reason: DropReason) -> Self {
        Self {
            id: signature::id(reason).to_string(),
            name: signature::text(reason),
            category: Class::of(reason).category(),
        }
    }
}

impl<'a> Own<'a> {
    pub(super) fn new(told: &Told<'a>, packet: Option<&Packet>) -> Self {
        let event = told.event;
        Self {
            camera: told.camera,
            group: told.group,
            rule: told.rule,
            generation: event.generation,
            dest_cloud: told.label.and_then(|label| label.cloud),
            dest_carrier: told.label.and_then(|label| label.carrier),
            fragment: packet.and_then(Packet::fragment),
            suppressed: (event.suppressed > 0).then_some(event.suppressed),
        }
    }
}
