//! Who follows the events over the control socket or the port: what comes, line by line, and how it ends.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::connect;

/// An answer without end.
pub struct Following {
    head: String,
    body: BufReader<Chunks>,
}

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// With a last word.
    Well,
    /// In the middle of it.
    CutOff,
}

impl Following {
    /// Asks for events: `?last=1`, with more lines of the head, each with its end.
    pub fn events(socket: &Path, query: &str, head: &str) -> Result<Self> {
        Self::over(connect(socket)?, query, head)
    }

    /// The same over a connection.
    pub fn over(
        mut stream: impl Read + Write + Send + 'static,
        query: &str,
        head: &str,
    ) -> Result<Self> {
        write!(
            stream,
            "GET /v1/events{query} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n"
        )?;
        let mut stream: BufReader<Box<dyn Read + Send>> = BufReader::new(Box::new(stream));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = stream.read_line(&mut head).context("a head")?;
            ensure!(read > 0, "no head: {head}");
        }
        let chunks = Chunks {
            stream,
            left: 0,
            ends: None,
        };
        Ok(Self {
            head,
            body: BufReader::new(chunks),
        })
    }

    /// The status of HTTP.
    pub fn status(&self) -> u16 {
        let status = self.head.split(' ').nth(1);
        status.and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    /// What the head says it is.
    pub fn kind(&self) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut kinds = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        kinds.next().map(|(_, kind)| kind)
    }

    /// The next line without its end, or how it ended.
    pub fn line(&mut self) -> Result<Result<String, Ends>> {
        let mut line = String::new();
        self.body.read_line(&mut line).context("a line")?;
        if line.is_empty() {
            let ends = self.body.get_ref().ends;
            return Ok(Err(ends.context("nothing, and no end")?));
        }
        Ok(Ok(line.trim_end_matches('\n').to_owned()))
    }

    /// The next line, which is JSON.
    pub fn event(&mut self) -> Result<Value> {
        match self.line()? {
            Ok(line) => serde_json::from_str(&line).with_context(|| line.clone()),
            Err(ends) => bail!("it has ended: {ends:?}"),
        }
    }

    /// Whatever comes to the end, and how that was.
    pub fn rest(&mut self) -> Result<(Vec<String>, Ends)> {
        let mut lines = Vec::new();
        loop {
            match self.line()? {
                Ok(line) => lines.push(line),
                Err(ends) => return Ok((lines, ends)),
            }
        }
    }
}

/// The body of an answer in pieces, each with its length before it (RFC 9112, 7.1).
struct Chunks {
    stream: BufReader<Box<dyn Read + Send>>,
    left: usize,
    ends: Option<Ends>,
}

impl Chunks {
    /// Reads the length of the next piece.
    fn begin(&mut self) -> io::Result<()> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match usize::from_str_radix(line.trim_end(), 16) {
            Ok(0) => self.ends = Some(Ends::Well),
            Ok(length) => self.left = length,
            Err(_) => self.ends = Some(Ends::CutOff),
        }
        Ok(())
    }
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && self.ends.is_none() {
            self.begin()?;
        }
        if self.ends.is_some() {
            return Ok(0);
        }
        let most = buffer.len().min(self.left);
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let read = self.stream.read(buffer)?;
        self.left -= read;
        if read == 0 {
            self.ends = Some(Ends::CutOff);
        } else if self.left == 0 {
            // The line break behind it.
            self.stream.read_line(&mut String::new())?;
        }
        Ok(read)
    }
}
