//! The file that a daemon writes its events to.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Site;
use crate::daemon::{PATIENCE, TICK};

/// A file with an event in each line, whether it is there yet or not.
#[derive(Clone, Debug)]
pub struct EventFile(String);

impl Site {
    /// A file of this test for events.
    pub fn events(&self) -> EventFile {
        EventFile::at(&self.file("events.json"))
    }
}

impl EventFile {
    /// The file of this name.
    pub fn at(path: &Path) -> Self {
        Self(path.display().to_string())
    }

    /// Where it is, as an option says it.
    pub fn path(&self) -> &str {
        &self.0
    }

    /// All that is in it once nobody writes there any more: each line is an event, and has an end.
    pub fn all(&self) -> Result<Vec<Value>> {
        let text = fs::read(&self.0).with_context(|| self.0.clone())?;
        let has_ends = text.is_empty() || text.ends_with(b"\n");
        ensure!(has_ends, "{}: a line without an end", self.0);
        self.read(&text)
    }

    /// What is in it until now, without a line that is still being written.
    pub fn so_far(&self) -> Result<Vec<Value>> {
        self.read(&self.whole()?)
    }

    /// What is in it once there are so many events.
    pub fn once(&self, events: usize) -> Result<Vec<Value>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let whole = self.whole()?;
            let lines = whole.split_inclusive(|&byte| byte == b'\n').count();
            if lines >= events {
                return self.read(&whole);
            }
            ensure!(
                Instant::now() < deadline,
                "not within {PATIENCE:?}: {events} events in {}:\n{}",
                self.0,
                String::from_utf8_lossy(&whole)
            );
            thread::sleep(TICK);
        }
    }

    /// To the end of the last line that has one.
    fn whole(&self) -> Result<Vec<u8>> {
        let mut text = match fs::read(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            read => read.with_context(|| self.0.clone())?,
        };
        let end = text.iter().rposition(|&byte| byte == b'\n');
        text.truncate(end.map_or(0, |end| end + 1));
        Ok(text)
    }

    fn read(&self, lines: &[u8]) -> Result<Vec<Value>> {
        let lines = lines.split_inclusive(|&byte| byte == b'\n');
        let events = lines.map(|line| {
            serde_json::from_slice(line)
                .with_context(|| format!("{}: {}", self.0, line.escape_ascii()))
        });
        events.collect()
    }
}
