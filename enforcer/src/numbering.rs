//! The numbers that stand for cameras, groups and rules in the kernel, and what they stand for.

use std::collections::{BTreeMap, BTreeSet};

use enforcer_common::{
    rule::RuleId,
    table::{CameraId, GroupId, STRANGERS},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::policy::{Location, Policy};

/// Camera names to their numbers. A number is a camera's for as long as its name stands in the policy.
/// One that is free is given again when the last generation that knew it is two back: counters and
/// events outlive a generation, but not by that much.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredIds")]
pub struct CameraIds {
    ids: BTreeMap<String, CameraId>,
    /// Those that the generation before this one knew, and this one does not.
    left: BTreeSet<CameraId>,
}

/// Why what was stored cannot be the numbers of cameras.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CameraIdsError {
    /// Zero stands for strangers.
    #[error("camera `{name}` has number 0, which no camera can have")]
    Zero {
        /// Whose.
        name: String,
    },
    /// Two cameras have one number.
    #[error("camera `{name}` has number {id}, which is another's already")]
    Twice {
        /// Whose.
        name: String,
        /// Which.
        id: CameraId,
    },
}

/// The rules of one policy and their numbers: from one, in file order, one file after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
    numbers: BTreeMap<(usize, Item), RuleId>,
}

/// What a rule's number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Index of its group in [`Policy::groups`].
    pub group: usize,
    /// Which of the group's items it is.
    pub item: Item,
    /// Where it stands.
    pub at: Location,
}

/// An item of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Index in [`crate::policy::Group::allow`].
    Allow(usize),
    /// Index in [`crate::policy::Group::deny`].
    Deny(usize),
}

/// The number of a group, from its index in [`Policy::groups`].
pub fn group_id(index: usize) -> GroupId {
    // No text has room for so many; the last number has no rules and so reaches nothing.
    GroupId::try_from(index).unwrap_or(GroupId::MAX)
}

impl CameraIds {
    /// The numbers for a policy: names that stand in it keep theirs, new ones get the least that are
    /// free in file order, and the others are forgotten.
    #[must_use]
    pub fn assign(&self, policy: &Policy) -> Self {
        let known: BTreeSet<CameraId> = self.ids.values().copied().collect();
        let mut free =
            (STRANGERS + 1..).filter(|id| !known.contains(id) && !self.left.contains(id));
        let names = policy.cameras.iter().map(|camera| &camera.name);
        let ids = names.filter_map(|name| {
            let id = self.id(name).or_else(|| free.next())?;
            Some((name.clone(), id))
        });
        let ids: BTreeMap<String, CameraId> = ids.collect();
        let kept: BTreeSet<CameraId> = ids.values().copied().collect();
        Self {
            left: known.difference(&kept).copied().collect(),
            ids,
        }
    }

    /// These numbers and those of another generation, where it has cameras that are not in this one. What
    /// is free is free in both.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let mut ids = self.ids.clone();
        for (name, id) in &other.ids {
            ids.entry(name.clone()).or_insert(*id);
        }
        let left = self.left.union(&other.left).copied();
        Self {
            left: left.collect(),
            ids,
        }
    }

    /// For when numbers up to `last` are in use, and nobody knows any more for whom.
    #[must_use]
    pub fn after(last: CameraId) -> Self {
        Self {
            ids: BTreeMap::new(),
            left: (STRANGERS + 1..=last).collect(),
        }
    }

    /// The greatest number of a camera; that of strangers, if there is none.
    pub fn greatest(&self) -> CameraId {
        self.ids.values().copied().max().unwrap_or(STRANGERS)
    }

    /// The number of a camera.
    pub fn id(&self, name: &str) -> Option<CameraId> {
        self.ids.get(name).copied()
    }

    /// The camera of a number.
    pub fn name(&self, id: CameraId) -> Option<&str> {
        let mut ids = self.iter();
        ids.find_map(|(name, known)| (known == id).then_some(name))
    }

    /// All cameras, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, CameraId)> {
        self.ids.iter().map(|(name, &id)| (name.as_str(), id))
    }
}

/// As it was stored, and not yet believed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredIds {
    ids: BTreeMap<String, CameraId>,
    left: BTreeSet<CameraId>,
}

impl TryFrom<StoredIds> for CameraIds {
    type Error = CameraIdsError;

    fn try_from(stored: StoredIds) -> Result<Self, CameraIdsError> {
        let mut given = BTreeSet::new();
        for (name, &id) in &stored.ids {
            let name = || name.clone();
            if id == STRANGERS {
                return Err(CameraIdsError::Zero { name: name() });
            }
            if !given.insert(id) {
                return Err(CameraIdsError::Twice { name: name(), id });
            }
        }
        let StoredIds { ids, left } = stored;
        Ok(Self { ids, left })
    }
}

impl Rules {
    /// Numbers the rules of a policy.
    pub fn new(policy: &Policy) -> Self {
        let mut rules = Vec::new();
        for (group, items) in policy.groups.iter().enumerate() {
            let allow = items.allow.iter().map(|allow| allow.at).enumerate();
            let allow = allow.map(|(index, at)| (Item::Allow(index), at));
            let deny = items.deny.iter().map(|deny| deny.at).enumerate();
            let deny = deny.map(|(index, at)| (Item::Deny(index), at));
            let items = allow.chain(deny);
            rules.extend(items.map(|(item, at)| Rule { group, item, at }));
        }
        rules.sort_by_key(|rule| rule.at);
        let numbers = (1..).zip(&rules);
        let numbers = numbers
            .map(|(number, rule)| ((rule.group, rule.item), number))
            .collect();
        Self { rules, numbers }
    }

    /// The number of an item of a group; zero, which is none's, if there is no such item.
    pub fn number(&self, group: usize, item: Item) -> RuleId {
        self.numbers
            .get(&(group, item))
            .copied()
            .unwrap_or_default()
    }

    /// The rule of a number.
    pub fn rule(&self, number: RuleId) -> Option<&Rule> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.rules.get(index)
    }

    /// All rules with their numbers, in file order.
    pub fn iter(&self) -> impl Iterator<Item = (RuleId, &Rule)> {
        (1..).zip(&self.rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_keeps_its_number_and_a_free_one_is_given_again_when_it_is_two_generations_back() {
        let first = CameraIds::default().assign(&cameras(&["gate", "attic", "yard"]));
        assert_eq!(numbers(&first), [("attic", 2), ("gate", 1), ("yard", 3)]);

        let second = first.assign(&cameras(&["porch", "yard", "gate"]));
        assert_eq!(numbers(&second), [("gate", 1), ("porch", 4), ("yard", 3)]);
        assert_eq!(second.name(2), None);
        assert_eq!(second.name(4), Some("porch"));

        let third = second.assign(&cameras(&["attic", "gate", "porch"]));
        assert_eq!(numbers(&third), [("attic", 5), ("gate", 1), ("porch", 4)]);
        let fourth = third.assign(&cameras(&["attic", "barn", "gate", "porch"]));
        let expected = [("attic", 5), ("barn", 2), ("gate", 1), ("porch", 4)];
        assert_eq!(numbers(&fourth), expected, "3 is only one back");
        let fifth = fourth.assign(&cameras(&["attic", "barn", "door", "gate", "porch"]));
        assert_eq!(fifth.id("door"), Some(3));
        assert_eq!(fifth.greatest(), 5);
    }

    #[test]
    fn a_camera_of_either_generation_keeps_its_number_after_going_back() {
        let first = CameraIds::default().assign(&cameras(&["gate", "attic"]));
        let second = first.assign(&cameras(&["gate", "yard"]));
        assert_eq!(numbers(&second), [("gate", 1), ("yard", 3)]);
        for joined in [first.joined(&second), second.joined(&first)] {
            assert_eq!(numbers(&joined), [("attic", 2), ("gate", 1), ("yard", 3)]);
            let third = joined.assign(&cameras(&["attic", "porch", "yard"]));
            assert_eq!(numbers(&third), [("attic", 2), ("porch", 4), ("yard", 3)]);
        }
    }

    #[test]
    fn numbers_that_are_in_use_by_somebody_unknown_are_not_given() {
        let ids = CameraIds::after(7).assign(&cameras(&["gate", "attic"]));
        assert_eq!(numbers(&ids), [("attic", 9), ("gate", 8)]);
    }

    #[test]
    fn numbers_survive_being_stored() {
        let ids = CameraIds::default().assign(&cameras(&["gate", "yard"]));
        let ids = ids.assign(&cameras(&["gate"]));
        let stored = serde_yaml::to_string(&ids).unwrap();
        assert_eq!(serde_yaml::from_str::<CameraIds>(&stored).unwrap(), ids);
    }

    #[test]
    fn stored_numbers_that_cannot_be_are_refused() {
        for (stored, part) in [
            ("{ids: {gate: 0}, left: []}", "`gate` has number 0"),
            ("{ids: {gate: 2, yard: 2}, left: []}", "`yard` has number 2"),
            ("{ids: {}, left: [], last: 7}", "unknown field"),
        ] {
            let error = serde_yaml::from_str::<CameraIds>(stored).unwrap_err();
            assert!(error.to_string().contains(part), "{stored}: {error}");
        }
    }

    #[test]
    fn rules_are_numbered_in_file_order_and_found_both_ways() {
        let policy = parse(
            "
groups:
  recorded:
    deny: [{to: 192.0.2.13}]
    allow: [{to: 192.0.2.10}, {to: 192.0.2.11}]
  closed:
    allow: [{to: 198.51.100.1}]
    deny: [{to: 198.51.100.2}]
",
        );
        let rules = Rules::new(&policy);
        let expected = [
            (0, Item::Deny(0), 6),
            (0, Item::Allow(0), 7),
            (0, Item::Allow(1), 7),
            (1, Item::Allow(0), 9),
            (1, Item::Deny(0), 10),
        ];
        for ((group, item, line), number) in expected.into_iter().zip(1..) {
            assert_eq!(rules.number(group, item), number);
            let rule = rules.rule(number).unwrap();
            assert_eq!((rule.group, rule.item, rule.at.line), (group, item, line));
        }
        assert_eq!(rules.iter().count(), expected.len());
        assert_eq!(rules.rule(0), None);
        assert_eq!(rules.rule(6), None);
        assert_eq!(rules.number(1, Item::Allow(1)), 0);
    }

    fn cameras(names: &[&str]) -> Policy {
        let rows = (0..).zip(names).map(|(index, name): (u16, _)| {
            format!("  {name}: {{match: {{vlan: {}}}, group: g}}\n", index + 1)
        });
        parse(&format!(
            "groups: {{g: }}\ncameras:\n{}",
            rows.collect::<String>()
        ))
    }

    fn parse(rest: &str) -> Policy {
        let text = format!("version: 1\ninterfaces: {{lan*: }}\n{rest}");
        Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn numbers(ids: &CameraIds) -> Vec<(&str, CameraId)> {
        ids.iter().collect()
    }
}
