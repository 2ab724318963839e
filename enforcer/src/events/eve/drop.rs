//! The object `drop`: the headers that were dropped, and why.

use enforcer_common::{event::DropEvent, header::Tcp};
use serde::Serialize;

use crate::events::facts::{Packet, Transport};

/// Bytes of the IPv6 header.
const IPV6_HEADER: u32 = 40;

/// The headers that were dropped, and why. Suricata also tells sequence numbers, windows, UDP
/// lengths and ICMP identifiers, which an event does not carry.
///
/// All keys in one row: serde's `flatten` would write it in another, slower way.
#[derive(Default, Serialize)]
pub(super) struct Drop {
    /// IPv4: bytes from the IP header on; IPv6: bytes after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    len: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tos: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipid: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tc: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hoplimit: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flowlbl: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    syn: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ack: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    psh: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rst: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    urg: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fin: Option<bool>,
    /// Name of the drop reason.
    reason: &'static str,
}

impl Drop {
    pub(super) fn new(event: &DropEvent, packet: Option<&Packet>) -> Self {
        let drop = Self {
            reason: event.reason.name(),
            ..Self::default()
        };
        let Some(packet) = packet else {
            return drop;
        };
        let drop = if packet.source.is_ipv4() {
            drop.v4(event)
        } else {
            drop.v6(event)
        };
        match packet.transport {
            Transport::Tcp { flags, .. } => drop.tcp(flags),
            Transport::Unread | Transport::Udp { .. } | Transport::Message { .. } => drop,
        }
    }

    fn v4(self, event: &DropEvent) -> Self {
        // Zero: the length was not read, or it was refused.
        let length = event.packet_length;
        Self {
            len: (length > 0).then_some(length),
            tos: Some(event.traffic_class),
            ttl: Some(event.hop_limit),
            ipid: Some(event.identification),
            ..self
        }
    }

    const fn v6(self, event: &DropEvent) -> Self {
        Self {
            len: event.packet_length.checked_sub(IPV6_HEADER),
            tc: Some(event.traffic_class),
            hoplimit: Some(event.hop_limit),
            flowlbl: Some(event.flow_label),
            ..self
        }
    }

    fn tcp(self, flags: u8) -> Self {
        let is_set = |flag| Some(flags & flag != 0);
        Self {
            syn: is_set(Tcp::SYN),
            ack: is_set(Tcp::ACK),
            psh: is_set(Tcp::PSH),
            rst: is_set(Tcp::RST),
            urg: is_set(Tcp::URG),
            fin: is_set(Tcp::FIN),
            ..self
        }
    }
}
