//! What one group reaches and another does not.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use enforcer_common::Address;
use ipnet::Ipv6Net;

use super::overlay::overlay;
use super::services::Services;
use crate::policy::WELL_KNOWN;
use crate::ranges::{GroupRanges, Number, Range, Ranges};
use crate::rows::translator;

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
    /// IPv6, but for what is translated.
    pub v6: Vec<Span<u128>>,
    /// Every prefix of a translator that both policies know. What one alone knows is told in words.
    pub ways: Vec<Way>,
}

/// IPv4 by way of a translator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The translator's prefix.
    pub by: Ipv6Net,
    /// Which of it, where that is not the same as [`Part::v4`]: an IPv6 prefix denies the way.
    pub to: Option<Vec<Span<u32>>>,
}

/// One side of a comparison: a group's ranges, or nothing at all.
#[derive(Clone, Copy)]
pub(super) struct Side<'r> {
    /// The prefixes of its policy's translators.
    pub(super) nat64: &'r [Ipv6Net],
    pub(super) ranges: &'r Ranges,
    pub(super) group: Option<&'r GroupRanges>,
}

/// Addresses that are not judged as any other: numbers of [`KINDS_V4`] and [`kinds_v6`].
const GROUP: u32 = 0;
const TRANSLATED: u32 = 1;

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

/// What is translated in any of some ways, and groups.
fn kinds_v6(prefixes: &[Ipv6Net]) -> Vec<Range<u128>> {
    let translated = Ipv6Net::aggregate(&prefixes.to_vec()).into_iter();
    let translated = translated.map(|prefix| Range {
        first: prefix.network().to_bits(),
        last: prefix.broadcast().to_bits(),
        answer: TRANSLATED,
    });
    // No translator's prefix is in here.
    let groups = Range {
        first: 0xff << 120,
        last: u128::MAX,
        answer: GROUP,
    };
    translated.chain([groups]).collect()
}

impl Reach {
    /// Whether both reach the same.
    pub const fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty()
    }

    pub(super) fn new(old: Side<'_>, new: Side<'_>) -> Self {
        let ways = Way::of_both(&old, &new);
        let mut comparison = Comparison {
            sides: [old, new],
            changes: HashMap::new(),
            gained: Parts::new(&ways),
            lost: Parts::new(&ways),
        };
        comparison.compare();
        Self {
            gained: comparison.gained.met,
            lost: comparison.lost.met,
        }
    }
}

impl Part {
    /// Whether an address is one of these.
    pub fn covers(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => holds(&self.v4, address.to_bits()),
            IpAddr::V6(address) => {
                let way = self.ways.iter().find(|way| way.by.contains(&address));
                let Some(way) = way else {
                    return holds(&self.v6, address.to_bits());
                };
                let inside = translator(way.by).inside(&Address::v6(address.octets()));
                let to = way.to.as_ref().unwrap_or(&self.v4);
                inside.is_some_and(|inside| {
                    let is_group = inside.is_multicast() || inside.is_limited_broadcast();
                    let [a, b, c, d, ..] = inside.bytes;
                    !is_group && holds(to, u32::from_be_bytes([a, b, c, d]))
                })
            }
        }
    }

    /// The ways to which something else is gained or lost than to IPv4 addresses themselves.
    pub fn other_ways(&self) -> impl Iterator<Item = (Ipv6Net, &[Span<u32>])> {
        let ways = self.ways.iter();
        let ways = ways.filter_map(|way| Some((way.by, way.to.as_deref()?)));
        ways.filter(|(_, to)| *to != self.v4)
    }
}

impl Way {
    /// Those that both sides know, in one order.
    fn of_both(old: &Side<'_>, new: &Side<'_>) -> Vec<Self> {
        let both = old.nat64.iter().filter(|prefix| new.nat64.contains(prefix));
        let mut both: Vec<Ipv6Net> = both.copied().chain([WELL_KNOWN]).collect();
        both.sort_unstable();
        let ways = both.into_iter().map(|by| {
            let differs = old.denies(by) || new.denies(by);
            let to = differs.then(Vec::new);
            Self { by, to }
        });
        ways.collect()
    }
}

impl Side<'_> {
    /// Whether a way is denied as such: no rule names a part of one.
    fn denies(&self, way: Ipv6Net) -> bool {
        let first = way.network().to_bits();
        let ranges = self.group.map_or(&[][..], |group| &group.v6);
        let after = ranges.partition_point(|range| range.first <= first);
        let range = after.checked_sub(1).and_then(|index| ranges.get(index));
        let range = range.filter(|range| first <= range.last);
        let answer = range.and_then(|range| self.ranges.answer(range.answer));
        answer.is_some_and(|answer| answer.deny != 0)
    }
}

fn holds<A: Number>(spans: &[Span<A>], address: A) -> bool {
    let after = spans.partition_point(|span| span.first <= address);
    let span = after.checked_sub(1).and_then(|index| spans.get(index));
    span.is_some_and(|span| address <= span.last)
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
    gained: Parts<'r>,
    lost: Parts<'r>,
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
        let all = self.sides.iter().flat_map(|side| side.nat64);
        let all: Vec<Ipv6Net> = all.copied().chain([WELL_KNOWN]).collect();
        overlay(
            [&old.v6, &new.v6, &kinds_v6(&all)],
            |first, last, answers| {
                let [old, new, kind] = answers;
                // What is denied there is told with the address inside.
                if kind != Some(TRANSLATED) {
                    let parts = self.change([old, new], kind.is_some());
                    self.note(parts, |part| push(&mut part.v6, first, last));
                }
            },
        );
        let [old_side, new_side] = self.sides;
        for (index, way) in Way::of_both(&old_side, &new_side).into_iter().enumerate() {
            if way.to.is_some() {
                let denied = [old_side, new_side].map(|side| side.denies(way.by));
                self.compare_translated(old, new, index, denied);
            }
        }
    }

    /// A translated packet is denied by either of its destinations. To a multicast or broadcast
    /// address it never passes, so these are told as if it were not translated.
    fn compare_translated(
        &mut self,
        old: &GroupRanges,
        new: &GroupRanges,
        way: usize,
        [denied_old, denied_new]: [bool; 2],
    ) {
        overlay([&old.v4, &new.v4, &KINDS_V4], |first, last, answers| {
            let [old, new, kind] = answers;
            let to_group = kind.is_some();
            let old = old.filter(|_| !denied_old || to_group);
            let new = new.filter(|_| !denied_new || to_group);
            let parts = self.change([old, new], to_group);
            self.note(parts, |part| {
                if let Some(way) = part.ways.get_mut(way) {
                    push(way.to.get_or_insert_default(), first, last);
                }
            });
        });
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
        let gained = gained.and_then(|index| self.gained.met.get_mut(index));
        gained.into_iter().for_each(&mut push);
        let lost = lost.and_then(|index| self.lost.met.get_mut(index));
        lost.into_iter().for_each(&mut push);
    }
}

/// Parts in the order in which they are met.
struct Parts<'w> {
    ways: &'w [Way],
    met: Vec<Part>,
    known: HashMap<Services, usize>,
}

impl<'w> Parts<'w> {
    fn new(ways: &'w [Way]) -> Self {
        Self {
            ways,
            met: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// The part of some services; none for no service.
    fn part(&mut self, services: Services) -> Option<usize> {
        if services.is_empty() {
            return None;
        }
        let next = self.met.len();
        let index = *self.known.entry(services.clone()).or_insert(next);
        if index == next {
            self.met.push(Part {
                services,
                ways: self.ways.to_vec(),
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
