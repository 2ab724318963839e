//! What the rules say of destinations. The kernel asks for the longest prefix alone, so the row of
//! a prefix holds whatever covers it, with deny over allow settled.

use std::collections::{BTreeMap, HashMap};

use enforcer_common::table::{Clause, Destination, MAX_CLAUSES, PrefixKey, RuleId};
use ipnet::IpNet;

use super::{CapacityError, prefix_key};
use crate::numbering::{Item, Rules, group_id};
use crate::policy::{Group, Policy};
use crate::rows;

/// The rows of all groups, and the clauses that they point to.
pub(super) fn lay_out(
    policy: &Policy,
    rules: &Rules,
) -> Result<(Vec<(u32, PrefixKey, Destination)>, Vec<Clause>), CapacityError> {
    let mut destinations = Vec::new();
    let mut clauses = Vec::new();
    for (index, group) in policy.groups.iter().enumerate() {
        let mut layout = Layout {
            index,
            group,
            rules,
            runs: HashMap::new(),
            clauses: &mut clauses,
        };
        layout.lay_out(&mut destinations)?;
    }
    Ok((destinations, clauses))
}

/// The layout of one group.
struct Layout<'a> {
    index: usize,
    group: &'a Group,
    rules: &'a Rules,
    /// Where the clauses of items stand that cover something together: the first, and how many.
    runs: HashMap<BTreeMap<usize, bool>, (u32, u32)>,
    clauses: &'a mut Vec<Clause>,
}

/// What covers a prefix.
#[derive(Clone, Default)]
struct Cover {
    /// The first rule that denies it, or zero.
    deny: RuleId,
    /// Items of `allow` by their index, each with whether it names groups there; none where `deny`
    /// has settled it.
    allow: BTreeMap<usize, bool>,
}

impl Layout<'_> {
    fn lay_out(
        &mut self,
        destinations: &mut Vec<(u32, PrefixKey, Destination)>,
    ) -> Result<(), CapacityError> {
        let written = written(self.group);
        // The prefixes that cover the one at hand, the widest first.
        let mut way: Vec<(IpNet, Cover)> = Vec::new();
        for same in written.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(&(prefix, _)) = same.first() else {
                continue;
            };
            while way.last().is_some_and(|(wide, _)| !wide.contains(&prefix)) {
                way.pop();
            }
            let mut cover = way
                .last()
                .map(|(_, cover)| cover.clone())
                .unwrap_or_default();
            for &(_, item) in same {
                cover.add(prefix, item, self.rules.number(self.index, item));
            }
            let (bits, key) = prefix_key(group_id(self.index), prefix);
            destinations.push((bits, key, self.destination(prefix, &cover)?));
            way.push((prefix, cover));
        }
        Ok(())
    }

    fn destination(&mut self, prefix: IpNet, cover: &Cover) -> Result<Destination, CapacityError> {
        if cover.deny != 0 {
            return Ok(Destination {
                deny: cover.deny,
                ..Destination::default()
            });
        }
        let (first, count) = match self.runs.get(&cover.allow) {
            Some(&run) => run,
            None => self.run(prefix, &cover.allow)?,
        };
        Ok(Destination {
            deny: 0,
            first,
            count,
        })
    }

    /// Writes the clauses of some items down, in file order.
    fn run(
        &mut self,
        prefix: IpNet,
        allow: &BTreeMap<usize, bool>,
    ) -> Result<(u32, u32), CapacityError> {
        let start = self.clauses.len();
        for (&position, &names_groups) in allow {
            if let Some(item) = self.group.allow.get(position) {
                let rule = self.rules.number(self.index, Item::Allow(position));
                self.clauses.extend(rows::clauses(item, rule, names_groups));
            }
        }
        let count = self.clauses.len() - start;
        let too_many = || CapacityError::Clauses {
            prefix,
            group: self.group.name.clone(),
            count,
        };
        let fitting = u32::try_from(count)
            .ok()
            .filter(|&count| count <= MAX_CLAUSES);
        let run = (u32::try_from(start), fitting);
        let (Ok(first), Some(count)) = run else {
            return Err(too_many());
        };
        self.runs.insert(allow.clone(), (first, count));
        Ok((first, count))
    }
}

impl Cover {
    fn add(&mut self, prefix: IpNet, item: Item, rule: RuleId) {
        match item {
            Item::Deny(_) => {
                self.deny = if self.deny == 0 {
                    rule
                } else {
                    self.deny.min(rule)
                };
                self.allow.clear();
            }
            Item::Allow(_) if self.deny != 0 => {}
            Item::Allow(position) => {
                *self.allow.entry(position).or_default() |= rows::names_groups(prefix);
            }
        }
    }
}

/// Each prefix of each item, a wide prefix before those that it covers.
fn written(group: &Group) -> Vec<(IpNet, Item)> {
    let allow = group.allow.iter().enumerate();
    let allow = allow.flat_map(|(index, allow)| {
        let prefixes = allow.to.iter();
        prefixes.map(move |&prefix| (prefix, Item::Allow(index)))
    });
    let deny = group.deny.iter().enumerate();
    let deny = deny.flat_map(|(index, deny)| {
        let prefixes = deny.to.iter();
        prefixes.map(move |&prefix| (prefix, Item::Deny(index)))
    });
    let mut written: Vec<_> = allow.chain(deny).collect();
    // By first address, then by length.
    written.sort_unstable();
    written
}
