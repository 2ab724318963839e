//! What covers an address, step by step from the widest prefix to the narrowest, with deny over
//! allow settled where somebody asks.
//!
//! A cover is the one before and one more step, so that as many take as much memory as there are
//! prefixes, however many items cover one address. Of items that are not denied these are few, or
//! else there is no room for their clauses; beneath a denial that leaves something out they may be
//! many, and only what is left out needs to know them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::iter;

use enforcer_common::rule::{Clause, Destination, MAX_CLAUSES, RuleId};
use ipnet::IpNet;
use rustc_hash::FxHashMap;

use crate::compile::CapacityError;
use crate::numbering::{Item, Rules};
use crate::policy::Group;
use crate::rows;

/// An item begins to cover, or its `except` ends that. Of those at one prefix denials come first, so
/// that what they settle is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// Index in [`Group::deny`], and whether the item has no `except`, so that it denies all further
    /// in as well.
    Deny(u32, bool),
    /// Index in [`Group::deny`].
    ExceptDeny(u32),
    /// Index in [`Group::allow`].
    ExceptAllow(u32),
    /// Index in [`Group::allow`], and whether the prefix names the groups in it.
    Allow(u32, bool),
}

/// Number of a cover.
pub(super) type CoverId = u32;

/// No item covers.
pub(super) const NOTHING: CoverId = 0;

/// The covers of one group, each known by a number, and the answers that they come to.
pub(super) struct Covers<'a> {
    index: usize,
    group: &'a Group,
    rules: &'a Rules,
    answers: &'a mut Vec<Destination>,
    clauses: &'a mut Vec<Clause>,
    known: Vec<Known>,
    /// Index of the answer of each item of `deny` that some prefix has asked for.
    denials: FxHashMap<u32, u32>,
    /// The same for items of `allow` that cover together.
    runs: FxHashMap<Allowed, u32>,
    /// Where steps lead: of a million prefixes nearly all take one that another took before.
    steps: FxHashMap<(CoverId, Step), CoverId>,
}

struct Known {
    /// What covered before, and the step from there; none for [`NOTHING`].
    way: Option<(CoverId, Step)>,
    /// Whether all further in is denied as well.
    is_settled: bool,
    /// Index of the answer, or that there is none, once some prefix has asked.
    answer: OnceCell<Option<u32>>,
}

/// Items of `allow` in file order, each with whether it names the groups there.
type Allowed = Vec<(u32, bool)>;

impl<'a> Covers<'a> {
    pub(super) fn new(
        index: usize,
        group: &'a Group,
        rules: &'a Rules,
        answers: &'a mut Vec<Destination>,
        clauses: &'a mut Vec<Clause>,
    ) -> Self {
        let mut covers = Self {
            index,
            group,
            rules,
            answers,
            clauses,
            known: Vec::new(),
            denials: FxHashMap::default(),
            runs: FxHashMap::default(),
            steps: FxHashMap::default(),
        };
        covers.add(None, false);
        covers
    }

    /// What covers after a step.
    pub(super) fn step(&mut self, from: CoverId, step: Step) -> CoverId {
        let is_settled = self.known(from).is_some_and(|known| known.is_settled);
        if is_settled && matches!(step, Step::Allow(..) | Step::ExceptAllow(_)) {
            return from;
        }
        if let Some(&known) = self.steps.get(&(from, step)) {
            return known;
        }
        let settles = matches!(step, Step::Deny(_, true));
        let to = self.add(Some((from, step)), is_settled || settles);
        self.steps.insert((from, step), to);
        to
    }

    /// The answer of what covers a prefix; none where nothing does.
    pub(super) fn answer(
        &mut self,
        cover: CoverId,
        prefix: IpNet,
    ) -> Result<Option<u32>, CapacityError> {
        if let Some(&answer) = self.known(cover).and_then(|known| known.answer.get()) {
            return Ok(answer);
        }
        let answer = if let Some(position) = self.first_denial(cover) {
            Some(self.denial(position))
        } else {
            self.permission(self.allowed(cover), prefix)?
        };
        if let Some(known) = self.known(cover) {
            known.answer.get_or_init(|| answer);
        }
        Ok(answer)
    }

    /// The first item of `deny` in a cover.
    fn first_denial(&self, cover: CoverId) -> Option<u32> {
        let mut out = HashSet::new();
        let denials = self.way(cover).filter_map(|step| match step {
            Step::Deny(position, _) => (!out.contains(&position)).then_some(position),
            Step::ExceptDeny(position) => {
                out.insert(position);
                None
            }
            Step::Allow(..) | Step::ExceptAllow(_) => None,
        });
        denials.min()
    }

    /// The items of `allow` in a cover. One that a prefix and another within both name counts once.
    fn allowed(&self, cover: CoverId) -> Allowed {
        let mut out = HashSet::new();
        let mut items = BTreeMap::new();
        for step in self.way(cover) {
            match step {
                Step::Allow(position, names_groups) if !out.contains(&position) => {
                    *items.entry(position).or_default() |= names_groups;
                }
                Step::ExceptAllow(position) => {
                    out.insert(position);
                }
                Step::Allow(..) | Step::Deny(..) | Step::ExceptDeny(_) => {}
            }
        }
        items.into_iter().collect()
    }

    /// The steps to a cover, the last first. What is taken out of an item stays out further in.
    fn way(&self, cover: CoverId) -> impl Iterator<Item = Step> {
        let way = |cover| self.known(cover)?.way;
        let back = iter::successors(way(cover), move |&(from, _)| way(from));
        back.map(|(_, step)| step)
    }

    /// The one answer of all that these items allow; none where there are none.
    fn permission(&mut self, items: Allowed, prefix: IpNet) -> Result<Option<u32>, CapacityError> {
        if items.is_empty() {
            return Ok(None);
        }
        if let Some(&answer) = self.runs.get(&items) {
            return Ok(Some(answer));
        }
        let run: Vec<Clause> = self.run(&items);
        let destination = self.write(&run, prefix)?;
        let answer = self.push(destination);
        self.runs.insert(items, answer);
        Ok(Some(answer))
    }

    /// The one answer of all that an item of `deny` is the first to deny.
    fn denial(&mut self, position: u32) -> u32 {
        if let Some(&answer) = self.denials.get(&position) {
            return answer;
        }
        let answer = self.push(Destination {
            deny: self.rule(position, Item::Deny),
            ..Destination::default()
        });
        self.denials.insert(position, answer);
        answer
    }

    fn push(&mut self, destination: Destination) -> u32 {
        let answer = u32::try_from(self.answers.len()).unwrap_or(u32::MAX);
        self.answers.push(destination);
        answer
    }

    fn run(&self, items: &[(u32, bool)]) -> Vec<Clause> {
        let clauses = items.iter().filter_map(|&(position, names_groups)| {
            let item = self.group.allow.get(to_index(position))?;
            let rule = self.rule(position, Item::Allow);
            Some(rows::clauses(item, rule, names_groups))
        });
        clauses.flatten().collect()
    }

    /// Writes clauses down next to each other.
    fn write(&mut self, run: &[Clause], prefix: IpNet) -> Result<Destination, CapacityError> {
        let count = u32::try_from(run.len()).ok();
        let place = (u32::try_from(self.clauses.len()), count);
        let (Ok(first), Some(count @ ..=MAX_CLAUSES)) = place else {
            return Err(CapacityError::Clauses {
                prefix,
                group: self.group.name.clone(),
                count: run.len(),
            });
        };
        self.clauses.extend_from_slice(run);
        Ok(Destination {
            deny: 0,
            first,
            count,
        })
    }

    fn rule(&self, position: u32, item: fn(usize) -> Item) -> RuleId {
        self.rules.number(self.index, item(to_index(position)))
    }

    fn known(&self, cover: CoverId) -> Option<&Known> {
        self.known.get(to_index(cover))
    }

    fn add(&mut self, way: Option<(CoverId, Step)>, is_settled: bool) -> CoverId {
        let number = CoverId::try_from(self.known.len()).unwrap_or(CoverId::MAX);
        self.known.push(Known {
            way,
            is_settled,
            answer: OnceCell::new(),
        });
        number
    }
}

fn to_index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
