//! The policy as the kernel's tables hold it.
//!
//! Pure: no kernel, no clock, no logging. The same policy on the same router makes the same rows in
//! the same order.

mod addresses;
mod destinations;
pub mod lookup;
mod sources;

use enforcer_common::{
    Address, Source, Translator,
    rule::{Clause, Destination, MAX_CLAUSES},
    table::{Camera, Interface, MAX_SHAPES, PrefixKey},
};
use ipnet::IpNet;
use thiserror::Error;

use crate::numbering::{CameraIds, Rules};
use crate::policy::Policy;
use crate::rows;
use crate::topology::Topology;

/// How many sources the cameras of a policy may be known by.
pub const MAX_SOURCES: usize = 1 << 20;

/// How many addresses and prefixes the router may know behind its interfaces: behind each that the
/// policy names, the broadcast addresses of all.
pub const MAX_NEIGHBOURS: usize = 1 << 20;

/// The rows of every table of a generation. Lengths of prefixes are in bits, the scope and the
/// family in front of the address included, as the kernel counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompiledPolicy {
    /// Interface index to what holds for it; only of links that the policy names.
    pub interfaces: Vec<(u32, Interface)>,
    /// The masks under which sources are looked up, the most specific first; each carries its
    /// number as its shape.
    pub shapes: Vec<Source>,
    /// Sources under one of the masks, and whose they are.
    pub sources: Vec<(Source, Camera)>,
    /// What cameras are bound to, by number of the camera, and all of it once more under
    /// [`enforcer_common::table::STRANGERS`].
    pub bindings: Vec<(u32, PrefixKey)>,
    /// What the router knows of addresses, by interface index: numbers of
    /// [`enforcer_common::table::Neighbour`].
    pub neighbours: Vec<(u32, PrefixKey, u32)>,
    /// All that covers a prefix, by number of the group; one row for each prefix that it names.
    pub destinations: Vec<(u32, PrefixKey, Destination)>,
    /// What the rules allow; the clauses of a destination stand next to each other.
    pub clauses: Vec<Clause>,
    /// The prefixes of translators.
    pub translators: Vec<Translator>,
}

/// A policy that the tables have no room for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CapacityError {
    /// Cameras are known in more ways than there may be masks.
    #[error("kinds of camera identity: {count}, room for {MAX_SHAPES}")]
    Shapes {
        /// How many.
        count: usize,
    },
    /// The lists of the cameras' identities combine to too much.
    #[error("sources that cameras are known by: {count}, room for {MAX_SOURCES}")]
    Sources {
        /// How many, up to the first camera for which there is no room.
        count: usize,
    },
    /// The policy names many interfaces, and the router is in many networks.
    #[error("addresses and prefixes behind interfaces: {count}, room for {MAX_NEIGHBOURS}")]
    Neighbours {
        /// How many, those counted twice that are known for two reasons.
        count: usize,
    },
    /// More clauses cover one address than the kernel looks at.
    #[error("{count} clauses cover {prefix} of group `{group}`, room for {MAX_CLAUSES}")]
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
        let ids = ids.assign(policy);
        let (shapes, sources) = sources::lay_out(policy, topology, &ids)?;
        let (destinations, clauses) = destinations::lay_out(policy, &Rules::new(policy))?;
        Ok(Self {
            interfaces: interfaces(policy, topology).collect(),
            shapes,
            sources,
            bindings: addresses::bindings(policy, &ids),
            neighbours: addresses::neighbours(policy, topology)?,
            destinations,
            clauses,
            translators: rows::translators(policy),
        })
    }
}

/// What holds for each link that the policy names.
fn interfaces(policy: &Policy, topology: &Topology) -> impl Iterator<Item = (u32, Interface)> {
    let links = topology.links.iter();
    links.filter_map(|link| {
        let row = policy.interface_for(&link.name)?;
        Some((link.index, rows::interface(policy, row)))
    })
}

/// The key of a prefix within a scope, and its length.
fn prefix_key(scope: u32, prefix: IpNet) -> (u32, PrefixKey) {
    let address = match prefix {
        IpNet::V4(prefix) => Address::v4(prefix.network().octets()),
        IpNet::V6(prefix) => Address::v6(prefix.network().octets()),
    };
    let bits = PrefixKey::SCOPE_BITS + u32::from(prefix.prefix_len());
    (bits, PrefixKey::new(scope, address))
}
