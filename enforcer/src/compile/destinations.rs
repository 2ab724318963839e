//! What the rules say of destinations. The kernel asks for the longest prefix alone, so the row of
//! a prefix holds whatever covers it, with deny over allow settled.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use enforcer_common::{
    rule::{Clause, Destination, MAX_CLAUSES},
    table::PrefixKey,
};
use ipnet::IpNet;

use super::{CapacityError, prefix_key};
use crate::marks::{Mark, marks};
use crate::numbering::{Item, Rules, group_id};
use crate::policy::{Group, Policy};
use crate::rows;

/// The rows of all groups, and the clauses that they point to.
pub(super) type Destinations = (Vec<(u32, PrefixKey, Destination)>, Vec<Clause>);

/// Lays out what the groups reach.
pub(super) fn lay_out(policy: &Policy, rules: &Rules) -> Result<Destinations, CapacityError> {
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
    /// Items of `deny` by their index.
    deny: BTreeSet<usize>,
    /// Whether one of them has no `except`, so that it denies all further in as well.
    is_settled: bool,
    /// Items of `allow` by their index, each with whether it names groups there; none where it is
    /// settled.
    allow: BTreeMap<usize, bool>,
}

impl Layout<'_> {
    fn lay_out(
        &mut self,
        destinations: &mut Vec<(u32, PrefixKey, Destination)>,
    ) -> Result<(), CapacityError> {
        let mut marks: Vec<Mark> = marks(self.group).collect();
        // A wide prefix before those that it covers: by first address, then by length.
        marks.sort_unstable();
        // The prefixes that cover the one at hand, the widest first.
        let mut way: Vec<(IpNet, Cover)> = Vec::new();
        for same in marks.chunk_by(|one, other| one.prefix == other.prefix) {
            let Some(&Mark { prefix, .. }) = same.first() else {
                continue;
            };
            while way.last().is_some_and(|(wide, _)| !wide.contains(&prefix)) {
                way.pop();
            }
            let mut cover = way
                .last()
                .map(|(_, cover)| cover.clone())
                .unwrap_or_default();
            for mark in same {
                cover.change(mark, self.group);
            }
            let (bits, key) = prefix_key(group_id(self.index), prefix);
            destinations.push((bits, key, self.destination(prefix, &cover)?));
            way.push((prefix, cover));
        }
        Ok(())
    }

    fn destination(&mut self, prefix: IpNet, cover: &Cover) -> Result<Destination, CapacityError> {
        if let Some(&first) = cover.deny.first() {
            return Ok(Destination {
                deny: self.rules.number(self.index, Item::Deny(first)),
                ..Destination::default()
            });
        }
        if cover.allow.is_empty() {
            return Ok(Destination::default());
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
    fn change(&mut self, mark: &Mark, group: &Group) {
        match (mark.item, mark.covers) {
            (Item::Deny(position), true) => {
                self.deny.insert(position);
                let item = group.deny.get(position);
                if item.is_some_and(|item| item.except.is_empty()) {
                    self.is_settled = true;
                    self.allow.clear();
                }
            }
            (Item::Deny(position), false) => {
                self.deny.remove(&position);
            }
            (Item::Allow(_), true) if self.is_settled => {}
            (Item::Allow(position), true) => {
                *self.allow.entry(position).or_default() |= rows::names_groups(mark.prefix);
            }
            (Item::Allow(position), false) => {
                self.allow.remove(&position);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_all_that_covers_its_prefix() {
        let (rows, clauses) = compiled(
            "
    allow:
      - {to: 192.0.2.0/24, ports: tcp/1}
      - {to: [192.0.2.7, 192.0.2.0/25], ports: [tcp/2, tcp/3]}
      - {to: [0.0.0.0/0, '::/0'], ports: tcp/4}
    deny:
      - to: 192.0.2.128/25
      - to: [192.0.2.64/26, 192.0.2.129]
",
        )
        .unwrap();
        let found = rows.iter().map(|(bits, key, row)| {
            let (first, count) = (row.first.try_into().unwrap(), row.count.try_into().unwrap());
            let run = clauses.iter().skip(first).take(count);
            let ports: Vec<u16> = run.map(|clause| clause.first).collect();
            let bits = bits - PrefixKey::SCOPE_BITS;
            (
                key.address.family,
                key.address.bytes[3],
                bits,
                row.deny,
                ports,
            )
        });
        let expected = [
            (4, 0, 0, 0, vec![4]),
            (4, 0, 24, 0, vec![1, 4]),
            (4, 0, 25, 0, vec![1, 2, 3, 4]),
            (4, 7, 32, 0, vec![1, 2, 3, 4]),
            (4, 64, 26, 5, vec![]),
            (4, 128, 25, 4, vec![]),
            // Both deny it; the first in the file is told.
            (4, 129, 32, 4, vec![]),
            (6, 0, 0, 0, vec![4]),
        ];
        // A whole address names itself, in the item that writes it.
        let named: Vec<u8> = clauses.iter().map(|clause| clause.names_groups).collect();
        assert_eq!(named, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]);
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn where_an_item_is_taken_out_a_row_holds_what_is_left() {
        let (rows, clauses) = compiled(
            "
    allow:
      - {to: [10.0.0.0/8, 10.1.2.7], except: [10.1.0.0/16, 192.0.2.0/24], ports: tcp/1}
      - {to: 10.1.0.0/16, except: 10.1.2.0/24, ports: tcp/2}
    deny:
      - {to: 10.1.128.0/17, except: 10.1.192.0/18}
      - {to: 10.1.224.0/19}
",
        )
        .unwrap();
        let found = rows.iter().map(|(bits, key, row)| {
            let (first, count) = (row.first.try_into().unwrap(), row.count.try_into().unwrap());
            let run = clauses.iter().skip(first).take(count);
            let ports: Vec<u16> = run.map(|clause| clause.first).collect();
            let [_, second, third, _, ..] = key.address.bytes;
            (second, third, bits - PrefixKey::SCOPE_BITS, row.deny, ports)
        });
        let expected = [
            (0, 0, 8, 0, vec![1]),
            (1, 0, 16, 0, vec![2]),
            // Of both, and the address in it that an item writes is out as well.
            (1, 2, 24, 0, vec![]),
            (1, 128, 17, 3, vec![]),
            (1, 192, 18, 0, vec![2]),
            (1, 224, 19, 4, vec![]),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn prefixes_that_are_covered_alike_share_their_clauses() {
        let (rows, clauses) = compiled(
            "
    allow:
      - {to: [192.0.2.0/24, 198.51.100.0/24, '2001:db8::/32'], ports: tcp/1}
      - {to: 198.51.100.0/24, ports: tcp/2}
",
        )
        .unwrap();
        let runs = rows.iter().map(|(_, _, row)| (row.first, row.count));
        assert_eq!(runs.collect::<Vec<_>>(), [(0, 1), (1, 2), (0, 1)]);
        assert_eq!(clauses.len(), 3);
    }

    #[test]
    fn more_clauses_than_the_kernel_looks_at_are_told_with_their_place() {
        let ports = |count: u16| {
            let ports = (1..=count).map(|port| format!("tcp/{port},"));
            ports.collect::<String>()
        };
        let allow = |count: u16| {
            format!(
                "
    allow:
      - {{to: 192.0.0.0/16, ports: [{}]}}
      - {{to: 192.0.2.0/24, answer: [{}]}}
",
                ports(50),
                ports(count - 50)
            )
        };
        assert_eq!(compiled(&allow(64)).unwrap().1.len(), 50 + 64);
        let error = compiled(&allow(71)).unwrap_err().to_string();
        assert_eq!(
            error,
            "71 clauses cover 192.0.2.0/24 of group `x`, room for 64"
        );

        // What is denied needs no room.
        let denied = format!("{}    deny: [{{to: 192.0.0.0/8}}]\n", allow(71));
        assert_eq!(compiled(&denied).unwrap().1, []);
    }

    fn compiled(group: &str) -> Result<Destinations, CapacityError> {
        let text = format!("version: 1\ninterfaces: {{lan*: }}\ngroups:\n  x:{group}");
        let policy = Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
        lay_out(&policy, &Rules::new(&policy))
    }
}
