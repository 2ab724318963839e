//! From prefixes of which the longest counts to steps.

use std::cmp::Reverse;

use ipnet::IpNet;

use super::spaces::Steps;
use crate::ranges::Number;

/// What holds of IPv4 addresses, and of IPv6 addresses, of which `missing` holds where no prefix
/// covers them. No prefix is named twice.
pub(super) fn steps(prefixes: &[(IpNet, u16)]) -> (Steps<u32>, Steps<u128>) {
    let v4 = prefixes.iter().filter_map(|&(prefix, value)| match prefix {
        IpNet::V4(prefix) => Some((
            prefix.network().to_bits(),
            prefix.broadcast().to_bits(),
            value,
        )),
        IpNet::V6(_) => None,
    });
    let v6 = prefixes.iter().filter_map(|&(prefix, value)| match prefix {
        IpNet::V4(_) => None,
        IpNet::V6(prefix) => Some((
            prefix.network().to_bits(),
            prefix.broadcast().to_bits(),
            value,
        )),
    });
    (walk(v4.collect()), walk(v6.collect()))
}

fn walk<A: Number + Default>(mut prefixes: Vec<(A, A, u16)>) -> Steps<A> {
    // A wide prefix before those that it covers.
    prefixes.sort_unstable_by_key(|&(first, last, _)| (first, Reverse(last)));
    let mut steps = vec![(A::default(), 0)];
    let mut way: Vec<(A, u16)> = Vec::new();
    for (first, last, value) in prefixes {
        leave(&mut way, &mut steps, |end| end < first);
        step(&mut steps, first, value);
        way.push((last, value));
    }
    leave(&mut way, &mut steps, |_| true);
    steps
}

/// Steps out of the prefixes that end.
fn leave<A: Number>(way: &mut Vec<(A, u16)>, steps: &mut Steps<A>, ends: impl Fn(A) -> bool) {
    while let Some((last, _)) = way.pop_if(|&mut (last, _)| ends(last)) {
        let around = way.last().map_or(0, |&(_, value)| value);
        if let Some(after) = last.next() {
            step(steps, after, around);
        }
    }
}

fn step<A: Number>(steps: &mut Steps<A>, at: A, value: u16) {
    steps.pop_if(|&mut (last, _)| last == at);
    if steps.last().is_none_or(|&(_, last)| last != value) {
        steps.push((at, value));
    }
}
