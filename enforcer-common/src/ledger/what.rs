//! What was sent, and what became of it.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::reason::DropReason;

/// What was sent, and what became of it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
)]
#[repr(C)]
pub struct What {
    /// By protocol: the service's port, host order; type and code of an ICMP message, or type of an IGMP
    /// message, in the upper half; without an IP packet, the ethertype; zero where nothing is known.
    pub port: u16,
    /// Transport protocol, or the extension header where reading ended.
    pub protocol: u8,
    /// What became of it, and whose the port is: [`Outcome`] and [`What::OWN_PORT`].
    outcome: u8,
}

impl What {
    /// The port is the camera's own, which it answers from.
    const OWN_PORT: u8 = 0x80;
    /// It was judged as a drop and passed.
    const AUDITED: u8 = 0x40;
    /// The rest: one for what was allowed, and from two on the numbers of reasons.
    const ALLOWED: u8 = 1;

    #[inline(always)]
    pub(super) const fn new(port: u16, protocol: u8, outcome: Outcome, is_own_port: bool) -> Self {
        let side = if is_own_port { Self::OWN_PORT } else { 0 };
        Self {
            port,
            protocol,
            outcome: outcome.number() | side,
        }
    }

    /// In an order that does not depend on the machine: port, protocol, outcome.
    pub const fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.port.to_be_bytes();
        [high, low, self.protocol, self.outcome]
    }

    /// What [`Self::to_bytes`] has made.
    pub const fn from_bytes([high, low, protocol, outcome]: [u8; 4]) -> Self {
        Self {
            port: u16::from_be_bytes([high, low]),
            protocol,
            outcome,
        }
    }

    /// Whether the port is the camera's own, which it answers from.
    pub const fn is_own_port(&self) -> bool {
        self.outcome & Self::OWN_PORT != 0
    }

    /// What became of it; none for a row that is not used, or of a reason that this version does not know.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.outcome & !(Self::OWN_PORT | Self::AUDITED) {
            0 => None,
            Self::ALLOWED => Some(Outcome::Allowed),
            number => {
                let reason = DropReason::ALL.get(usize::from(number - Self::ALLOWED - 1))?;
                Some(if self.outcome & Self::AUDITED == 0 {
                    Outcome::Dropped(*reason)
                } else {
                    Outcome::Audited(*reason)
                })
            }
        }
    }
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It passed.
    Allowed,
    /// It was dropped.
    Dropped(DropReason),
    /// Audit: it passed, and would be dropped.
    Audited(DropReason),
}

impl Outcome {
    /// Of a drop, or of what would be one.
    #[inline(always)]
    pub const fn of_drop(reason: DropReason, is_audited: bool) -> Self {
        if is_audited {
            Self::Audited(reason)
        } else {
            Self::Dropped(reason)
        }
    }

    /// How many kinds there are.
    pub const KINDS: usize = 3;

    /// Which row counts those of its kind that do not fit.
    #[inline(always)]
    pub const fn kind(self) -> usize {
        match self {
            Self::Allowed => 0,
            Self::Dropped(_) => 1,
            Self::Audited(_) => 2,
        }
    }

    /// Why it is a drop, if it is one.
    #[inline(always)]
    pub const fn reason(self) -> Option<DropReason> {
        match self {
            Self::Allowed => None,
            Self::Dropped(reason) | Self::Audited(reason) => Some(reason),
        }
    }

    /// Whether the frame passed.
    #[inline(always)]
    pub const fn passes(self) -> bool {
        matches!(self, Self::Allowed | Self::Audited(_))
    }

    #[inline(always)]
    const fn number(self) -> u8 {
        match self {
            Self::Allowed => What::ALLOWED,
            Self::Dropped(reason) => What::ALLOWED + 1 + reason as u8,
            Self::Audited(reason) => (What::ALLOWED + 1 + reason as u8) | What::AUDITED,
        }
    }
}

const _: () = assert!(DropReason::ALL.len() + 2 <= What::AUDITED as usize);
