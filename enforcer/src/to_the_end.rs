//! Output of which somebody may read no more than the beginning, as `head` does. The exit code is an answer too, and is
//! the same for whoever reads no further.

use std::io::{self, ErrorKind, Write};

/// Takes all that is written, whether or not somebody still reads it.
#[derive(Debug)]
pub struct ToTheEnd<W> {
    out: W,
    is_read: bool,
}

impl<W: Write> ToTheEnd<W> {
    /// To whoever reads `out`.
    pub const fn new(out: W) -> Self {
        Self { out, is_read: true }
    }

    /// What became of a write; to whom nobody reads, all is as if it were written.
    fn judge<T>(&mut self, written: io::Result<T>, as_if: T) -> io::Result<T> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_read = false;
                Ok(as_if)
            }
            written => written,
        }
    }
}

impl<W: Write> Write for ToTheEnd<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_read {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes);
        self.judge(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.is_read {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.judge(flushed, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_does_not_notice_that_nobody_reads_and_hears_of_all_else_that_fails() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut out = ToTheEnd::new(writer);
        for _ in 0..2 {
            out.write_all(b"a line\n").unwrap();
            out.flush().unwrap();
        }
        let mut room = [0_u8; 3];
        let mut full = ToTheEnd::new(&mut room[..]);
        assert_eq!(full.write(b"four").unwrap(), 3);
        assert_eq!(
            full.write_all(b"!").unwrap_err().kind(),
            ErrorKind::WriteZero
        );
    }
}
