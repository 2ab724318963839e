//! What is measured: policies, and frames for each.

use std::fmt;

use anyhow::Result;
use xtask::bench::{Effort, Numbers};

use super::frames::{To, frames};
use crate::list::{Kind, List};
use crate::stage::{Counts, Terms};
use crate::wrapper::Frame;

/// Frames of most cases: far more than caches hold, and in each call all of them as often.
const FRAMES: u32 = 1 << 18;

/// Frames of a case that tells: as many events as the ring has room for.
const TOLD_FRAMES: u32 = 1 << 12;

/// A policy of one list, and the cases that it is measured with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) kind: Kind,
    pub(super) size: usize,
    pub(super) groups: u16,
    /// Whether its rules name ports.
    pub(super) ports: bool,
    pub(super) cases: &'static [Case],
}

/// Frames of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// Of cameras.
    Cameras(To),
    /// Of cameras to where they may not, each told.
    Told,
    /// Of a source that is no camera's, where those may pass.
    Unlisted,
}

/// How long one measurement takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Runs {
    /// Frames in one system call.
    pub(super) repeat: u32,
    /// System calls.
    pub(super) calls: u32,
    /// Frames for the empty program alone, in one system call.
    pub(super) floor: u32,
}

const HIT: Case = Case::Cameras(To::Hit);
const MISS: Case = Case::Cameras(To::Miss);
const MIX: Case = Case::Cameras(To::Mix);
const HOT: Case = Case::Cameras(To::Hot);

const BOTH: &[Case] = &[HIT, MISS];

/// Those that goals are about come first, and are all that a quick look takes.
pub(super) fn plans(effort: Effort) -> Vec<Plan> {
    let plan = |kind, size, groups, cases| Plan {
        kind,
        size,
        groups,
        ports: false,
        cases,
    };
    let (small, large) = (1000, 100_000);
    let mut plans = vec![
        plan(Kind::V4, small, 16, &[HIT, MISS, MIX, Case::Unlisted][..]),
        Plan {
            ports: true,
            ..plan(Kind::V4, small, 16, &[HIT])
        },
        plan(Kind::V4, small, 1, &[Case::Told]),
        plan(Kind::V4, large, 16, &[HIT, MISS, MIX, HOT]),
        plan(Kind::Dense, large, 16, &[MIX]),
        plan(Kind::V4, 1_000_000, 16, BOTH),
        plan(Kind::V6, small, 16, BOTH),
        plan(Kind::V6, large, 16, &[HIT, MISS, HOT]),
        plan(Kind::V4, 16, 16, BOTH),
        plan(Kind::V4, 1_000_000, 1, BOTH),
    ];
    if effort == Effort::Full {
        plans.extend([
            plan(Kind::V4, 16, 1, BOTH),
            plan(Kind::V4, small, 1, BOTH),
            plan(Kind::V4, large, 1, BOTH),
            plan(Kind::V6, 16, 16, BOTH),
            plan(Kind::V6, 1_000_000, 16, BOTH),
            plan(Kind::V6, 1_000_000, 1, BOTH),
        ]);
    }
    plans
}

impl Plan {
    /// Its prefixes.
    pub(super) fn list(&self) -> Result<List> {
        List::new(self.kind, self.size)
    }

    pub(super) fn terms(&self) -> Terms {
        Terms {
            groups: self.groups,
            ports: self.ports,
            event_rate: if self.tells() { 1_000_000_000 } else { 1 },
        }
    }

    /// A name for files, of this plan alone.
    pub(super) fn name(&self) -> String {
        let Self {
            kind,
            size,
            groups,
            ports,
            ..
        } = self;
        format!("{kind:?}-{size}-{groups}-{ports}-{}", self.tells())
    }

    fn tells(&self) -> bool {
        self.cases.contains(&Case::Told)
    }
}

impl Case {
    /// Its frames, and what must be counted of them.
    pub(super) fn frames(self, list: &List) -> Result<(Vec<Frame>, Counts)> {
        let count = usize::try_from(self.count())?;
        let (cameras, to) = match self {
            Self::Cameras(to) => (true, to),
            Self::Told => (true, To::Miss),
            Self::Unlisted => (false, To::Mix),
        };
        frames(list, cameras, to, count, &mut Numbers::new(2))
    }

    /// How many frames it has.
    pub(super) fn count(self) -> u64 {
        match self {
            Self::Told => TOLD_FRAMES.into(),
            Self::Cameras(_) | Self::Unlisted => FRAMES.into(),
        }
    }

    /// A multiple of its frames: a million or more, where there is room for what they do.
    pub(super) const fn runs(self, effort: Effort) -> Runs {
        let scale = match effort {
            Effort::Quick => 1,
            Effort::Full => 4,
        };
        let floor = scale << 20;
        match self {
            Self::Told => Runs {
                repeat: TOLD_FRAMES,
                calls: scale << 3,
                floor,
            },
            Self::Cameras(_) | Self::Unlisted => Runs {
                repeat: FRAMES * scale,
                calls: 2,
                floor,
            },
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = match self.kind {
            Kind::V4 => "v4",
            Kind::V6 => "v6",
            Kind::Dense => "v4, dense",
        };
        let size = match self.size {
            1_000_000.. => format!("{}M", self.size / 1_000_000),
            1000.. => format!("{}k", self.size / 1000),
            size => size.to_string(),
        };
        let ports = if self.ports { ", with ports" } else { "" };
        let groups = match self.groups {
            1 => "1 group".to_owned(),
            groups => format!("{groups} groups"),
        };
        write!(f, "{family}, {size} prefixes, {groups}{ports}")
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cameras(To::Hit) => "hit",
            Self::Cameras(To::Miss) => "miss",
            Self::Cameras(To::Mix) => "mix",
            Self::Cameras(To::Hot) => "hot",
            Self::Told => "miss, told",
            Self::Unlisted => "not a camera's",
        })
    }
}
