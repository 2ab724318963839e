//! The ring through which the program tells about drops.

use std::{
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    path::PathBuf,
};

use anyhow::{Context as _, Result};
use aya::maps::{Map, MapData, RingBuf};
use enforcer_common::event::Report;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use zerocopy::TryFromBytes as _;

use super::object;
use crate::directories::Directories;

/// How long a reader rests. The ring has room for what is told in it, at a million events a second.
const REST: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 5_000_000,
};

/// The reading end of the ring. What was read is taken off it for good, also for a later reader.
pub struct Ring {
    events: RingBuf<MapData>,
}

/// What was taken off the ring is no event of this version.
#[derive(Clone, Copy, Debug)]
pub struct Unreadable;

impl Ring {
    /// Opens the ring that all generations share.
    pub fn open(directories: &Directories) -> Result<Self> {
        let path: PathBuf = directories.maps().join(object::EVENTS);
        let data = MapData::from_pin(&path).with_context(|| path.display().to_string())?;
        let events = Map::RingBuf(data).try_into()?;
        Ok(Self { events })
    }

    /// Waits until there may be something; true if it is the end, told through `stop`.
    ///
    /// It leaves the ring alone for a while first. The program wakes a reader that has read all there
    /// was, and each time costs more than ten verdicts: who rests is woken seldom in a flood, and
    /// not at all without one.
    pub fn wait(&self, stop: &OwnedFd) -> Result<bool> {
        let [stopped] = ready([stop.as_fd()], Some(&REST))?;
        if stopped {
            return Ok(true);
        }
        let [stopped, _] = ready([stop.as_fd(), self.events.as_fd()], None)?;
        Ok(stopped)
    }

    /// Takes the next event, after it was read where it lies; [`Unreadable`] for one that a program of another version
    /// tells.
    pub fn take<T>(&mut self, read: impl FnOnce(&Report) -> T) -> Option<Result<T, Unreadable>> {
        let item = self.events.next()?;
        let report = Report::try_ref_from_bytes(&item).map_err(|_why| Unreadable);
        Some(report.map(read))
    }
}

/// Waits for any of some files, for as long as is said; which of them can be read.
fn ready<const FILES: usize>(
    files: [BorrowedFd<'_>; FILES],
    most: Option<&Timespec>,
) -> Result<[bool; FILES]> {
    let mut files = files.map(|file| PollFd::from_borrowed_fd(file, PollFlags::IN));
    match poll(&mut files, most) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error).context("wait for events"),
    }
    Ok(files.map(|file| file.revents().contains(PollFlags::IN)))
}
