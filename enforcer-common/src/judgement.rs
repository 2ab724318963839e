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
