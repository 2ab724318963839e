//! Drop events as lines: what the kernel's numbers say, for machines and for people.

use std::borrow::Cow;

use clap::ValueEnum;
use enforcer_common::event::DropEvent;
use jiff::Timestamp;
use serde::Deserialize;

use crate::labels::Label;

mod community_id;
mod ecs;
mod eve;
mod fact;
mod facts;
pub mod journal;
mod json;
mod known;
mod protocol;
mod short;
mod signature;
pub mod syslog;
mod text;

pub use self::fact::{Fact, Facts, One};
pub use self::known::{Knowing, Known};
pub(crate) use self::text::What;

/// One drop with everything that its numbers stand for.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What the kernel said.
    pub event: &'a DropEvent,
    /// Wall clock.
    pub at: Timestamp,
    /// Name of the interface, or `if7` when nobody knows it any more.
    pub interface: &'a str,
    /// None: no camera's (`unlisted`).
    pub camera: Option<&'a str>,
    /// The camera's group.
    pub group: Option<&'a str>,
    /// `policy.yaml:12`: the line of the policy that denies it or came nearest to allowing it.
    pub rule: Option<&'a str>,
    /// The first bytes of the frame, where they are told: in EVE alone. None of them, where the kernel has copied none.
    pub frame: Option<&'a [u8]>,
    /// The name by which the camera knows where it wanted to go.
    pub domain: Option<&'a str>,
    /// Whose that is.
    pub label: Option<&'a Label>,
}

/// Events that somebody was not told, since more came than they took.
#[derive(Clone, Copy, Debug)]
pub struct Missed {
    /// How many.
    pub events: u64,
    /// When that was noticed.
    pub at: Timestamp,
}

/// How events are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON as Suricata writes it (EVE), one object a line
    #[default]
    Eve,
    /// JSON in the Elastic Common Schema, one object a line
    Ecs,
    /// For people, one line each
    Text,
}

impl Format {
    /// Appends one line, with its line break. Only `Text` comes in colour.
    pub fn write(self, told: &Told<'_>, color: bool, line: &mut Vec<u8>) {
        self.write_message(told, color, line);
        line.push(b'\n');
    }

    /// The same without the line break.
    pub fn write_message(self, told: &Told<'_>, color: bool, message: &mut Vec<u8>) {
        match self {
            Self::Eve => eve::write(told, message),
            Self::Ecs => ecs::write(told, message),
            Self::Text => text::write(told, color, message),
        }
    }

    /// Appends a line that says how many events are missing in its place, with its line break.
    pub fn write_missed(self, missed: &Missed, color: bool, line: &mut Vec<u8>) {
        match self {
            Self::Eve => eve::write_missed(missed, line),
            Self::Ecs => ecs::write_missed(missed, line),
            Self::Text => text::write_missed(missed, color, line),
        }
        line.push(b'\n');
    }
}

/// The name of an IP protocol as Suricata writes it, or its number, in three digits.
pub(crate) fn protocol_name(number: u8) -> Cow<'static, str> {
    protocol::name(number).map_or_else(|| format!("{number:03}").into(), Cow::Borrowed)
}

/// The number of the protocol that [`protocol_name`] calls so.
pub(crate) fn protocol_number(name: &str) -> Option<u8> {
    let named = (0..=u8::MAX).find(|&number| protocol::name(number) == Some(name));
    named.or_else(|| name.parse().ok())
}

/// Identifiers of the VLAN tags, outermost first.
fn vlans(event: &DropEvent) -> &[u16] {
    let tags = usize::from(event.vlan_tags).min(event.vlans.len());
    event.vlans.get(..tags).unwrap_or_default()
}

/// Whether a character would end a line, steer a terminal or turn the direction of writing. Names
/// come from the policy and the kernel, and neither promises that there are none.
pub(crate) fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}
