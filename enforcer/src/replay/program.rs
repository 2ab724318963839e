//! The program in the kernel, loaded to judge frames of a capture: attached to nothing, and pinned where nobody else
//! looks, so that it works beside a daemon.
//!
//! A test run must name an interface that is there, and every kernel has the loopback one. So there is a program
//! for each link that frames come in on, whose one interface has that number.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use enforcer_common::Judgement;
use rustix::io::Errno;

use super::place::Router;
use crate::{
    apart::Apart,
    compile::CompiledPolicy,
    kernel::{
        errno,
        generation::{Loaded, Settings},
    },
    record::Record,
};

/// The number of the loopback interface.
const LOOPBACK: u32 = 1;

/// The shortest frame that the kernel runs a program on.
const SHORTEST: usize = 14;

/// Nothing is told of by a program that only answers.
const SILENT: Settings = Settings {
    event_rate: 1,
    log_level: 0,
};

/// A program for each link, loaded when the first frame comes in there.
pub(super) struct Programs {
    apart: Apart,
    record: Record,
    loaded: BTreeMap<u32, Loaded>,
    answers: Vec<Option<Judgement>>,
}

/// A frame that the kernel is asked about.
#[derive(Clone, Copy)]
pub(super) struct Arrived<'f> {
    /// Where it came in.
    pub(super) link: u32,
    /// Its bytes.
    pub(super) frame: &'f [u8],
    /// What the host says.
    pub(super) expected: Judgement,
}

impl Programs {
    /// Loads the first, so that whatever keeps the kernel from it is known before a frame is read.
    pub(super) fn new(router: &Router, record: &Record) -> Result<Self> {
        let mut programs = Self {
            apart: Apart::new()?,
            record: record.clone(),
            loaded: BTreeMap::new(),
            answers: Vec::new(),
        };
        programs.load(router, router.first())?;
        Ok(programs)
    }

    /// The verdicts on frames; none on those that the kernel does not take, or that there is no program for.
    pub(super) fn judge<'f>(
        &mut self,
        router: &Router,
        frames: &(impl Iterator<Item = Option<Arrived<'f>>> + Clone),
    ) -> Result<&[Option<Judgement>]> {
        self.answers.clear();
        self.answers.resize(frames.clone().count(), None);
        let mut links: Vec<u32> = Vec::new();
        for Arrived { link, .. } in frames.clone().flatten() {
            if !links.contains(&link) {
                links.push(link);
            }
        }
        for link in links {
            if !self.loaded.contains_key(&link) {
                self.load(router, link)?;
            }
            let loaded = self.loaded.get_mut(&link).context("a program")?;
            let mut trial = loaded.trial()?;
            for (answer, frame) in self.answers.iter_mut().zip(frames.clone()) {
                let Some(Arrived {
                    frame, expected, ..
                }) = frame.filter(|frame| frame.link == link)
                else {
                    continue;
                };
                if frame.len() < SHORTEST {
                    continue;
                }
                match trial.compare(frame, LOOPBACK, expected) {
                    Ok(judged) => *answer = judged,
                    // Longer than this kernel takes one.
                    Err(error) if is_too_long(&error) => {}
                    Err(error) => return Err(error),
                }
            }
            trial.end()?;
        }
        Ok(&self.answers)
    }

    fn load(&mut self, router: &Router, link: u32) -> Result<()> {
        let topology = router.alone(link);
        let compiled = CompiledPolicy::new(&router.policy, &topology, router.assumed.ids())?;
        let record = Record {
            generation: link,
            ..self.record.clone()
        };
        let loaded = Loaded::new(&compiled, &record, self.apart.directories(), SILENT)?;
        self.loaded.insert(link, loaded);
        Ok(())
    }
}

fn is_too_long(error: &anyhow::Error) -> bool {
    matches!(
        errno(&**error),
        Some(Errno::INVAL | Errno::NOMEM | Errno::MSGSIZE | Errno::TOOBIG)
    )
}
