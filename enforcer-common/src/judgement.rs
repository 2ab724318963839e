//! A verdict as plain numbers: how the kernel program tells it while a generation is proved.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{rule::RuleId, table::CameraId, verdict::Verdict};

/// A verdict as plain numbers. Two that are equal say the same, why and by which rule included.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Judgement {
    /// One of `Judgement::*`.
    pub kind: u32,
    /// See [`Verdict::Drop::camera`].
    pub camera: CameraId,
    /// See [`Verdict::Drop::rule`].
    pub rule: RuleId,
    /// Number of a [`crate::DropReason`].
    pub reason: u32,
    /// See [`Verdict::Drop::audit`].
    pub audit: u32,
}

impl Judgement {
    /// [`Verdict::Ignore`].
    pub const IGNORE: u32 = 1;
    /// [`Verdict::Allow`].
    pub const ALLOW: u32 = 2;
    /// [`Verdict::Drop`].
    pub const DROP: u32 = 3;

    /// A number that tells it from nearly every other, for what a program in proof returns: a lookup would be a system
    /// call more for each frame. Of kind, reason and audit it has everything, and of camera and rule what fits. No action
    /// of XDP is as great, so the kernel would drop the frame of whoever sent one.
    #[inline(always)]
    pub const fn digest(&self) -> u32 {
        /// Odd, and without a pattern: the fraction of the golden ratio.
        const SPREAD: u32 = 0x9e37_79b9;
        let who = self.camera.wrapping_mul(SPREAD) ^ self.rule;
        let who = (who ^ (who >> 8)) << 8;
        let what = self.kind | (self.reason << 2) | (self.audit << 7);
        (1 << 31) | (who & 0x7fff_ff00) | what
    }
}

impl From<&Verdict> for Judgement {
    #[inline(always)]
    fn from(verdict: &Verdict) -> Self {
        match *verdict {
            Verdict::Ignore => Self {
                kind: Self::IGNORE,
                ..Self::default()
            },
            Verdict::Allow { camera, rule } => Self {
                kind: Self::ALLOW,
                camera,
                rule,
                ..Self::default()
            },
            Verdict::Drop {
                camera,
                reason,
                rule,
                audit,
            } => Self {
                kind: Self::DROP,
                camera,
                rule,
                reason: reason as u32,
                audit: u32::from(audit),
            },
        }
    }
}

/// The row through which a generation is proved before it is put in force.
#[derive(Clone, Copy, Debug, Default, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct Proof {
    /// Not zero: verdicts are written down here, and neither counted nor told.
    pub active: u32,
    /// The last one.
    pub judgement: Judgement,
}

impl Proof {
    /// Nothing is written down.
    pub const IDLE: Self = Self {
        active: 0,
        judgement: Judgement {
            kind: 0,
            camera: 0,
            rule: 0,
            reason: 0,
            audit: 0,
        },
    };
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::DropReason;

    #[test]
    fn a_digest_tells_every_verdict_on_a_frame_from_another_and_is_no_action() {
        let passes = [(Judgement::IGNORE, 0, 0), (Judgement::ALLOW, 0, 0)];
        let drops = DropReason::ALL
            .iter()
            .flat_map(|reason| [0, 1].map(|audit| (Judgement::DROP, *reason as u32, audit)));
        let mut digests: Vec<u32> = passes
            .into_iter()
            .chain(drops)
            .flat_map(|(kind, reason, audit)| {
                (0..64).flat_map(move |camera| {
                    (0..64).map(move |rule| Judgement {
                        kind,
                        camera,
                        rule,
                        reason,
                        audit,
                    })
                })
            })
            .map(|judgement| judgement.digest())
            .collect();
        let count = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), count);
        assert!(digests.iter().all(|digest| digest >> 31 == 1));
    }
}
