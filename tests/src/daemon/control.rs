//! The control socket, byte by byte, and the port of `--listen`: what any program can say to them.

use std::collections::BTreeSet;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::PATIENCE;
use crate::sandbox::Namespace;

/// What came back. Two are never the same: the head has the time in it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// What stands in it.
    pub text: String,
    head: String,
}

impl Answer {
    /// Asks for something. With an empty body none is sent.
    pub fn to(socket: &Path, method: &str, path: &str, body: &str) -> Result<Self> {
        let mut stream = connect(socket)?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: enforcer\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        Self::from(stream)
    }

    /// Asks at a port from within a namespace, with more lines of the head, each with its end.
    pub fn over_tcp(
        namespace: &Namespace,
        port: SocketAddr,
        method: &str,
        path: &str,
        head: &str,
    ) -> Result<Self> {
        let mut stream = connect_tcp(namespace, port)?;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {port}\r\n{head}\r\n"
        )?;
        Self::from(stream)
    }

    /// Whatever comes to the end.
    pub fn from(mut stream: impl Read) -> Result<Self> {
        let mut text = String::new();
        stream.read_to_string(&mut text).context("an answer")?;
        let (head, body) = text
            .split_once("\r\n\r\n")
            .context("no head of an answer")?;
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        let mut answer = Self {
            status: status.with_context(|| head.to_owned())?,
            text: body.to_owned(),
            head: head.to_owned(),
        };
        if answer.head("transfer-encoding") == Some("chunked") {
            answer.text = joined(&answer.text).context("pieces of an answer")?;
        }
        Ok(answer)
    }

    /// A value in it: `/unconfirmed/generation`.
    pub fn at(&self, pointer: &str) -> Value {
        let read: Value = serde_json::from_str(&self.text).unwrap_or_default();
        read.pointer(pointer).cloned().unwrap_or_default()
    }

    /// A line of its head, by its name in small letters: `content-type`.
    pub fn head(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let (_, value) = lines.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// A number that Prometheus would read there: `enforcer_policy_stale`.
    pub fn metric(&self, name: &str) -> Option<u64> {
        let line = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
        self.text.lines().find_map(line)
    }

    /// Every name by which Prometheus would know a number there, whether there is one of it yet or not.
    pub fn metrics(&self) -> Result<BTreeSet<String>> {
        let kinds = self
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "));
        let names = kinds.map(|line| match line.split_once(' ') {
            Some((name, _)) => Ok(name.to_owned()),
            None => bail!("a number without a type: {line}"),
        });
        names.collect()
    }
}

/// The pieces of an answer, each of which has its length before it (RFC 9112, 7.1), to the last, which is empty.
fn joined(mut pieces: &str) -> Option<String> {
    let mut joined = String::new();
    loop {
        let (length, rest) = pieces.split_once("\r\n")?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(joined);
        }
        joined.push_str(rest.get(..length)?);
        pieces = rest.get(length..)?.strip_prefix("\r\n")?;
    }
}

/// The same, to a port from within a namespace.
pub fn connect_tcp(namespace: &Namespace, port: SocketAddr) -> Result<TcpStream> {
    let stream = namespace.run(|| TcpStream::connect(port))?;
    let stream = stream.with_context(|| port.to_string())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// A connection that nothing was said on yet.
pub fn connect(socket: &Path) -> Result<UnixStream> {
    let stream = UnixStream::connect(socket).with_context(|| socket.display().to_string())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}
