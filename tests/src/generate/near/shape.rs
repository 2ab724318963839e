//! What a near-miss is made of, and how it becomes a frame.

use crate::frame::{
    Layers, Mac, arp_reply, arp_request, authentication, data, destination_options, fragment,
    hop_by_hop, icmp, icmpv6, igmp, ipv4, ipv6, neighbour_advertisement, neighbour_solicitation,
    protocol, router_advertisement, router_solicitation, routing, tcp, udp,
};

/// What is in a frame.
#[derive(Clone, Debug)]
pub(super) enum Packet {
    Arp {
        sender_mac: Mac,
        sender: &'static str,
        target: &'static str,
        operation: u16,
    },
    V4 {
        source: &'static str,
        destination: &'static str,
        options: Vec<u8>,
        piece: (u16, bool),
        broken: Option<(Field, u16)>,
        inside: Inside,
    },
    V6 {
        source: &'static str,
        destination: &'static str,
        hop_limit: u8,
        chain: Vec<Header>,
        payload_length: Option<u16>,
        inside: Inside,
    },
}

/// A field of IPv4 that is set to something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Version,
    HeaderLength,
    TotalLength,
}

/// An extension header.
#[derive(Clone, Copy, Debug)]
pub(super) enum Header {
    HopByHop(u8),
    Destination(u8),
    Fragment(u16, bool, u8),
    Routing(u8),
    Authentication,
}

/// What is in a packet.
#[derive(Clone, Debug)]
pub(super) enum Inside {
    Tcp(u16, u16, u8, Option<u8>),
    Udp(u16, u16, Option<u16>),
    Icmp(u8, u8),
    Igmp(u8),
    IcmpV6(u8, u8),
    Solicitation(&'static str, Option<Mac>),
    Advertisement(&'static str, Option<Mac>),
    RouterSolicitation,
    RouterAdvertisement,
    Other(u8, Vec<u8>),
}

impl Packet {
    pub(super) fn onto(self, link: Layers) -> Layers {
        match self {
            Self::Arp {
                sender_mac,
                sender,
                target,
                operation: 2,
            } => link / arp_reply(sender_mac, sender, target),
            Self::Arp {
                sender_mac,
                sender,
                target,
                operation,
            } => link / arp_request(sender_mac, sender, target).operation(operation),
            Self::V4 {
                source,
                destination,
                options,
                piece: (offset, more),
                broken,
                inside,
            } => {
                let mut ip = ipv4(source, destination).raw_options(&options);
                ip = ip.fragment_offset(offset);
                if more {
                    ip = ip.more_fragments();
                }
                let [_, low] = broken.map_or(0, |(_, value)| value).to_be_bytes();
                ip = match broken {
                    Some((Field::Version, _)) => ip.version(low & 0x0f),
                    Some((Field::HeaderLength, _)) => ip.ihl(low & 0x0f),
                    Some((Field::TotalLength, value)) => ip.total_length(value),
                    None => ip,
                };
                inside.onto(link / ip)
            }
            Self::V6 {
                source,
                destination,
                hop_limit,
                chain,
                payload_length,
                inside,
            } => {
                let mut ip = ipv6(source, destination).hop_limit(hop_limit);
                if let Some(bytes) = payload_length {
                    ip = ip.payload_length(bytes);
                }
                let chain = chain.into_iter();
                inside.onto(chain.fold(link / ip, |link, header| header.onto(link)))
            }
        }
    }
}

impl Header {
    fn onto(self, link: Layers) -> Layers {
        match self {
            Self::HopByHop(option) => link / hop_by_hop().option(option, &[0, 0]),
            Self::Destination(option) => link / destination_options().option(option, &[0, 0]),
            Self::Fragment(offset, more, reserved) => {
                link / fragment(offset, more).reserved(reserved)
            }
            Self::Routing(kind) => link / routing(kind, 1, "2001:db8:ffff::7"),
            Self::Authentication => link / authentication(),
        }
    }
}

impl Inside {
    fn onto(self, link: Layers) -> Layers {
        match self {
            Self::Tcp(source, destination, flags, words) => {
                let tcp = tcp(source, destination).flags(flags);
                match words {
                    Some(words) => link / tcp.data_offset(words),
                    None => link / tcp,
                }
            }
            Self::Udp(source, destination, length) => {
                let udp = udp(source, destination);
                match length {
                    Some(length) => link / udp.length(length),
                    None => link / udp / data(&[0; 4]),
                }
            }
            Self::Icmp(kind, code) => link / icmp(kind, code),
            Self::Igmp(kind) => link / igmp(kind),
            Self::IcmpV6(kind, code) => link / icmpv6(kind, code),
            Self::Solicitation(target, mac) => {
                let message = neighbour_solicitation(target);
                match mac {
                    Some(mac) => link / message.source_link(mac),
                    None => link / message,
                }
            }
            Self::Advertisement(target, mac) => {
                let message = neighbour_advertisement(target);
                match mac {
                    Some(mac) => link / message.target_link(mac),
                    None => link / message,
                }
            }
            Self::RouterSolicitation => link / router_solicitation(),
            Self::RouterAdvertisement => link / router_advertisement(),
            Self::Other(number, bytes) => link / protocol(number, &bytes),
        }
    }
}
