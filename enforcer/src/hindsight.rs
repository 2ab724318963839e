//! What a policy would make of what was seen: lines of the ledger, judged on the host.
//!
//! A line is a sum, not a frame: it has one port, no flags and no source address. So a frame is made of it that it
//! most likely stands for (`frame`), from the address and in the place that the policy gives the camera, and
//! judged on the stand-in router of `explain`. What no frame can be made of is not judged.

mod frame;

use std::collections::HashMap;

use enforcer_common::{Flow, Verdict, decide, ledger::Outcome, rule::RuleId, table::CameraId};

pub(crate) use self::frame::{number, stands_for};
use crate::{
    compile::{CapacityError, lookup::Lookup},
    explain::{self, StandIn},
    frame::Draft,
    ledger::Line,
    names::told,
    numbering::{CameraIds, Rules},
    policy::{Camera, Policy},
};

/// So many patterns of interfaces are looked at.
const MOST_PLACES: usize = 1_024;

/// A policy that lines are judged by.
pub struct Hindsight<'p> {
    /// It.
    pub policy: &'p Policy,
    rules: Rules,
    stand_in: StandIn,
    lookup: Lookup,
    cameras: HashMap<&'p str, Home<'p>>,
}

/// Where a camera is.
struct Home<'p> {
    camera: &'p Camera,
    id: CameraId,
    link: u32,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// None where it is no camera's, and passes.
    pub outcome: Option<Outcome>,
    /// The rule that decides, or comes nearest to allowing it; zero for none.
    pub rule: RuleId,
}

/// A frame that a line stands for.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The name of the interface that it comes in on.
    pub interface: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Fate {
    /// Whether the frame passes.
    pub fn passes(&self) -> bool {
        self.outcome.is_none_or(Outcome::passes)
    }
}

impl<'p> Hindsight<'p> {
    /// Judges by a policy as it holds at some time ([`Policy::at`]).
    pub fn new(policy: &'p Policy) -> Result<Self, CapacityError> {
        let ids = CameraIds::default().assign(policy);
        let patterns = policy.cameras.iter();
        let patterns = patterns.flat_map(|camera| &camera.identity.interface);
        let stand_in = StandIn::new(policy, patterns.take(MOST_PLACES), None);
        let lookup = Lookup::new(policy, &stand_in.topology, &ids)?;
        let cameras = policy.cameras.iter().filter_map(|camera| {
            let home = Home {
                camera,
                id: ids.id(&camera.name)?,
                link: stand_in.link_for(policy, &camera.identity.interface),
            };
            Some((camera.name.as_str(), home))
        });
        Ok(Self {
            policy,
            rules: Rules::new(policy),
            cameras: cameras.collect(),
            stand_in,
            lookup,
        })
    }

    /// Whether the policy has the camera of a line.
    pub fn knows(&self, line: &Line) -> bool {
        let name = line.camera.as_deref();
        name.is_some_and(|name| self.cameras.contains_key(name))
    }

    /// What becomes of a line of one of its cameras; nothing where that cannot be told.
    pub fn judge(&self, line: &Line) -> Option<Fate> {
        let home = self.cameras.get(line.camera.as_deref()?)?;
        let bytes = self.made(home, line)?;
        let (fate, camera) = self.decide(&bytes, home.link);
        // Else another camera is known by the same, and more of it.
        (camera == Some(home.id)).then_some(fate)
    }

    /// The frame that a line of one of its cameras stands for.
    pub fn sent(&self, line: &Line) -> Option<Sent> {
        let home = self.cameras.get(line.camera.as_deref()?)?;
        Some(Sent {
            interface: self.stand_in.name(home.link).to_owned(),
            bytes: self.made(home, line)?,
        })
    }

    /// What becomes of a frame, whoever sends it.
    pub fn judge_sent(&self, sent: &Sent) -> Fate {
        let nobody = Fate {
            outcome: None,
            rule: 0,
        };
        if self.policy.interface_for(&sent.interface).is_none() {
            return nobody;
        }
        let topology = &self.stand_in.topology;
        let link = topology.named(&sent.interface).map(|link| link.index);
        let link = link.unwrap_or_else(|| self.stand_in.link_for(self.policy, []));
        self.decide(&sent.bytes, link).0
    }

    /// Where a rule stands: `policy.yaml:12`.
    pub fn place(&self, rule: RuleId) -> Option<String> {
        let at = self.rules.rule(rule)?.at;
        Some(format!("{}:{}", self.policy.path_of(at), at.line))
    }

    /// The camera that an answer of a resolver is for.
    pub(crate) fn receiver(&self, flow: &Flow) -> Option<&'p str> {
        let mut links = self.stand_in.links();
        let id = links
            .find_map(|link| told::receiver(flow, link, self.stand_in.links(), &self.lookup))?;
        let mut cameras = self.cameras.iter();
        cameras
            .find(|(_, home)| home.id == id)
            .map(|(name, _)| *name)
    }

    fn made(&self, home: &Home<'_>, line: &Line) -> Option<Vec<u8>> {
        let (destination, message) = stands_for(line)?;
        let sender = explain::sender(
            &self.lookup,
            home.camera,
            Some(home.id),
            home.link,
            destination,
        )?;
        let draft = Draft {
            sender,
            destination,
            message,
        };
        Some(draft.frame())
    }

    /// And who is taken for the sender.
    fn decide(&self, bytes: &[u8], link: u32) -> (Fate, Option<CameraId>) {
        let verdict = decide(bytes, link, &self.lookup, &mut Flow::default());
        let (outcome, rule, camera) = match verdict {
            Verdict::Ignore => (None, 0, None),
            Verdict::Allow { camera, rule } => (Some(Outcome::Allowed), rule, Some(camera)),
            Verdict::Drop {
                camera,
                reason,
                rule,
                audit,
            } => (Some(Outcome::of_drop(reason, audit)), rule, Some(camera)),
        };
        (Fate { outcome, rule }, camera)
    }
}

#[cfg(test)]
mod tests;
