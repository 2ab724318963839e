//! Events as entries of systemd's journal, in its native protocol: what an event says, field by field,
//! to search by.

use std::fmt::Display;

use super::facts::{Facts, Packet};
use super::signature::Class;
use super::{Format, Told, protocol, short::mac};

/// Appends one entry. Its message is one of the formats.
pub fn write(told: &Told<'_>, format: Format, entry: &mut Vec<u8>) {
    let event = told.event;
    let facts = Facts::new(event);
    let packet = facts.packet.as_ref();
    let mut message = Vec::new();
    format.write_message(told, false, &mut message);
    let severity = Class::of(event.reason).syslog_severity();
    let mut fields = Fields(entry);
    fields.push("MESSAGE", &message);
    fields.say("PRIORITY", Some(severity));
    fields.say("SYSLOG_IDENTIFIER", Some("enforcer"));
    let action = if event.audit == 0 { "drop" } else { "audit" };
    fields.say("ENFORCER_ACTION", Some(action));
    fields.say("ENFORCER_REASON", Some(event.reason.name()));
    fields.say("ENFORCER_CAMERA", told.camera);
    fields.say("ENFORCER_GROUP", told.group);
    fields.say("ENFORCER_RULE", told.rule);
    fields.say("ENFORCER_GENERATION", Some(event.generation));
    fields.say("ENFORCER_INTERFACE", Some(told.interface));
    fields.say("ENFORCER_SOURCE_MAC", Some(mac(event.source_mac)));
    fields.say("ENFORCER_SOURCE_IP", facts.source);
    fields.say("ENFORCER_DESTINATION_IP", facts.destination);
    let (from, to) = packet.and_then(Packet::ports).unzip();
    fields.say("ENFORCER_SOURCE_PORT", from);
    fields.say("ENFORCER_DESTINATION_PORT", to);
    let number = packet.map(|packet| packet.protocol);
    let name = number
        .map(|number| protocol::name(number).map_or_else(|| number.to_string(), str::to_lowercase));
    fields.say("ENFORCER_PROTOCOL", name);
    fields.say("ENFORCER_DESTINATION_DOMAIN", told.domain);
    if let Some(label) = told.label {
        fields.say("ENFORCER_DESTINATION_COUNTRY", label.country);
        fields.say("ENFORCER_DESTINATION_ASN", label.asn);
        fields.say(
            "ENFORCER_DESTINATION_ORGANIZATION",
            label.organization.as_deref(),
        );
        fields.say("ENFORCER_DESTINATION_CLOUD", label.cloud);
        fields.say("ENFORCER_DESTINATION_CARRIER", label.carrier);
    }
    let known = packet.filter(|packet| packet.is_flow_known());
    let identifier = known.map(|packet| packet.flow_hash().community_id());
    fields.say("ENFORCER_COMMUNITY_ID", identifier);
    let suppressed = (event.suppressed > 0).then_some(event.suppressed);
    fields.say("ENFORCER_SUPPRESSED", suppressed);
}

/// An entry that is being written.
struct Fields<'a>(&'a mut Vec<u8>);

impl Fields<'_> {
    /// What is not known is left out.
    fn say(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.push(name, value.to_string().as_bytes());
        }
    }

    /// A value with line breaks in it goes with its length: names come from a policy, and none may
    /// begin a field of its own.
    fn push(&mut self, name: &str, value: &[u8]) {
        let Self(entry) = self;
        entry.extend_from_slice(name.as_bytes());
        if value.contains(&b'\n') {
            entry.push(b'\n');
            let length = u64::try_from(value.len()).unwrap_or(u64::MAX);
            entry.extend_from_slice(&length.to_le_bytes());
        } else {
            entry.push(b'=');
        }
        entry.extend_from_slice(value);
        entry.push(b'\n');
    }
}
