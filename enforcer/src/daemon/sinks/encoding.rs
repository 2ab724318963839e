//! What a sink makes of an event.

use std::{env, fs, io, io::IsTerminal as _, process};

use crate::{
    configuration::{Server, Sink, To},
    events::{Fact, Format, journal, syslog},
};

/// How an event becomes a message.
#[derive(Debug)]
pub(super) struct Encoding {
    format: Format,
    frame: Frame,
}

/// What is around it.
#[derive(Debug)]
enum Frame {
    /// A line break after it.
    Line {
        color: bool,
    },
    /// Nothing: a datagram has its own end.
    None,
    /// The head of syslog, and its length before that on a stream.
    Syslog(syslog::Sender),
    CountedSyslog(syslog::Sender),
    /// The fields of the journal.
    Journal,
}

impl Encoding {
    pub(super) fn of(sink: &Sink) -> Self {
        let frame = match &sink.to {
            To::Stdout => Frame::Line {
                color: is_colored(),
            },
            To::File(_) | To::UnixStream(_) => Frame::Line { color: false },
            To::UnixDatagram(_) => Frame::None,
            To::Syslog(Server::Tcp(_), facility) => Frame::CountedSyslog(sender(*facility)),
            To::Syslog(Server::Local(_) | Server::Udp(_), facility) => {
                Frame::Syslog(sender(*facility))
            }
            To::Journald(_) => Frame::Journal,
        };
        Self {
            format: sink.format,
            frame,
        }
    }

    /// Appends the event as one message.
    pub(super) fn write(&self, fact: &Fact, message: &mut Vec<u8>) {
        let told = fact.told();
        match &self.frame {
            Frame::Line { color } => self.format.write(&told, *color, message),
            Frame::None => self.format.write_message(&told, false, message),
            Frame::Syslog(sender) => sender.write(&told, self.format, message),
            Frame::CountedSyslog(sender) => sender.write_counted(&told, self.format, message),
            Frame::Journal => journal::write(&told, self.format, message),
        }
    }
}

fn is_colored() -> bool {
    let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !plain
}

/// A host without a name is told as one (RFC 5424, 6.2.4).
fn sender(facility: syslog::Facility) -> syslog::Sender {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    syslog::Sender::new(facility, host.trim(), process::id())
}
