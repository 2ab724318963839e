//! Frames as a camera might send them, well formed or broken on purpose.
//!
//! A frame is written from the outside in, one layer at a time:
//!
//! ```
//! use enforcer_tests::frame::{ethernet, ipv4, tcp, vlan};
//!
//! let camera = [2, 0, 0, 0, 0x50, 0x21];
//! let frame = ethernet(camera) / vlan(50) / ipv4("192.168.50.21", "203.0.113.7") / tcp(40000, 443).syn();
//! assert_eq!(frame.build().len(), 14 + 4 + 20 + 20);
//! ```
//!
//! Lengths, the numbers of what follows and checksums are right unless a layer is told otherwise.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    ops::Div,
};

mod arp;
mod checksum;
mod extension;
mod icmp;
mod ipv4;
mod ipv6;
mod link;
mod neighbour;
mod transport;

pub use arp::{Arp, arp_reply, arp_request};
pub use extension::{
    Extension, Fragment, Options, authentication, destination_options, fragment, hop_by_hop,
    mobility, routing,
};
pub use icmp::{Message, icmp, icmpv6, igmp};
pub use ipv4::{Ipv4, ipv4};
pub use ipv6::{Ipv6, ipv6};
pub use link::{Ethernet, Vlan, ethernet, vlan};
pub use neighbour::{
    Neighbour, neighbour_advertisement, neighbour_solicitation, redirect, router_advertisement,
    router_solicitation,
};
pub use transport::{Data, Tcp, Udp, data, protocol, tcp, udp};

use checksum::PseudoHeader;

/// An Ethernet address.
pub type Mac = [u8; 6];

/// To all stations.
pub const BROADCAST: Mac = [0xff; 6];

/// The length of an Ethernet header, and of the shortest frame that the kernel runs a program on.
pub const SHORTEST: usize = 14;

/// One layer of a frame.
pub trait Layer: fmt::Debug {
    /// How a link layer names what this is.
    fn ethertype(&self) -> u16 {
        // IEEE 802: local experiments.
        0x88b5
    }

    /// How a network layer names what this is.
    fn protocol(&self) -> u8 {
        // RFC 8200: no next header.
        59
    }

    /// What checksums further in cover besides their own bytes.
    fn pseudo_header(&self) -> Option<PseudoHeader> {
        None
    }

    /// The bytes of this layer and of what it holds.
    fn wrap(&self, inside: Inside<'_>) -> Vec<u8>;
}

/// What a layer holds.
#[derive(Debug)]
pub struct Inside<'a> {
    bytes: Vec<u8>,
    next: Option<&'a dyn Layer>,
    pseudo_header: PseudoHeader,
}

impl Inside<'_> {
    fn ethertype(&self) -> u16 {
        self.next.map_or(0x88b5, Layer::ethertype)
    }

    fn protocol(&self) -> u8 {
        self.next.map_or(59, Layer::protocol)
    }
}

/// Layers, outermost first.
#[derive(Debug)]
pub struct Layers(Vec<Box<dyn Layer>>);

impl Layers {
    /// The bytes of the frame.
    pub fn build(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut next: Option<&dyn Layer> = None;
        for (depth, layer) in self.0.iter().enumerate().rev() {
            let mut around = self.0.iter().take(depth).rev();
            let pseudo_header = around
                .find_map(|layer| layer.pseudo_header())
                .unwrap_or_default();
            bytes = layer.wrap(Inside {
                bytes,
                next,
                pseudo_header,
            });
            next = Some(layer.as_ref());
        }
        bytes
    }

    /// The bytes of the frame without the last `count`, which the headers still announce.
    pub fn without_last(&self, count: usize) -> Vec<u8> {
        let mut bytes = self.build();
        bytes.truncate(bytes.len().saturating_sub(count).max(SHORTEST));
        bytes
    }

    /// The first `length` bytes of the frame.
    pub fn first(&self, length: usize) -> Vec<u8> {
        let mut bytes = self.build();
        bytes.truncate(length.max(SHORTEST));
        bytes
    }

    /// The frame as it is on a wire: at least 60 bytes (IEEE 802.3, clause 4.2.3.3).
    pub fn padded(&self) -> Vec<u8> {
        let mut bytes = self.build();
        bytes.resize(bytes.len().max(60), 0);
        bytes
    }

    /// The frame with something behind the packet.
    pub fn with_trailer(&self, trailer: &[u8]) -> Vec<u8> {
        [self.build().as_slice(), trailer].concat()
    }
}

impl<L: Layer + 'static> Div<L> for Layers {
    type Output = Self;

    fn div(mut self, layer: L) -> Self {
        self.0.push(Box::new(layer));
        self
    }
}

impl<L: Layer + 'static> Div<L> for Ethernet {
    type Output = Layers;

    fn div(self, layer: L) -> Layers {
        Layers::from(self) / layer
    }
}

impl From<Ethernet> for Layers {
    fn from(ethernet: Ethernet) -> Self {
        Self(vec![Box::new(ethernet)])
    }
}

impl From<Layers> for Vec<u8> {
    fn from(layers: Layers) -> Self {
        layers.build()
    }
}

/// A length in the width of its field.
#[expect(clippy::panic, reason = "a mistake in a test, which must not go on")]
fn length<T: TryFrom<usize>>(bytes: usize) -> T {
    let Ok(length) = T::try_from(bytes) else {
        panic!("{bytes} bytes are too many for one header to announce");
    };
    length
}

#[expect(clippy::panic, reason = "a mistake in a test, which must not go on")]
fn v4(text: &str) -> [u8; 4] {
    let Ok(address) = text.parse::<Ipv4Addr>() else {
        panic!("`{text}` is no IPv4 address");
    };
    address.octets()
}

#[expect(clippy::panic, reason = "a mistake in a test, which must not go on")]
fn v6(text: &str) -> [u8; 16] {
    let Ok(address) = text.parse::<Ipv6Addr>() else {
        panic!("`{text}` is no IPv6 address");
    };
    address.octets()
}
