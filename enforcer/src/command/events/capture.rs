//! Dropped frames as a file that Wireshark, tshark and tcpdump read (pcapng): what they cannot capture on the router
//! itself, since the program drops before they look.

mod blocks;
mod dropped;

use std::{
    io::Write,
    os::fd::{AsFd, BorrowedFd},
    path::Path,
};

use anyhow::Result;

use self::{blocks::Blocks, dropped::Dropped};
use crate::{
    command::output::Output,
    control::client::events::{Kind, Message},
    words::Count,
};

/// A file that frames are written to.
pub(super) struct Capture<'a, W: Write> {
    output: Output<'a, W>,
    blocks: Blocks,
    has_begun: bool,
    /// How many are in it.
    frames: u64,
    /// How many are not, since nothing of them was told.
    untold: u64,
    /// How many events are missing, which may have been of frames that were asked for.
    missed: u64,
}

impl<'a, W: Write> Capture<'a, W> {
    /// Opens the place: a file, or `-` for the standard output. What a file holds stays until [`Self::begin`].
    pub(super) fn open(path: &Path, out: &'a mut W) -> Result<Self> {
        Ok(Self {
            output: Output::open(Some(path), out)?,
            blocks: Blocks::new()?,
            has_begun: false,
            frames: 0,
            untold: 0,
            missed: 0,
        })
    }

    /// Begins the file, so that who reads it at once knows what it is.
    pub(super) fn begin(&mut self) -> Result<()> {
        let Self { output, blocks, .. } = self;
        blocks.take(|bytes| output.replace(bytes))?;
        self.has_begun = true;
        self.output.flush()
    }

    /// Whether anything was written: else what was there is there still.
    pub(super) const fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Writes what came.
    pub(super) fn take(&mut self, messages: &[Message]) -> Result<()> {
        for message in messages {
            self.one(message.kind, &message.line)?;
        }
        self.output.flush()
    }

    /// Writes events that came as lines.
    pub(super) fn take_lines(&mut self, lines: &[u8]) -> Result<()> {
        for line in String::from_utf8_lossy(lines).lines() {
            self.one(Kind::Drop, line)?;
        }
        self.output.flush()
    }

    /// Says what is in it and what is not.
    pub(super) fn sum_up(&self, errors: &mut impl Write) -> Result<()> {
        let Self {
            output,
            frames,
            untold,
            missed,
            ..
        } = self;
        if let Some(path) = output.name() {
            writeln!(errors, "{}: {}", path.display(), Count(*frames, "frame"))?;
        }
        if *untold > 0 {
            writeln!(
                errors,
                "{} left out: this kernel tells nothing of what is in a frame, Linux 5.18 and later do",
                Count(*untold, "more drop")
            )?;
        }
        if *missed > 0 {
            writeln!(
                errors,
                "{} missing, of all there were: more came than were taken",
                Count(*missed, "event")
            )?;
        }
        Ok(())
    }

    fn one(&mut self, kind: Kind, line: &str) -> Result<()> {
        match kind {
            Kind::Drop => {
                let dropped = Dropped::read(line)?;
                match dropped.frame()? {
                    Some(frame) => {
                        self.blocks.push(&dropped, &frame)?;
                        self.put()?;
                        self.frames += 1;
                    }
                    None => self.untold += 1,
                }
            }
            Kind::Missed => self.missed += dropped::missed(line)?,
            Kind::Other => {}
        }
        Ok(())
    }

    fn put(&mut self) -> Result<()> {
        let Self { output, blocks, .. } = self;
        blocks.take(|bytes| output.put(bytes))
    }
}

impl<W: Write + AsFd> Capture<'_, W> {
    /// What shows when nobody reads it any more; of a file that never is.
    pub(super) fn reader(&self) -> Option<BorrowedFd<'_>> {
        self.output.reader()
    }
}

#[cfg(test)]
mod tests;
