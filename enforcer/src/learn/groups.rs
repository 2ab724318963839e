//! Who shares a group in a draft: cameras that need the same. Those that are not drafted for keep theirs.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Basis,
    needs::{DraftRule, Needs},
};
use crate::policy::{Link, Written};

/// What a name may have, in characters.
const LONGEST: usize = 63;

/// The groups of a draft.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    pub(super) all: Vec<DraftGroup>,
    /// The group of each camera of the policy.
    pub(super) of: Vec<usize>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct DraftGroup {
    pub(super) name: String,
    /// The group that it comes from, by its index in the policy.
    pub(super) origin: usize,
    /// None where it stays as it is written there.
    pub(super) rules: Option<Vec<DraftRule>>,
}

/// What makes cameras of one group.
#[derive(PartialEq, Eq, Hash)]
enum Likeness {
    /// All that is said of it stays.
    Kept(usize),
    Drafted {
        rules: Vec<DraftRule>,
        deny: Vec<Written>,
        link: (bool, bool, bool, crate::policy::Discovery),
    },
}

impl Groups {
    pub(super) fn new(basis: &Basis<'_>, needs: &BTreeMap<usize, Needs>) -> Self {
        let mut known: HashMap<Likeness, usize> = HashMap::new();
        let mut all: Vec<DraftGroup> = Vec::new();
        let mut of = Vec::with_capacity(basis.policy.cameras.len());
        for (index, camera) in basis.policy.cameras.iter().enumerate() {
            let is_asked = basis.cameras.is_empty() || basis.cameras.contains(&camera.name);
            let rules = is_asked.then(|| needs.get(&index).map(Needs::rules).unwrap_or_default());
            let likeness = match &rules {
                None => Likeness::Kept(camera.group),
                Some(rules) => drafted(basis, camera.group, rules.clone()),
            };
            let group = *known.entry(likeness).or_insert_with(|| {
                all.push(DraftGroup {
                    name: String::new(),
                    origin: camera.group,
                    rules,
                });
                all.len() - 1
            });
            of.push(group);
        }
        let mut groups = Self { all, of };
        groups.name(basis);
        groups
    }

    /// Whether its rules are drafted.
    pub(super) fn is_drafted(&self, group: usize) -> bool {
        self.all
            .get(group)
            .is_some_and(|group| group.rules.is_some())
    }

    /// How many rules of it are drafted.
    pub(super) fn rules_of(&self, group: usize) -> usize {
        let rules = self.all.get(group).and_then(|group| group.rules.as_ref());
        rules.map_or(0, Vec::len)
    }

    /// How many rules are drafted.
    pub(super) fn rules(&self) -> usize {
        let rules = self.all.iter().filter_map(|group| group.rules.as_ref());
        rules.map(Vec::len).sum()
    }

    /// Without some rules, by the indices of groups and rules.
    pub(super) fn take_out(&mut self, out: &[(usize, usize)]) {
        for (group, draft) in self.all.iter_mut().enumerate() {
            let Some(rules) = &mut draft.rules else {
                continue;
            };
            let mut at = 0;
            rules.retain(|_| {
                let stays = !out.contains(&(group, at));
                at += 1;
                stays
            });
        }
    }

    /// The name that a group comes with, if it is free: those that stay as they are come first.
    fn name(&mut self, basis: &Basis<'_>) {
        let mut taken: HashSet<String> = HashSet::new();
        let (kept, drafted): (Vec<_>, Vec<_>) =
            self.all.iter_mut().partition(|group| group.rules.is_none());
        for group in kept.into_iter().chain(drafted) {
            let origin = basis.policy.groups.get(group.origin);
            let base = origin.map_or("cameras", |group| group.name.as_str());
            let numbered = (2..).map(|number: u32| {
                let end = format!("-{number}");
                let room = LONGEST.saturating_sub(end.len()).min(base.len());
                format!("{}{end}", base.get(..room).unwrap_or_default())
            });
            let mut names = std::iter::once(base.to_owned()).chain(numbered);
            // A name that another group has in the policy would mislead.
            let is_free = |name: &String| {
                let is_others =
                    *name != base && basis.policy.groups.iter().any(|other| other.name == *name);
                !is_others && !taken.contains(name)
            };
            group.name = names.find(is_free).unwrap_or_default();
            taken.insert(group.name.clone());
        }
    }
}

fn drafted(basis: &Basis<'_>, origin: usize, rules: Vec<DraftRule>) -> Likeness {
    let deny = basis.outline.groups.get(origin);
    let link = basis.policy.groups.get(origin).map(|group| group.link);
    let Link {
        arp,
        dhcp,
        neighbours,
        discovery,
    } = link.unwrap_or_default();
    Likeness::Drafted {
        rules,
        deny: deny.map(|group| group.deny.clone()).unwrap_or_default(),
        link: (arp, dhcp, neighbours, discovery),
    }
}
