//! `gre` and `47`: what a packet holds that is neither TCP, UDP nor ICMP.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The number of an IP protocol that rules may list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Protocol(u8);

/// Why a text is not a [`Protocol`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProtocolError {
    /// Neither a name nor a number.
    #[error("not a protocol")]
    Malformed,
    /// A protocol that rules have another key for; with what to write instead.
    #[error("allowed in another way")]
    Elsewhere(&'static str),
}

/// Names as IANA has them, in lower case; what is in use and what people write in firewalls.
const NAMES: [(&str, u8); 28] = [
    ("igmp", 2),
    ("ipv4", 4),
    ("egp", 8),
    ("dccp", 33),
    ("ipv6", 41),
    ("rsvp", 46),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-nonxt", 59),
    ("eigrp", 88),
    ("ospfigp", 89),
    ("ipip", 94),
    ("etherip", 97),
    ("encap", 98),
    ("pim", 103),
    ("ipcomp", 108),
    ("vrrp", 112),
    ("pgm", 113),
    ("l2tp", 115),
    ("sctp", 132),
    ("fc", 133),
    ("udplite", 136),
    ("mpls-in-ip", 137),
    ("manet", 138),
    ("wesp", 141),
    ("rohc", 142),
    ("ethernet", 143),
];

/// Those that pass in another way, by name and number.
const ELSEWHERE: [(&str, u8, &str); 13] = [
    (
        "tcp",
        6,
        "write `ports: tcp/1-65535`, or the ports that are needed",
    ),
    (
        "udp",
        17,
        "write `ports: udp/1-65535`, or the ports that are needed",
    ),
    ("icmp", 1, ICMP),
    ("ipv6-icmp", 58, ICMP),
    ("icmpv6", 58, ICMP),
    ("hopopt", 0, EXTENSION),
    ("ipv6-route", 43, EXTENSION),
    ("ipv6-frag", 44, EXTENSION),
    ("ipv6-opts", 60, EXTENSION),
    ("mobility", 135, EXTENSION),
    ("hip", 139, EXTENSION),
    ("shim6", 140, EXTENSION),
    ("experiments", 253, EXTENSION),
];

const ICMP: &str = "a rule without `ports`, `answer` and `protocols` allows its echo and errors";
const EXTENSION: &str =
    "it is an IPv6 extension header: name the protocol that is carried behind it";

impl Protocol {
    /// All names there are.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().map(|(name, _)| name)
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Whether what it carries are packets or frames, which go on to anywhere.
    pub const fn is_tunnel(self) -> bool {
        matches!(
            self.0,
            4 | 41 | 47 | 50 | 51 | 94 | 97 | 98 | 115 | 137 | 141 | 143
        )
    }
}

impl From<u8> for Protocol {
    fn from(number: u8) -> Self {
        Self(number)
    }
}

impl FromStr for Protocol {
    type Err = ProtocolError;

    fn from_str(text: &str) -> Result<Self, ProtocolError> {
        let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten();
        let mut elsewhere = ELSEWHERE.into_iter();
        // 254 is for experiments as 253 is (RFC 3692).
        let is_it = |&(name, other, _): &(&str, u8, &str)| {
            name == text || number.map(|number: u8| number.min(253)) == Some(other)
        };
        if number != Some(255)
            && let Some((.., instead)) = elsewhere.find(is_it)
        {
            return Err(ProtocolError::Elsewhere(instead));
        }
        let named = NAMES.into_iter().find(|&(name, _)| name == text);
        let number = number.or(named.map(|(_, number)| number));
        number.map(Self).ok_or(ProtocolError::Malformed)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.into_iter().find(|&(_, number)| number == self.0) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "protocol {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_number_are_one_protocol() {
        for (name, number) in NAMES {
            let protocol: Protocol = name.parse().unwrap();
            assert_eq!(number.to_string().parse(), Ok(protocol), "{name}");
            assert_eq!(protocol.number(), number);
            assert_eq!(protocol.to_string(), name);
        }
        assert_eq!(
            "255".parse::<Protocol>().unwrap().to_string(),
            "protocol 255"
        );
        assert_eq!("61".parse::<Protocol>().unwrap().number(), 61);
    }

    #[test]
    fn what_has_another_key_is_told_apart_from_what_is_nothing() {
        for text in [
            "tcp",
            "6",
            "udp",
            "17",
            "icmp",
            "1",
            "icmpv6",
            "ipv6-icmp",
            "58",
            "hopopt",
            "0",
            "43",
            "44",
            "60",
            "135",
            "139",
            "140",
            "253",
            "254",
            "006",
        ] {
            let error = text.parse::<Protocol>().unwrap_err();
            assert!(matches!(error, ProtocolError::Elsewhere(_)), "{text}");
        }
        for text in ["", "GRE", "256", "-1", "+47", "0x2f", "4 7", "any", "47/1"] {
            let error = text.parse::<Protocol>().unwrap_err();
            assert_eq!(error, ProtocolError::Malformed, "{text}");
        }
    }
}
