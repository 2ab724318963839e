//! Events as Suricata writes them: EVE, one JSON object a line, with the fields that its `drop`
//! record has, in its order. What an event does not know is left out.

mod alert;
mod drop;

use std::borrow::Cow;
use std::net::IpAddr;

use arrayvec::ArrayString;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use enforcer_common::event::DropEvent;
use serde::Serialize;

use self::alert::Alert;
use self::drop::Drop;
use super::facts::{Facts, Packet};
use super::{Missed, Told, json, short};

/// Appends the event as JSON, without a line break.
pub(super) fn write(told: &Told<'_>, line: &mut Vec<u8>) {
    json::write(&Record::new(told), line);
}

/// Appends what stands in place of events that are missing, without a line break.
pub(super) fn write_missed(missed: &Missed, line: &mut Vec<u8>) {
    let record = MissedRecord {
        timestamp: short::timestamp(missed.at),
        event_type: "missed",
        missed: Events {
            events: missed.events,
        },
    };
    json::write(&record, line);
}

/// A record of an `event_type` that Suricata does not have, and its readers pass over.
#[derive(Serialize)]
struct MissedRecord {
    timestamp: ArrayString<31>,
    event_type: &'static str,
    missed: Events,
}

#[derive(Serialize)]
struct Events {
    events: u64,
}

/// A record of `event_type` drop. Addresses are written as RFC 5952 has them, which Suricata does
/// when asked (`ipv6-compress`).
#[derive(Serialize)]
struct Record<'a> {
    timestamp: ArrayString<31>,
    /// Of the addresses, the protocol and the ports, as far as they are known; the same for both
    /// directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_id: Option<u64>,
    in_iface: &'a str,
    event_type: &'static str,
    #[serde(skip_serializing_if = "<[u16]>::is_empty")]
    vlan: &'a [u16],
    #[serde(skip_serializing_if = "Option::is_none")]
    src_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proto: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_v: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icmp_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icmp_code: Option<u8>,
    ether: Ether,
    #[serde(skip_serializing_if = "Option::is_none")]
    community_id: Option<ArrayString<30>>,
    /// The camera is taken for the client, unless the packet itself shows that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    drop: Drop,
    verdict: Verdict,
    alert: Alert<'a>,
    /// The first bytes of the frame, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    packet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet_info: Option<PacketInfo>,
}

#[derive(Serialize)]
struct PacketInfo {
    /// As the files of pcap number them.
    linktype: u16,
}

/// `LINKTYPE_ETHERNET`
const ETHERNET: u16 = 1;

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the name is Suricata's")]
struct Ether {
    ether_type: u16,
    src_mac: ArrayString<17>,
    dest_mac: ArrayString<17>,
}

#[derive(Serialize)]
struct Verdict {
    action: &'static str,
}

impl<'a> Record<'a> {
    fn new(told: &Told<'a>) -> Self {
        let event = told.event;
        let facts = Facts::new(event);
        let packet = facts.packet.as_ref();
        let (src_port, dest_port) = packet.and_then(Packet::ports).unzip();
        let (icmp_type, icmp_code) = packet.and_then(Packet::icmp).unzip();
        let hash = packet.map(Packet::flow_hash);
        let known = packet.is_some_and(Packet::is_flow_known);
        let frame = told.frame.filter(|frame| !frame.is_empty());
        Self {
            timestamp: short::timestamp(told.at),
            flow_id: hash.map(|hash| hash.flow_id()),
            in_iface: told.interface,
            event_type: "drop",
            vlan: super::vlans(event),
            src_ip: facts.source,
            src_port,
            dest_ip: facts.destination,
            dest_port,
            proto: packet.map(|packet| super::protocol_name(packet.protocol)),
            ip_v: facts.version(),
            icmp_type,
            icmp_code,
            ether: Ether::new(event),
            community_id: hash.filter(|_| known).map(|hash| hash.community_id()),
            direction: packet.map(direction),
            drop: Drop::new(event, packet),
            verdict: Verdict {
                action: if event.audit == 0 { "drop" } else { "alert" },
            },
            alert: Alert::new(told, packet),
            packet: frame.map(|frame| BASE64_STANDARD.encode(frame)),
            packet_info: frame.map(|_| PacketInfo { linktype: ETHERNET }),
        }
    }
}

impl Ether {
    fn new(event: &DropEvent) -> Self {
        Self {
            ether_type: event.ethertype,
            src_mac: short::mac(event.source_mac),
            dest_mac: short::mac(event.destination_mac),
        }
    }
}

const fn direction(packet: &Packet) -> &'static str {
    if packet.is_answer() {
        "to_client"
    } else {
        "to_server"
    }
}
