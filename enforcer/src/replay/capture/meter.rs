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
    beginning: Mutex<Vec<u8>>,
    error: Mutex<Option<io::Error>>,
}

impl Meter {
    /// How many bytes were read.
    pub(super) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Its first bytes, to say what it is where it is no capture.
    pub(super) fn beginning(&self) -> Vec<u8> {
        self.begun().clone()
    }

    fn begun(&self) -> MutexGuard<'_, Vec<u8>> {
        self.beginning
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn error(&self) -> What {
        let unknown = || io::Error::other("it cannot be read");
        What::Read(self.kept().take().unwrap_or_else(unknown))
    }

    fn kept(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a pcap file begins with, in bytes: the least that the reader wants before it knows what a capture is.
const BEGINNING: usize = 24;

/// What comes, as it comes; but the beginning in one piece, since the reader wants the first block whole, and a pipe
/// may give it in several.
pub(super) struct Metered<R> {
    pub(super) input: R,
    pub(super) meter: Arc<Meter>,
    /// How often it was asked for more.
    pub(super) reads: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_failed() {
            return Err(io::ErrorKind::Other.into());
        }
        self.reads += 1;
        if self.reads == 2 {
            // The reader asks for more before it looks at what it has, and takes nothing for no end then. It would
            // wait for a packet that may never come.
            return Ok(0);
        }
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
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
            if self.reads > 1 || done >= beginning(buffer.get(..done).unwrap_or_default()) {
                break;
            }
        }
        if self.reads == 1 {
            let begun = buffer.get(..done.min(BEGINNING)).unwrap_or_default();
            self.meter.begun().extend_from_slice(begun);
        }
        let read = u64::try_from(done).unwrap_or_default();
        self.meter.read.fetch_add(read, Ordering::Relaxed);
        Ok(done)
    }
}

/// How much of a capture that begins so the reader wants: of pcapng its first block, whose length it says.
fn beginning(read: &[u8]) -> usize {
    const SECTION: [u8; 4] = 0x0a0d_0d0a_u32.to_le_bytes();
    let at = |offset: usize| read.get(offset..)?.first_chunk::<4>().copied();
    let (Some(kind), Some(length), Some(magic)) = (at(0), at(4), at(8)) else {
        return BEGINNING;
    };
    if kind != SECTION {
        return BEGINNING;
    }
    let length = if magic == 0x1a2b_3c4d_u32.to_be_bytes() {
        u32::from_be_bytes(length)
    } else {
        u32::from_le_bytes(length)
    };
    usize::try_from(length).unwrap_or(usize::MAX)
}

impl<R> Metered<R> {
    fn has_failed(&self) -> bool {
        self.meter.kept().is_some()
    }

    fn keep(&self, error: io::Error) {
        *self.meter.kept() = Some(error);
    }
}
