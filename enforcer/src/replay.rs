//! What a policy would have done to a capture: every frame of it, judged by the program as the kernel runs it
//! or, where that may not be, by the same code on the host.
//!
//! A frame's way: [`capture`] reads it, `ahead` in a thread of its own; `cooked` makes an Ethernet frame of it, in a
//! [`batch`]; `cut` what may be made of one that is not there to its end; `judge` gives the verdict (by `place` on which
//! interface, by `program` in the kernel); [`book`] writes it down.

pub mod batch;
pub mod book;
pub mod capture;
pub mod changes;
pub mod json;
pub mod judge;
pub mod names;
pub mod network;
pub mod notes;
pub mod text;

mod ahead;
mod cooked;
mod cut;
mod place;
mod program;

use anyhow::Result;
use enforcer_common::table::STRANGERS;

use self::{
    ahead::Ahead,
    batch::{Batch, Places, Taken},
    book::Book,
    capture::{Broken, Capture},
    changes::Changes,
    judge::{Judge, Judged},
    names::{Answers, Names},
};

/// What became of a capture.
#[derive(Debug, Default)]
pub struct Report {
    /// What became of its frames.
    pub book: Book,
    /// What became of them that did not under the other policy, if there is one.
    pub changes: Option<Changes>,
    /// By which names cameras knew addresses then.
    pub names: Names,
    /// Why it was not read to its end, if it was not.
    pub broken: Option<Broken>,
    /// Whoever asked had seen enough before that.
    pub is_interrupted: bool,
}

/// How far a capture was read and judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Bytes of it.
    pub read: u64,
    /// Frames that were judged.
    pub frames: u64,
}

/// Judges every frame of a capture by one policy, and if there is another, tells what is different. Until
/// `go_on` says no, which is asked every now and then, also where nothing comes.
pub fn replay(
    capture: Capture<'static>,
    judge: &mut Judge,
    mut against: Option<&mut Judge>,
    only_cameras: bool,
    mut go_on: impl FnMut(Progress) -> bool,
) -> Result<Report> {
    let mut report = Report {
        book: Book::new(only_cameras),
        changes: against.is_some().then(Changes::default),
        ..Report::default()
    };
    let judges = std::iter::once(&*judge).chain(against.as_deref());
    let ahead = Ahead::new(capture, places(judges))?;
    let mut progress = Progress::default();
    let mut answers = Answers::default();
    loop {
        let batch = if report.is_interrupted {
            // What was read before is told.
            ahead.here()
        } else {
            ahead.next()?
        };
        if let Some(mut batch) = batch {
            settle(&batch, judge, against.as_deref_mut(), &mut report)?;
            for (taken, judged) in batch.iter().zip(judge.judged()) {
                if judged.camera == STRANGERS {
                    answers.note(taken.frame);
                }
            }
            progress.read = batch.read;
            progress.frames += u64::try_from(batch.frames()).unwrap_or_default();
            if batch.is_last {
                report.broken = batch.broken.take();
                report.is_interrupted = false;
                break;
            }
            if !report.is_interrupted {
                ahead.give_back(batch);
            }
        } else if report.is_interrupted {
            break;
        }
        if !go_on(progress) && !report.is_interrupted {
            report.is_interrupted = true;
            ahead.stop();
        }
    }
    report.book.name(judge.names());
    report.names = answers.names(judge.policy())?;
    Ok(report)
}

/// Judges every frame of a capture, for who wants to know of each what became of it. Why it was not read to its end, if
/// it was not.
pub fn each(
    capture: Capture<'static>,
    judge: &mut Judge,
    mut seen: impl FnMut(&Taken<'_>, &Judged),
) -> Result<Option<Broken>> {
    let ahead = Ahead::new(capture, places([&*judge]))?;
    loop {
        let Some(mut batch) = ahead.next()? else {
            continue;
        };
        for (taken, judged) in batch.iter().zip(judge.judge(&batch)?) {
            seen(&taken, judged);
        }
        if batch.is_last {
            return Ok(batch.broken.take());
        }
        ahead.give_back(batch);
    }
}

/// The interfaces that one of some policies is for.
fn places<'j>(judges: impl IntoIterator<Item = &'j Judge> + Clone) -> Places {
    let is_told = judges.clone().into_iter().any(Judge::is_told_where);
    let patterns = judges.into_iter().flat_map(Judge::interfaces);
    Places::new(patterns.cloned(), is_told)
}

/// Judges frames, and writes down what became of them.
fn settle(
    batch: &Batch,
    judge: &mut Judge,
    against: Option<&mut Judge>,
    report: &mut Report,
) -> Result<()> {
    report.book.see(batch);
    judge.judge(batch)?;
    for (taken, judged) in batch.iter().zip(judge.judged()) {
        report.book.count(&taken, judged);
    }
    if let (Some(against), Some(changes)) = (against, report.changes.as_mut()) {
        against.judge(batch)?;
        let all = batch
            .iter()
            .zip(against.judged().iter().zip(judge.judged()));
        for (taken, (was, is)) in all {
            changes.count(&taken, (was, against.names()), (is, judge.names()));
        }
    }
    Ok(())
}
