//! What another policy changes of what was seen: lines of the ledger, judged by both ([`crate::hindsight`]).

mod text;

use enforcer_common::{DropReason, ledger::Outcome};
use jiff::Timestamp;
use serde::Serialize;

pub use self::text::Tense;
use crate::{
    compile::CapacityError,
    hindsight::{Fate, Hindsight},
    ledger::{Action, Line},
    policy::Policy,
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
/// destinations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unjudged {
    /// Lines.
    pub flows: u64,
    /// Frames in them.
    pub packets: u64,
}

impl Impact {
    /// Judges lines, seen since some time, by two policies as they hold now. Lines of link housekeeping that cannot be
    /// told from frames, and of cameras that neither policy has, are left out.
    pub fn new(
        old: &Policy,
        new: &Policy,
        since: Timestamp,
        lines: Vec<Line>,
    ) -> Result<Self, CapacityError> {
        let (old, new) = (Hindsight::new(old)?, Hindsight::new(new)?);
        let mut impact = Self {
            since,
            changes: Vec::new(),
            unjudged: Unjudged::default(),
        };
        for line in lines {
            if !old.knows(&line) && !new.knows(&line) {
                continue;
            }
            let Some((was, is)) = both(&old, &new, &line) else {
                let is_housekeeping = line.action == Action::Allowed && line.rule.is_none();
                if line.others || !is_housekeeping {
                    impact.unjudged.flows += 1;
                    impact.unjudged.packets += line.packets;
                }
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
        (false, _) => Some((old.judge_sent(&new.sent(line)?), new.judge(line)?)),
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
