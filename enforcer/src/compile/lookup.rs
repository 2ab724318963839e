//! The compiled tables on the host: what the command line judges frames by, without a kernel.

use enforcer_common::compiled::Compiled;

use super::{CapacityError, CompiledPolicy};
use crate::numbering::{CameraIds, Rules};
use crate::policy::Policy;
use crate::ranges::Ranges;
use crate::topology::Topology;

/// The tables of one policy on one router, with the ranges that they were made of.
#[derive(Clone, Debug)]
pub struct Lookup {
    tables: Compiled<CompiledPolicy>,
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
            tables: Compiled(compiled),
            ranges,
        })
    }

    /// The arrays alone.
    pub(super) fn into_compiled(self) -> CompiledPolicy {
        self.tables.0
    }

    /// What frames are judged by, read by the same code as in the kernel.
    pub const fn tables(&self) -> &Compiled<CompiledPolicy> {
        &self.tables
    }

    /// What the rules say of every address.
    pub const fn ranges(&self) -> &Ranges {
        &self.ranges
    }
}
