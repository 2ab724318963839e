//! Frames that a camera could send, made of what its identity says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use enforcer_common::{
    Address,
    header::{ethertype, icmp, icmpv6, protocol},
};
use ipnet::IpNet;

use crate::policy::{Identity, MacPrefix, Protocol};

/// The router's own MAC address, which the verdict does not ask for.
const ROUTER: [u8; 6] = [2, 0, 0, 0, 0, 0xfe];

/// A MAC address for a camera that is not known by one; locally administered.
const STAND_IN_MAC: MacPrefix = MacPrefix {
    address: [2, 0, 0, 0, 0, 1],
    bits: MacPrefix::BITS,
};

/// Addresses for a camera that is not bound to one: from the prefixes for documentation (RFC 5737,
/// RFC 3849), then private ones.
const STAND_IN_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(192, 0, 2, 77),
    Ipv4Addr::new(198, 51, 100, 77),
    Ipv4Addr::new(10, 77, 77, 77),
    Ipv4Addr::new(192, 168, 77, 77),
];
const STAND_IN_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x77),
    Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, 0x77),
];

/// Who sends a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sender {
    /// Ethernet source.
    pub(crate) mac: [u8; 6],
    /// The VLAN that it is tagged with.
    pub(crate) vlan: Option<u16>,
    /// Source of the packet.
    pub(crate) address: IpAddr,
}

/// A frame before it is bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// Who sends it.
    pub(crate) sender: Sender,
    /// Where to; of the family of the sender's address.
    pub(crate) destination: IpAddr,
    /// What it holds.
    pub(crate) message: Message,
}

/// What a packet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A segment without data.
    Tcp {
        /// The sender's port.
        source_port: u16,
        /// The receiver's port.
        destination_port: u16,
        /// Control bits.
        flags: u8,
    },
    /// A datagram without data.
    Udp {
        /// The sender's port.
        source_port: u16,
        /// The receiver's port.
        destination_port: u16,
    },
    /// An echo request of the sender's family.
    Echo,
    /// An ICMP message of the sender's family.
    Icmp {
        /// Its type.
        kind: u8,
        /// The code within the type.
        code: u8,
    },
    /// A later fragment of a datagram of this protocol.
    Later(u8),
    /// Some bytes of another protocol.
    Other(Protocol),
}

/// Those that a camera's frames could be from, by its identity: its own addresses of the family
/// first, then stand-ins where it has none. Never empty.
pub(crate) fn senders(identity: &Identity, v4: bool) -> impl Iterator<Item = Sender> {
    let own = &identity.ip;
    let may_be = |address: &IpAddr| {
        let covers = |prefix: &IpNet| prefix.contains(address);
        address.is_ipv4() == v4 && (own.is_empty() || own.iter().any(covers))
    };
    let hosts = own.iter().map(|&prefix| first_host(prefix));
    let hosts = hosts.filter(|&host| !to_address(host).is_martian());
    let mut addresses: Vec<_> = hosts.chain(stand_ins()).filter(may_be).collect();
    if addresses.is_empty() {
        // Bound in the other family alone: whatever it sends from is not its own.
        addresses.extend(stand_ins().filter(|address| address.is_ipv4() == v4));
    }
    let vlan = identity.vlan.first().copied();
    let macs = macs(identity);
    addresses.into_iter().flat_map(move |address| {
        macs.clone()
            .into_iter()
            .map(move |mac| Sender { mac, vlan, address })
    })
}

/// Each MAC address, and of each prefix a few.
fn macs(identity: &Identity) -> Vec<[u8; 6]> {
    let own = identity.mac.iter().copied();
    let stand_in = identity.mac.is_empty().then_some(STAND_IN_MAC);
    let macs = own.chain(stand_in).flat_map(|mac| {
        let few = if mac.bits == MacPrefix::BITS { 1 } else { 4 };
        (0..few).map(move |number| {
            let mut address = mac.address;
            address[5] |= number;
            address
        })
    });
    macs.collect()
}

fn stand_ins() -> impl Iterator<Item = IpAddr> {
    let v4 = STAND_IN_V4.into_iter().map(IpAddr::from);
    v4.chain(STAND_IN_V6.into_iter().map(IpAddr::from))
}

/// The first address of a prefix that a device can have: the very first is the network's own.
fn first_host(prefix: IpNet) -> IpAddr {
    match prefix {
        IpNet::V4(prefix) if prefix.prefix_len() <= 30 => {
            Ipv4Addr::from_bits(prefix.network().to_bits() | 1).into()
        }
        IpNet::V6(prefix) if prefix.prefix_len() <= 126 => {
            Ipv6Addr::from_bits(prefix.network().to_bits() | 1).into()
        }
        IpNet::V4(_) | IpNet::V6(_) => prefix.addr(),
    }
}

/// An address as the tables take it.
pub(crate) const fn to_address(address: IpAddr) -> Address {
    match address {
        IpAddr::V4(address) => Address::v4(address.octets()),
        IpAddr::V6(address) => Address::v6(address.octets()),
    }
}

impl Draft {
    /// The bytes; checksums stay zero, since nobody between camera and verdict looks at them.
    pub(crate) fn frame(&self) -> Vec<u8> {
        let Sender { mac, vlan, address } = self.sender;
        let mut frame = receiver(self.destination).to_vec();
        frame.extend(mac);
        if let Some(vlan) = vlan {
            frame.extend(ethertype::ETH_P_8021Q.to_be_bytes());
            frame.extend(vlan.to_be_bytes());
        }
        let mut transport = self.message.bytes(address);
        let mut protocol = self.message.protocol(address);
        let is_later = matches!(self.message, Message::Later(_));
        if is_later && address.is_ipv6() {
            // RFC 8200, section 4.5: the second eight bytes, and more follow.
            let header = [protocol, 0, 0, 9, 0, 0, 0, 1];
            transport.splice(..0, header);
            protocol = protocol::IPPROTO_FRAGMENT;
        }
        let length = u16::try_from(transport.len()).unwrap_or(u16::MAX);
        match (address, self.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                frame.extend(ethertype::ETH_P_IP.to_be_bytes());
                frame.extend([0x45, 0]);
                frame.extend((length + 20).to_be_bytes());
                // RFC 791: the second eight bytes, and more follow.
                let fragment = if is_later { [0x20, 1] } else { [0, 0] };
                frame.extend([0, 0]);
                frame.extend(fragment);
                frame.extend([64, protocol, 0, 0]);
                frame.extend(source.octets());
                frame.extend(destination.octets());
            }
            (source, destination) => {
                frame.extend(ethertype::ETH_P_IPV6.to_be_bytes());
                frame.extend([0x60, 0, 0, 0]);
                frame.extend(length.to_be_bytes());
                frame.extend([protocol, 64]);
                for address in [source, destination] {
                    if let IpAddr::V6(address) = address {
                        frame.extend(address.octets());
                    }
                }
            }
        }
        frame.extend(transport);
        frame
    }
}

/// The Ethernet destination: the router's, or the group's that the address stands for (RFC 1112,
/// RFC 2464).
const fn receiver(destination: IpAddr) -> [u8; 6] {
    match destination {
        IpAddr::V4(Ipv4Addr::BROADCAST) => [0xff; 6],
        IpAddr::V4(address) if address.is_multicast() => {
            let [_, b, c, d] = address.octets();
            [0x01, 0x00, 0x5e, b & 0x7f, c, d]
        }
        IpAddr::V6(address) if address.is_multicast() => {
            let [.., a, b, c, d] = address.octets();
            [0x33, 0x33, a, b, c, d]
        }
        IpAddr::V4(_) | IpAddr::V6(_) => ROUTER,
    }
}

impl Message {
    const fn protocol(self, source: IpAddr) -> u8 {
        match (self, source) {
            (Self::Tcp { .. }, _) => protocol::IPPROTO_TCP,
            (Self::Udp { .. }, _) => protocol::IPPROTO_UDP,
            (Self::Other(protocol), _) => protocol.number(),
            (Self::Later(number), _) => number,
            (Self::Echo | Self::Icmp { .. }, IpAddr::V4(_)) => protocol::IPPROTO_ICMP,
            (Self::Echo | Self::Icmp { .. }, IpAddr::V6(_)) => protocol::IPPROTO_ICMPV6,
        }
    }

    fn bytes(self, source: IpAddr) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Tcp {
                source_port,
                destination_port,
                flags,
            } => {
                bytes.extend(source_port.to_be_bytes());
                bytes.extend(destination_port.to_be_bytes());
                bytes.extend([0; 8]);
                bytes.extend([0x50, flags, 0, 0, 0, 0, 0, 0]);
            }
            Self::Udp {
                source_port,
                destination_port,
            } => {
                bytes.extend(source_port.to_be_bytes());
                bytes.extend(destination_port.to_be_bytes());
                bytes.extend([0, 8, 0, 0]);
            }
            Self::Other(_) | Self::Later(_) => bytes.extend([0; 8]),
            Self::Icmp { kind, code } => bytes.extend([kind, code, 0, 0, 0, 1, 0, 1]),
            Self::Echo => {
                let kind = match source {
                    IpAddr::V4(_) => icmp::ICMP_ECHO,
                    IpAddr::V6(_) => icmpv6::ICMPV6_ECHO_REQUEST,
                };
                bytes.extend([kind, 0, 0, 0, 0, 1, 0, 1]);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use enforcer_common::Flow;

    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_meant() {
        for (source, destination, message, protocol, ports) in [
            (
                "192.0.2.1",
                "198.51.100.1",
                tcp(40_000, 443),
                6,
                (40_000, 443),
            ),
            ("2001:db8::1", "2001:db8::2", tcp(554, 1), 6, (554, 1)),
            (
                "2001:db8::1",
                "2001:db8::2",
                Message::Udp {
                    source_port: 1,
                    destination_port: 53,
                },
                17,
                (1, 53),
            ),
            ("192.0.2.1", "198.51.100.1", Message::Echo, 1, (0, 0)),
            ("2001:db8::1", "2001:db8::2", Message::Echo, 58, (0, 0)),
            (
                "192.0.2.1",
                "198.51.100.1",
                Message::Other(132.into()),
                132,
                (0, 0),
            ),
        ] {
            let draft = Draft {
                sender: Sender {
                    mac: [2, 0, 0, 0, 0, 7],
                    vlan: Some(50),
                    address: source.parse().unwrap(),
                },
                destination: destination.parse().unwrap(),
                message,
            };
            let frame = draft.frame();
            let mut flow = Flow::default();
            flow.read_link(&frame[..]).unwrap();
            flow.read_network(&frame[..]).unwrap();
            assert_eq!((flow.vlan(), flow.source_mac), (50, [2, 0, 0, 0, 0, 7]));
            assert_eq!(
                (flow.source, flow.destination),
                (address(source), address(destination))
            );
            assert_eq!(flow.protocol, protocol);
            assert_eq!((flow.source_port, flow.destination_port), ports);
        }
    }

    #[test]
    fn a_camera_sends_from_its_own_address_or_from_a_stand_in() {
        let identity = |mac: &[&str], ip: &[&str]| Identity {
            mac: mac.iter().map(|mac| mac.parse().unwrap()).collect(),
            ip: ip
                .iter()
                .map(|ip| {
                    let whole = ip.parse().map(|address: IpAddr| IpNet::from(address));
                    whole.unwrap_or_else(|_| ip.parse().unwrap())
                })
                .collect(),
            ..Identity::default()
        };
        for (mac, ip, v4, expected) in [
            (&["02:00:00"][..], &[][..], true, "192.0.2.77"),
            (&[], &[], false, "2001:db8::77"),
            (&[], &["198.51.100.64/28"], true, "198.51.100.65"),
            (&[], &["198.51.100.64/31"], true, "198.51.100.64"),
            (&[], &["fd00:50::/64", "192.0.2.9"], false, "fd00:50::1"),
            (&[], &["fd00:50::/64", "192.0.2.9"], true, "192.0.2.9"),
            (&[], &["192.0.2.9"], false, "2001:db8::77"),
        ] {
            let sender = senders(&identity(mac, ip), v4).next().unwrap();
            assert_eq!(sender.address.to_string(), expected, "{mac:?} {ip:?}");
            assert_eq!(sender.mac[0], 2);
        }
    }

    #[test]
    fn a_group_has_an_ethernet_address_of_its_own() {
        for (destination, expected) in [
            ("192.0.2.1", ROUTER),
            ("255.255.255.255", [0xff; 6]),
            ("239.255.255.250", [0x01, 0, 0x5e, 0x7f, 0xff, 0xfa]),
            ("ff02::1:2", [0x33, 0x33, 0, 1, 0, 2]),
        ] {
            assert_eq!(receiver(destination.parse().unwrap()), expected);
        }
    }

    fn tcp(source_port: u16, destination_port: u16) -> Message {
        Message::Tcp {
            source_port,
            destination_port,
            flags: 0x10,
        }
    }

    fn address(text: &str) -> Address {
        to_address(text.parse().unwrap())
    }
}
