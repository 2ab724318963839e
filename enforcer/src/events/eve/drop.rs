//! The object `drop`: the headers that were dropped, and why.

use enforcer_common::{event::DropEvent, header::Tcp};
use serde::Serialize;

use crate::events::facts::{Packet, Transport};

/// Bytes of the IPv6 header.
const IPV6_HEADER: u32 = 40;

/// The headers that were dropped, and why. Suricata also tells sequence numbers, windows, UDP
/// lengths and ICMP identifiers, which an event does not carry.
#[derive(Default, Serialize)]
pub(super) struct Drop {
    #[serde(flatten)]
    network: Option<Network>,
    #[serde(flatten)]
    tcp: Option<TcpFlags>,
    /// Name of the drop reason.
    reason: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Network {
    V4 {
        /// Bytes from the IP header on.
        #[serde(skip_serializing_if = "Option::is_none")]
        len: Option<u32>,
        tos: u8,
        ttl: u8,
        ipid: u16,
    },
    V6 {
        /// Bytes after the IP header.
        #[serde(skip_serializing_if = "Option::is_none")]
        len: Option<u32>,
        tc: u8,
        hoplimit: u8,
        flowlbl: u32,
    },
}

#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a row of flags, as Suricata writes it"
)]
struct TcpFlags {
    syn: bool,
    ack: bool,
    psh: bool,
    rst: bool,
    urg: bool,
    fin: bool,
}

impl Drop {
    pub(super) fn new(event: &DropEvent, packet: Option<&Packet>) -> Self {
        Self {
            network: packet.map(|packet| Network::new(event, packet)),
            tcp: packet.and_then(|packet| TcpFlags::new(packet.transport)),
            reason: event.reason.name(),
        }
    }
}

impl Network {
    const fn new(event: &DropEvent, packet: &Packet) -> Self {
        // Zero: the length was not read, or it was refused.
        let length = event.packet_length;
        if packet.source.is_ipv4() {
            Self::V4 {
                len: if length == 0 { None } else { Some(length) },
                tos: event.traffic_class,
                ttl: event.hop_limit,
                ipid: event.identification,
            }
        } else {
            Self::V6 {
                len: length.checked_sub(IPV6_HEADER),
                tc: event.traffic_class,
                hoplimit: event.hop_limit,
                flowlbl: event.flow_label,
            }
        }
    }
}

impl TcpFlags {
    const fn new(transport: Transport) -> Option<Self> {
        let Transport::Tcp { flags, .. } = transport else {
            return None;
        };
        Some(Self {
            syn: flags & Tcp::SYN != 0,
            ack: flags & Tcp::ACK != 0,
            psh: flags & Tcp::PSH != 0,
            rst: flags & Tcp::RST != 0,
            urg: flags & Tcp::URG != 0,
            fin: flags & Tcp::FIN != 0,
        })
    }
}
