//! The input of a capture: how much of it was read, and why no more could be.

use std::{
    io::{self, Read},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::broken::What;

/// How much was read, and why no more could be, which the reader does not tell.
#[derive(Default)]
pub(super) struct Meter {
    read: AtomicU64,
    error: Mutex<Option<io::Error>>,
}

impl Meter {
    /// How many bytes were read.
    pub(super) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    pub(super) fn error(&self) -> What {
        let unknown = || io::Error::other("it cannot be read");
        What::Read(self.kept().take().unwrap_or_else(unknown))
    }

    fn kept(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whole bufferfuls, since the reader wants its first block in one piece, and a pipe gives it in several.
pub(super) struct Metered<R> {
    pub(super) input: R,
    pub(super) meter: Arc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_failed() {
            return Err(io::ErrorKind::Other.into());
        }
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What came before is told first.
                Err(error) if done > 0 => {
                    self.keep(error);
                    break;
                }
                Err(error) => {
                    self.keep(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
        }
        let read = u64::try_from(done).unwrap_or_default();
        self.meter.read.fetch_add(read, Ordering::Relaxed);
        Ok(done)
    }
}

impl<R> Metered<R> {
    fn has_failed(&self) -> bool {
        self.meter.kept().is_some()
    }

    fn keep(&self, error: io::Error) {
        *self.meter.kept() = Some(error);
    }
}
