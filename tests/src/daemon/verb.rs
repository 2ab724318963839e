//! A verb that runs, and may run for long.

use std::io::{PipeReader, Read as _};
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal};

use super::lines::Lines;
use super::{PATIENCE, TICK};

/// A verb that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Verb {
    child: Child,
    output: PipeReader,
    errors: Lines,
}

impl Verb {
    pub(super) fn new(mut child: Child, output: PipeReader) -> Result<Self> {
        let errors = child.stderr.take().context("the verb's stderr")?;
        Ok(Self {
            child,
            output,
            errors: Lines::of(errors),
        })
    }

    /// The next line of its output. Nothing more of it is read than that.
    pub fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            self.output
                .read_exact(&mut byte)
                .with_context(|| format!("no line: {:?}", String::from_utf8_lossy(&line)))?;
            if byte == *b"\n" {
                return String::from_utf8(line).context("no text");
            }
            line.extend(byte);
        }
    }

    /// Its output, to be read apart from this; or, dropped, by nobody.
    pub fn output(&mut self) -> Result<PipeReader> {
        let (none, _) = std::io::pipe()?;
        Ok(std::mem::replace(&mut self.output, none))
    }

    /// Waits until it complains with these words.
    pub fn wait_for(&mut self, words: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.errors.next(TICK).filter(|line| line.contains(words)) {
                return Ok(line);
            }
            ensure!(
                Instant::now() < deadline,
                "{words}: {:?}",
                self.errors.all()
            );
        }
    }

    /// All that it has complained about.
    pub fn errors(&mut self) -> String {
        self.errors.all().join("\n")
    }

    /// Waits until it ends by itself, in time; how it does.
    pub fn end(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().context("wait for a verb")? {
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "it does not end");
            thread::sleep(TICK);
        }
    }

    /// Ctrl-C.
    pub fn interrupt(&self) -> Result<()> {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let process = process.context("the verb's process id")?;
        rustix::process::kill_process(process, Signal::INT).context("signal to a verb")
    }
}

impl Drop for Verb {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
