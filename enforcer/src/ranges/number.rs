//! Addresses as numbers, so that one sweep does for both families.

use std::fmt::Debug;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// An address as a number in host order: IPv4 in 32 bits, IPv6 in 128.
pub trait Number: Copy + Debug + Hash + Ord {
    /// What prefixes are sorted by.
    type Order: Ord;

    /// Puts prefixes in order: by first address, and a wide one before those that it covers.
    fn order(first: Self, last: Self) -> Self::Order;

    /// The address before, if there is one.
    fn previous(self) -> Option<Self>;

    /// The address after, if there is one.
    fn next(self) -> Option<Self>;

    /// The number in the upper bits or alone, for arithmetic.
    fn to_wide(self) -> u128;

    /// The largest prefix that begins here and goes no further than `last`, and its last address.
    fn prefix_up_to(self, last: Self) -> (IpNet, Self);

    /// The address.
    fn address(self) -> IpAddr;
}

impl Number for u32 {
    /// One number is compared faster than two.
    type Order = u64;

    fn order(first: Self, last: Self) -> u64 {
        u64::from(first) << Self::BITS | u64::from(!last)
    }

    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn to_wide(self) -> u128 {
        self.into()
    }

    fn prefix_up_to(self, last: Self) -> (IpNet, Self) {
        let free = host_bits(self.trailing_zeros(), self.into(), last.into());
        let hosts = Self::MAX.checked_shr(Self::BITS - free).unwrap_or(0);
        (prefix(self.address(), Self::BITS - free), self | hosts)
    }

    fn address(self) -> IpAddr {
        Ipv4Addr::from_bits(self).into()
    }
}

impl Number for u128 {
    type Order = (Self, Self);

    fn order(first: Self, last: Self) -> (Self, Self) {
        (first, !last)
    }

    fn previous(self) -> Option<Self> {
        self.checked_sub(1)
    }

    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    fn to_wide(self) -> u128 {
        self
    }

    fn prefix_up_to(self, last: Self) -> (IpNet, Self) {
        let free = host_bits(self.trailing_zeros(), self, last);
        let hosts = Self::MAX.checked_shr(Self::BITS - free).unwrap_or(0);
        (prefix(self.address(), Self::BITS - free), self | hosts)
    }

    fn address(self) -> IpAddr {
        Ipv6Addr::from_bits(self).into()
    }
}

/// How many bits past the prefix may be free: as many as `first` has zeroes at its end, and so few
/// that the prefix ends by `last`.
fn host_bits(zeroes: u32, first: u128, last: u128) -> u32 {
    let fitting = match last.saturating_sub(first).checked_add(1) {
        Some(count) => count.ilog2(),
        None => u128::BITS,
    };
    zeroes.min(fitting)
}

fn prefix(address: IpAddr, length: u32) -> IpNet {
    let whole = IpNet::from(address);
    let length = u8::try_from(length).unwrap_or(u8::MAX);
    IpNet::new(address, length).unwrap_or(whole)
}
