//! What a policy would have done to a capture: every frame of it, judged by the program as the kernel runs it
//! or, where that may not be, by the same code on the host.
//!
//! A frame's way: [`capture`] reads it, `cooked` makes an Ethernet frame of it, `cut` what may be made of one that
//! is not there to its end, `judge` gives the verdict (by `place` on which interface, by `program` in the
//! kernel), [`book`] writes it down.

pub mod book;
pub mod capture;
pub mod changes;
pub mod judge;
pub mod text;

mod cooked;
mod cut;
mod place;
mod program;

use anyhow::Result;

use self::{
    book::Book,
    capture::{Broken, Capture, Packet},
    changes::Changes,
    judge::{Judge, Taken},
};

/// So many frames are judged at a time.
const BATCH: usize = 1_024;

/// And so many bytes of them, or one frame more.
const BATCH_BYTES: usize = 1 << 20;

/// What became of a capture.
#[derive(Debug, Default)]
pub struct Report {
    /// What became of its frames.
    pub book: Book,
    /// What became of them that did not under the other policy, if there is one.
    pub changes: Option<Changes>,
    /// Why it was not read to its end, if it was not.
    pub broken: Option<Broken>,
}

/// Judges every frame of a capture by one policy, and if there is another, tells what is different. Until
/// `go_on` says no; it is told how many bytes were read so far.
pub fn replay(
    capture: &mut Capture<'_>,
    judge: &mut Judge,
    mut against: Option<&mut Judge>,
    only_cameras: bool,
    mut go_on: impl FnMut(u64) -> bool,
) -> Result<Report> {
    let mut report = Report {
        book: Book::new(only_cameras),
        changes: against.is_some().then(Changes::default),
        broken: None,
    };
    let mut batch = Vec::new();
    let mut bytes = 0;
    loop {
        let packet = match capture.next() {
            Ok(packet) => packet,
            Err(broken) => {
                report.broken = Some(broken);
                None
            }
        };
        let is_last = packet.is_none();
        if let Some(packet) = packet
            && let Some(taken) = take(&packet, judge, against.as_deref(), &mut report.book)
        {
            bytes += taken.frame.len();
            batch.push(taken);
        }
        if is_last || batch.len() >= BATCH || bytes >= BATCH_BYTES {
            settle(&batch, judge, against.as_deref_mut(), &mut report)?;
            batch.clear();
            bytes = 0;
            if is_last || !go_on(capture.read()) {
                report.book.name(judge.names());
                return Ok(report);
            }
        }
    }
}

/// Judges every frame of a capture, for who wants to know of each what became of it. Why it was not read to its end, if
/// it was not.
pub fn each(
    capture: &mut Capture<'_>,
    judge: &mut Judge,
    mut seen: impl FnMut(&Taken, &judge::Judged),
) -> Result<Option<Broken>> {
    let mut uncounted = Book::new(false);
    loop {
        let packet = match capture.next() {
            Ok(Some(packet)) => packet,
            Ok(None) => return Ok(None),
            Err(broken) => return Ok(Some(broken)),
        };
        if let Some(taken) = take(&packet, judge, None, &mut uncounted) {
            let taken = [taken];
            for (taken, judged) in taken.iter().zip(judge.judge(&taken)?) {
                seen(taken, &judged);
            }
        }
    }
}

/// The frame of a packet, if it is one that came in from a link with Ethernet addresses.
fn take(
    packet: &Packet<'_>,
    judge: &Judge,
    against: Option<&Judge>,
    book: &mut Book,
) -> Option<Taken> {
    book.see(packet.time);
    if packet.is_outgoing || cooked::is_outgoing(packet) {
        book.outgoing += 1;
        return None;
    }
    let Some(frame) = cooked::frame(packet) else {
        book.foreign += 1;
        return None;
    };
    let missing = packet.original.saturating_sub(packet.captured());
    let is_known =
        |name: &&str| judge.is_for(name) || against.is_some_and(|against| against.is_for(name));
    Some(Taken {
        number: packet.number,
        time: packet.time,
        length: frame.len().saturating_add(missing),
        interface: packet.interface.filter(is_known).map(str::to_owned),
        frame,
    })
}

/// Judges frames, and writes down what became of them.
fn settle(
    batch: &[Taken],
    judge: &mut Judge,
    against: Option<&mut Judge>,
    report: &mut Report,
) -> Result<()> {
    let judged = judge.judge(batch)?;
    for (taken, judged) in batch.iter().zip(&judged) {
        report.book.count(taken, judged);
    }
    if let (Some(against), Some(changes)) = (against, report.changes.as_mut()) {
        let before = against.judge(batch)?;
        let all = batch.iter().zip(before.iter().zip(&judged));
        for (taken, (was, is)) in all {
            changes.count(taken, (was, against.names()), (is, judge.names()));
        }
    }
    Ok(())
}
