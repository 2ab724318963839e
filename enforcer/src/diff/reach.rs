//! What one group reaches and another does not.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use enforcer_common::Address;

use super::overlay::overlay;
use super::services::Services;
use crate::ranges::{GroupRanges, Number, Range, Ranges};

/// Some addresses from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<A> {
    /// The first.
    pub first: A,
    /// The last.
    pub last: A,
}

/// What is reached in one policy and not in the other, both ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// In the new one alone.
    pub gained: Vec<Part>,
    /// In the old one alone.
    pub lost: Vec<Part>,
}

/// Addresses that the same services are gained or lost of. Spans are in order and do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// What of them.
    pub services: Services,
    /// IPv4.
    pub v4: Vec<Span<u32>>,
    /// IPv6, but for `64:ff9b::/96`.
    pub v6: Vec<Span<u128>>,
    /// IPv4 by way of `64:ff9b::/96`, where that is not the same as `v4`: an IPv6 prefix denies it.
    pub translated: Option<Vec<Span<u32>>>,
}

/// One side of a comparison: a group's ranges, or nothing at all.
#[derive(Clone, Copy)]
pub(super) struct Side<'r> {
    pub(super) ranges: &'r Ranges,
    pub(super) group: Option<&'r GroupRanges>,
}

/// Addresses that are not judged as any other: numbers of `KINDS_*`.
const GROUP: u32 = 0;
const TRANSLATED: u32 = 1;

/// `64:ff9b::/96`.
const NAT64: u128 = 0x0064_ff9b << 96;

const KINDS_V4: [Range<u32>; 2] = [
    Range {
        first: Ipv4Addr::new(224, 0, 0, 0).to_bits(),
        last: Ipv4Addr::new(239, 255, 255, 255).to_bits(),
        answer: GROUP,
    },
    Range {
        first: u32::MAX,
        last: u32::MAX,
        answer: GROUP,
    },
];

const KINDS_V6: [Range<u128>; 2] = [
    Range {
        first: NAT64,
        last: NAT64 | 0xffff_ffff,
        answer: TRANSLATED,
    },
    Range {
        first: 0xff << 120,
        last: u128::MAX,
        answer: GROUP,
    },
];

impl Reach {
    /// Whether both reach the same.
    pub const fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty()
    }

    pub(super) fn new(old: Side<'_>, new: Side<'_>) -> Self {
        let mut comparison = Comparison {
            sides: [old, new],
            changes: HashMap::new(),
            gained: Parts::default(),
            lost: Parts::default(),
        };
        comparison.compare();
        Self {
            gained: comparison.gained.parts,
            lost: comparison.lost.parts,
        }
    }
}

impl Part {
    /// Whether an address is one of these.
    pub fn covers(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => holds(&self.v4, address.to_bits()),
            IpAddr::V6(address) => {
                let inside = Address::v6(address.octets()).inside_nat64();
                let translated = self.translated.as_ref().unwrap_or(&self.v4);
                match inside {
                    Some(inside) if inside.is_multicast() || inside.is_limited_broadcast() => false,
                    Some(_) => holds(translated, inside_bits(address)),
                    None => holds(&self.v6, address.to_bits()),
                }
            }
        }
    }
}

fn holds<A: Number>(spans: &[Span<A>], address: A) -> bool {
    let after = spans.partition_point(|span| span.first <= address);
    let span = after.checked_sub(1).and_then(|index| spans.get(index));
    span.is_some_and(|span| address <= span.last)
}

const fn inside_bits(address: Ipv6Addr) -> u32 {
    let [.., a, b, c, d] = address.octets();
    u32::from_be_bytes([a, b, c, d])
}

/// What both sides answer, by number, and whether the address is a group's.
type Answers = ([Option<u32>; 2], bool);

/// Indexes of the part that is gained and of the part that is lost.
type Places = [Option<usize>; 2];

struct Comparison<'r> {
    /// The old and the new.
    sides: [Side<'r>; 2],
    /// Which part is gained and which lost between two answers.
    changes: HashMap<Answers, Places>,
    gained: Parts,
    lost: Parts,
}

impl Comparison<'_> {
    fn compare(&mut self) {
        let empty = GroupRanges::default();
        let [old, new] = self.sides.map(|side| side.group);
        let [old, new] = [old, new].map(|group| group.unwrap_or(&empty));
        overlay([&old.v4, &new.v4, &KINDS_V4], |first, last, answers| {
            let [old, new, kind] = answers;
            let parts = self.change([old, new], kind.is_some());
            self.note(parts, |part| push(&mut part.v4, first, last));
        });
        overlay([&old.v6, &new.v6, &KINDS_V6], |first, last, answers| {
            let [old, new, kind] = answers;
            // What is denied there is told with the address inside.
            if kind != Some(TRANSLATED) {
                let parts = self.change([old, new], kind.is_some());
                self.note(parts, |part| push(&mut part.v6, first, last));
            }
        });
        let denied = [(0, old), (1, new)].map(|(side, group)| self.denied_inside(side, group));
        if denied.iter().any(|denied| !denied.is_empty()) {
            self.compare_translated(old, new, &denied);
        }
    }

    /// A translated packet is denied by either of its destinations. To a multicast or broadcast
    /// address it never passes, so these are told as if it were not translated.
    fn compare_translated(
        &mut self,
        old: &GroupRanges,
        new: &GroupRanges,
        [denied_old, denied_new]: &[Vec<Range<u32>>; 2],
    ) {
        for part in self.gained.parts.iter_mut().chain(&mut self.lost.parts) {
            part.translated = Some(Vec::new());
        }
        let lists = [&old.v4, &new.v4, denied_old, denied_new, &KINDS_V4[..]];
        overlay(lists, |first, last, answers| {
            let [old, new, denied_old, denied_new, kind] = answers;
            let to_group = kind.is_some();
            let old = old.filter(|_| denied_old.is_none() || to_group);
            let new = new.filter(|_| denied_new.is_none() || to_group);
            let parts = self.change([old, new], to_group);
            self.note(parts, |part| {
                push(part.translated.get_or_insert_default(), first, last);
            });
        });
    }

    /// The IPv4 addresses that a side denies as they are translated.
    fn denied_inside(&self, side: usize, group: &GroupRanges) -> Vec<Range<u32>> {
        let ranges = self.sides.get(side).map(|side| side.ranges);
        let (start, end) = (NAT64, NAT64 | 0xffff_ffff);
        let near = group.v6.partition_point(|range| range.last < start);
        let near = group.v6.iter().skip(near);
        let near = near.take_while(|range| range.first <= end);
        let denied = near.filter(|range| {
            let answer = ranges.and_then(|ranges| ranges.answer(range.answer));
            answer.is_some_and(|answer| answer.deny != 0)
        });
        let inside = |number: u128| inside_bits(Ipv6Addr::from_bits(number));
        let denied = denied.map(|range| Range {
            first: inside(range.first.max(start)),
            last: inside(range.last.min(end)),
            answer: 0,
        });
        denied.collect()
    }

    /// The parts that addresses with these answers belong to.
    fn change(&mut self, answers: [Option<u32>; 2], to_group: bool) -> Places {
        if let Some(&known) = self.changes.get(&(answers, to_group)) {
            return known;
        }
        let [old, new] = answers;
        let old = self.services(0, old, to_group);
        let new = self.services(1, new, to_group);
        let parts = [
            self.gained.part(new.without(&old)),
            self.lost.part(old.without(&new)),
        ];
        self.changes.insert((answers, to_group), parts);
        parts
    }

    fn services(&self, side: usize, answer: Option<u32>, to_group: bool) -> Services {
        let clauses = || {
            let ranges = self.sides.get(side)?.ranges;
            Some(ranges.allowed_by(ranges.answer(answer?)?))
        };
        Services::of(clauses().unwrap_or_default(), to_group)
    }

    fn note(&mut self, [gained, lost]: Places, mut push: impl FnMut(&mut Part)) {
        let gained = gained.and_then(|index| self.gained.parts.get_mut(index));
        gained.into_iter().for_each(&mut push);
        let lost = lost.and_then(|index| self.lost.parts.get_mut(index));
        lost.into_iter().for_each(&mut push);
    }
}

/// Parts in the order in which they are met.
#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    known: HashMap<Services, usize>,
}

impl Parts {
    /// The part of some services; none for no service.
    fn part(&mut self, services: Services) -> Option<usize> {
        if services.is_empty() {
            return None;
        }
        let next = self.parts.len();
        let index = *self.known.entry(services.clone()).or_insert(next);
        if index == next {
            self.parts.push(Part {
                services,
                ..Part::default()
            });
        }
        Some(index)
    }
}

/// Adds a span; one that touches the last makes it longer.
fn push<A: Number>(spans: &mut Vec<Span<A>>, first: A, last: A) {
    match spans.last_mut() {
        Some(before) if before.last.next() == Some(first) => before.last = last,
        Some(_) | None => spans.push(Span { first, last }),
    }
}
