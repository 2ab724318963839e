//! Events as messages of syslog (RFC 5424). What the message says is one of the formats.

use std::io::Write as _;

use serde::Deserialize;

use super::signature::Class;
use super::{Format, Told};

/// The part of a system that a message is from (RFC 5424, 6.2.1).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Facility {
    /// The kernel.
    Kern = 0,
    /// Programs of users.
    User = 1,
    /// Daemons without a facility of their own.
    #[default]
    Daemon = 3,
    /// Security.
    Auth = 4,
    /// Security, for few to read.
    Authpriv = 10,
    /// For the operator to give a meaning, like the following.
    Local0 = 16,
    /// As `Local0`.
    Local1 = 17,
    /// As `Local0`.
    Local2 = 18,
    /// As `Local0`.
    Local3 = 19,
    /// As `Local0`.
    Local4 = 20,
    /// As `Local0`.
    Local5 = 21,
    /// As `Local0`.
    Local6 = 22,
    /// As `Local0`.
    Local7 = 23,
}

/// What every message says of its sender.
#[derive(Clone, Debug)]
pub struct Sender {
    facility: Facility,
    host: String,
    process: u32,
}

impl Sender {
    /// A process on a host. What may not stand in a host's name becomes `-`.
    pub fn new(facility: Facility, host: &str, process: u32) -> Self {
        /// RFC 5424, 6.
        const LONGEST: usize = 255;
        let letters = host.chars().take(LONGEST);
        let host: String = letters
            .map(|letter| {
                if letter.is_ascii_graphic() {
                    letter
                } else {
                    '-'
                }
            })
            .collect();
        Self {
            facility,
            host: if host.is_empty() {
                "-".to_owned()
            } else {
                host
            },
            process,
        }
    }

    /// Appends one message, without anything that would separate it from the next. Its identifier is the
    /// reason, by which receivers can sort.
    pub fn write(&self, told: &Told<'_>, format: Format, message: &mut Vec<u8>) {
        let reason = told.event.reason;
        let severity = Class::of(reason).syslog_severity();
        let head = format!(
            "<{}>1 {} {} enforcer {} {} - ",
            self.facility as u8 * 8 + severity,
            told.at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ"),
            self.host,
            self.process,
            reason.name(),
        );
        message.extend_from_slice(head.as_bytes());
        format.write_message(told, false, message);
    }

    /// Appends one message with its length before it, for a stream (RFC 6587, 3.4.1).
    #[expect(clippy::expect_used, reason = "a vector takes all bytes")]
    pub fn write_counted(&self, told: &Told<'_>, format: Format, stream: &mut Vec<u8>) {
        let mut message = Vec::new();
        self.write(told, format, &mut message);
        write!(stream, "{} ", message.len()).expect("a vector is written to");
        stream.append(&mut message);
    }
}
