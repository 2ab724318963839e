//! Events in the Elastic Common Schema (ECS): one JSON object a line, with every field of its example of
//! a firewall that blocks a connection, and more of the schema's. What an event does not know is left out,
//! and what the schema has no field for stands under `enforcer`.

mod place;
mod whose;

use std::net::IpAddr;

use enforcer_common::event::DropEvent;
use jiff::Timestamp;
use serde::Serialize;

use self::place::{End, Network, Observer};
use self::whose::{Own, Rule};
use super::facts::Facts;
use super::signature::Class;
use super::text::{What, missed_in_words};
use super::{Missed, Told, json};

/// The version of the schema that the fields are taken from.
const VERSION: &str = "8.17.0";

/// Appends the event as JSON, without a line break.
pub(super) fn write(told: &Told<'_>, line: &mut Vec<u8>) {
    json::write(&Record::new(told), line);
}

/// Appends what stands in place of events that are missing, without a line break.
pub(super) fn write_missed(missed: &Missed, line: &mut Vec<u8>) {
    let record = MissedRecord {
        timestamp: timestamp(missed.at),
        ecs: Schema { version: VERSION },
        message: missed_in_words(missed.events),
        event: MissedEvent {
            kind: "event",
            action: "missed",
            module: "enforcer",
            dataset: "enforcer.missed",
        },
        enforcer: OwnMissed {
            missed: missed.events,
        },
    };
    json::write(&record, line);
}

#[derive(Serialize)]
struct MissedRecord {
    #[serde(rename = "@timestamp")]
    timestamp: String,
    ecs: Schema,
    message: String,
    event: MissedEvent,
    enforcer: OwnMissed,
}

#[derive(Serialize)]
struct MissedEvent {
    kind: &'static str,
    action: &'static str,
    module: &'static str,
    dataset: &'static str,
}

#[derive(Serialize)]
struct OwnMissed {
    missed: u64,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(rename = "@timestamp")]
    timestamp: String,
    ecs: Schema,
    /// What the frame was, for people.
    message: String,
    event: Event,
    observer: Observer<'a>,
    source: End<'a>,
    destination: End<'a>,
    network: Network,
    rule: Rule,
    #[serde(skip_serializing_if = "Related::is_empty")]
    related: Related,
    enforcer: Own<'a>,
}

#[derive(Serialize)]
struct Schema {
    version: &'static str,
}

/// What happened, in the words that the schema lists for every source of events.
#[derive(Serialize)]
struct Event {
    kind: &'static str,
    category: [&'static str; 1],
    r#type: Vec<&'static str>,
    action: &'static str,
    /// Of the action, and not of what the camera wanted.
    outcome: &'static str,
    reason: &'static str,
    severity: u8,
    module: &'static str,
    dataset: &'static str,
}

/// Every address in the record, so that one search finds an address at either end.
#[derive(Serialize)]
struct Related {
    ip: Vec<IpAddr>,
}

impl<'a> Record<'a> {
    fn new(told: &Told<'a>) -> Self {
        let event = told.event;
        let facts = Facts::new(event);
        let packet = facts.packet.as_ref();
        let (from, to) = packet.and_then(super::facts::Packet::ports).unzip();
        Self {
            timestamp: timestamp(told.at),
            ecs: Schema { version: VERSION },
            message: What(event).to_string(),
            event: Event::new(event, packet.is_some()),
            observer: Observer::new(told),
            source: End::new(facts.source, from, event.source_mac),
            destination: End::new(facts.destination, to, event.destination_mac).known(told),
            network: Network::new(event, packet),
            rule: Rule::new(event.reason),
            related: Related {
                ip: facts.source.into_iter().chain(facts.destination).collect(),
            },
            enforcer: Own::new(told, packet),
        }
    }
}

impl Event {
    fn new(event: &DropEvent, is_packet: bool) -> Self {
        let (action, fate) = if event.audit == 0 {
            ("drop", "denied")
        } else {
            ("audit", "allowed")
        };
        let connection = is_packet.then_some("connection");
        Self {
            kind: "event",
            category: ["network"],
            r#type: connection.into_iter().chain([fate]).collect(),
            action,
            outcome: "success",
            reason: event.reason.name(),
            severity: Class::of(event.reason).severity(),
            module: "enforcer",
            dataset: "enforcer.drop",
        }
    }
}

impl Related {
    const fn is_empty(&self) -> bool {
        self.ip.is_empty()
    }
}

/// `2026-11-25T17:40:00.123456Z`
fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}
