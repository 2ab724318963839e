//! The policy as the kernel's tables hold it.
//!
//! Pure: no kernel, no clock, no logging. The same policy on the same router makes the same rows in
//! the same order.

mod addresses;
mod lines;
mod longest;
pub mod lookup;
mod realms;
mod services;
mod slots;
mod sources;
mod spaces;

use enforcer_common::{
    Source, Translator,
    compiled::{Cell, DEEPER, Depth, InterfaceRow, Memory, Plan, Scope, SourceRow, V4Row, V6Row},
    rule::MAX_CLAUSES,
    service::Services,
    slots::Places,
    steps::{Head, Line, Steps},
    table::{GroupId, MAX_SHAPES},
};
use ipnet::IpNet;
use thiserror::Error;
use zerocopy::transmute;

pub use self::slots::Slots;

use self::lookup::Lookup;
use self::realms::Realms;
use self::services::Settled;
use self::spaces::Spaces;
use crate::numbering::CameraIds;
use crate::policy::Policy;
use crate::ranges::Ranges;
use crate::rows;
use crate::topology::Topology;
use crate::words::Grouped;

/// How many sources the cameras of a policy may be known by.
pub const MAX_SOURCES: usize = 1 << 20;

/// How many addresses and prefixes the router may know behind its interfaces: behind each that the
/// policy names, the broadcast addresses of all.
pub const MAX_NEIGHBOURS: usize = 1 << 20;

/// The arrays of a generation, as [`enforcer_common::compiled`] reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompiledPolicy {
    /// What holds for interfaces; only of links that the policy names.
    pub interfaces: Slots<InterfaceRow>,
    /// The masks under which sources are looked up, the most specific first; each carries its
    /// number as its shape.
    pub masks: Vec<Source>,
    /// Sources under one of the masks, and whose they are.
    pub sources: Slots<SourceRow>,
    /// Functions of lower halves of IPv4 addresses.
    pub v4: Slots<V4Row>,
    /// Functions of parts of IPv6 addresses.
    pub v6: Slots<V6Row>,
    /// How far into IPv6 addresses look-ups are.
    pub depths: Vec<Depth>,
    /// How many of them a look-up takes at most.
    pub rounds: u32,
    /// The lines of all functions.
    pub lines: Vec<Line>,
    /// The heads of functions that are split.
    pub parts: Vec<Head>,
    /// Where the rules of groups are, by number of the group.
    pub plans: Vec<Plan>,
    /// What classes of addresses are to groups.
    pub cells: Vec<Cell>,
    /// What rules come to.
    pub services: Vec<Services>,
    /// The translators that the policy names.
    pub translators: Vec<Translator>,
}

/// A policy that the tables have no room for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CapacityError {
    /// Cameras are known in more ways than there may be masks.
    #[error("kinds of camera identity: {}, room for {}", Grouped(*count), Grouped(MAX_SHAPES))]
    Shapes {
        /// How many.
        count: usize,
    },
    /// The lists of the cameras' identities combine to too much.
    #[error("sources that cameras are known by: {}, room for {}", Grouped(*count), Grouped(MAX_SOURCES))]
    Sources {
        /// How many, up to the first camera for which there is no room.
        count: usize,
    },
    /// The policy names many interfaces, and the router is in many networks.
    #[error("addresses and prefixes behind interfaces: {}, room for {}", Grouped(*count), Grouped(MAX_NEIGHBOURS))]
    Neighbours {
        /// How many, those counted twice that are known for two reasons.
        count: usize,
    },
    /// The addresses that one group tells apart are of too many kinds.
    #[error("the rules of group `{group}` tell more than {} classes of addresses apart", Grouped(*room))]
    Classes {
        /// Whose rules.
        group: String,
        /// How many there is room for.
        room: usize,
    },
    /// IPv6 addresses are told apart in too many ways.
    #[error("kinds of steps into IPv6 addresses: {}, room for {}", Grouped(*count), Grouped(DEEPER))]
    Depths {
        /// How many.
        count: usize,
    },
    /// Rules that cover one address are too far apart.
    #[error(
        "rules {first} and {last} cover the same addresses, and no more than {} rules may lie between",
        Grouped(*room)
    )]
    Distance {
        /// Number of the first.
        first: u32,
        /// Number of the last.
        last: u32,
        /// How many may be between.
        room: u32,
    },
    /// More clauses cover one address than there may.
    #[error("{} clauses cover {prefix} of group `{group}`, room for {}", Grouped(*count), Grouped(MAX_CLAUSES))]
    Clauses {
        /// What they cover.
        prefix: IpNet,
        /// Whose they are.
        group: String,
        /// How many.
        count: usize,
    },
}

impl CompiledPolicy {
    /// Lays a policy out for a router. A camera that has no number yet gets the one that
    /// [`CameraIds::assign`] gives it.
    pub fn new(
        policy: &Policy,
        topology: &Topology,
        ids: &CameraIds,
    ) -> Result<Self, CapacityError> {
        Lookup::new(policy, topology, ids).map(Lookup::into_compiled)
    }

    /// Lays a policy out whose rules are settled, and whose cameras have their numbers.
    fn of_ranges(
        policy: &Policy,
        topology: &Topology,
        ids: &CameraIds,
        ranges: &Ranges,
    ) -> Result<Self, CapacityError> {
        let (masks, sources) = sources::lay_out(policy, topology, ids)?;
        let own = addresses::own(policy, topology, ids);
        let sources = sources.into_iter().map(|(source, camera)| SourceRow {
            key: transmute!(source),
            camera: own
                .get(&camera.id)
                .map_or(camera, |own| own.write_into(camera)),
        });
        let sources: Vec<SourceRow> = sources.collect();
        let mut spaces = Spaces::default();
        let mut settled = Settled::default();
        let names: Vec<&str> = policy.groups.iter().map(|group| &*group.name).collect();
        let broadcast = addresses::broadcast(topology);
        let realms = Realms::new(ranges, &names, &broadcast, &mut spaces, &mut settled)?;
        for (camera, prefixes) in addresses::bindings(policy, ids) {
            let scope = Scope::bindings(camera);
            let (v4, v6) = longest::steps(&prefixes);
            spaces.write_v4(scope, &v4);
            spaces.write_v6(scope, &v6);
        }
        let mut interfaces: Vec<InterfaceRow> = interfaces(policy, topology).collect();
        for (index, prefixes) in addresses::neighbours(policy, topology)? {
            let scope = Scope::neighbours(index);
            let (v4, v6) = longest::steps(&prefixes);
            let missing = spaces.write_v4_apart(scope, &v4);
            spaces.write_v6(scope, &v6);
            let row = interfaces.iter_mut().find(|row| row.index == index);
            if let Some(row) = row {
                row.neighbours = missing;
            }
        }
        let count = spaces.depths.len();
        if count > usize::from(DEEPER) {
            return Err(CapacityError::Depths { count });
        }
        Ok(Self {
            interfaces: Slots::new(&interfaces, |row| [u64::from(row.index)]),
            masks,
            sources: Slots::new(&sources, |row| row.key),
            v4: Slots::new(&spaces.v4, |row| [row.key]),
            v6: Slots::new(&spaces.v6, |row| row.key),
            depths: spaces.depths,
            rounds: spaces.rounds,
            lines: spaces.lines.rows,
            parts: spaces.lines.parts,
            plans: realms.plans,
            cells: realms.cells,
            services: settled.rows,
            translators: rows::translators(policy),
        })
    }
}

/// What holds for each link that the policy names.
fn interfaces(policy: &Policy, topology: &Topology) -> impl Iterator<Item = InterfaceRow> {
    let links = topology.links.iter();
    links.filter_map(|link| {
        let row = policy.interface_for(&link.name)?;
        Some(InterfaceRow {
            index: link.index,
            interface: rows::interface(policy, row),
            ..InterfaceRow::default()
        })
    })
}

/// The row of an array, wherever the host holds it.
fn row<R>(rows: &[R], index: u32) -> Option<&R> {
    rows.get(usize::try_from(index).ok()?)
}

impl Steps for CompiledPolicy {
    fn line(&self, index: u32) -> Option<&Line> {
        row(&self.lines, index)
    }

    fn part(&self, index: u32) -> Option<&Head> {
        row(&self.parts, index)
    }

    fn difference(one: u64, other: u64) -> u64 {
        one.wrapping_sub(other)
    }

    fn sum(one: usize, other: usize) -> usize {
        one + other
    }
}

impl Memory for CompiledPolicy {
    fn interface_places(&self) -> Places {
        self.interfaces.places
    }

    fn interface(&self, place: u32) -> Option<&InterfaceRow> {
        row(&self.interfaces.rows, place)
    }

    fn masks(&self) -> u32 {
        u32::try_from(self.masks.len()).unwrap_or(u32::MAX)
    }

    fn mask(&self, index: u32) -> Option<Source> {
        row(&self.masks, index).copied()
    }

    fn source_places(&self) -> Places {
        self.sources.places
    }

    fn source(&self, place: u32) -> Option<&SourceRow> {
        row(&self.sources.rows, place)
    }

    fn v4_places(&self) -> Places {
        self.v4.places
    }

    fn v4(&self, place: u32) -> Option<&V4Row> {
        row(&self.v4.rows, place)
    }

    fn v6_places(&self) -> Places {
        self.v6.places
    }

    fn v6(&self, place: u32) -> Option<&V6Row> {
        row(&self.v6.rows, place)
    }

    fn rounds(&self) -> u32 {
        self.rounds
    }

    fn depth(&self, index: u32) -> Option<&Depth> {
        row(&self.depths, index)
    }

    fn plan(&self, group: GroupId) -> Option<&Plan> {
        row(&self.plans, group)
    }

    fn cell(&self, index: u32) -> Option<&Cell> {
        row(&self.cells, index)
    }

    fn services(&self, index: u32) -> Option<&Services> {
        row(&self.services, index)
    }

    fn translators(&self) -> u32 {
        u32::try_from(self.translators.len()).unwrap_or(u32::MAX)
    }

    fn translator(&self, index: u32) -> Option<&Translator> {
        row(&self.translators, index)
    }
}
