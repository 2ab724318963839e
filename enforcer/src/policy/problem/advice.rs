//! What stands around a problem's words: its code, the words at the caret, and what to do.

use super::Problem;
use crate::policy::place::Span;
use crate::policy::report::{Finding, Level};

/// For each variant its stable code and the words at the caret; `CODES` lists all codes.
macro_rules! codes {
    ($type:ty { $($variant:ident, $code:literal, $label:literal;)+ }) => {
        impl $type {
            /// Every code, so that tests and documentation can prove to be complete.
            pub const CODES: &[&str] = &[$($code),+];

            /// The code, which never changes once released.
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)+
                }
            }

            const fn label(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $label,)+
                }
            }
        }
    };
}

pub(super) use codes;

codes! { Problem {
    YamlSyntax, "yaml-syntax", "here";
    YamlUnsupported, "yaml-unsupported", "not in a policy";
    ControlCharacter, "control-character", "not text";
    EmptyDocument, "empty-document", "nothing here";
    SecondDocument, "second-document", "another document";
    TooDeep, "too-deep", "too deep";
    TooLarge, "too-large", "too many";
    UnknownKey, "unknown-key", "unknown key";
    MissingKey, "missing-key", "incomplete";
    DuplicateKey, "duplicate-key", "again here";
    DuplicateName, "duplicate-name", "again here";
    WrongType, "wrong-type", "of the wrong type";
    BadValue, "bad-value", "unknown value";
    BadName, "bad-name", "not a name";
    BadPrefix, "bad-prefix", "not a prefix";
    HostBitsSet, "host-bits-set", "host bits set";
    MappedAddress, "mapped-address", "IPv4 as IPv6";
    Nat64Address, "nat64-address", "NAT64";
    UnreadableFile, "unreadable-file", "not read";
    EmptyList, "empty-list", "empty";
    UnknownList, "unknown-list", "unknown list";
    UnknownGroup, "unknown-group", "unknown group";
    Cycle, "cycle", "leads back";
    BadMac, "bad-mac", "not a MAC address";
    BadMacLength, "bad-mac-length", "no such length";
    MacNotASource, "mac-not-a-source", "never a source";
    IpNotASource, "ip-not-a-source", "never a source";
    BadVlan, "bad-vlan", "not a VLAN";
    BadPort, "bad-port", "not a port";
    MissingProtocol, "missing-protocol", "tcp or udp?";
    ReversedRange, "reversed-range", "reversed";
    BadInterface, "bad-interface", "not an interface name";
    NoInterfaces, "no-interfaces", "no interface";
    EmptyMatch, "empty-match", "matches nothing";
    SameIdentity, "same-identity", "again here";
    UnsupportedVersion, "unsupported-version", "unknown version";
    NotSupportedYet, "not-supported-yet", "not yet";
}}

impl Finding for Problem {
    fn level(&self) -> Level {
        Level::Error
    }

    fn code(&self) -> &'static str {
        self.code()
    }

    fn label(&self) -> &'static str {
        self.label()
    }

    fn first(&self) -> Option<Span> {
        if let Self::DuplicateKey { first, .. }
        | Self::DuplicateName { first, .. }
        | Self::SameIdentity { first, .. } = self
        {
            Some(*first)
        } else {
            None
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::YamlSyntax { message } => return yaml_help(message).map(str::to_owned),
            Self::WrongType { expected: "a mapping", .. } => {
                "write `key: value`, one a line, indented below it".into()
            }
            Self::YamlUnsupported { .. } => {
                "write it out; what is needed often may be a list under `prefixes:`".into()
            }
            Self::ControlCharacter { .. } => "is this a text file, in UTF-8?".into(),
            Self::EmptyDocument => "begin with `version: 1`".into(),
            Self::SecondDocument => "remove the `---` and all that comes after it".into(),
            Self::TooDeep { .. } | Self::DuplicateName { .. } | Self::WrongType { .. } => return None,
            Self::TooLarge { .. } => "split the policy, or write shorter lists".into(),
            Self::UnknownKey { closest: Some(closest), .. }
            | Self::UnknownList { closest: Some(closest), .. }
            | Self::UnknownGroup { closest: Some(closest), .. }
            | Self::BadValue { closest: Some(closest), .. } => did_you_mean(closest),
            Self::UnknownKey { closest: None, known, .. } => {
                format!("the keys here are {}", listed(known, "and"))
            }
            Self::BadValue { closest: None, choices, .. } => format!("write {}", listed(choices, "or")),
            Self::UnknownList { closest: None, name } if name.contains('.') => {
                "write its addresses: a host name would let a DNS server decide what is allowed".into()
            }
            Self::UnknownList { closest: None, .. } => {
                "write an address, a prefix, or the name of a list under `prefixes:`".into()
            }
            Self::UnknownGroup { closest: None, .. } => "define it under `groups:`".into(),
            Self::MissingKey { key, .. } => missing_help(key).into(),
            Self::DuplicateKey { .. } => "join the two: only one would hold".into(),
            Self::BadName { why, .. } => (*why).into(),
            Self::BadPrefix { advice: Some(advice), .. } => advice.clone(),
            Self::BadPrefix { advice: None, .. } => {
                "write 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32".into()
            }
            Self::HostBitsSet { meant, .. }
            | Self::MissingProtocol { meant, .. }
            | Self::ReversedRange { meant, .. }
            | Self::BadMac { meant: Some(meant), .. }
            | Self::BadPort { meant: Some(meant), .. } => did_you_mean(meant),
            Self::MappedAddress { meant, .. } | Self::Nat64Address { meant, .. } => {
                format!("write {meant}")
            }
            Self::UnreadableFile { advice, .. } => return advice.map(str::to_owned),
            Self::EmptyList { .. } => "write what belongs here, or remove the key".into(),
            Self::Cycle { .. } => "take one of the names out of its list".into(),
            Self::BadMac { meant: None, .. } => {
                "write six octets, 44:19:b6:5d:3a:01, or the first three, 44:19:b6".into()
            }
            Self::BadMacLength { .. } => {
                "the registry assigns 24, 28 and 36 bits: 44:19:b6 or 44:19:b6:d0:00:00/28".into()
            }
            Self::MacNotASource { .. } => "write the camera's own address, see its label".into(),
            Self::IpNotASource { .. } => "write the camera's own address".into(),
            Self::BadVlan { .. } => "write a number from 1 to 4094, or a list of them".into(),
            Self::BadPort { meant: None, .. } => "write tcp/554 or udp/8000-8010".into(),
            Self::BadInterface { why, .. } => why.clone(),
            Self::NoInterfaces => "name those that cameras sit behind: `interfaces: {lan-cam*: {}}`".into(),
            Self::EmptyMatch { .. } => "give `match` a `mac`, `ip`, `vlan` or `interface`".into(),
            Self::SameIdentity { key, .. } => match *key {
                "MAC address" => {
                    "tell them apart by `vlan:` or `interface:`; `ip:` beside `mac:` binds, it does not select"
                }
                "IP address" => "tell them apart by `vlan:` or `interface:`",
                _ => "tell them apart by `mac:` or `ip:`",
            }
            .into(),
            Self::UnsupportedVersion { .. } => "write `version: 1`".into(),
            Self::NotSupportedYet { instead, .. } => (*instead).into(),
        })
    }
}

fn did_you_mean(text: &str) -> String {
    format!("did you mean {text}?")
}

fn missing_help(key: &str) -> &'static str {
    match key {
        "version" => "write `version: 1`",
        "to" => "say where to: an address, a prefix, or the name of a list under `prefixes:`",
        "match" => "say how its frames are known: `match: {mac: \"44:19:b6:5d:3a:01\"}`",
        "group" => "name one of the groups under `groups:`",
        _ => "add it",
    }
}

/// The reader's words assume that one knows YAML's.
fn yaml_help(message: &str) -> Option<&'static str> {
    if message.contains("alphabetic or numeric character") {
        Some("a name that begins with `*` or `&` needs quotes: \"*\"")
    } else if message.contains("cannot start any token") {
        Some("indent with spaces, not tabs; a value that begins with @, ` or % needs quotes")
    } else if message.contains("mapping values are not allowed") {
        Some("a value that holds `: ` needs quotes; is the line indented like its neighbours?")
    } else if message.contains("unknown anchor") {
        Some("a value that begins with `*` needs quotes")
    } else if message.contains("could not find expected ':'") {
        Some("a key is followed by a colon and a space")
    } else if message.contains("did not find expected key") {
        Some("is the line indented like its neighbours?")
    } else {
        None
    }
}

/// `a`, `b` or `c`.
fn listed(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((word, others)) if !others.is_empty() => {
            format!("{} {last} {word}", others.join(", "))
        }
        Some((word, _)) => format!("{word} alone"),
        None => String::new(),
    }
}
