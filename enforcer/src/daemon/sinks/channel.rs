//! What a sink sends through.

use std::{io, os::fd::AsFd};

use super::{Ending, Mended, batch::Batch};

/// A way out for messages.
pub(super) trait Channel: Send {
    /// Sends all of a batch. After an error what is left in it is sent again later.
    fn send(&mut self, batch: &mut Batch, ending: &Ending) -> io::Result<()>;

    /// How many messages were refused since this was asked last, though they had been taken before.
    fn refused(&mut self) -> usize {
        0
    }

    /// Has something done once what could not be opened is open. Most have nothing to open.
    fn once_mended(&mut self, _mended: Mended) {}

    /// Looks whether the way still leads where it did. Most ask that when they send.
    fn look(&mut self, _batch: &mut Batch) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a batch to a file, at most so many bytes at once as it takes without waiting. So it is known to
/// the byte what the file has taken, whenever the waiting ends.
pub(super) fn write(
    file: &impl AsFd,
    batch: &mut Batch,
    most: usize,
    ending: &Ending,
) -> io::Result<()> {
    while batch.left() > 0 {
        ending.wait_writable(file.as_fd())?;
        let all = batch.all();
        let some = all.get(..most).unwrap_or(all);
        match rustix::io::write(file, some) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(bytes) => batch.advance(bytes),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
