//! Lists of prefixes of any size, the same each time, and addresses that they hold or do not.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::{Context as _, Result};
use ipnet::IpNet;
use xtask::bench::Numbers;

/// What prefixes of a list look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// IPv4, /20 to /32, anywhere in what is left to be given away.
    V4,
    /// IPv6, /32 to /64, anywhere in one /8.
    V6,
    /// Every second IPv4 address of as few /16 as hold so many.
    Dense,
}

/// Prefixes, and what they cover together.
pub(crate) struct List {
    kind: Kind,
    /// As they are written.
    pub(crate) prefixes: Vec<IpNet>,
    /// First and last address of what is covered: disjoint, in order.
    ranges: Vec<(u128, u128)>,
}

impl List {
    /// As many different prefixes.
    pub(crate) fn new(kind: Kind, count: usize) -> Result<Self> {
        let mut numbers = Numbers::new(1);
        let mut known = BTreeSet::new();
        let mut prefixes = Vec::with_capacity(count);
        while prefixes.len() < count {
            let prefix = match kind {
                Kind::V4 => any_v4(&mut numbers)?,
                Kind::V6 => any_v6(&mut numbers)?,
                Kind::Dense => dense(prefixes.len())?,
            };
            if known.insert(prefix) {
                prefixes.push(prefix);
            }
        }
        Ok(Self {
            kind,
            ranges: covered(&prefixes),
            prefixes,
        })
    }

    /// An address that the list holds, each prefix as likely as any other.
    pub(crate) fn hit(&self, numbers: &mut Numbers) -> Result<IpAddr> {
        let prefix = self.prefixes.get(numbers.below(self.prefixes.len()));
        let prefix = *prefix.context("a prefix")?;
        let host = wide(numbers) & (bits(prefix.hostmask()));
        Ok(address(self.kind, bits(prefix.network()) | host))
    }

    /// An address near those of the list that it does not hold.
    pub(crate) fn miss(&self, numbers: &mut Numbers) -> Result<IpAddr> {
        loop {
            let number = match self.kind {
                Kind::V4 => bits(any_v4(numbers)?.network()) | u128::from(numbers.next() & 0xfff),
                Kind::V6 => {
                    bits(any_v6(numbers)?.network()) | (wide(numbers) & u128::from(u64::MAX))
                }
                // Between two that it holds.
                Kind::Dense => bits(self.hit(numbers)?) | 1,
            };
            if !self.holds(number) {
                return Ok(address(self.kind, number));
            }
        }
    }

    fn holds(&self, number: u128) -> bool {
        let after = self.ranges.partition_point(|&(first, _)| first <= number);
        let range = after.checked_sub(1).and_then(|at| self.ranges.get(at));
        range.is_some_and(|&(_, last)| number <= last)
    }
}

/// What is covered, as ranges in order.
fn covered(prefixes: &[IpNet]) -> Vec<(u128, u128)> {
    let ends = prefixes
        .iter()
        .map(|prefix| (bits(prefix.network()), bits(prefix.broadcast())));
    let mut all: Vec<(u128, u128)> = ends.collect();
    all.sort_unstable();
    let mut ranges: Vec<(u128, u128)> = Vec::new();
    for (first, last) in all {
        match ranges.last_mut() {
            Some((_, end)) if first <= *end => *end = last.max(*end),
            _ => ranges.push((first, last)),
        }
    }
    ranges
}

/// Neither 0.0.0.0/8, nor what cameras and router have, nor 127.0.0.0/8.
fn any_v4(numbers: &mut Numbers) -> Result<IpNet> {
    loop {
        let (number, kind) = (numbers.next(), numbers.next());
        let [.., a, b, c, d] = number.to_be_bytes();
        if !matches!(a, 0 | 10 | 127 | 191..) {
            let length = 20 + u8::try_from(kind % 13)?;
            return Ok(IpNet::new(IpAddr::from([a, b, c, d]), length)?.trunc());
        }
    }
}

fn any_v6(numbers: &mut Numbers) -> Result<IpNet> {
    let number = u128::from(0x2a00_0000_0000_0000 | numbers.next() >> 8) << 64;
    let length = 32 + u8::try_from(numbers.next() % 33)?;
    Ok(IpNet::new(IpAddr::from(Ipv6Addr::from_bits(number)), length)?.trunc())
}

fn dense(index: usize) -> Result<IpNet> {
    let number = (100 << 24) + 2 * u32::try_from(index)?;
    Ok(IpNet::from(IpAddr::from(Ipv4Addr::from_bits(number))))
}

fn wide(numbers: &mut Numbers) -> u128 {
    u128::from(numbers.next()) << 64 | u128::from(numbers.next())
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn address(kind: Kind, number: u128) -> IpAddr {
    match (kind, u32::try_from(number)) {
        (Kind::V4 | Kind::Dense, Ok(number)) => Ipv4Addr::from_bits(number).into(),
        _ => Ipv6Addr::from_bits(number).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_its_hits_and_not_its_misses() {
        for kind in [Kind::V4, Kind::V6, Kind::Dense] {
            let list = List::new(kind, 1000).unwrap();
            let mut numbers = Numbers::new(3);
            let holds = |address| list.prefixes.iter().any(|prefix| prefix.contains(&address));
            for _ in 0..100 {
                assert!(holds(list.hit(&mut numbers).unwrap()), "{kind:?}");
                assert!(!holds(list.miss(&mut numbers).unwrap()), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_list_is_the_same_each_time_and_its_prefixes_are_different() {
        let [one, other] = [1, 2].map(|_| List::new(Kind::V4, 1000).unwrap().prefixes);
        assert_eq!(one, other);
        assert_eq!(one.into_iter().collect::<BTreeSet<_>>().len(), 1000);
    }

    #[test]
    fn what_overlaps_is_covered_once() {
        let prefixes = [
            "192.0.2.0/24",
            "192.0.2.128/25",
            "192.0.2.7/32",
            "198.51.100.0/31",
        ];
        let prefixes = prefixes.map(|prefix| prefix.parse().unwrap());
        let ranges = [(0xc000_0200, 0xc000_02ff), (0xc633_6400, 0xc633_6401)];
        assert_eq!(covered(&prefixes), ranges);
    }
}
