//! Who sent a frame: everything about it that an identity can ask for.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, transmute};

use crate::{
    address::Address,
    flow::Flow,
    frame::Frame,
    header::{Arp, Ipv4, Ipv6, ethertype},
};

/// Who sent a frame, as one flat key: the tables look it up under masks, the most specific first,
/// so that any combination of keys is one equality.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
)]
#[repr(C, align(8))]
pub struct Source {
    /// Interface index.
    pub interface: u32,
    /// Which mask this key is under; zero in a source as read.
    pub shape: u16,
    /// VLAN identifier, host order; zero for none.
    pub vlan: u16,
    /// Ethernet source.
    pub mac: [u8; 6],
    reserved: u8,
    family: u8,
    bytes: [u8; 16],
}

impl Source {
    /// A source, or a mask of one, of its parts; under no shape yet.
    #[inline(always)]
    pub const fn new(interface: u32, vlan: u16, mac: [u8; 6], address: Address) -> Self {
        Self {
            interface,
            shape: 0,
            vlan,
            mac,
            reserved: 0,
            family: address.family,
            bytes: address.bytes,
        }
    }

    /// The address in the network header, or [`Address::NONE`].
    #[inline(always)]
    pub const fn address(&self) -> Address {
        Address::new(self.family, self.bytes)
    }

    /// Reads what the link layer and the fixed places of the network header say. Nothing is
    /// checked here: a source only says whose rules a frame is judged by. A frame whose link layer
    /// could not be read has no network header to take an address from.
    #[inline(always)]
    pub fn read(
        frame: &(impl Frame + ?Sized),
        interface: u32,
        flow: &Flow,
        has_network: bool,
    ) -> Self {
        let address = if has_network {
            source_address(frame, flow)
        } else {
            Address::NONE
        };
        Self::new(interface, flow.vlan(), flow.source_mac, address)
    }

    /// The key under a mask, which carries its own shape.
    #[inline(always)]
    #[must_use]
    pub fn under(&self, mask: &Self) -> Self {
        let words: [[u64; 4]; 2] = [transmute!(*self), transmute!(*mask)];
        let [[first, second, third, fourth], masks] = words;
        let mut key: Self = transmute!([
            first & masks[0],
            second & masks[1],
            third & masks[2],
            fourth & masks[3],
        ]);
        key.shape = mask.shape;
        key
    }
}

#[inline(always)]
fn source_address(frame: &(impl Frame + ?Sized), flow: &Flow) -> Address {
    let network = usize::from(flow.network);
    match flow.ethertype {
        ethertype::ETH_P_IP => frame.read::<Ipv4>(network).map(|ip| Address::v4(ip.source)),
        ethertype::ETH_P_IPV6 => frame.read::<Ipv6>(network).map(|ip| Address::v6(ip.source)),
        ethertype::ETH_P_ARP => frame
            .read::<Arp>(network)
            .map(|arp| Address::v4(arp.sender)),
        _ => None,
    }
    .unwrap_or(Address::NONE)
}
