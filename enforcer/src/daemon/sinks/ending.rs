//! How sinks are told that the daemon ends, wherever they wait.

use std::{
    io,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    time::Duration,
};

use rustix::{
    event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll},
    io::Errno,
};

/// Two steps: no more events come; and nothing is waited for any more.
#[derive(Debug)]
pub(in crate::daemon) struct Ending {
    last: OwnedFd,
    over: OwnedFd,
}

impl Ending {
    pub(in crate::daemon) fn new() -> io::Result<Self> {
        let told = || eventfd(0, EventfdFlags::CLOEXEC);
        Ok(Self {
            last: told()?,
            over: told()?,
        })
    }

    /// No more events come: who cannot write those that wait need not try again.
    pub(in crate::daemon) fn tell_last(&self) -> io::Result<()> {
        tell(&self.last)
    }

    /// Who still waits for a reader gives up.
    pub(in crate::daemon) fn tell_over(&self) -> io::Result<()> {
        tell(&self.over)
    }

    /// Waits before something is tried again; false if it need not be.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let time = Timespec::try_from(time).ok();
        let mut files = [PollFd::new(&self.last, PollFlags::IN)];
        !matches!(poll(&mut files, time.as_ref()), Ok(1..))
    }

    /// Waits until a file can be written to; an error once nothing is waited for any more.
    pub(super) fn wait_writable(&self, file: BorrowedFd<'_>) -> io::Result<()> {
        let mut files = [
            PollFd::from_borrowed_fd(file, PollFlags::OUT),
            PollFd::from_borrowed_fd(self.over.as_fd(), PollFlags::IN),
        ];
        loop {
            match poll(&mut files, None) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                // What is wrong with the file, writing to it tells.
                Ok(_) if !files[0].revents().is_empty() => return Ok(()),
                Ok(_) => return Err(io::ErrorKind::Interrupted.into()),
            }
        }
    }
}

/// Whether it is no failure, but the end of waiting.
pub(super) fn is_over(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Interrupted
}

fn tell(told: &OwnedFd) -> io::Result<()> {
    rustix::io::write(told, &1_u64.to_be_bytes())?;
    Ok(())
}
