//! The generation in force, as the daemon keeps it in mind.

use std::{collections::BTreeMap, sync::Arc};

use aya::programs::Xdp;
use enforcer_common::compiled::Compiled;

use crate::{
    compile::CompiledPolicy, daemon::diagnostics::Diagnostics, kernel::links::Wanted,
    netlink::Attached, policy::Policy, record::Record, stand_in::StandIn,
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
    /// Shared with whoever asks which camera something is for.
    pub(super) compiled: Arc<Compiled<CompiledPolicy>>,
    /// What its program says of itself; kept for as long as it may say something.
    pub(super) _diagnostics: Option<Diagnostics>,
}

/// Where a policy comes from, as it is written down.
pub(in crate::daemon) struct Provenance {
    /// [`Record::read`].
    pub(super) read: String,
    /// [`Record::stand_in`].
    pub(super) stand_in: Option<StandIn>,
    /// [`Record::back_from`].
    pub(super) back_from: Option<String>,
}

impl Provenance {
    /// Files with this fingerprint, as the operator wants it.
    pub(in crate::daemon) const fn files(read: String) -> Self {
        Self {
            read,
            stand_in: None,
            back_from: None,
        }
    }

    /// The same, in place of what the operator wants.
    pub(in crate::daemon) const fn instead(read: String, stand_in: StandIn) -> Self {
        Self {
            read,
            stand_in: Some(stand_in),
            back_from: None,
        }
    }

    /// Whatever is in force comes from.
    pub(super) fn of(record: &Record) -> Self {
        Self {
            read: record.read.clone(),
            stand_in: record.stand_in.clone(),
            back_from: record.back_from.clone(),
        }
    }
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
