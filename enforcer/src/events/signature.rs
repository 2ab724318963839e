//! Drop reasons as signatures, so that whatever sorts alerts can sort drops.

use std::sync::LazyLock;

use enforcer_common::DropReason;

/// What [`id`] adds the number of the reason to. The end of the range that is reserved for local
/// use, 1,000,000 to 1,999,999, because people number their own signatures from its start.
const BASE: u32 = 1_990_000;

/// How much a drop says of what the camera is up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// It poses as somebody else, or hides where a packet goes. No honest camera does.
    Deception,
    /// It goes where the policy does not let it.
    Policy,
    /// Something in the frame is broken, or built so that filters cannot read it.
    Unreadable,
    /// It speaks to its link, as devices do: noise unless it is new.
    Chatter,
}

impl Class {
    pub(super) const fn of(reason: DropReason) -> Self {
        match reason {
            DropReason::SourceRoute
            | DropReason::EmbeddedIpv4
            | DropReason::Spoofed
            | DropReason::RogueRouter
            | DropReason::RogueDhcp => Self::Deception,
            DropReason::Unlisted
            | DropReason::Protocol
            | DropReason::Denied
            | DropReason::NotAllowed
            | DropReason::Port
            | DropReason::NotAnAnswer
            | DropReason::IcmpType
            | DropReason::PortMapping => Self::Policy,
            DropReason::Truncated
            | DropReason::Malformed
            | DropReason::VlanDepth
            | DropReason::Ethertype
            | DropReason::ExtensionHeaders
            | DropReason::Fragment => Self::Unreadable,
            DropReason::Discovery | DropReason::Housekeeping | DropReason::Multicast => {
                Self::Chatter
            }
        }
    }

    /// As Suricata counts: 1 is the worst.
    pub(super) const fn severity(self) -> u8 {
        match self {
            Self::Deception => 1,
            Self::Policy | Self::Unreadable => 2,
            Self::Chatter => 3,
        }
    }

    /// As syslog and the journal count (RFC 5424, 6.2.1): warning, notice, informational.
    pub(super) const fn syslog_severity(self) -> u8 {
        match self {
            Self::Deception => 4,
            Self::Policy | Self::Unreadable => 5,
            Self::Chatter => 6,
        }
    }

    /// In place of the description of a rule's class.
    pub(super) const fn category(self) -> &'static str {
        match self {
            Self::Deception => "Deception",
            Self::Policy => "Not allowed by the policy",
            Self::Unreadable => "Not readable with certainty",
            Self::Chatter => "Chatter on the link",
        }
    }
}

/// The number of the signature, as stable as the number of the reason.
pub(super) fn id(reason: DropReason) -> u32 {
    BASE + u32::from(reason as u8)
}

/// `enforcer: not_allowed: No allow covers the destination`.
pub(super) fn text(reason: DropReason) -> &'static str {
    static TEXTS: LazyLock<Vec<String>> =
        LazyLock::new(|| DropReason::ALL.iter().copied().map(made).collect());
    TEXTS.get(reason as usize).map_or("", String::as_str)
}

fn made(reason: DropReason) -> String {
    let meaning = reason.meaning().replace('`', "");
    let meaning = meaning.trim().trim_end_matches('.');
    format!("enforcer: {}: {meaning}", reason.name())
}
