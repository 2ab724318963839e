//! What a policy would make of what was seen: lines of the ledger, judged on the host.
//!
//! A line is a sum, not a frame: it has one port, no flags and no source address. So a frame is made of it that it
//! most likely stands for (`frame`), from the address and in the place that the policy gives the camera, and
//! judged on an assumed router. What no frame can be made of is not judged.

mod frame;

use std::collections::HashMap;

use enforcer_common::{Flow, decided, ledger::Outcome, rule::RuleId, table::CameraId};

pub(crate) use self::frame::{number, stands_for};
use crate::{
    assumed_router::AssumedRouter,
    compile::CapacityError,
    frame::Draft,
    ledger::Line,
    names::told,
    numbering::Rules,
    policy::{Camera, Policy},
};

/// A policy that lines are judged by.
pub struct Hindsight<'p> {
    /// It.
    pub policy: &'p Policy,
    rules: Rules,
    router: AssumedRouter,
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
        let cameras = policy.cameras.iter();
        let patterns = cameras.flat_map(|camera| &camera.identity.interface);
        let router = AssumedRouter::new(policy, patterns, None)?;
        let cameras = policy.cameras.iter().filter_map(|camera| {
            let home = Home {
                camera,
                id: router.ids().id(&camera.name)?,
                link: router.link_for(policy, &camera.identity.interface),
            };
            Some((camera.name.as_str(), home))
        });
        Ok(Self {
            policy,
            rules: Rules::new(policy),
            cameras: cameras.collect(),
            router,
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
            interface: self.router.name(home.link).to_owned(),
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
        let link = self.router.named(&sent.interface);
        let link = link.unwrap_or_else(|| self.router.link_for(self.policy, []));
        self.decide(&sent.bytes, link).0
    }

    /// Where a rule stands: `policy.yaml:12`.
    pub fn place(&self, rule: RuleId) -> Option<String> {
        let at = self.rules.rule(rule)?.at;
        Some(format!("{}:{}", self.policy.path_of(at), at.line))
    }

    /// The camera that an answer of a resolver is for.
    pub(crate) fn receiver(&self, flow: &Flow) -> Option<&'p str> {
        let router = &self.router;
        let mut links = router.links();
        let id =
            links.find_map(|link| told::receiver(flow, link, router.links(), router.tables()))?;
        let mut cameras = self.cameras.iter();
        cameras
            .find(|(_, home)| home.id == id)
            .map(|(name, _)| *name)
    }

    fn made(&self, home: &Home<'_>, line: &Line) -> Option<Vec<u8>> {
        let (destination, message) = stands_for(line)?;
        let draft = Draft {
            sender: self.router.sender(home.camera, home.link, destination)?,
            destination,
            message,
        };
        Some(draft.frame())
    }

    /// And who is taken for the sender.
    fn decide(&self, bytes: &[u8], link: u32) -> (Fate, Option<CameraId>) {
        let (verdict, _) = decided(bytes, link, self.router.tables());
        let fate = Fate {
            outcome: verdict.outcome(),
            rule: verdict.rule(),
        };
        (fate, verdict.camera())
    }
}

#[cfg(test)]
mod tests;
