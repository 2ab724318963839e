//! The policy: what the operator wrote, checked. A [`Policy`] can only be made by
//! [`Policy::parse`], so everything that takes one may rely on what this file says of it.

use std::fmt;

use ipnet::{IpNet, Ipv6Net};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod covering;
mod discovery;
mod document;
mod files;
mod mac;
mod mode;
pub(crate) mod nat64;
mod outline;
mod pattern;
mod place;
mod plain;
mod port;
mod prefix;
mod prefixes;
mod problem;
mod protocol;
mod read;
mod report;
mod schema;
mod seen;
mod source;
mod texts;
mod time;
mod trust;
mod validate;

pub(crate) use covering::effective;
pub use discovery::{Discovery, Search};
pub use files::FileError;
pub use mac::{MacError, MacPrefix};
pub use mode::Mode;
pub(crate) use nat64::WELL_KNOWN;
pub use outline::{GroupOutline, NamedList, Outline, Target, Written};
pub use pattern::{NamePattern, PatternError, Specificity};
pub use place::{Located, Span};
pub use port::{PortError, PortRange, Transport};
pub(crate) use prefix::parse_or_tell as parse_prefix;
pub use prefixes::Prefixes;
pub use problem::{Problem, Warning};
pub use protocol::{Protocol, ProtocolError};
pub use read::{ReadError, Reading};
pub use report::{Extent, Finding, Level, Report, Told};
pub(crate) use schema::join_lines;
pub use schema::json_schema;
pub use seen::Seen;
pub use source::Source;
pub use texts::Texts;
pub use time::{TimeError, parse as parse_time};
pub use trust::{Untrusted, require_trusted};

use files::Files;
use problem::Problems;

/// Everything that is wrong with a policy.
pub type PolicyError = Report<Problem>;

/// One whole policy, every name in it resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The path as the operator gave it.
    pub path: String,
    /// The paths of all that it was read from: the YAML files in the order of their names, then
    /// the list files.
    pub sources: Vec<String>,
    /// What holds for interfaces, and for every camera and group that does not say otherwise.
    pub mode: Mode,
    /// Prefixes of translators beside the well-known one (RFC 6052), in file order; none of them
    /// overlaps another.
    pub nat64: Vec<Ipv6Net>,
    /// In file order.
    pub interfaces: Vec<Interface>,
    /// In file order.
    pub groups: Vec<Group>,
    /// In file order.
    pub cameras: Vec<Camera>,
    warnings: Report<Warning>,
    /// What is to be told of each audit once it is over.
    audits: Report<Warning>,
}

/// Where in the policy something stands; lines and columns count from one, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Index in [`Policy::sources`].
    pub source: u16,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// One row of `interfaces:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Which interfaces; where several rows match one name, the most specific pattern holds.
    pub name: NamePattern,
    /// How the program is attached.
    pub attach: Attach,
    /// What happens to a source that no camera claims.
    pub unlisted: Unlisted,
    /// Where the row stands.
    pub at: Location,
}

/// How the program is attached to an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Attach {
    /// Native where the driver can, else generic with a warning.
    #[default]
    Auto,
    /// In the driver, or not at all.
    Native,
    /// In the network stack.
    Generic,
}

/// What happens to a frame whose source no camera claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Unlisted {
    /// It is dropped: only cameras live behind this interface.
    #[default]
    Drop,
    /// It is none of our business: cameras share this interface with other devices.
    Pass,
}

/// Cameras that share an allowlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What may be reached, in file order.
    pub allow: Vec<Allow>,
    /// What may never be reached, whatever `allow` says; in file order.
    pub deny: Vec<Deny>,
    /// Link housekeeping.
    pub link: Link,
    /// Where the group stands.
    pub at: Location,
}

/// One item of `allow:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// Destinations, named lists resolved; never empty.
    pub to: Prefixes,
    /// What is taken out of them again, named lists resolved.
    pub except: Prefixes,
    /// What of them.
    pub service: Service,
    /// Where the item stands.
    pub at: Location,
}

/// One item of `deny:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deny {
    /// Destinations, named lists resolved; never empty.
    pub to: Prefixes,
    /// What is taken out of them again, named lists resolved.
    pub except: Prefixes,
    /// Where the item stands.
    pub at: Location,
}

/// What an [`Allow`] lets through to its destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// Any TCP, any UDP, ICMP echo and errors.
    Any,
    /// These alone; at least one of the lists is not empty.
    Only {
        /// Destination ports that may be opened.
        ports: Vec<PortRange>,
        /// The camera's own ports: it may answer from them, never initiate.
        answer: Vec<PortRange>,
        /// Other protocols, whole.
        protocols: Vec<Protocol>,
    },
}

/// Link housekeeping: true where it is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// ARP, for the camera's own addresses.
    pub arp: bool,
    /// DHCP of both families, client to server.
    pub dhcp: bool,
    /// IPv6 neighbour and router solicitations, neighbour advertisements.
    pub neighbours: bool,
    /// By which protocols a camera may look for others.
    pub discovery: Discovery,
}

/// A device that the policy restricts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camera {
    /// Its name.
    pub name: String,
    /// How its frames are known.
    pub identity: Identity,
    /// Index of its group in [`Policy::groups`].
    pub group: usize,
    /// Its own mode, else its group's, else the policy's.
    pub mode: Mode,
    /// Where the camera stands.
    pub at: Location,
}

/// `match:`; within a list any value holds, and of the lists that are not empty all must hold. At
/// least one is not empty. No two cameras have the same most specific key with the same `vlan` and
/// `interface`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Identity {
    /// Ethernet sources.
    pub mac: Vec<MacPrefix>,
    /// With `mac`: the addresses it is bound to. Alone: the addresses it is known by.
    pub ip: Vec<IpNet>,
    /// VLAN identifiers, 1 to 4094.
    pub vlan: Vec<u16>,
    /// Interfaces.
    pub interface: Vec<NamePattern>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Policy {
    /// Reads a policy, or reports every problem in it at once. `path` is only told, not opened, and
    /// list files are not read: [`Self::read`] does that.
    pub fn parse(path: &str, text: &str) -> Result<Self, PolicyError> {
        let sources = vec![Source::new(path.to_owned(), text)];
        Self::from_sources(path, sources, &mut Files::none())
    }

    /// Reads a policy of several YAML texts, and of the list files that they name.
    fn from_sources(
        path: &str,
        mut sources: Vec<Source>,
        files: &mut Files,
    ) -> Result<Self, PolicyError> {
        let mut problems = Problems::default();
        let roots = load(&sources, &mut problems);
        let policy =
            roots.map(|roots| validate::policy(path, &roots, &mut sources, files, &mut problems));
        match policy {
            Some(policy) if problems.is_empty() => Ok(policy),
            Some(_) | None => Err(problems.into_report(path, &sources)),
        }
    }

    /// How it is written, of what [`Self::from_sources`] takes.
    fn outline(
        path: &str,
        mut sources: Vec<Source>,
        files: &mut Files,
    ) -> Result<Outline, PolicyError> {
        let mut problems = Problems::default();
        let roots = load(&sources, &mut problems);
        let outline =
            roots.map(|roots| validate::outline(&roots, &mut sources, files, &mut problems));
        match outline {
            Some(outline) if problems.is_empty() => Ok(outline),
            Some(_) | None => Err(problems.into_report(path, &sources)),
        }
    }

    /// The path of the source that a place is in.
    pub fn path_of(&self, at: Location) -> &str {
        self.sources
            .get(usize::from(at.source))
            .unwrap_or(&self.path)
    }

    /// The row of `interfaces:` that holds for a name: the most specific that matches, and of equals
    /// the first.
    pub fn interface_for(&self, name: &str) -> Option<&Interface> {
        let rows = self.interfaces.iter().filter(|row| row.name.matches(name));
        rows.rev().max_by_key(|row| row.name.specificity())
    }

    /// The name of the camera that a name looks like.
    pub fn closest_camera(&self, name: &str) -> Option<String> {
        let names = self.cameras.iter().map(|camera| camera.name.as_str());
        Problems::default().closest(name, names)
    }

    /// What is allowed and probably not meant; of audits that are over, what [`Self::at`] found.
    pub const fn warnings(&self) -> &Report<Warning> {
        &self.warnings
    }
}

/// The tree of each text; none if one has none: what it defines would be told as missing in the others.
fn load(sources: &[Source], problems: &mut Problems) -> Option<Vec<document::Node>> {
    let mut nodes = 0;
    let texts = (0..).zip(sources);
    let roots: Vec<_> = texts
        .map(|(number, source)| document::load(number, &source.text, &mut nodes, problems))
        .collect();
    roots.into_iter().collect()
}

impl Identity {
    /// Whether `ip` binds, rather than being what frames are known by.
    pub const fn binds(&self) -> bool {
        !self.mac.is_empty() && !self.ip.is_empty()
    }

    /// Whether it matters where a frame comes in.
    pub const fn is_placed(&self) -> bool {
        !self.vlan.is_empty() || !self.interface.is_empty()
    }
}

impl Default for Link {
    fn default() -> Self {
        Self {
            arp: true,
            dhcp: true,
            neighbours: true,
            discovery: Discovery::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_row_holds_for_an_interface_and_of_equals_the_first() {
        let text = "{version: 1, interfaces: {'*': , '*1': , 'lan*': , 'l*1': , lan2: , '1*': }}";
        let policy = Policy::parse("policy.yaml", text).unwrap_or_else(|error| panic!("{error}"));
        for (name, pattern) in [
            ("wan", "*"),
            ("lan", "lan*"),
            ("lan1", "lan*"),
            ("lo1", "l*1"),
            ("lan2", "lan2"),
            ("lan22", "lan*"),
            ("11", "*1"),
        ] {
            let row = policy.interface_for(name).map(|row| row.name.as_str());
            assert_eq!(row, Some(pattern), "{name}");
        }
    }
}
