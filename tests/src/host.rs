//! The host's verdict on the frames of a suite: the policy as written, the model of its answers, and
//! the one function that decides.

use enforcer::compile::lookup::Lookup;
use enforcer::model::Model;
use enforcer::numbering::CameraIds;
use enforcer::policy::Policy;
use enforcer::topology::Topology;
use enforcer_common::{
    Flow, Verdict, decided,
    table::{CameraId, STRANGERS},
};

use crate::cases::{Expected, Suite};

/// A suite's policy on its router.
pub struct Host {
    policy: Policy,
    topology: Topology,
    ids: CameraIds,
}

impl Host {
    /// Reads the policy of a suite.
    ///
    /// # Panics
    ///
    /// If the policy is refused.
    pub fn new(suite: &Suite) -> Self {
        Self::parse(suite.name, suite.policy, suite.topology.clone())
    }

    /// Reads a policy for a router.
    ///
    /// # Panics
    ///
    /// If the policy is refused.
    #[expect(clippy::panic, reason = "a mistake in a test, which must not go on")]
    pub fn parse(name: &str, policy: &str, topology: Topology) -> Self {
        let policy = match Policy::parse(name, policy) {
            Ok(policy) => policy,
            Err(report) => panic!("{report}"),
        };
        let ids = CameraIds::default().assign(&policy);
        Self {
            policy,
            topology,
            ids,
        }
    }

    /// The policy.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The router that it holds on.
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }

    /// What a camera is counted under; what strangers are, where there is none of that name.
    pub fn number(&self, camera: Option<&str>) -> CameraId {
        camera
            .and_then(|name| self.ids.id(name))
            .unwrap_or(STRANGERS)
    }

    /// Judges a frame that came in on an interface.
    pub fn judge(&self, frame: &[u8], interface: u32) -> (Verdict, Flow) {
        decided(frame, interface, &self.model())
    }

    /// The verdicts on many frames and the interfaces that they came in on.
    pub fn judge_all<'f>(&self, frames: impl IntoIterator<Item = (&'f [u8], u32)>) -> Vec<Verdict> {
        let model = self.model();
        let frames = frames.into_iter();
        frames
            .map(|(frame, interface)| decided(frame, interface, &model).0)
            .collect()
    }

    /// The verdict by the compiled tables in place of the policy as written.
    ///
    /// # Panics
    ///
    /// If the tables have no room for the policy.
    #[expect(clippy::panic, reason = "a mistake in a test, which must not go on")]
    pub fn compiled(&self) -> impl Fn(&[u8], u32) -> Verdict + use<> {
        let lookup = match Lookup::new(&self.policy, &self.topology, &self.ids) {
            Ok(lookup) => lookup,
            Err(error) => panic!("{error}"),
        };
        move |frame, interface| decided(frame, interface, lookup.tables()).0
    }

    fn model(&self) -> Model<'_> {
        Model::new(&self.policy, &self.topology, &self.ids)
    }

    /// A verdict in the words of a case: the camera's name, none for strangers, and the fate.
    pub fn read(&self, verdict: Verdict) -> (Option<&str>, Expected) {
        match verdict {
            Verdict::Ignore => (None, Expected::Ignore),
            Verdict::Allow { camera, .. } => (self.ids.name(camera), Expected::Allow),
            Verdict::Drop {
                camera,
                reason,
                audit,
                ..
            } => {
                let name = self.ids.name(camera).filter(|_| camera != STRANGERS);
                let fate = if audit {
                    Expected::Audit(reason)
                } else {
                    Expected::Drop(reason)
                };
                (name, fate)
            }
        }
    }
}
