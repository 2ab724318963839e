//! What covers an address, step by step from the widest prefix to the narrowest, with deny over
//! allow settled at each.

use std::collections::HashMap;

use enforcer_common::rule::{Clause, Destination, MAX_CLAUSES, RuleId};
use ipnet::IpNet;

use crate::compile::CapacityError;
use crate::numbering::{Item, Rules};
use crate::policy::Group;
use crate::rows;

/// An item begins to cover, or its `except` ends that. Of those at one prefix denials come first, so
/// that what they settle is never gathered, and what `except` takes out makes room for what comes.
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

/// Each item allows one clause at least.
const MOST_ITEMS: usize = MAX_CLAUSES as usize;

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
    numbers: HashMap<Cover, CoverId>,
    /// Index of the answer of each item of `deny` that some prefix has asked for.
    denials: HashMap<u32, u32>,
    /// Where steps lead: of a million prefixes nearly all take one that another took before.
    steps: HashMap<(CoverId, Step), CoverId>,
}

struct Known {
    cover: Cover,
    /// Index of the answer, once some prefix has asked for it.
    answer: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Cover {
    /// Items of `deny` in file order; none after one that settles it.
    deny: Vec<u32>,
    /// Whether the last of them denies all further in as well.
    is_settled: bool,
    /// Items of `allow` in file order, each with whether it names groups there; none where it is
    /// settled.
    allow: Vec<(u32, bool)>,
}

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
            numbers: HashMap::new(),
            denials: HashMap::new(),
            steps: HashMap::new(),
        };
        covers.number(Cover::default());
        covers
    }

    /// What covers after a step.
    pub(super) fn step(&mut self, from: CoverId, step: Step) -> CoverId {
        if let Some(&known) = self.steps.get(&(from, step)) {
            return known;
        }
        let cover = self.known(from).map(|known| known.cover.with(step));
        let to = cover.map_or(from, |cover| self.number(cover));
        self.steps.insert((from, step), to);
        to
    }

    /// The answer of what covers a prefix; none where nothing does.
    pub(super) fn answer(
        &mut self,
        cover: CoverId,
        prefix: IpNet,
    ) -> Result<Option<u32>, CapacityError> {
        let Some(known) = self.known(cover).filter(|_| cover != NOTHING) else {
            return Ok(None);
        };
        if known.answer.is_some() {
            return Ok(known.answer);
        }
        let answer = if let Some(&position) = known.cover.deny.first() {
            self.denial(position)
        } else {
            let run: Vec<Clause> = self.run(&known.cover.allow);
            let destination = self.write(&run, prefix)?;
            self.push(destination)
        };
        if let Some(known) = self.known.get_mut(to_index(cover)) {
            known.answer = Some(answer);
        }
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

    fn number(&mut self, cover: Cover) -> CoverId {
        if let Some(&number) = self.numbers.get(&cover) {
            return number;
        }
        let number = CoverId::try_from(self.known.len()).unwrap_or(CoverId::MAX);
        self.numbers.insert(cover.clone(), number);
        self.known.push(Known {
            cover,
            answer: None,
        });
        number
    }
}

impl Cover {
    fn with(&self, step: Step) -> Self {
        let mut cover = self.clone();
        match step {
            Step::Deny(position, settles) => cover.deny(position, settles),
            Step::ExceptDeny(position) => cover.deny.retain(|&known| known != position),
            Step::ExceptAllow(position) => cover.allow.retain(|&(known, _)| known != position),
            Step::Allow(position, names_groups) => cover.allow(position, names_groups),
        }
        cover
    }

    fn deny(&mut self, position: u32, settles: bool) {
        let Err(index) = self.deny.binary_search(&position) else {
            return;
        };
        if self.is_settled && index == self.deny.len() {
            return;
        }
        self.deny.insert(index, position);
        if settles {
            self.deny.truncate(index + 1);
            self.is_settled = true;
            self.allow.clear();
        }
    }

    fn allow(&mut self, position: u32, names_groups: bool) {
        let known = self
            .allow
            .binary_search_by_key(&position, |&(known, _)| known);
        match known {
            Ok(index) => {
                if let Some((_, named)) = self.allow.get_mut(index) {
                    *named |= names_groups;
                }
            }
            Err(_) if self.is_settled => {}
            // With so many there is no answer, and none will be asked for further in.
            Err(_) if self.deny.is_empty() && self.allow.len() > MOST_ITEMS => {}
            Err(index) => self.allow.insert(index, (position, names_groups)),
        }
    }
}

fn to_index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
