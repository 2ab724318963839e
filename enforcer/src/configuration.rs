//! The daemon's own settings (`enforcer run --config`): where events go, how long the ledger is kept, and where names and
//! owners of destinations come from. What cameras may reach is the policy's alone.

mod amiss;
mod written;

use std::{
    fmt, fs,
    net::SocketAddr,
    path::{Path, PathBuf, absolute},
};

use serde::Deserialize;

pub use self::amiss::Amiss;

use crate::{
    cli,
    events::{Format, syslog::Facility},
    exit::{Exit, Failure},
    ledger::store::Retention,
    policy::FileError,
    words::closest,
};

/// How many events wait for a sink if nothing else is said: more than the kernel's ring holds, so that a
/// ring that has filled up while no daemon ran is told whole.
pub const QUEUE: usize = 16_384;

/// What the file says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Where events go; nowhere, if there are none.
    #[serde(default, deserialize_with = "written::sinks")]
    pub sinks: Vec<Sink>,
    /// How long it is kept what cameras sent where.
    #[serde(default)]
    pub ledger: Retention,
    /// Whether it is listened to what resolvers answer to cameras.
    #[serde(default)]
    pub names: bool,
    /// Files that say whose addresses are.
    #[serde(default, deserialize_with = "written::files")]
    pub owners: Vec<PathBuf>,
}

/// One place that events go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sink {
    /// Where to.
    pub to: To,
    /// How they are written.
    pub format: Format,
    /// How many may wait.
    pub queue: usize,
}

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// The standard output.
    Stdout,
    /// A file, which is appended to.
    File(PathBuf),
    /// Whoever listens on a unix stream socket.
    UnixStream(PathBuf),
    /// Whoever is bound to a unix datagram socket.
    UnixDatagram(PathBuf),
    /// A syslog server, under a facility.
    Syslog(Server, Facility),
    /// systemd's journal, at its socket.
    Journald(PathBuf),
}

/// Where a syslog server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// On this machine, at a datagram socket.
    Local(PathBuf),
    /// By UDP.
    Udp(SocketAddr),
    /// By TCP.
    Tcp(SocketAddr),
}

impl Configuration {
    /// What the command line asks for, in a file or without one.
    pub fn of(options: &cli::Run) -> Result<Self, Failure> {
        if let Some(path) = &options.config {
            return Self::read(path);
        }
        let path = options.events.as_deref();
        let sink = path.map(|path| Sink::of_command_line(path, options.format));
        Ok(Self {
            sinks: sink.into_iter().collect(),
            ..Self::default()
        })
    }

    /// Reads the file. What is wrong is told with its place.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display();
        let refused = |words: String| Failure::new(Exit::Usage, words);
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| refused(format!("{name}: {}", FileError::from(error))))?;
        let read = serde_yaml::from_str(&text);
        read.map_err(|error| refused(format!("{name}{}", in_words(&error))))
    }
}

impl Sink {
    /// What `--events` and `--format` ask for. The file is named from the root on, so that it can be opened
    /// anew in a directory that is known.
    pub fn of_command_line(path: &Path, format: Format) -> Self {
        let to = if path == Path::new("-") {
            To::Stdout
        } else {
            To::File(absolute(path).unwrap_or_else(|_| path.to_owned()))
        };
        Self {
            to,
            format,
            queue: QUEUE,
        }
    }

    /// The file that it writes, if it writes one.
    pub fn file(&self) -> Option<&Path> {
        match &self.to {
            To::File(path) => Some(path),
            To::Stdout
            | To::UnixStream(_)
            | To::UnixDatagram(_)
            | To::Syslog(..)
            | To::Journald(_) => None,
        }
    }

    /// The TCP port that it connects to, if it does.
    pub const fn tcp_port(&self) -> Option<u16> {
        match &self.to {
            To::Syslog(Server::Tcp(address), _) => Some(address.port()),
            To::Syslog(Server::Local(_) | Server::Udp(_), _)
            | To::Stdout
            | To::File(_)
            | To::UnixStream(_)
            | To::UnixDatagram(_)
            | To::Journald(_) => None,
        }
    }
}

/// As the log and its readers know it.
impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("the standard output"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::UnixStream(path) => write!(f, "unix_stream {}", path.display()),
            Self::UnixDatagram(path) => write!(f, "unix_datagram {}", path.display()),
            Self::Syslog(Server::Local(path), _) => write!(f, "syslog {}", path.display()),
            Self::Syslog(Server::Udp(address), _) => write!(f, "syslog udp {address}"),
            Self::Syslog(Server::Tcp(address), _) => write!(f, "syslog tcp {address}"),
            Self::Journald(path) => write!(f, "journald {}", path.display()),
        }
    }
}

/// `:3:7: sinks[0]: there is no `fil`; did you mean `file`?`: the place first, as compilers tell it.
fn in_words(error: &serde_yaml::Error) -> String {
    let words = error.to_string();
    let Some(place) = error.location() else {
        return format!(": {}", advised(&words));
    };
    let (line, column) = (place.line(), place.column());
    let words = words.replacen(&format!(" at line {line} column {column}"), "", 1);
    format!(":{line}:{column}: {}", advised(&words))
}

/// What serde says of a word that is none, with the one that was likely meant in place of all that there are.
fn advised(words: &str) -> String {
    let unknown = ["unknown field ", "unknown variant "];
    let found = unknown.iter().find_map(|it| words.split_once(it));
    let Some((at, told)) = found else {
        return words.to_owned();
    };
    let mut ticked = told.split('`').skip(1).step_by(2);
    let Some(wrong) = ticked.next() else {
        return words.to_owned();
    };
    let known: Vec<&str> = ticked.collect();
    let advice = match closest(wrong, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => "there are none".to_owned(),
        None => format!("there are `{}`", known.join("`, `")),
    };
    format!("{at}there is no `{wrong}`; {advice}")
}

#[cfg(test)]
mod tests;
