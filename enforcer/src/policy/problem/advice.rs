//! What stands around a problem's words: its code, the words at the caret, and what to do.

use super::Problem;
use crate::policy::place::Span;
use crate::policy::report::{Finding, Level};

/// For each variant its stable code, the words at the caret, and what it means; `CODES` lists all
/// codes.
macro_rules! codes {
    ($type:ty { $($variant:ident, $code:literal, $label:literal, $means:literal;)+ }) => {
        impl $type {
            /// Every code, so that tests and documentation can prove to be complete.
            pub const CODES: &[&str] = &[$($code),+];

            /// Every code with what it means, as the documentation has it.
            pub const MEANINGS: &[(&str, &str)] = &[$(($code, $means)),+];

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
    YamlSyntax, "yaml-syntax", "here", "the text is not YAML";
    YamlUnsupported, "yaml-unsupported", "not in a policy", "a tag or a merge key";
    ControlCharacter, "control-character", "not text", "a character that YAML forbids";
    EmptyDocument, "empty-document", "nothing here", "nothing in the file";
    SecondDocument, "second-document", "another document", "a second document begins";
    TooDeep, "too-deep", "too deep", "nested too deep";
    TooLarge, "too-large", "too many", "more than there is room for";
    UnknownKey, "unknown-key", "unknown key", "a key that nothing reads";
    MissingKey, "missing-key", "incomplete", "a required key is not there";
    DuplicateKey, "duplicate-key", "again here", "a key is given twice, or `mode` or `nat64` in two files";
    DuplicateName, "duplicate-name", "again here", "two groups, cameras, lists or interfaces have one name";
    WrongType, "wrong-type", "of the wrong type", "a list where one value belongs, and the like";
    BadValue, "bad-value", "unknown value", "a word that is none of those allowed here";
    BadName, "bad-name", "not a name", "a name with other characters, or too long";
    BadPrefix, "bad-prefix", "not a prefix", "neither an address nor a prefix";
    HostBitsSet, "host-bits-set", "host bits set", "bits past the length of a prefix: 10.20.0.1/16";
    MappedAddress, "mapped-address", "IPv4 as IPv6", "IPv4 written as ::ffff:0:0/96";
    Nat64Address, "nat64-address", "NAT64", "IPv4 written as 64:ff9b::/96, or in a prefix of `nat64`";
    BadTranslator, "bad-translator", "not NAT64", "a prefix that cannot stand in `nat64`";
    UnreadableFile, "unreadable-file", "not read", "a list file is not there, may not be read, is no text file, or is too large";
    EmptyList, "empty-list", "empty", "a list that decides something holds nothing";
    UnknownList, "unknown-list", "unknown list", "no list of this name";
    UnknownGroup, "unknown-group", "unknown group", "no group of this name";
    Cycle, "cycle", "leads back", "lists name one another in a circle";
    BadMac, "bad-mac", "not a MAC address", "not a MAC address or prefix";
    BadMacLength, "bad-mac-length", "no such length", "a MAC prefix that is not 24, 28, 36 or 48 bits long";
    MacNotASource, "mac-not-a-source", "never a source", "a multicast MAC address, or zero";
    IpNotASource, "ip-not-a-source", "never a source", "an address that no camera can have";
    BadVlan, "bad-vlan", "not a VLAN", "not a number from 1 to 4094";
    BadPort, "bad-port", "not a port", "not `tcp/554` or `udp/8000-8010`";
    MissingProtocol, "missing-protocol", "tcp or udp?", "a port without `tcp/` or `udp/`";
    BadProtocol, "bad-protocol", "not a protocol", "neither the name of an IP protocol nor its number";
    ProtocolElsewhere, "protocol-elsewhere", "not here", "TCP, UDP, ICMP or an IPv6 extension header under `protocols`";
    ReversedRange, "reversed-range", "reversed", "a range that ends before it begins";
    BadInterface, "bad-interface", "not an interface name", "a name that no interface can have";
    NoInterfaces, "no-interfaces", "no interface", "nothing would be enforced";
    EmptyMatch, "empty-match", "matches nothing", "a camera that no frame is known by";
    SameIdentity, "same-identity", "again here", "two cameras that cannot be told apart";
    BadTime, "bad-time", "not a time", "neither a date nor a time with its offset";
    UntilWithoutAudit, "until-without-audit", "of no audit", "an `until` without `mode: audit` at the same place";
    UnsupportedVersion, "unsupported-version", "unknown version", "a `version` other than 1";
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
            Self::YamlSyntax { unquoted: Some(text), .. }
            | Self::WrongType { unquoted: Some(text), .. } => format!("write it in quotes: \"{text}\""),
            Self::YamlSyntax { message, unquoted: None } => {
                return yaml_help(message).map(str::to_owned);
            }
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
            | Self::BadProtocol { closest: Some(closest), .. }
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
            Self::BadPrefix { advice: Some(advice), .. } | Self::BadTime { advice, .. } => advice.clone(),
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
            Self::BadTranslator { .. } => {
                "write the prefix that the translator has, like 2001:db8:64::/96".into()
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
            Self::BadVlan { meant: Some(meant), .. } => did_you_mean(&meant.to_string()),
            Self::BadVlan { meant: None, .. } => "write a number from 1 to 4094, or a list of them".into(),
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
            Self::UntilWithoutAudit => {
                "write `mode: audit` beside it, or remove it: it is the end of that audit alone".into()
            }
            Self::UnsupportedVersion { .. } => "write `version: 1`".into(),
            Self::BadProtocol { closest: None, .. } => {
                "write its name in lower case, like gre or sctp, or its number".into()
            }
            Self::ProtocolElsewhere { instead, .. } => (*instead).into(),
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
    } else if message.contains("unexpected ':'") {
        Some("a value that ends in `:` needs quotes")
    } else if message.contains("did not find expected node content") {
        Some("a value is missing here, or it begins with `:` and needs quotes")
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
