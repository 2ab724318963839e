//! What is known of a router at one moment: plain data, however it was learnt.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::directories::Directories;
use crate::kernel::links::PinnedProgram;
pub(super) use crate::kernel::programs::Program;
use crate::netlink::Attached;
use crate::policy::{Attach, NamePattern, Unlisted};
use crate::record::Record;

/// What was asked, or why the kernel does not say.
pub(super) type Known<T> = Result<T, Untold>;

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// In words that fit behind a colon.
    pub words: String,
    /// Whether root would know it.
    pub for_root: bool,
}

/// What is known of a router.
#[derive(Clone, Debug)]
pub struct Facts {
    /// When.
    pub now: Timestamp,
    /// Where the daemon keeps what it has.
    pub directories: Directories,
    /// What should be enforced.
    pub asked: Asked,
    /// Every link, in order of index.
    pub devices: Vec<Device>,
    /// What was put in force last.
    pub record: Known<Option<Record>>,
    /// The links that hold a program on an interface.
    pub pins: Known<Vec<PinnedProgram>>,
    /// The program that is pinned as the one in force.
    pub program: Known<Option<Program>>,
    /// Who keeps the policy in force.
    pub daemon: Known<Daemon>,
    /// nftables' flow tables.
    pub flowtables: Known<Vec<Flowtable>>,
    /// The machine.
    pub host: Host,
}

/// The interfaces that should be enforced, and what the policy says of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Path of the policy.
    pub path: Option<String>,
    /// Why it is not what the policy's file says, but what the record does.
    pub unreadable: Option<String>,
    /// In file order.
    pub interfaces: Vec<Named>,
    /// Where a tag decides who a camera is; not known from a record.
    pub tagged: Option<Vec<Tagged>>,
}

/// A name or pattern under `interfaces`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name or pattern.
    pub name: NamePattern,
    /// What the policy says of it; not known from a record.
    pub row: Option<Row>,
}

/// What the policy says of an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// How the program is to be attached.
    pub attach: Attach,
    /// What happens to a source that no camera claims.
    pub unlisted: Unlisted,
}

/// A camera that is known by its VLAN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// Its name.
    pub camera: String,
    /// Where it may be; nowhere named: anywhere.
    pub interfaces: Vec<NamePattern>,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its index.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// How long a packet may be.
    pub mtu: u32,
    /// The bridge or bond that it is a port of.
    pub master: Option<u32>,
    /// What it sits on, or for a veth the other end; where that is in this network namespace.
    pub parent: Option<u32>,
    /// The switch chip, or the embedded switch, that it is a port of.
    pub switch: Option<Vec<u8>>,
    /// Whether it is a port of a bridge that may not speak to others of its kind.
    pub isolated: bool,
    /// Whether a switch in the card passes frames between its functions.
    pub embedded_switch: bool,
    /// Virtual functions of the card.
    pub virtual_functions: u32,
    /// The program that runs on it.
    pub xdp: Option<Running>,
    /// What the driver does to frames: the kernel's names of features that are on or off.
    pub features: Known<BTreeMap<String, bool>>,
    /// Whether the driver has native XDP.
    pub native: Known<bool>,
    /// Whether it hands frames to it in several pieces.
    pub in_pieces: Known<bool>,
    /// What it is in its radio network, if it is in one.
    pub radio: Known<Option<Radio>>,
}

/// What a link is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A bridge.
    Bridge,
    /// A port of a switch chip, for users; its parent is the conduit.
    Dsa,
    /// One VLAN of its parent.
    Vlan,
    /// One MAC address of its parent.
    Macvlan,
    /// One end of a pair.
    Veth,
    /// Anything else; network cards say nothing of what they are.
    #[default]
    Other,
}

/// What a link is in a radio network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Radio {
    /// It passes frames between its stations.
    AccessPoint,
    /// It is a station of another's, or something else.
    Other,
}

/// A program on an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its number, and where it runs.
    pub attached: Attached,
    /// What it is.
    pub program: Known<Program>,
    /// The numbers of the links that hold it on interfaces; none if it was attached without.
    pub links: Known<Vec<u32>>,
}

/// Who keeps the policy in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Daemon {
    /// It runs.
    Runs {
        /// The process.
        process: i32,
        /// Its effective capabilities, a bit each.
        capabilities: Known<u64>,
    },
    /// It does not.
    Stopped,
}

/// A flow table of nftables: known flows take a short way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flowtable {
    /// Its family, as `nft` writes it.
    pub family: &'static str,
    /// The table that it is in.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Whether hardware takes over.
    pub hardware: bool,
    /// The interfaces, by name.
    pub devices: Vec<String>,
}

/// The machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The kernel's release.
    pub release: Known<String>,
    /// Whether the directory of the pins is on a BPF file system.
    pub bpffs: Known<bool>,
    /// Whether programs are compiled.
    pub compiles: Known<bool>,
    /// Whether systemd has a unit of that name.
    pub has_unit: bool,
}

impl Facts {
    /// The names of the interfaces that the policy names and that are there.
    pub fn interfaces(&self) -> Vec<String> {
        let names = self.enforced().map(|(device, _)| device.name.clone());
        names.collect()
    }

    /// The link of an index.
    pub(super) fn device(&self, index: u32) -> Option<&Device> {
        self.devices.iter().find(|device| device.index == index)
    }

    /// What the policy says of an interface, if it names it: the most specific row that matches.
    pub(super) fn named(&self, name: &str) -> Option<&Named> {
        let rows = self.asked.interfaces.iter();
        let rows = rows.filter(|row| row.name.matches(name));
        rows.rev().max_by_key(|row| row.name.specificity())
    }

    /// The interfaces that the policy names and that are there, each with what it says of them.
    pub(super) fn enforced(&self) -> impl Iterator<Item = (&Device, Option<Row>)> {
        let devices = self.devices.iter();
        devices.filter_map(|device| Some((device, self.named(&device.name)?.row)))
    }
}

impl Device {
    /// Whether a feature is on.
    pub(super) fn has(&self, feature: &str) -> Known<bool> {
        let features = self.features.as_ref().map_err(Clone::clone)?;
        Ok(features.get(feature).copied().unwrap_or_default())
    }
}

impl Untold {
    /// For whatever reason.
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            for_root: false,
        }
    }

    /// Because only root may know.
    pub fn for_root(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            for_root: true,
        }
    }
}
