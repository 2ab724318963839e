//! The compiled tables on the host: what the command line judges frames by, without a kernel.

use enforcer_common::{
    Address, Source, Tables, Translator,
    compiled::{Compiled, Found},
    rule::{Request, Ruling},
    table::{Camera, CameraId, GroupId, Interface, Neighbour},
};

use super::{CapacityError, CompiledPolicy};
use crate::numbering::{CameraIds, Rules};
use crate::policy::Policy;
use crate::ranges::Ranges;
use crate::topology::Topology;

/// The tables of one policy on one router, with the ranges that they were made of.
#[derive(Clone, Debug)]
pub struct Lookup {
    compiled: Compiled<CompiledPolicy>,
    ranges: Ranges,
}

impl Lookup {
    /// Compiles a policy for a router. A camera that has no number yet gets the one that
    /// [`CameraIds::assign`] gives it.
    pub fn new(
        policy: &Policy,
        topology: &Topology,
        ids: &CameraIds,
    ) -> Result<Self, CapacityError> {
        let ids = ids.assign(policy);
        let ranges = Ranges::new(policy, &Rules::new(policy))?;
        let compiled = CompiledPolicy::of_ranges(policy, topology, &ids, &ranges)?;
        Ok(Self {
            compiled: Compiled(compiled),
            ranges,
        })
    }

    /// The arrays alone.
    pub(super) fn into_compiled(self) -> CompiledPolicy {
        self.compiled.0
    }

    /// What the rules say of every address.
    pub const fn ranges(&self) -> &Ranges {
        &self.ranges
    }
}

impl Tables for Lookup {
    type Destination = Found;

    fn interface(&self, index: u32) -> Interface {
        self.compiled.interface(index)
    }

    fn camera(&self, source: &Source) -> Option<Camera> {
        self.compiled.camera(source)
    }

    fn is_bound(&self, camera: CameraId, address: &Address) -> bool {
        self.compiled.is_bound(camera, address)
    }

    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour {
        self.compiled.neighbour(interface, address)
    }

    fn translator(&self, address: &Address) -> Option<Translator> {
        self.compiled.translator(address)
    }

    fn destination(&self, group: GroupId, literal: &Address, inside: &Address) -> Found {
        self.compiled.destination(group, literal, inside)
    }

    fn is_broadcast(&self, destination: &Found) -> bool {
        self.compiled.is_broadcast(destination)
    }

    fn rule(&self, group: GroupId, destination: &Found, request: &Request<'_>) -> Ruling {
        self.compiled.rule(group, destination, request)
    }
}
