//! One policy, and its verdict on frames: by the program in the kernel, or by the same code on the host.

use std::borrow::Cow;

use anyhow::{Result, bail};
use enforcer_common::{
    Flow, Judgement, Verdict, decide,
    ledger::{Entry, Outcome},
    table::{CameraId, STRANGERS},
};

use super::{cut, place::Router, program::Programs};
use crate::{
    compile::CapacityError,
    exit::{Exit, Failure},
    policy::Policy,
    record::Record,
};

/// A frame that came in.
#[derive(Clone, Debug)]
pub struct Taken {
    /// That of its packet.
    pub number: u64,
    /// Milliseconds since 1970.
    pub time: i64,
    /// How long it was.
    pub length: usize,
    /// Where it came in, if the capture says so and a policy is for it.
    pub interface: Option<String>,
    /// As much as there is of it.
    pub frame: Vec<u8>,
}

impl Taken {
    /// Whether the capture has its beginning alone.
    pub const fn is_cut(&self) -> bool {
        self.length > self.frame.len()
    }
}

/// What became of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// Whose it is; [`STRANGERS`] for nobody's.
    pub camera: CameraId,
    /// None where it is no camera's, and passes.
    pub outcome: Option<Outcome>,
    /// What the ledger writes of it.
    pub entry: Entry,
    /// What is missing of it matters, so it was judged as it is.
    pub is_unsure: bool,
    /// The kernel takes no frame of this length, so the host judged it alone.
    pub is_hosts: bool,
}

/// A policy that judges.
pub struct Judge {
    router: Router,
    record: Record,
    programs: Option<Programs>,
}

impl Judge {
    /// By the host; `interface` is where frames come in of which a capture does not say it.
    pub fn new(policy: Policy, interface: Option<&str>) -> Result<Self, CapacityError> {
        let router = Router::new(policy, interface)?;
        let record = Record::new(1, &router.policy, router.ids.clone());
        Ok(Self {
            router,
            record,
            programs: None,
        })
    }

    /// From here on by the kernel, in a place of its own where nothing else is.
    pub fn load(&mut self) -> Result<()> {
        self.programs = Some(Programs::new(&self.router, &self.record)?);
        Ok(())
    }

    /// From here on by the host.
    pub fn unload(&mut self) {
        self.programs = None;
    }

    /// Whether the kernel judges.
    pub const fn is_kernels(&self) -> bool {
        self.programs.is_some()
    }

    /// Whether the policy is for an interface.
    pub fn is_for(&self, interface: &str) -> bool {
        self.router.policy.interface_for(interface).is_some()
    }

    /// What the numbers stand for.
    pub const fn names(&self) -> &Record {
        &self.record
    }

    /// The verdicts on frames.
    pub fn judge(&mut self, batch: &[Taken]) -> Result<Vec<Judged>> {
        let mut places = Vec::with_capacity(batch.len());
        for taken in batch {
            let place = self.router.link(taken);
            places.push(place.map_err(|error| Failure::new(Exit::No, error.to_string()))?);
        }
        let tables = &self.router.lookup;
        let mut frames: Vec<(u32, Cow<'_, [u8]>)> = Vec::with_capacity(batch.len());
        let mut judged = Vec::with_capacity(batch.len());
        let mut expected = Vec::with_capacity(batch.len());
        for (taken, place) in batch.iter().zip(places) {
            let mut flow = Flow::default();
            let Some(link) = place else {
                // No program is there.
                judged.push(Judged::new(&Verdict::Ignore, &flow, false));
                expected.push(None);
                frames.push((0, Cow::Borrowed(&[])));
                continue;
            };
            let (frame, is_unsure) = cut::whole(&taken.frame, taken.length, link, tables);
            let verdict = decide(&frame[..], link, tables, &mut flow);
            expected.push(Some(Judgement::from(&verdict)));
            judged.push(Judged::new(&verdict, &flow, is_unsure));
            frames.push((link, frame));
        }
        let Some(programs) = &mut self.programs else {
            return Ok(judged);
        };
        let answers = programs.judge(&self.router, &frames)?;
        let all = judged
            .iter_mut()
            .zip(batch)
            .zip(expected.iter().zip(answers));
        for ((judged, taken), (expected, answer)) in all {
            let Some(expected) = expected else { continue };
            match answer {
                None => judged.is_hosts = true,
                Some(answer) if answer == *expected => {}
                Some(answer) => bail!(
                    "the kernel program disagrees with the policy about packet {}: {answer:?} instead of \
                     {expected:?}; this is a bug, please report it with the policy and the packet",
                    taken.number
                ),
            }
        }
        Ok(judged)
    }
}

impl Judged {
    fn new(verdict: &Verdict, flow: &Flow, is_unsure: bool) -> Self {
        let (camera, rule, outcome) = match *verdict {
            Verdict::Ignore => (STRANGERS, 0, None),
            Verdict::Allow { camera, rule } => (camera, rule, Some(Outcome::Allowed)),
            Verdict::Drop {
                camera,
                reason,
                rule,
                audit,
            } => (camera, rule, Some(Outcome::of_drop(reason, audit))),
        };
        Self {
            camera,
            outcome,
            entry: Entry::new(flow, outcome.unwrap_or(Outcome::Allowed), rule),
            is_unsure,
            is_hosts: false,
        }
    }
}
