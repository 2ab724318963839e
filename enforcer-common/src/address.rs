//! An IP address of either family, and what kinds of address there are.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// An IPv4 or IPv6 address; all zero for "none".
///
/// One flat type for both families: the family is part of every key that holds an address, so an
/// IPv6 prefix never covers an IPv4 address, however short it is.
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
pub struct Address {
    /// 4, 6, or 0 for "none".
    pub family: u8,
    /// Zero, so that addresses are read, written and compared by words.
    reserved: [u8; 7],
    /// In network order; an IPv4 address fills the first four bytes and the rest is zero.
    pub bytes: [u8; 16],
}

impl Address {
    /// No address.
    pub const NONE: Self = Self::new(0, [0; 16]);

    /// Of the parts that it is made of; also a mask of one.
    #[inline(always)]
    pub const fn new(family: u8, bytes: [u8; 16]) -> Self {
        Self {
            family,
            reserved: [0; 7],
            bytes,
        }
    }

    /// An IPv4 address.
    #[inline(always)]
    pub const fn v4([a, b, c, d]: [u8; 4]) -> Self {
        Self::new(4, [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    /// An IPv6 address.
    #[inline(always)]
    pub const fn v6(bytes: [u8; 16]) -> Self {
        Self::new(6, bytes)
    }

    /// As the standard library has it; none where there is no address.
    #[inline(always)]
    pub const fn ip(&self) -> Option<IpAddr> {
        match (self.family, self.bytes) {
            (4, [a, b, c, d, ..]) => Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d))),
            (6, bytes) => Some(IpAddr::V6(Ipv6Addr::from_octets(bytes))),
            _ => None,
        }
    }

    /// The IPv4 address as a number; meaningless in the other family.
    #[inline(always)]
    const fn number(&self) -> u32 {
        let [a, b, c, d, ..] = self.bytes;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The upper 64 bits of an IPv6 address.
    #[inline(always)]
    const fn high(&self) -> u64 {
        (u128::from_be_bytes(self.bytes) >> 64) as u64
    }

    /// The lower 64 bits of an IPv6 address.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the lower half is asked for"
    )]
    const fn low(&self) -> u64 {
        u128::from_be_bytes(self.bytes) as u64
    }

    /// 0.0.0.0 or ::.
    #[inline(always)]
    pub const fn is_unspecified(&self) -> bool {
        if self.family == 4 {
            self.number() == 0
        } else {
            self.high() == 0 && self.low() == 0
        }
    }

    /// 255.255.255.255 (RFC 919).
    #[inline(always)]
    pub const fn is_limited_broadcast(&self) -> bool {
        self.family == 4 && self.number() == u32::MAX
    }

    /// 224.0.0.0/4 (RFC 5771) or `ff00::/8` (RFC 4291).
    #[inline(always)]
    pub const fn is_multicast(&self) -> bool {
        if self.family == 4 {
            self.number() >> 28 == 0xe
        } else {
            self.high() >> 56 == 0xff
        }
    }

    /// Multicast that stays on the link or, for IPv4, within the site: 224.0.0.0/24,
    /// 239.255.255.0/24 (where SSDP, WS-Discovery, SADP and DHIP live), `ff02::/16`.
    #[inline(always)]
    pub const fn is_local_multicast(&self) -> bool {
        if self.family == 4 {
            matches!(self.number() >> 8, 0x00e0_0000 | 0x00ef_ffff)
        } else {
            self.high() >> 48 == 0xff02
        }
    }

    /// `fe80::/10` (RFC 4291).
    #[inline(always)]
    pub const fn is_link_local(&self) -> bool {
        self.family == 6 && self.high() >> 54 == 0xfe80 >> 6
    }

    /// An address that no frame on a wire may be from or to: 0.0.0.0/8 and 127.0.0.0/8 (RFC 1122,
    /// section 3.2.1.3), 240.0.0.0/4 without the limited broadcast, :: and `::1` (RFC 4291).
    #[inline(always)]
    pub const fn is_martian(&self) -> bool {
        if self.family == 4 {
            let number = self.number();
            matches!(number >> 24, 0 | 127) || (number >> 28 == 0xf && number != u32::MAX)
        } else {
            self.high() == 0 && self.low() <= 1
        }
    }

    /// An IPv6 address that hides an IPv4 one: IPv4-mapped and IPv4-compatible (RFC 4291),
    /// IPv4-translated (RFC 2765), 6to4 (RFC 3056), Teredo (RFC 4380), ISATAP (RFC 5214), and the
    /// prefix for translators of one's own, in which the place of the IPv4 address is theirs to
    /// choose (RFC 8215). NAT64 is [`crate::translator`].
    #[inline(always)]
    pub const fn embeds_ipv4(&self) -> bool {
        if self.family != 6 {
            return false;
        }
        let (high, low) = (self.high(), self.low());
        let front = low >> 32;
        let in_zeroes =
            high == 0 && (front == 0xffff || front == 0xffff_0000 || (front == 0 && low > 1));
        let isatap = front & !0x0200_0000 == 0x5efe;
        let local_translator = high >> 16 == 0x0064_ff9b_0001;
        in_zeroes || high >> 48 == 0x2002 || high >> 32 == 0x2001_0000 || isatap || local_translator
    }

    /// Bits of an address of this family.
    pub const fn bits(&self) -> u8 {
        if self.family == 4 { 32 } else { 128 }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn kinds_of_ipv4_address_end_where_their_prefixes_end() {
        for (address, martian, multicast, local) in [
            ("0.0.0.0", true, false, false),
            ("0.255.255.255", true, false, false),
            ("1.0.0.0", false, false, false),
            ("126.255.255.255", false, false, false),
            ("127.0.0.1", true, false, false),
            ("128.0.0.0", false, false, false),
            ("223.255.255.255", false, false, false),
            ("224.0.0.0", false, true, true),
            ("224.0.0.251", false, true, true),
            ("224.0.1.0", false, true, false),
            ("239.255.254.255", false, true, false),
            ("239.255.255.250", false, true, true),
            ("240.0.0.0", true, false, false),
            ("255.255.255.254", true, false, false),
            ("255.255.255.255", false, false, false),
        ] {
            let v4 = Address::v4(address.parse::<Ipv4Addr>().unwrap().octets());
            assert_eq!(v4.is_martian(), martian, "{address}");
            assert_eq!(v4.is_multicast(), multicast, "{address}");
            assert_eq!(v4.is_local_multicast(), local, "{address}");
            assert!(!v4.embeds_ipv4() && !v4.is_link_local());
        }
    }

    #[test]
    fn kinds_of_ipv6_address_end_where_their_prefixes_end() {
        for (address, martian, embeds, link_local) in [
            ("::", true, false, false),
            ("::1", true, false, false),
            ("::2", false, true, false),
            ("::203.0.113.1", false, true, false),
            ("::ffff:203.0.113.1", false, true, false),
            ("::ffff:0:203.0.113.1", false, true, false),
            ("::1:0:0:0", false, false, false),
            ("64:ff9b::203.0.113.1", false, false, false),
            ("64:ff9b:0:ffff::203.0.113.1", false, false, false),
            ("64:ff9b:1::203.0.113.1", false, true, false),
            ("64:ff9b:1:ffff:ffff:ffff:ffff:ffff", false, true, false),
            ("64:ff9b:2::203.0.113.1", false, false, false),
            ("2001::1", false, true, false),
            ("2001:1::1", false, false, false),
            ("2001:db8::5efe:203.0.113.1", false, true, false),
            ("2001:db8::200:5efe:203.0.113.1", false, true, false),
            ("2001:db8::400:5efe:203.0.113.1", false, false, false),
            ("2002:cb00:7101::1", false, true, false),
            ("2003::1", false, false, false),
            ("fe7f:ffff::1", false, false, false),
            ("fe80::1", false, false, true),
            ("febf:ffff::1", false, false, true),
            ("fec0::1", false, false, false),
        ] {
            let v6 = Address::v6(address.parse::<Ipv6Addr>().unwrap().octets());
            assert_eq!(v6.is_martian(), martian, "{address}");
            assert_eq!(v6.embeds_ipv4(), embeds, "{address}");
            assert_eq!(v6.is_link_local(), link_local, "{address}");
        }
    }

    #[test]
    fn one_address_of_each_family_is_nobodys_and_one_is_everybodys() {
        for (address, unspecified, everybody) in [
            (Address::v4([0, 0, 0, 0]), true, false),
            (Address::v4([0, 0, 0, 1]), false, false),
            (Address::v4([255, 255, 255, 254]), false, false),
            (Address::v4([255; 4]), false, true),
            (Address::v6([0; 16]), true, false),
            (Address::v6(Ipv6Addr::LOCALHOST.octets()), false, false),
            (Address::v6([255; 16]), false, false),
        ] {
            assert_eq!(address.is_unspecified(), unspecified, "{address:?}");
            assert_eq!(address.is_limited_broadcast(), everybody, "{address:?}");
        }
    }

    #[test]
    fn multicast_of_ipv6_says_how_far_it_goes() {
        for (address, multicast, local) in [
            ("feff:ffff::1", false, false),
            ("ff00::1", true, false),
            ("ff01:ffff::1", true, false),
            ("ff02::1", true, true),
            ("ff02:ffff::1", true, true),
            ("ff03::1", true, false),
            ("ffff::1", true, false),
        ] {
            let v6 = Address::v6(address.parse::<Ipv6Addr>().unwrap().octets());
            assert_eq!(v6.is_multicast(), multicast, "{address}");
            assert_eq!(v6.is_local_multicast(), local, "{address}");
        }
    }

    #[test]
    fn each_family_has_its_number_of_bits() {
        assert_eq!(Address::v4([0; 4]).bits(), 32);
        assert_eq!(Address::v6([0; 16]).bits(), 128);
    }
}
