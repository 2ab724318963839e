//! Everything that can be wrong with a policy, in words.

use thiserror::Error;

use super::place::Span;
use crate::words::Grouped;

mod advice;
mod list;
mod warning;

pub(super) use list::{Problems, shown};
pub use warning::Warning;

/// One thing that is wrong with a policy.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// The text is not YAML.
    #[error("{message}")]
    YamlSyntax {
        /// The reader's words.
        message: String,
        /// The address that stands there without the quotes it needs.
        unquoted: Option<String>,
    },
    /// YAML that a policy does not use.
    #[error("{what} has no place in a policy")]
    YamlUnsupported {
        /// Tag or merge key.
        what: String,
    },
    /// A character that YAML forbids.
    #[error("the character U+{:04X} is not allowed in YAML", u32::from(*found))]
    ControlCharacter {
        /// It.
        found: char,
    },
    /// There is nothing in the file, or comments only.
    #[error("the policy is empty")]
    EmptyDocument,
    /// A second YAML document begins.
    #[error("a policy is one document, and here begins another")]
    SecondDocument,
    /// Nested deeper than any policy needs.
    #[error("lists and mappings are nested more than {limit} deep")]
    TooDeep {
        /// How deep they may be.
        limit: usize,
    },
    /// More than there is room for.
    #[error("{what}: there is room for {}", Grouped(*limit))]
    TooLarge {
        /// Of what.
        what: String,
        /// How many there may be.
        limit: usize,
    },
    /// A key that nothing reads.
    #[error("{place} has no key `{key}`")]
    UnknownKey {
        /// It.
        key: String,
        /// Where it was written.
        place: String,
        /// The key it looks like.
        closest: Option<String>,
        /// The keys there are.
        known: &'static [&'static str],
    },
    /// A key that is needed is not there.
    #[error("{place} needs a key `{key}`")]
    MissingKey {
        /// It.
        key: &'static str,
        /// Where it is missing.
        place: String,
    },
    /// A key is given twice.
    #[error("the key `{key}` is given twice")]
    DuplicateKey {
        /// It.
        key: String,
        /// The first one.
        first: Span,
    },
    /// Two things of one kind have the same name.
    #[error("there are two {kind}s called `{name}`")]
    DuplicateName {
        /// What is called so.
        kind: &'static str,
        /// The name.
        name: String,
        /// The first one.
        first: Span,
    },
    /// A list where one value belongs, and the like.
    #[error("{what} is {expected}, not {found}")]
    WrongType {
        /// What stands there.
        what: String,
        /// What belongs there.
        expected: &'static str,
        /// What was found.
        found: &'static str,
        /// The address that is read as a mapping because it ends in a colon.
        unquoted: Option<String>,
    },
    /// A word that is none of a few.
    #[error("`{key}` cannot be `{text}`")]
    BadValue {
        /// The key.
        key: String,
        /// The word.
        text: String,
        /// The word it looks like.
        closest: Option<String>,
        /// The words there are.
        choices: Vec<&'static str>,
    },
    /// A name that could not be used in labels and commands.
    #[error("`{name}` cannot be the name of a {kind}")]
    BadName {
        /// What was to be called so.
        kind: &'static str,
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Not an address, nor a prefix.
    #[error("`{text}` is not an address or prefix")]
    BadPrefix {
        /// It.
        text: String,
        /// What to write.
        advice: Option<String>,
    },
    /// Bits past the length of a prefix.
    #[error("`{text}` has bits set outside its /{length}")]
    HostBitsSet {
        /// It.
        text: String,
        /// Its length.
        length: u8,
        /// The same with these bits cleared.
        meant: String,
    },
    /// IPv4 written as IPv6.
    #[error("`{text}` is an IPv4 prefix written as IPv6")]
    MappedAddress {
        /// It.
        text: String,
        /// The same as IPv4.
        meant: String,
    },
    /// A prefix of translated addresses.
    #[error("`{text}` is judged as the IPv4 addresses inside, so no frame would ever match it")]
    Nat64Address {
        /// It.
        text: String,
        /// The IPv4 prefix.
        meant: String,
    },
    /// A prefix that leads to no translator.
    #[error("`{text}` cannot be the prefix of a translator: {why}")]
    BadTranslator {
        /// It.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A list file that yields no list.
    #[error("`{path}` cannot be read: {why}")]
    UnreadableFile {
        /// Its path.
        path: String,
        /// What stands in the way.
        why: String,
        /// What to do.
        advice: Option<&'static str>,
    },
    /// A list that decides something holds nothing.
    #[error("{what} is empty")]
    EmptyList {
        /// What.
        what: String,
    },
    /// No list of this name.
    #[error("there is no list `{name}` under `prefixes:`")]
    UnknownList {
        /// The name.
        name: String,
        /// The list it looks like.
        closest: Option<String>,
    },
    /// No group of this name.
    #[error("there is no group `{name}`")]
    UnknownGroup {
        /// The name.
        name: String,
        /// The group it looks like.
        closest: Option<String>,
    },
    /// Lists that name one another in a circle.
    #[error("lists name one another in a circle: {path}")]
    Cycle {
        /// The names, the first one once more at the end.
        path: String,
    },
    /// Not an Ethernet address, nor a prefix of one.
    #[error("`{text}` is not a MAC address or prefix")]
    BadMac {
        /// It.
        text: String,
        /// The same, as it would be written here.
        meant: Option<String>,
    },
    /// A length that no registry assigns.
    #[error("`{text}` is a MAC prefix of {length} bits")]
    BadMacLength {
        /// It.
        text: String,
        /// Its length.
        length: u32,
    },
    /// A MAC that is no source.
    #[error("no frame comes from the MAC address `{text}`")]
    MacNotASource {
        /// It.
        text: String,
    },
    /// An address that is no source.
    #[error("no packet of a camera comes from `{text}`: it is {what}")]
    IpNotASource {
        /// It.
        text: String,
        /// What it is.
        what: &'static str,
    },
    /// Not a VLAN identifier.
    #[error("`{text}` is not a VLAN identifier")]
    BadVlan {
        /// It.
        text: String,
        /// The number, if it is one written in another base.
        meant: Option<u16>,
    },
    /// Not a port or range.
    #[error("`{text}` is not a protocol and port")]
    BadPort {
        /// It.
        text: String,
        /// What was probably meant.
        meant: Option<String>,
    },
    /// A port without its protocol.
    #[error("`{text}` does not say of which protocol")]
    MissingProtocol {
        /// It.
        text: String,
        /// The same of TCP.
        meant: String,
    },
    /// Neither the name of a protocol nor its number.
    #[error("`{text}` is not an IP protocol")]
    BadProtocol {
        /// It.
        text: String,
        /// The name that it looks like.
        closest: Option<String>,
    },
    /// A protocol that another key is for, or none.
    #[error("`{text}` does not belong in `protocols`")]
    ProtocolElsewhere {
        /// It.
        text: String,
        /// What to write instead.
        instead: &'static str,
    },
    /// A range that ends before it begins.
    #[error("the range `{text}` ends before it begins")]
    ReversedRange {
        /// It.
        text: String,
        /// The same the other way round.
        meant: String,
    },
    /// Not an interface name.
    #[error("`{text}` cannot be an interface's name")]
    BadInterface {
        /// It.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing would be enforced.
    #[error("the policy names no interface, so nothing would be enforced")]
    NoInterfaces,
    /// A camera that no frame is known by.
    #[error("camera `{camera}` matches nothing")]
    EmptyMatch {
        /// The camera.
        camera: String,
    },
    /// Two cameras that cannot be told apart.
    #[error("cameras `{first_camera}` and `{camera}` are known by the same {key}")]
    SameIdentity {
        /// The later one.
        camera: String,
        /// The earlier one.
        first_camera: String,
        /// MAC address, IP address, VLAN or interface.
        key: &'static str,
        /// Where the earlier one has it.
        first: Span,
    },
    /// Not a time.
    #[error("`{text}` is not a time")]
    BadTime {
        /// It.
        text: String,
        /// What to write.
        advice: String,
    },
    /// The end of an audit where there is none.
    #[error("`until` without `mode: audit` beside it")]
    UntilWithoutAudit,
    /// A version that this program does not know.
    #[error("version `{text}` of the policy's format is not known here")]
    UnsupportedVersion {
        /// It.
        text: String,
    },
}

impl Problem {
    /// What the YAML reader says of a place in `text`, without the place, which the report shows
    /// anyway.
    pub(super) fn yaml_syntax(error: &serde_yaml::Error, text: &str, at: usize) -> Self {
        let words = error.to_string();
        if words.contains("repetition limit exceeded") {
            let what = "aliases write out to too many values".to_owned();
            return Self::YamlSyntax {
                message: what,
                unquoted: None,
            };
        }
        let message = match (words.find(" at line "), words.find(", while ")) {
            (Some(place), Some(context)) if place < context => {
                let (message, _) = words.split_at(place);
                let (_, context) = words.split_at(context);
                format!("{message}{context}")
            }
            (Some(place), _) => words.split_at(place).0.to_owned(),
            (None, _) => words,
        };
        let unquoted = address_around(text, at);
        Self::YamlSyntax { message, unquoted }
    }
}

/// The address around a byte that needs quotes: YAML takes a colon at its beginning or end for its
/// own.
fn address_around(text: &str, at: usize) -> Option<String> {
    let is_part = |letter: &char| letter.is_ascii_hexdigit() || ":./".contains(*letter);
    let (before, after) = text.split_at_checked(at)?;
    let before = before.len()
        - before
            .chars()
            .rev()
            .take_while(is_part)
            .map(char::len_utf8)
            .sum::<usize>();
    let after = at + after.chars().take_while(is_part).count();
    let word = text.get(before..after)?;
    (word.matches(':').count() > 1).then(|| shown(word))
}
