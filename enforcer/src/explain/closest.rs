//! The prefix that comes closest to an address that none covers.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::policy::{Allow, Group, effective};

/// The prefix of a group's `allow` with the least distance to an address of its family; of equals
/// the first.
pub(super) fn closest(group: &Group, address: IpAddr) -> Option<(&Allow, IpNet)> {
    let prefixes = group.allow.iter();
    let prefixes = prefixes.flat_map(|allow| {
        let (to, _) = effective(&allow.to, &allow.except);
        to.into_owned().into_iter().map(move |to| (allow, to))
    });
    let distances = prefixes.filter_map(|(allow, to)| Some((distance(to, address)?, allow, to)));
    let closest = distances.min_by_key(|(distance, ..)| *distance);
    closest.map(|(_, allow, to)| (allow, to))
}

/// How many addresses lie between.
fn distance(prefix: IpNet, address: IpAddr) -> Option<u128> {
    let (first, last) = (prefix.network(), prefix.broadcast());
    if first.is_ipv4() != address.is_ipv4() {
        return None;
    }
    let [first, last, address] = [first, last, address].map(number);
    Some(if address < first {
        first - address
    } else {
        address.saturating_sub(last)
    })
}

const fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits() as u128,
        IpAddr::V6(address) => address.to_bits(),
    }
}
