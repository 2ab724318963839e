//! Writing down what holds of addresses: rows for the upper bits, functions of 16 bits for the rest.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use enforcer_common::{
    compiled::{DEEPER, Depth, Scope, V4Row, V6Row, v4_key, v6_key},
    steps::Head,
};

use super::lines::{Function, Lines, from_on};

/// From which address on which value holds, in order; the first stands at address zero, and no two in a
/// row have the same value.
pub(super) type Steps<A> = Vec<(A, u16)>;

/// All functions of addresses of a generation.
#[derive(Debug)]
pub(super) struct Spaces {
    pub(super) v4: Vec<V4Row>,
    pub(super) v6: Vec<V6Row>,
    pub(super) lines: Lines,
    pub(super) depths: Vec<Depth>,
    /// How many rounds the look-up of an IPv6 address takes at most.
    pub(super) rounds: u32,
    known: HashMap<Depth, u16>,
}

/// How many bits of an address a row tells apart.
const ROUND: u32 = 16;

/// The last depth there is a row for.
const DEEPEST: u32 = u128::BITS - ROUND;

/// How many bits of IPv6 addresses are told apart by rows alone, if that does not take too many: as
/// much as a registry hands out at once.
const FIRST_DEPTH: u32 = 32;

/// How many rows may be spent on prefixes that are shorter than that.
const SPREAD: u128 = 4096;

impl Default for Spaces {
    fn default() -> Self {
        let mut spaces = Self {
            v4: Vec::new(),
            v6: Vec::new(),
            lines: Lines::default(),
            depths: Vec::new(),
            rounds: 0,
            known: HashMap::new(),
        };
        // The first is at the front, and without a row its value is zero.
        spaces.depth(0, 0);
        spaces
    }
}

impl Spaces {
    /// Writes down what holds of IPv4 addresses, of which those without a row are zero.
    pub(super) fn write_v4(&mut self, scope: Scope, steps: &[(u32, u16)]) {
        each_block(steps, |uppers, function| {
            if *function == [(0, 0)] {
                return;
            }
            let head = self.lines.write(function);
            self.v4.extend(uppers.map(|upper| V4Row {
                key: v4_key(scope, upper),
                head,
            }));
        });
    }

    /// Writes down what holds of IPv4 addresses, and returns the function of the upper halves of those
    /// without a row.
    pub(super) fn write_v4_apart(&mut self, scope: Scope, steps: &[(u32, u16)]) -> Head {
        let mut missing = Function::new();
        each_block(steps, |mut uppers, function| {
            if let [(0, value)] = *function {
                if missing.last().is_none_or(|&(_, last)| last != value) {
                    // What has a row of its own may go with those before it.
                    let from = if missing.is_empty() {
                        0
                    } else {
                        *uppers.start()
                    };
                    missing.push((from, value));
                }
            } else {
                let head = self.lines.write(function);
                self.v4.extend(uppers.next().map(|upper| V4Row {
                    key: v4_key(scope, upper),
                    head,
                }));
            }
        });
        match *missing {
            [] => Head::constant(0),
            [(_, value)] => Head::constant(value),
            _ => self.lines.write(&missing),
        }
    }

    /// Writes down what holds of IPv6 addresses for look-ups that begin at the front.
    pub(super) fn write_v6(&mut self, scope: Scope, steps: &[(u128, u16)]) {
        if !matches!(steps, [] | [(_, 0)]) {
            let rounds = self.block(scope, 0, 0, steps);
            self.rounds = self.rounds.max(rounds);
        }
    }

    /// Writes down what holds of IPv6 addresses, and returns the index of the depth at which look-ups
    /// begin.
    pub(super) fn write_v6_apart(&mut self, scope: Scope, steps: &[(u128, u16)]) -> u16 {
        let value = steps.first().map_or(0, |&(_, value)| value);
        if steps.len() < 2 {
            self.rounds = self.rounds.max(1);
            return self.depth(0, value);
        }
        let (index, rounds) = if narrowed(steps).is_none_or(|(bits, _)| bits < FIRST_DEPTH)
            && spread(steps, value) <= SPREAD + 2 * steps.len() as u128
        {
            (
                self.depth(FIRST_DEPTH, value),
                self.blocks(scope, value, steps),
            )
        } else {
            self.deeper(scope, 0, 0, steps)
        };
        self.rounds = self.rounds.max(rounds);
        index
    }

    /// Writes all blocks down that have [`FIRST_DEPTH`] bits in front, but for those that are `value`
    /// throughout; how many rounds they take.
    fn blocks(&mut self, scope: Scope, value: u16, steps: &[(u128, u16)]) -> u32 {
        let size = 1 << (u128::BITS - FIRST_DEPTH);
        let mut rounds = 1;
        let mut next = Some(0);
        while let Some(first) = next {
            let within = within(steps, first, first | (size - 1));
            if let [(_, only)] = *within
                && only == value
            {
                // Nothing to write down up to the next step.
                let after = steps.get(steps.partition_point(|&(from, _)| from <= first));
                next = after.map(|&(from, _)| from & !(size - 1));
                continue;
            }
            rounds = rounds.max(self.block(scope, FIRST_DEPTH, first, &within));
            next = first.checked_add(size);
        }
        rounds
    }

    /// Writes down all that is within something of which at least `least` bits are told apart already:
    /// the depth to go on at, and how many rounds that takes.
    fn deeper(
        &mut self,
        scope: Scope,
        least: u32,
        first: u128,
        steps: &[(u128, u16)],
    ) -> (u16, u32) {
        let value = steps.first().map_or(0, |&(_, value)| value);
        let (bits, first) = match narrowed(steps) {
            Some((bits, first)) if bits > least => (bits, first),
            Some(_) | None => (least, first),
        };
        let within = within(steps, first, first | rest(bits));
        let rounds = self.block(scope, bits, first, &within);
        (self.depth(bits, value), rounds)
    }

    /// Writes a row down for the addresses that have the first `bits` bits of `first`; how many rounds
    /// there are from here on. The steps begin at `first`.
    fn block(&mut self, scope: Scope, bits: u32, first: u128, steps: &[(u128, u16)]) -> u32 {
        let last = first | rest(bits);
        let part = rest(bits + ROUND);
        let mut rounds = 0;
        let mut written = Function::new();
        let mut next = Some(first);
        let mut remaining = steps;
        while let Some(at) = next.filter(|&at| at <= last) {
            let passed = remaining.partition_point(|&(from, _)| from <= at);
            remaining = remaining
                .get(passed.saturating_sub(1)..)
                .unwrap_or_default();
            let value = remaining.first().map_or(0, |&(_, value)| value);
            let until = match remaining.get(1) {
                Some(&(from, _)) => from - 1,
                None => last,
            };
            let (value, end) = if until >= at | part {
                // The parts that this step covers as a whole.
                let whole = if until >= last {
                    last
                } else {
                    ((until + 1) & !part) - 1
                };
                (value, whole)
            } else {
                let within = within(remaining, at, at | part);
                let (depth, further) = self.deeper(scope, bits + ROUND, at, &within);
                rounds = rounds.max(further);
                (DEEPER | depth, at | part)
            };
            let number = lower(at >> (DEEPEST - bits));
            if written.last().is_none_or(|&(_, last)| last != value) {
                written.push((number, value));
            }
            next = end.checked_add(1);
        }
        let head = self.lines.write(&written);
        let depth = depth(bits, 0);
        let address = words(first);
        self.v6.push(V6Row {
            key: v6_key(scope, &depth, address),
            head,
        });
        rounds + 1
    }

    /// The index of a depth.
    fn depth(&mut self, bits: u32, value: u16) -> u16 {
        let next = u16::try_from(self.depths.len()).unwrap_or(u16::MAX);
        let row = depth(bits, value);
        let index = *self.known.entry(row).or_insert(next);
        if index == next {
            self.depths.push(row);
        }
        index
    }
}

/// Does something with the upper halves of IPv4 addresses and the function of the lower ones: block by
/// block, and at once for all blocks up to the next step where one value holds throughout.
fn each_block(steps: &[(u32, u16)], mut act: impl FnMut(RangeInclusive<u16>, &[(u16, u16)])) {
    let mut rest = steps;
    let mut value = 0;
    let mut next = Some(0);
    while let Some(upper) = next {
        let ends = rest.partition_point(|&(from, _)| from >> ROUND <= u32::from(upper));
        let (within, after) = rest.split_at(ends);
        let within = within.iter().map(|&(from, value)| (lower(from), value));
        let function = from_on(0, value, within);
        value = function.last().map_or(value, |&(_, last)| last);
        rest = after;
        let last = match rest.first() {
            _ if function.len() > 1 => upper,
            Some(&(from, _)) => lower(from >> ROUND) - 1,
            None => u16::MAX,
        };
        act(upper..=last, &function);
        next = last.checked_add(1);
    }
}

/// The steps from `first` to `last`, of which the first begins at `first`.
fn within(steps: &[(u128, u16)], first: u128, last: u128) -> Steps<u128> {
    let begin = steps.partition_point(|&(from, _)| from <= first);
    let end = steps.partition_point(|&(from, _)| from <= last);
    let carried = begin.checked_sub(1).and_then(|index| steps.get(index));
    let carried = (first, carried.map_or(0, |&(_, value)| value));
    let steps = steps.get(begin..end).unwrap_or_default().iter().copied();
    std::iter::once(carried).chain(steps).collect()
}

/// If all that differs from the first value lies within one prefix of whole rounds: its length in bits,
/// and its first address.
fn narrowed(steps: &[(u128, u16)]) -> Option<(u32, u128)> {
    let (&(_, value), &(end, last)) = (steps.first()?, steps.last()?);
    let &(first, _) = steps.get(1)?;
    if last != value {
        return None;
    }
    let common = (first ^ (end - 1)).leading_zeros();
    let bits = (common / ROUND * ROUND).min(DEEPEST);
    Some((bits, first & !rest(bits)))
}

/// How many blocks hold something else than `value`.
fn spread(steps: &[(u128, u16)], value: u16) -> u128 {
    let ends = steps.iter().skip(1).map(|&(from, _)| from - 1);
    let ends = ends.chain(std::iter::once(u128::MAX));
    let other = steps
        .iter()
        .zip(ends)
        .filter(|((_, held), _)| *held != value);
    let free = u128::BITS - FIRST_DEPTH;
    let blocks = other.map(|((from, _), last)| (last >> free) - (from >> free) + 1);
    blocks.sum()
}

fn depth(bits: u32, value: u16) -> Depth {
    let in_second = bits >= u64::BITS;
    Depth {
        before: words(!rest(bits)),
        second: if in_second { u64::MAX } else { 0 },
        shift: (DEEPEST - bits) % u64::BITS,
        bits: u16::try_from(bits).unwrap_or(u16::MAX),
        value,
    }
}

/// All that comes after so many bits.
fn rest(bits: u32) -> u128 {
    u128::MAX.checked_shr(bits).unwrap_or(0)
}

#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
const fn words(address: u128) -> [u64; 2] {
    [(address >> u64::BITS) as u64, address as u64]
}

/// The lower 16 bits.
fn lower(address: impl Into<u128>) -> u16 {
    (address.into() & 0xffff).try_into().unwrap_or(u16::MAX)
}
