//! The host's verdict on the frames of a suite: the policy as written, the model of its answers, and
//! the one function that decides.

use enforcer::model::Model;
use enforcer::numbering::CameraIds;
use enforcer::policy::Policy;
use enforcer::topology::Topology;
use enforcer_common::{
    Flow, Verdict, decide,
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
    #[expect(clippy::panic, reason = "a mistake in a test, which must not go on")]
    pub fn new(suite: &Suite) -> Self {
        let policy = match Policy::parse(suite.name, suite.policy) {
            Ok(policy) => policy,
            Err(report) => panic!("{report}"),
        };
        let ids = CameraIds::default().assign(&policy);
        Self {
            policy,
            topology: suite.topology.clone(),
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
        let model = Model::new(&self.policy, &self.topology, &self.ids);
        let mut flow = Flow::default();
        let verdict = decide(frame, interface, &model, &mut flow);
        (verdict, flow)
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
