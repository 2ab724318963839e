//! The generation in force, as the daemon keeps it in mind.

use std::collections::BTreeMap;

use aya::programs::Xdp;

use crate::{
    compile::CompiledPolicy, daemon::diagnostics::Diagnostics, kernel::links::Wanted,
    netlink::Attached, policy::Policy,
};

/// The generation in force: a program on the links that there were.
pub(super) struct InForce {
    /// What it was made of; none of one that an earlier daemon made.
    pub(super) made: Option<Made>,
    /// Where it should be in force.
    pub(super) wanted: Vec<Wanted>,
    /// Its program.
    pub(super) program: Xdp,
}

/// What a generation was made of.
pub(super) struct Made {
    pub(super) policy: Policy,
    pub(super) compiled: CompiledPolicy,
    /// What its program says of itself; kept for as long as it may say something.
    pub(super) _diagnostics: Option<Diagnostics>,
}

impl InForce {
    /// The wanted interfaces that do not run the program of this number. One that was made anew with the
    /// index of the one before is among them.
    pub(super) fn missing(&self, program: u32, attached: &BTreeMap<u32, Attached>) -> Vec<Wanted> {
        let missing = self.wanted.iter().filter(|interface| {
            let attached = attached.get(&interface.index);
            attached.is_none_or(|attached| attached.program != program)
        });
        missing.cloned().collect()
    }

    /// Its policy, unless an earlier daemon made it.
    pub(super) fn policy(&self) -> Option<&Policy> {
        self.made.as_ref().map(|made| &made.policy)
    }
}
