//! What another policy changes of what was seen: lines of the ledger, judged by both ([`crate::hindsight`]).

mod text;

use std::collections::HashMap;

use enforcer_common::{DropReason, ledger::Outcome};
use jiff::Timestamp;
use serde::Serialize;

pub use self::text::Tense;
use crate::{
    compile::CapacityError,
    hindsight::{Fate, Hindsight},
    ledger::{Action, Line},
    policy::{Link, Policy},
};

/// What changes of what was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Impact {
    /// Since when it was seen.
    pub since: Timestamp,
    /// Flows of which something else becomes, by what that is, most packets first.
    pub changes: Vec<Change>,
    /// Flows that nothing can be told of.
    pub unjudged: Unjudged,
    /// What is not told though the policies differ in it.
    pub unseen: Vec<Unseen>,
}

/// What two policies differ in, and what was seen says nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unseen {
    /// `link` of a camera: ARP, DHCP and neighbour discovery cannot be told from lines.
    Link,
    /// `unlisted`, interfaces, or the `mode` for strangers: of strangers nothing can be judged, and what passes is in no
    /// line.
    Unlisted,
}

/// A flow of which something else becomes.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// As the new policy judges it; of what is no camera's, that it passes.
    #[serde(flatten)]
    pub now: Line,
    /// As the old one does.
    pub was: Was,
}

/// How the old policy judges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Was {
    /// What becomes of it.
    pub action: Action,
    /// Why, if it is dropped or would be.
    pub reason: Option<&'static str>,
    /// The line of the policy that decides.
    pub rule: Option<String>,
}

/// How much cannot be judged: what has no line of its own, could not be read, or broke a rule that is not about
/// destinations; and two kinds that are told beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unjudged {
    /// Lines.
    pub flows: u64,
    /// Frames in them.
    pub packets: u64,
    /// Those of them that are no camera's of either policy.
    pub strangers: u64,
    /// Those of them that are ARP, DHCP or neighbour discovery that passed.
    pub housekeeping: u64,
}

impl Impact {
    /// Judges lines, seen since some time, by two policies as they hold now.
    pub fn new(
        old: &Policy,
        new: &Policy,
        since: Timestamp,
        lines: Vec<Line>,
    ) -> Result<Self, CapacityError> {
        let unseen = unseen(old, new);
        let (old, new) = (Hindsight::new(old)?, Hindsight::new(new)?);
        let mut impact = Self {
            since,
            changes: Vec::new(),
            unjudged: Unjudged::default(),
            unseen,
        };
        for line in lines {
            let Some((was, is)) = both(&old, &new, &line) else {
                let is_known = old.knows(&line) || new.knows(&line);
                impact.unjudged.count(&line, is_known);
                continue;
            };
            let (was, is) = (told(&old, was), told(&new, is));
            if was.action == is.action {
                continue;
            }
            let now = Line {
                action: is.action,
                reason: is.reason.map(str::to_owned),
                rule: is.rule,
                ..line
            };
            impact.changes.push(Change { now, was });
        }
        impact.changes.sort_by_cached_key(|Change { now, .. }| {
            let flow = (now.camera.clone(), now.dest_ip, now.service());
            (order(now.action), std::cmp::Reverse(now.packets), flow)
        });
        Ok(impact)
    }
}

/// How either policy judges. A camera that one of them has not sends what it does by the other.
fn both(old: &Hindsight<'_>, new: &Hindsight<'_>, line: &Line) -> Option<(Fate, Fate)> {
    match (old.knows(line), new.knows(line)) {
        (true, true) => Some((old.judge(line)?, new.judge(line)?)),
        (true, false) => Some((old.judge(line)?, new.judge_sent(&old.sent(line)?))),
        (false, true) => Some((old.judge_sent(&new.sent(line)?), new.judge(line)?)),
        (false, false) => None,
    }
}

/// What they differ in and no line tells.
fn unseen(old: &Policy, new: &Policy) -> Vec<Unseen> {
    let links = |policy: &Policy| {
        let cameras = policy.cameras.iter().filter_map(|camera| {
            let Link {
                arp,
                dhcp,
                neighbours,
                // Is judged, since it is to addresses of its own.
                discovery: _,
            } = policy.groups.get(camera.group)?.link;
            Some((camera.name.clone(), (arp, dhcp, neighbours)))
        });
        cameras.collect::<HashMap<_, _>>()
    };
    let (before, after) = (links(old), links(new));
    let mut both = before
        .iter()
        .filter_map(|(name, link)| Some((link, after.get(name)?)));
    let is_link = both.any(|(before, after)| before != after);
    let strangers = |policy: &Policy| {
        let rows = policy.interfaces.iter();
        let rows = rows.map(|row| (row.name.to_string(), row.unlisted));
        (policy.mode, rows.collect::<Vec<_>>())
    };
    let is_unlisted = strangers(old) != strangers(new);
    let all = [(is_link, Unseen::Link), (is_unlisted, Unseen::Unlisted)];
    let all = all.into_iter().filter(|(is_so, _)| *is_so);
    all.map(|(_, unseen)| unseen).collect()
}

impl Unjudged {
    fn count(&mut self, line: &Line, is_known: bool) {
        self.flows += 1;
        self.packets += line.packets;
        let is_housekeeping = line.action == Action::Allowed && line.rule.is_none();
        if !is_known {
            self.strangers += 1;
        } else if is_housekeeping && !line.others {
            self.housekeeping += 1;
        }
    }
}

fn told(policy: &Hindsight<'_>, fate: Fate) -> Was {
    let reason = fate.outcome.and_then(Outcome::reason);
    Was {
        action: fate.outcome.map_or(Action::Allowed, Action::of),
        reason: reason.map(DropReason::name),
        rule: policy.place(fate.rule),
    }
}

/// What hurts comes first.
const fn order(action: Action) -> u8 {
    match action {
        Action::Dropped => 0,
        Action::Audited => 1,
        Action::Allowed => 2,
    }
}

#[cfg(test)]
mod tests;
