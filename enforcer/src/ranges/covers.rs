//! What covers an address, step by step from the widest prefix to the narrowest, with deny over
//! allow settled at each.

use std::collections::HashMap;

use enforcer_common::rule::{Clause, Destination, MAX_CLAUSES, RuleId};
use ipnet::IpNet;

use crate::compile::CapacityError;
use crate::numbering::{Item, Rules};
use crate::policy::Group;
use crate::rows;

/// One more item covers. Denials come first, so that what they settle is never gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// Index in [`Group::deny`].
    Deny(u32),
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
    /// Where steps lead: of a million prefixes nearly all take one that another took before.
    steps: HashMap<(CoverId, Step), CoverId>,
}

struct Known {
    cover: Cover,
    /// Index of the answer, once some prefix has asked for it.
    answer: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Cover {
    /// The first item of `deny`.
    Deny(u32),
    /// Items of `allow` in file order, each with whether it names groups there.
    Allow(Vec<(u32, bool)>),
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
            steps: HashMap::new(),
        };
        covers.number(Cover::Allow(Vec::new()));
        covers
    }

    /// What covers if one more item does.
    pub(super) fn step(&mut self, from: CoverId, step: Step) -> CoverId {
        if let Some(&known) = self.steps.get(&(from, step)) {
            return known;
        }
        let cover = self.known(from).map(|known| known.cover.with(step));
        let to = cover.map_or(from, |cover| self.number(cover));
        self.steps.insert((from, step), to);
        to
    }

    /// The answer of what covers a prefix.
    pub(super) fn answer(&mut self, cover: CoverId, prefix: IpNet) -> Result<u32, CapacityError> {
        let Some(known) = self.known(cover) else {
            return Ok(0);
        };
        if let Some(answer) = known.answer {
            return Ok(answer);
        }
        let destination = match &known.cover {
            Cover::Deny(position) => Destination {
                deny: self.rule(*position, Item::Deny),
                ..Destination::default()
            },
            Cover::Allow(items) => {
                let run: Vec<Clause> = self.run(items);
                self.write(&run, prefix)?
            }
        };
        let answer = u32::try_from(self.answers.len()).unwrap_or(u32::MAX);
        self.answers.push(destination);
        if let Some(known) = self.known.get_mut(to_index(cover)) {
            known.answer = Some(answer);
        }
        Ok(answer)
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
        match (self, step) {
            (Self::Deny(known), Step::Deny(position)) => Self::Deny(position.min(*known)),
            (Self::Allow(_), Step::Deny(position)) => Self::Deny(position),
            (Self::Deny(known), Step::Allow(..)) => Self::Deny(*known),
            (Self::Allow(items), Step::Allow(position, names_groups)) => {
                let mut items = items.clone();
                match items.binary_search_by_key(&position, |&(known, _)| known) {
                    Ok(index) => {
                        if let Some((_, named)) = items.get_mut(index) {
                            *named |= names_groups;
                        }
                    }
                    // With so many there is no answer, and none will be asked for further in.
                    Err(_) if items.len() > MOST_ITEMS => {}
                    Err(index) => items.insert(index, (position, names_groups)),
                }
                Self::Allow(items)
            }
        }
    }
}

fn to_index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
