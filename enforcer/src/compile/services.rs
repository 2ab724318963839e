//! Settling what rules allow together.

use std::collections::{BTreeSet, HashMap};

use enforcer_common::{
    header::protocol,
    rule::{Clause, Destination, RuleId},
    service::{GROUP, Services, UNICAST},
    steps::Head,
};

use super::CapacityError;
use super::lines::{Function, Lines};
use crate::ranges::Ranges;

/// What rules come to, in pairs: for one address and for a group.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) rows: Vec<Services>,
    /// Index of the pair of an answer.
    answers: HashMap<u32, u32>,
    /// Index of a pair: rules of different prefixes often come to the same.
    pairs: HashMap<[Services; 2], u32>,
}

impl Default for Settled {
    /// With the pair of what no rule covers in front.
    fn default() -> Self {
        let nothing = [Services::default(); 2];
        Self {
            rows: nothing.to_vec(),
            answers: HashMap::new(),
            pairs: HashMap::from([(nothing, 0)]),
        }
    }
}

impl Settled {
    /// Index of the pair of an answer of [`Ranges::answers`].
    pub(super) fn pair(
        &mut self,
        ranges: &Ranges,
        answer: u32,
        lines: &mut Lines,
    ) -> Result<u32, CapacityError> {
        if let Some(&known) = self.answers.get(&answer) {
            return Ok(known);
        }
        let destination = ranges.answer(answer).copied().unwrap_or_default();
        let clauses = ranges.allowed_by(&destination);
        check_distance(clauses)?;
        let kinds = [UNICAST, GROUP];
        let pair = kinds.map(|kind| settle(&destination, clauses, kind == GROUP, lines));
        let next = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let index = *self.pairs.entry(pair).or_insert(next);
        if index == next {
            self.rows.extend(pair);
        }
        self.answers.insert(answer, index);
        Ok(index)
    }
}

/// A rule is told by how far it comes after the first, in 16 bits.
fn check_distance(clauses: &[Clause]) -> Result<(), CapacityError> {
    let first = clauses.first().map_or(0, |clause| clause.rule);
    let last = clauses.iter().map(|clause| clause.rule).max().unwrap_or(0);
    let room = u32::from(u16::MAX) - 1;
    if last.saturating_sub(first) > room {
        return Err(CapacityError::Distance { first, last, room });
    }
    Ok(())
}

fn settle(
    destination: &Destination,
    clauses: &[Clause],
    to_group: bool,
    lines: &mut Lines,
) -> Services {
    let names = |clause: &&Clause| !to_group || clause.names_groups != 0;
    let there: Vec<&Clause> = clauses.iter().filter(names).collect();
    let first = first(&there, |_| true);
    let mut numbers = |service, protocol: Option<u8>| {
        let meant = there.iter().filter(|row| row.service == service);
        let meant = meant.filter(|row| protocol.is_none_or(|number| row.protocol == number));
        let rules: Vec<Numbers> = meant.map(|row| Numbers::of(row)).collect();
        write(&rules, first, lines)
    };
    Services {
        deny: destination.deny,
        first,
        any: self::first(&there, |row| row.service == Clause::ANY),
        tcp: self::first(&there, |row| has_ports(row, protocol::IPPROTO_TCP)),
        udp: self::first(&there, |row| has_ports(row, protocol::IPPROTO_UDP)),
        unicast: if there.is_empty() {
            clauses.first().map_or(0, |clause| clause.rule)
        } else {
            0
        },
        tcp_ports: numbers(Clause::PORTS, Some(protocol::IPPROTO_TCP)),
        udp_ports: numbers(Clause::PORTS, Some(protocol::IPPROTO_UDP)),
        tcp_answers: numbers(Clause::ANSWER, Some(protocol::IPPROTO_TCP)),
        udp_answers: numbers(Clause::ANSWER, Some(protocol::IPPROTO_UDP)),
        protocols: numbers(Clause::PROTOCOL, None),
    }
}

/// The first rule that is meant, or zero.
fn first(clauses: &[&Clause], is_meant: impl Fn(&Clause) -> bool) -> RuleId {
    let clause = clauses.iter().find(|clause| is_meant(clause));
    clause.map_or(0, |clause| clause.rule)
}

const fn has_ports(clause: &Clause, protocol: u8) -> bool {
    matches!(clause.service, Clause::PORTS | Clause::ANSWER) && clause.protocol == protocol
}

/// The numbers of ports, or of a protocol, that a rule lists.
struct Numbers {
    first: u16,
    last: u16,
    rule: RuleId,
}

impl Numbers {
    fn of(clause: &Clause) -> Self {
        let number = clause.protocol.into();
        let (first, last) = match clause.service {
            Clause::PROTOCOL => (number, number),
            _ => (clause.first, clause.last),
        };
        Self {
            first,
            last,
            rule: clause.rule,
        }
    }
}

/// Writes down by number how far after `start` the first rule comes that lists it, from one.
fn write(rules: &[Numbers], start: RuleId, lines: &mut Lines) -> Head {
    let begins = rules.iter().map(|rule| Some(rule.first));
    let ends = rules.iter().map(|rule| rule.last.checked_add(1));
    let edges = std::iter::once(Some(0)).chain(begins).chain(ends);
    let edges: BTreeSet<u16> = edges.flatten().collect();
    let mut function = Function::new();
    for edge in edges {
        let mut rules = rules.iter();
        let found = rules.find(|rule| (rule.first..=rule.last).contains(&edge));
        let value = found.map_or(0, |found| found.rule.saturating_sub(start) + 1);
        // As far as `check_distance` lets it.
        let value = u16::try_from(value).unwrap_or(0);
        if function.last().is_none_or(|&(_, last)| last != value) {
            function.push((edge, value));
        }
    }
    match function.as_slice() {
        [(_, 0)] => Head::default(),
        function => lines.write(function),
    }
}
