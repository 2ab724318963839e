//! What a row of the sources is made of, and the mask of what it is not.

use enforcer_common::{Address, Source};
use ipnet::IpNet;

use crate::policy::{MacPrefix, Specificity};

/// What a camera is known by before its place: by one of its MAC addresses, else by one of its IP
/// addresses, if it has any.
#[derive(Clone, Copy)]
pub(super) enum Principal {
    Mac(MacPrefix),
    Ip(IpNet),
    Nothing,
}

/// Where frames come in: perhaps a VLAN, perhaps an interface.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) vlan: Option<u16>,
    pub(super) interface: Option<(u32, Specificity)>,
}

pub(super) const ANYWHERE: Place = Place {
    vlan: None,
    interface: None,
};

/// The keys that a row is made of. The greatest is the most specific; compared from the top.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    mac_bits: Option<u8>,
    /// Of either family: which of them is part of the source.
    ip_bits: Option<u8>,
    vlan: bool,
    interface: bool,
}

/// The source that is nothing but this.
pub(super) fn source(principal: Principal, place: Place) -> Source {
    let (mac, address) = match principal {
        Principal::Mac(mac) => (mac.address, Address::NONE),
        Principal::Ip(IpNet::V4(ip)) => ([0; 6], Address::v4(ip.network().octets())),
        Principal::Ip(IpNet::V6(ip)) => ([0; 6], Address::v6(ip.network().octets())),
        Principal::Nothing => ([0; 6], Address::NONE),
    };
    let interface = place.interface.map_or(0, |(index, _)| index);
    Source::new(interface, place.vlan.unwrap_or_default(), mac, address)
}

impl Shape {
    pub(super) fn new(principal: Principal, place: Place) -> Self {
        let (mac_bits, ip_bits) = match principal {
            Principal::Mac(mac) => (Some(mac.bits), None),
            Principal::Ip(ip) => (None, Some(ip.prefix_len())),
            Principal::Nothing => (None, None),
        };
        Self {
            mac_bits,
            ip_bits,
            vlan: place.vlan.is_some(),
            interface: place.interface.is_some(),
        }
    }

    pub(super) fn mask(self) -> Source {
        // An address of the other family is not covered, however short the prefix.
        let mask = |bits| Address::new(u8::MAX, ones(bits));
        let address = self.ip_bits.map_or(Address::NONE, mask);
        Source::new(
            if self.interface { u32::MAX } else { 0 },
            if self.vlan { u16::MAX } else { 0 },
            ones(self.mac_bits.unwrap_or_default()),
            address,
        )
    }
}

/// So many bits from the front.
pub(super) fn ones<const N: usize>(bits: u8) -> [u8; N] {
    let mut left = bits;
    [0; N].map(|_: u8| {
        let kept = left.min(8);
        left -= kept;
        u8::MAX.checked_shl(u32::from(8 - kept)).unwrap_or(0)
    })
}
