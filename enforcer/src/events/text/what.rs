//! What a frame was, in the words of people who look at networks all day.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use enforcer_common::{
    event::DropEvent,
    flow::Piece,
    header::{Tcp, ethertype},
};

use crate::events::facts::{Facts, Packet, Transport};
use crate::events::{protocol, short::mac};

/// Below this an `EtherType` is the length of an 802.3 frame.
const ETH_P_802_3_MIN: u16 = 0x600;

/// `tcp 192.168.50.21:40112 -> 203.0.113.7:443 SYN`
pub(crate) struct What<'a>(pub(crate) &'a DropEvent);

impl fmt::Display for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(event) = *self;
        let facts = Facts::new(event);
        if let Some(packet) = &facts.packet {
            return write_packet(packet, f);
        }
        match (event.ethertype, facts.source) {
            (ethertype::ETH_P_ARP, Some(claimed)) => {
                write_arp(event, claimed, facts.destination, f)
            }
            // A stranger's packet is not read past its sender.
            (_, Some(source)) => write!(f, "{} {source} -> ?", network(event.ethertype)),
            (_, None) => {
                let (source, destination) = (mac(event.source_mac), mac(event.destination_mac));
                write!(f, "{} {source} -> {destination}", network(event.ethertype))
            }
        }
    }
}

fn write_packet(packet: &Packet, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (source, destination) = (packet.source, packet.destination);
    match protocol::name(packet.protocol) {
        Some(name) => f.write_str(&name.to_lowercase())?,
        None => write!(f, "protocol {}", packet.protocol)?,
    }
    match packet.ports() {
        Some((from, to)) => {
            let (source, destination) = (
                SocketAddr::new(source, from),
                SocketAddr::new(destination, to),
            );
            write!(f, " {source} -> {destination}")?;
        }
        None => write!(f, " {source} -> {destination}")?,
    }
    match packet.transport {
        Transport::Tcp { flags, .. } => write_flags(flags, f)?,
        Transport::Message { kind, code } => write!(f, " type {kind} code {code}")?,
        Transport::Udp { .. } | Transport::Unread => {}
    }
    match packet.piece {
        Piece::Whole => Ok(()),
        Piece::First => f.write_str(" first fragment"),
        Piece::Later => f.write_str(" later fragment"),
    }
}

/// An address is claimed for whoever the frame came from. A probe claims none yet.
fn write_arp(
    event: &DropEvent,
    claimed: IpAddr,
    target: Option<IpAddr>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write!(f, "arp {}", mac(event.source_mac))?;
    match (claimed.is_unspecified(), target) {
        (true, Some(target)) => write!(f, " asks for {target}"),
        (_, None) => write!(f, " claims {claimed}"),
        (false, Some(target)) => write!(f, " claims {claimed} to {target}"),
    }
}

/// `SYN`, `SYN+ACK`, or `no flags`.
fn write_flags(flags: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const NAMES: [(u8, &str); 8] = [
        (Tcp::SYN, "SYN"),
        (Tcp::FIN, "FIN"),
        (Tcp::RST, "RST"),
        (Tcp::PSH, "PSH"),
        (Tcp::ACK, "ACK"),
        (Tcp::URG, "URG"),
        // RFC 3168.
        (0x40, "ECE"),
        (0x80, "CWR"),
    ];
    if flags == 0 {
        return f.write_str(" no flags");
    }
    let mut separator = " ";
    for (_, name) in NAMES.iter().filter(|(flag, _)| flags & flag != 0) {
        write!(f, "{separator}{name}")?;
        separator = "+";
    }
    Ok(())
}

fn network(number: u16) -> String {
    match number {
        ethertype::ETH_P_IP => "ipv4".to_owned(),
        ethertype::ETH_P_IPV6 => "ipv6".to_owned(),
        ethertype::ETH_P_ARP => "arp".to_owned(),
        ..ETH_P_802_3_MIN => "802.3".to_owned(),
        _ => format!("ethertype {number:#06x}"),
    }
}
