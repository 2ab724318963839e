//! The settings as they stand in the file, and what they mean.

use std::{
    fmt,
    net::SocketAddr,
    path::{Component, Path, PathBuf},
};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
        value::StrDeserializer,
    },
};

use super::{QUEUE, Server, Sink, To};
use crate::events::{Format, syslog::Facility};

/// More than this would be memory for hours of a flood.
const LONGEST_QUEUE: u64 = 1_000_000;

/// Where journald listens (`systemd.journal-fields(7)`).
const JOURNAL: &str = "/run/systemd/journal/socket";

/// The longest path of a socket (`sun_path` in `unix(7)`, less the zero at its end).
const LONGEST_SOCKET: usize = 107;

/// The key of a sink.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Stdout,
    File,
    UnixStream,
    UnixDatagram,
    Syslog,
    Journald,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping, like {format: text}")]
struct Plain {
    #[serde(default)]
    format: Format,
    #[serde(default)]
    queue: Queue,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping, like {path: /var/log/enforcer/events.json}"
)]
struct At {
    #[serde(deserialize_with = "absolute")]
    path: PathBuf,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    queue: Queue,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping, like {path: /run/collector/events.sock}"
)]
struct AtSocket {
    #[serde(deserialize_with = "socket")]
    path: PathBuf,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    queue: Queue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping, like {to: /dev/log}")]
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
#[serde(deny_unknown_fields, expecting = "a mapping, like {format: text}")]
struct Journald {
    #[serde(default = "journal", deserialize_with = "socket")]
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
    from.deserialize_seq(Sinks)
}

struct Sinks;

impl<'de> Visitor<'de> for Sinks {
    type Value = Vec<Sink>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of sinks")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<Sink>, A::Error> {
        let mut sinks = Vec::new();
        while let Some(sink) = from.next_element_seed(One { before: &sinks })? {
            sinks.push(sink);
        }
        Ok(sinks)
    }
}

/// One more. It is refused where it is read, so that the error knows the place.
#[derive(Clone, Copy)]
struct One<'s> {
    before: &'s [Sink],
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Sink;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Sink, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = Sink;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a kind of sink and what it takes, like `file: {path: /var/log/enforcer/events.json}`",
        )
    }

    /// `- stdout`, which takes nothing.
    fn visit_str<E: Error>(self, kind: &str) -> Result<Sink, E> {
        let sink = match Kind::deserialize(StrDeserializer::<E>::new(kind))? {
            Kind::Stdout => Plain::default().into(),
            Kind::Journald => Journald::default().into(),
            Kind::File | Kind::UnixStream | Kind::UnixDatagram => {
                let words = format!(
                    "it takes a path, like `{kind}: {{path: /var/log/enforcer/events.json}}`"
                );
                return Err(E::custom(words));
            }
            Kind::Syslog => {
                return Err(E::custom(
                    "it takes a server, like `syslog: {to: /dev/log}`",
                ));
            }
        };
        self.require_another(sink)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Sink, A::Error> {
        let Some(kind) = from.next_key()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        let sink = match kind {
            Kind::Stdout => from
                .next_value::<Option<Plain>>()?
                .unwrap_or_default()
                .into(),
            Kind::File => {
                let At {
                    path,
                    format,
                    queue,
                } = from.next_value()?;
                sink(To::File(path), format, queue)
            }
            Kind::UnixStream => {
                let AtSocket {
                    path,
                    format,
                    queue,
                } = from.next_value()?;
                sink(To::UnixStream(path), format, queue)
            }
            Kind::UnixDatagram => {
                let AtSocket {
                    path,
                    format,
                    queue,
                } = from.next_value()?;
                sink(To::UnixDatagram(path), format, queue)
            }
            Kind::Syslog => {
                let Syslog {
                    to: Address(server),
                    facility,
                    format,
                    queue,
                } = from.next_value()?;
                sink(To::Syslog(server, facility), format, queue)
            }
            Kind::Journald => from
                .next_value::<Option<Journald>>()?
                .unwrap_or_default()
                .into(),
        };
        if from.next_key::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom("one kind of sink stands behind each dash"));
        }
        self.require_another(sink)
    }
}

impl One<'_> {
    fn require_another<E: Error>(self, sink: Sink) -> Result<Sink, E> {
        let place = real(&sink.to);
        if self.before.iter().any(|before| real(&before.to) == place) {
            return Err(E::custom(format_args!(
                "{} stands here twice, so that it would get every event twice",
                sink.to
            )));
        }
        Ok(sink)
    }
}

/// The same for all names of a place.
fn real(to: &To) -> To {
    match to {
        To::Stdout | To::Syslog(Server::Udp(_) | Server::Tcp(_), _) => to.clone(),
        To::File(path) => To::File(real_path(path)),
        To::UnixStream(path) => To::UnixStream(real_path(path)),
        To::UnixDatagram(path) => To::UnixDatagram(real_path(path)),
        To::Journald(path) => To::Journald(real_path(path)),
        To::Syslog(Server::Local(path), facility) => {
            To::Syslog(Server::Local(real_path(path)), *facility)
        }
    }
}

/// Where links lead, as far as there is something; `..` behind that means the directory above.
fn real_path(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let (Some(parent), Some(name)) = (path.parent(), path.components().next_back()) else {
        return path.to_owned();
    };
    let mut parent = real_path(parent);
    if name == Component::ParentDir {
        parent.pop();
    } else {
        parent.push(name);
    }
    parent
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

impl Default for Journald {
    fn default() -> Self {
        Self {
            path: journal(),
            format: text(),
            queue: Queue::default(),
        }
    }
}

const fn sink(to: To, format: Format, Queue(queue): Queue) -> Sink {
    Sink { to, format, queue }
}

impl From<Plain> for Sink {
    fn from(Plain { format, queue }: Plain) -> Self {
        sink(To::Stdout, format, queue)
    }
}

impl From<Journald> for Sink {
    fn from(
        Journald {
            path,
            format,
            queue,
        }: Journald,
    ) -> Self {
        sink(To::Journald(path), format, queue)
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
            form: "a path like /dev/log, of 107 bytes at most, or an address like udp://192.0.2.1:514 or \
                   tcp://[2001:db8::1]:601, no name and no port 0",
        })
        .map(Self)
    }
}

fn server(text: &str) -> Option<Server> {
    let at = |address: &str| {
        let address = address.parse::<SocketAddr>().ok();
        // Nobody is ever there.
        address.filter(|address| address.port() != 0)
    };
    match text.split_once("://") {
        Some(("udp", address)) => at(address).map(Server::Udp),
        Some(("tcp", address)) => at(address).map(Server::Tcp),
        Some(_) => None,
        None => of_socket(text).map(Server::Local),
    }
}

/// What a relative path would mean depends on where the daemon was started.
fn from_the_root(text: &str) -> Option<PathBuf> {
    Some(PathBuf::from(text)).filter(|path| path.is_absolute())
}

/// One that the kernel takes for a socket's, too.
fn of_socket(text: &str) -> Option<PathBuf> {
    from_the_root(text).filter(|_| text.len() <= LONGEST_SOCKET)
}

fn socket<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    from.deserialize_str(Parsed {
        parse: of_socket,
        form: "a path from the root on, of 107 bytes at most, like /run/collector/events.sock",
    })
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
