//! Everything that is remarkable in a policy, in words.

use ipnet::IpNet;
use jiff::Timestamp;
use thiserror::Error;

use super::advice::codes;
use crate::policy::Protocol;
use crate::policy::place::Span;
use crate::policy::report::{Finding, Level};
use crate::words::Grouped;

/// Something that is allowed and probably not meant.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Warning {
    /// A group without `allow`.
    #[error("group `{group}` reaches nothing: it has no `allow`")]
    ReachesNothing {
        /// The group.
        group: String,
    },
    /// A group of no camera.
    #[error("no camera is in group `{group}`")]
    UnusedGroup {
        /// The group.
        group: String,
    },
    /// A list that nothing names.
    #[error("nothing names the list `{list}`")]
    UnusedList {
        /// The list.
        list: String,
    },
    /// An `except` that touches nothing of its `to`.
    #[error("`except` takes nothing out: none of it is in `to`")]
    IdleExcept,
    /// An `except` that leaves nothing of its `to`.
    #[error("the rule covers nothing: `except` takes all of `to` out")]
    EmptyRule,
    /// A rule of `allow` of which `deny` leaves nothing.
    #[error("this rule allows nothing: `deny` covers all of its destinations")]
    DeniedAllow {
        /// A rule of `deny` that covers some of it.
        deny: Span,
    },
    /// A rule of `allow` that changes nothing.
    #[error("an earlier rule of the group allows all that this one does")]
    RepeatedAllow {
        /// The earlier one.
        first: Span,
    },
    /// A rule of `allow` for a good part of the Internet.
    #[error("`{prefix}` allows {} addresses", number_of_addresses(*prefix))]
    WideAllow {
        /// The widest of its prefixes.
        prefix: IpNet,
    },
    /// A protocol that carries packets to anywhere.
    #[error("what is in a tunnel is not judged: `{protocol}` carries packets to anywhere")]
    Tunnel {
        /// It.
        protocol: Protocol,
    },
    /// A camera behind interfaces that the policy does not name.
    #[error("camera `{camera}` is never seen: no row of `interfaces:` can name its interface")]
    NeverSeen {
        /// The camera.
        camera: String,
    },
    /// A camera that needs no more than another address.
    #[error(
        "camera `{camera}` is known by its addresses alone, and `{interface}` passes all others"
    )]
    KnownByAddress {
        /// The camera.
        camera: String,
        /// The row of `interfaces:`, where `unlisted` is `pass`.
        interface: String,
    },
    /// An audit whose end has passed.
    #[error("this audit ended at {until}: what it was for is enforced")]
    AuditOver {
        /// Its end.
        until: Timestamp,
    },
}

codes! { Warning {
    ReachesNothing, "reaches-nothing", "no `allow`", "a group without `allow`";
    UnusedGroup, "unused-group", "not used", "no camera is in the group";
    UnusedList, "unused-list", "not used", "nothing names the list";
    DeniedAllow, "denied-allow", "never allowed", "an `allow` of which `deny` leaves nothing";
    RepeatedAllow, "repeated-allow", "changes nothing", "an `allow` that an earlier one of the group covers, with the same ports or more";
    WideAllow, "wide-allow", "wide", "an `allow` for a prefix wider than /8 of IPv4 or /32 of IPv6";
    Tunnel, "tunnel", "a tunnel", "a protocol under `protocols` that carries packets to anywhere";
    NeverSeen, "never-seen", "no such interface", "a camera that is on no interface of `interfaces:`";
    KnownByAddress, "known-by-address", "by address alone", "a camera without `mac` where `unlisted: pass` lets it out under any other address";
    IdleExcept, "idle-except", "takes nothing out", "an `except` that takes nothing out of its `to`";
    EmptyRule, "empty-rule", "takes all out", "an `except` that takes all of its `to` out";
    AuditOver, "audit-over", "has passed", "an `until` that has passed";
}}

impl Finding for Warning {
    fn level(&self) -> Level {
        Level::Warning
    }

    fn code(&self) -> &'static str {
        self.code()
    }

    fn label(&self) -> &'static str {
        self.label()
    }

    fn first(&self) -> Option<Span> {
        if let Self::DeniedAllow { deny: first } | Self::RepeatedAllow { first } = self {
            Some(*first)
        } else {
            None
        }
    }

    fn first_label(&self) -> &'static str {
        if matches!(self, Self::DeniedAllow { .. }) {
            "denied here"
        } else {
            "allowed here"
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::ReachesNothing { .. } => return None,
            Self::UnusedGroup { .. } => "name it as the `group` of a camera, or remove it",
            Self::UnusedList { .. } => "name it in a `to`, or remove it",
            Self::DeniedAllow { .. } => {
                "remove it, or narrow the `deny`: a `deny` holds whatever `allow` says"
            }
            Self::RepeatedAllow { .. } => "remove it, or narrow the earlier one",
            Self::WideAllow { .. } => "name what the cameras need; `deny` can take parts out",
            Self::Tunnel { protocol } if protocol.number() == 94 => {
                "IPv4 in IPv4, which `ip link` calls ipip, is `ipv4` here: protocol 4, not 94"
            }
            Self::Tunnel { .. } => "allow it to hosts that forward nothing of what they unpack",
            Self::IdleExcept => "correct it, or remove it",
            Self::EmptyRule => "remove the rule, or take less out",
            Self::NeverSeen { .. } => {
                "add the interface to `interfaces:`, or correct the camera's `interface`"
            }
            Self::AuditOver { .. } => {
                "write `mode: enforce` in place of the two, or a later time if it is to go on"
            }
            Self::KnownByAddress { .. } => {
                "add its `mac`, which then binds it to its `ip`; under another address, or by the \
                 other of IPv4 and IPv6, it is nobody's camera"
            }
        };
        Some(help.to_owned())
    }
}

/// `4,294,967,296`, or `2^96` where nobody would count the digits.
fn number_of_addresses(prefix: IpNet) -> String {
    let bits = prefix.max_prefix_len() - prefix.prefix_len();
    let Some(number) = 1_u64.checked_shl(bits.into()).filter(|_| bits <= 32) else {
        return format!("2^{bits}");
    };
    Grouped(number).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_addresses_can_be_read() {
        for (prefix, expected) in [
            ("0.0.0.0/0", "4,294,967,296"),
            ("64.0.0.0/7", "33,554,432"),
            ("192.0.2.0/23", "512"),
            ("2001::/16", "2^112"),
            ("::/0", "2^128"),
        ] {
            assert_eq!(number_of_addresses(prefix.parse().unwrap()), expected);
        }
    }
}
