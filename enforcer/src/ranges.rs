//! What the rules say of every address: for each group and family disjoint ranges in order, each
//! with its effective answer.
//!
//! Pure: the same policy makes the same ranges, to the byte. Sorting dominates the time, and ranges
//! that are answered alike share one answer by its index: a million prefixes have a handful.

mod covers;
mod number;
mod sweep;

use enforcer_common::{
    Address,
    rule::{Clause, Destination},
    table::GroupId,
};
use ipnet::IpNet;

pub use self::number::Number;

use self::covers::{Covers, Step};
use self::sweep::{Written, sweep};
use crate::compile::CapacityError;
use crate::marks::{Mark, marks};
use crate::numbering::{Item, Rules};
use crate::policy::{Group, Policy};
use crate::rows;

/// Some addresses that are answered alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<A> {
    /// The first.
    pub first: A,
    /// The last, at least [`Self::first`].
    pub last: A,
    /// Index in [`Ranges::answers`].
    pub answer: u32,
}

/// All that the rules of one group cover, in order and without overlap; no two ranges that touch are
/// answered alike. What lies in none of them is covered by no rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupRanges {
    /// IPv4, as numbers in host order.
    pub v4: Vec<Range<u32>>,
    /// IPv6, as numbers in host order.
    pub v6: Vec<Range<u128>>,
}

/// What the rules of every group say of every address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    groups: Vec<GroupRanges>,
    answers: Vec<Destination>,
    clauses: Vec<Clause>,
}

impl Ranges {
    /// Settles what every rule of a policy says.
    pub fn new(policy: &Policy, rules: &Rules) -> Result<Self, CapacityError> {
        let mut ranges = Self::default();
        for (index, group) in policy.groups.iter().enumerate() {
            let covers = Covers::new(
                index,
                group,
                rules,
                &mut ranges.answers,
                &mut ranges.clauses,
            );
            ranges.groups.push(settle(group, covers)?);
        }
        Ok(ranges)
    }

    /// The ranges of a group; `None` if there is no such group.
    pub fn group(&self, group: GroupId) -> Option<&GroupRanges> {
        self.groups.get(usize::try_from(group).ok()?)
    }

    /// The distinct answers: the rule that denies, or the clauses that allow, in file order.
    pub fn answers(&self) -> &[Destination] {
        &self.answers
    }

    /// What the answers point to.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// What the rules of a group say of an address; nothing if none covers it.
    pub fn at(&self, group: GroupId, address: &Address) -> Destination {
        let answer = self.group(group).and_then(|ranges| {
            let number = u128::from_be_bytes(address.bytes);
            match address.family {
                4 => find(&ranges.v4, u32::try_from(number >> 96).ok()?),
                6 => find(&ranges.v6, number),
                _ => None,
            }
        });
        let answer = answer.and_then(|answer| self.answer(answer));
        answer.copied().unwrap_or_default()
    }

    /// The answer of a range.
    pub fn answer(&self, index: u32) -> Option<&Destination> {
        self.answers.get(usize::try_from(index).ok()?)
    }

    /// What an answer allows, in file order; nothing where it denies.
    pub fn allowed_by(&self, answer: &Destination) -> &[Clause] {
        let run = || {
            let first = usize::try_from(answer.first).ok()?;
            let count = usize::try_from(answer.count).ok()?;
            self.clauses.get(first..first.checked_add(count)?)
        };
        run().unwrap_or_default()
    }
}

fn find<A: Number>(ranges: &[Range<A>], address: A) -> Option<u32> {
    let after = ranges.partition_point(|range| range.first <= address);
    let range = ranges.get(after.checked_sub(1)?)?;
    (address <= range.last).then_some(range.answer)
}

fn settle(group: &Group, mut covers: Covers<'_>) -> Result<GroupRanges, CapacityError> {
    let mut v4 = Vec::new();
    let mut v6 = Vec::new();
    for (prefix, step) in steps(group) {
        match prefix {
            IpNet::V4(prefix) => v4.push(Written {
                first: prefix.network().to_bits(),
                last: prefix.broadcast().to_bits(),
                step,
            }),
            IpNet::V6(prefix) => v6.push(Written {
                first: prefix.network().to_bits(),
                last: prefix.broadcast().to_bits(),
                step,
            }),
        }
    }
    Ok(GroupRanges {
        v4: sweep(v4, &mut covers)?,
        v6: sweep(v6, &mut covers)?,
    })
}

/// What becomes of each item, and where.
fn steps(group: &Group) -> impl Iterator<Item = (IpNet, Step)> {
    let index = |position| u32::try_from(position).unwrap_or(u32::MAX);
    marks(group).map(move |mark| {
        let Mark { prefix, item, .. } = mark;
        let step = match (item, mark.covers) {
            (Item::Deny(position), true) => {
                let item = group.deny.get(position);
                let settles = item.is_some_and(|item| item.except.is_empty());
                Step::Deny(index(position), settles)
            }
            (Item::Deny(position), false) => Step::ExceptDeny(index(position)),
            (Item::Allow(position), false) => Step::ExceptAllow(index(position)),
            (Item::Allow(position), true) => {
                Step::Allow(index(position), rows::names_groups(prefix))
            }
        };
        (prefix, step)
    })
}

#[cfg(test)]
mod tests;
