//! `tcp/554` and `udp/8000-8010`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// `tcp/554` or `udp/8000-8010`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    /// The protocol.
    pub protocol: Transport,
    /// The first port, never zero.
    pub first: u16,
    /// The last port, at least [`Self::first`].
    pub last: u16,
}

/// A protocol with ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Why a text is not a [`PortRange`]; with the way it was probably meant.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PortError {
    /// Ports, but of which protocol?
    #[error("of which protocol? {0}")]
    NoProtocol(PortRange),
    /// The last port comes before the first.
    #[error("the range ends before it begins: {0}")]
    Reversed(PortRange),
    /// Anything else.
    #[error("not a protocol and port")]
    Malformed(Option<PortRange>),
}

impl PortRange {
    /// Whether a port is one of these.
    pub const fn contains(&self, protocol: Transport, port: u16) -> bool {
        self.protocol as u8 == protocol as u8 && self.first <= port && port <= self.last
    }
}

impl FromStr for PortRange {
    type Err = PortError;

    fn from_str(text: &str) -> Result<Self, PortError> {
        let written = match text.split_once('/') {
            Some(("tcp", ports)) => Some((Transport::Tcp, ports)),
            Some(("udp", ports)) => Some((Transport::Udp, ports)),
            Some(_) | None => None,
        };
        let Some((protocol, ports)) = written else {
            return Err(match (range(Transport::Tcp, text), rewritten(text)) {
                (Some(range), _) if range.first <= range.last => PortError::NoProtocol(range),
                (_, meant) => PortError::Malformed(meant),
            });
        };
        match range(protocol, ports) {
            Some(range) if range.first <= range.last => Ok(range),
            Some(Self { first, last, .. }) => Err(PortError::Reversed(Self {
                protocol,
                first: last,
                last: first,
            })),
            None => Err(PortError::Malformed(rewritten(text))),
        }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.protocol, self.first)?;
        if self.last == self.first {
            Ok(())
        } else {
            write!(f, "-{}", self.last)
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

fn range(protocol: Transport, ports: &str) -> Option<PortRange> {
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    Some(PortRange {
        protocol,
        first: port(first)?,
        last: port(last)?,
    })
}

fn port(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|&port| port != 0)
}

/// `554/tcp`, `TCP/554`, `tcp:554`, `tcp 554`, `tcp/any`, `udp/8000:8010` in the way they are
/// written here.
fn rewritten(text: &str) -> Option<PortRange> {
    let text = text.trim().to_ascii_lowercase();
    let protocol = |word: &str| match word {
        "tcp" => Some(Transport::Tcp),
        "udp" => Some(Transport::Udp),
        _ => None,
    };
    let (left, right) = text.split_once(['/', ':', ' ']).unwrap_or((&text, "any"));
    let (protocol, ports) = match (protocol(left), protocol(right)) {
        (Some(protocol), _) => (protocol, right),
        (None, Some(protocol)) => (protocol, left),
        (None, None) => return None,
    };
    let ports = match ports.trim() {
        "*" | "any" | "all" | "0-65535" | "" => "1-65535".to_owned(),
        ports => ports.replace([':', '–'], "-"),
    };
    range(protocol, &ports).filter(|range| range.first <= range.last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_and_a_range_are_read() {
        for text in ["tcp/554", "udp/8000-8010", "tcp/1-65535", "udp/65535"] {
            assert_eq!(text.parse::<PortRange>().unwrap().to_string(), text);
        }
        assert_eq!("tcp/5-5".parse(), "tcp/5".parse::<PortRange>());
    }

    #[test]
    fn what_is_no_port_is_told_apart() {
        let meant = |text: &str| text.parse::<PortRange>().unwrap();
        for (text, expected) in [
            ("554", PortError::NoProtocol(meant("tcp/554"))),
            ("8000-8010", PortError::NoProtocol(meant("tcp/8000-8010"))),
            ("udp/8010-8000", PortError::Reversed(meant("udp/8000-8010"))),
            ("tcp/0", PortError::Malformed(None)),
            ("tcp/65536", PortError::Malformed(None)),
            ("tcp/+5", PortError::Malformed(None)),
            ("icmp", PortError::Malformed(None)),
            ("", PortError::Malformed(None)),
            ("tcp/", PortError::Malformed(Some(meant("tcp/1-65535")))),
            ("udp", PortError::Malformed(Some(meant("udp/1-65535")))),
            ("554/tcp", PortError::Malformed(Some(meant("tcp/554")))),
            ("TCP/554", PortError::Malformed(Some(meant("tcp/554")))),
            ("tcp:554", PortError::Malformed(Some(meant("tcp/554")))),
            (
                "udp/8000:8010",
                PortError::Malformed(Some(meant("udp/8000-8010"))),
            ),
        ] {
            assert_eq!(text.parse::<PortRange>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_range_holds_its_ends() {
        let range: PortRange = "udp/8000-8010".parse().unwrap();
        for (protocol, port, expected) in [
            (Transport::Udp, 7999, false),
            (Transport::Udp, 8000, true),
            (Transport::Udp, 8010, true),
            (Transport::Udp, 8011, false),
            (Transport::Tcp, 8000, false),
        ] {
            assert_eq!(
                range.contains(protocol, port),
                expected,
                "{protocol}/{port}"
            );
        }
    }
}
