//! What a process says, line by line.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// The lines of a stream as they come, and those that have come.
#[derive(Debug)]
pub(super) struct Lines {
    coming: Receiver<String>,
    heard: Vec<String>,
    /// How many of those heard have been returned by [`Lines::next`].
    returned: usize,
}

impl Lines {
    /// Reads a stream to its end.
    pub(super) fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, coming) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                // Nobody listens any more; but a full pipe would stop whoever writes.
                sender.send(line).ok();
            }
        });
        Self {
            coming,
            heard: Vec::new(),
            returned: 0,
        }
    }

    /// Those of nobody.
    pub(super) fn none() -> Self {
        Self::of(std::io::empty())
    }

    /// The next line, if it comes in time.
    pub(super) fn next(&mut self, patience: Duration) -> Option<String> {
        if self.heard.len() == self.returned {
            match self.coming.recv_timeout(patience) {
                Ok(line) => self.heard.push(line),
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => {
                    // Whoever asks again and again does not do so in vain at full speed.
                    thread::sleep(patience.min(super::TICK));
                    return None;
                }
            }
        }
        let line = self.heard.get(self.returned)?.clone();
        self.returned += 1;
        Some(line)
    }

    /// All lines until now; those that a process wrote before it ended are among them.
    pub(super) fn all(&mut self) -> &[String] {
        // A process that has ended closes its end, and the thread then lets go of its own.
        while let Ok(line) = self.coming.recv_timeout(super::TICK) {
            self.heard.push(line);
        }
        &self.heard
    }
}
