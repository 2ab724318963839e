//! The settings as they stand in the file, and what they mean.

use std::{fmt, net::SocketAddr, path::PathBuf};

use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};

use super::{QUEUE, Server, Sink, To};
use crate::events::{Format, syslog::Facility};

/// More than this would be memory for hours of a flood.
const LONGEST_QUEUE: u64 = 1_000_000;

/// Where journald listens (`systemd.journal-fields(7)`).
const JOURNAL: &str = "/run/systemd/journal/socket";

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Stdout(Plain),
    File(At),
    UnixStream(At),
    UnixDatagram(At),
    Syslog(Syslog),
    Journald(Journald),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    #[serde(default)]
    format: Format,
    #[serde(default)]
    queue: Queue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    #[serde(deserialize_with = "absolute")]
    path: PathBuf,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    queue: Queue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Syslog {
    to: Address,
    #[serde(default)]
    facility: Facility,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    queue: Queue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Journald {
    #[serde(default = "journal", deserialize_with = "absolute")]
    path: PathBuf,
    #[serde(default = "text")]
    format: Format,
    #[serde(default)]
    queue: Queue,
}

/// `/dev/log`, `udp://192.0.2.1:514`, `tcp://[2001:db8::1]:601`
struct Address(Server);

/// How many events may wait.
struct Queue(usize);

/// A path that means the same wherever the daemon was started.
struct Absolute(PathBuf);

/// The list of sinks, each a mapping of one key, which is its kind.
pub(super) fn sinks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Sink>, D::Error> {
    let written: Vec<Written> = serde_yaml::with::singleton_map_recursive::deserialize(from)?;
    let sinks: Vec<Sink> = written.into_iter().map(Sink::from).collect();
    for (index, sink) in sinks.iter().enumerate() {
        if sinks.iter().take(index).any(|other| other.to == sink.to) {
            return Err(Error::custom(format_args!(
                "sinks: {} stands here twice, so that every event would",
                sink.to
            )));
        }
    }
    Ok(sinks)
}

/// Paths from the root on.
pub(super) fn files<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    let files: Vec<Absolute> = Vec::deserialize(from)?;
    Ok(files.into_iter().map(|Absolute(path)| path).collect())
}

impl<'de> Deserialize<'de> for Absolute {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        absolute(from).map(Self)
    }
}

impl From<Written> for Sink {
    fn from(written: Written) -> Self {
        let (to, format, Queue(queue)) = match written {
            Written::Stdout(it) => (To::Stdout, it.format, it.queue),
            Written::File(it) => (To::File(it.path), it.format, it.queue),
            Written::UnixStream(it) => (To::UnixStream(it.path), it.format, it.queue),
            Written::UnixDatagram(it) => (To::UnixDatagram(it.path), it.format, it.queue),
            Written::Syslog(it) => {
                let Address(server) = it.to;
                (To::Syslog(server, it.facility), it.format, it.queue)
            }
            Written::Journald(it) => (To::Journald(it.path), it.format, it.queue),
        };
        Self { to, format, queue }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self(QUEUE)
    }
}

impl<'de> Deserialize<'de> for Queue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_u64(Length).map(Self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Parsed {
            parse: server,
            form: "a path like /dev/log, or an address like udp://192.0.2.1:514 or \
                   tcp://[2001:db8::1]:601, no name",
        })
        .map(Self)
    }
}

fn server(text: &str) -> Option<Server> {
    let at = |address: &str| address.parse::<SocketAddr>().ok();
    match text.split_once("://") {
        Some(("udp", address)) => at(address).map(Server::Udp),
        Some(("tcp", address)) => at(address).map(Server::Tcp),
        Some(_) => None,
        None => from_the_root(text).map(Server::Local),
    }
}

/// What a relative path would mean depends on where the daemon was started.
fn from_the_root(text: &str) -> Option<PathBuf> {
    Some(PathBuf::from(text)).filter(|path| path.is_absolute())
}

fn absolute<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    from.deserialize_str(Parsed {
        parse: from_the_root,
        form: "a path from the root on, like /var/log/enforcer/events.json",
    })
}

/// Text that means something. It is refused where it is read, so that the error knows the place.
struct Parsed<T> {
    parse: fn(&str) -> Option<T>,
    form: &'static str,
}

impl<T> Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.form)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| Error::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Reads it; a number that it cannot be is refused where it stands, too.
struct Length;

impl Visitor<'_> for Length {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from 1 to {LONGEST_QUEUE} events")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<usize, E> {
        let is_meant = (1..=LONGEST_QUEUE).contains(&number);
        let length = usize::try_from(number).ok().filter(|_| is_meant);
        length.ok_or_else(|| Error::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

fn journal() -> PathBuf {
    JOURNAL.into()
}

const fn text() -> Format {
    Format::Text
}
