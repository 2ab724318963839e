//! One policy, and its verdict on frames: by the program in the kernel, or by the same code on the host.

use std::ops::Range;

use anyhow::{Result, bail};
use enforcer_common::{
    Flow, Judgement, Verdict,
    ledger::{Entry, Outcome},
    table::{CameraId, STRANGERS},
};

use super::{
    batch::Batch,
    cut,
    place::Router,
    program::{Arrived, Programs},
};
use crate::{
    compile::CapacityError,
    exit::{Exit, Failure},
    policy::{NamePattern, Policy},
    record::Record,
};

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
    judged: Vec<Judged>,
    /// What the kernel is to be asked of each frame of the batch at hand; nothing where no program is.
    asked: Vec<Option<Asked>>,
    /// Frames that had to be made longer.
    made: Vec<u8>,
}

/// What the kernel is to be asked of a frame.
struct Asked {
    /// Where it came in.
    link: u32,
    /// Where it stands among those that were made, if it had to be.
    made: Option<Range<usize>>,
    /// What the host says.
    expected: Judgement,
}

impl Judge {
    /// By the host; `interface` is where frames come in of which a capture does not say it.
    pub fn new(policy: Policy, interface: Option<&str>) -> Result<Self, CapacityError> {
        let router = Router::new(policy, interface)?;
        let record = Record::new(1, &router.policy, router.assumed.ids().clone());
        Ok(Self {
            router,
            record,
            programs: None,
            judged: Vec::new(),
            asked: Vec::new(),
            made: Vec::new(),
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

    /// The interfaces that the policy is for.
    pub fn interfaces(&self) -> impl Iterator<Item = &NamePattern> {
        self.router.policy.interfaces.iter().map(|row| &row.name)
    }

    /// What the numbers stand for.
    pub const fn names(&self) -> &Record {
        &self.record
    }

    /// The verdicts on the frames of the last batch.
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// The verdicts on frames.
    pub fn judge(&mut self, batch: &Batch) -> Result<&[Judged]> {
        self.judged.clear();
        self.asked.clear();
        self.made.clear();
        for taken in batch.iter() {
            let place = self.router.link(&taken);
            let place = place.map_err(|error| Failure::new(Exit::No, error.to_string()))?;
            let Some(link) = place else {
                // No program is there.
                let ignored = Judged::new(&Verdict::Ignore, &Flow::default(), false);
                self.judged.push(ignored);
                self.asked.push(None);
                continue;
            };
            let begin = self.made.len();
            let answer = cut::judge(&taken, link, self.router.assumed.tables(), &mut self.made);
            let end = self.made.len();
            self.judged
                .push(Judged::new(&answer.verdict, &answer.flow, answer.is_unsure));
            self.asked.push(Some(Asked {
                link,
                made: (end > begin).then_some(begin..end),
                expected: Judgement::from(&answer.verdict),
            }));
        }
        self.ask(batch)?;
        Ok(&self.judged)
    }

    /// Has the kernel judge them too, if it does.
    fn ask(&mut self, batch: &Batch) -> Result<()> {
        let Some(programs) = &mut self.programs else {
            return Ok(());
        };
        let made = &self.made;
        let frames = self.asked.iter().zip(batch.iter()).map(|(asked, taken)| {
            let asked = asked.as_ref()?;
            let made = asked.made.clone().and_then(|at| made.get(at));
            Some(Arrived {
                link: asked.link,
                frame: made.unwrap_or(taken.frame),
                expected: asked.expected,
            })
        });
        let answers = programs.judge(&self.router, &frames)?;
        let all = self.judged.iter_mut().zip(batch.iter());
        for ((judged, taken), (asked, answer)) in all.zip(self.asked.iter().zip(answers)) {
            let Some(Asked { expected, .. }) = asked else {
                continue;
            };
            match answer {
                None => judged.is_hosts = true,
                Some(answer) if answer == expected => {}
                Some(answer) => bail!(
                    "the kernel program disagrees with the policy about frame {}: {answer:?} instead of \
                     {expected:?}; this is a bug, please report it with the policy and the frame",
                    taken.number
                ),
            }
        }
        Ok(())
    }
}

impl Judged {
    fn new(verdict: &Verdict, flow: &Flow, is_unsure: bool) -> Self {
        let outcome = verdict.outcome();
        let entry = Entry::new(flow, outcome.unwrap_or(Outcome::Allowed), verdict.rule());
        Self {
            camera: verdict.camera().unwrap_or(STRANGERS),
            outcome,
            entry,
            is_unsure,
            is_hosts: false,
        }
    }
}
