//! Why a frame was dropped: one list, from which come the counter slot, the event field, the
//! metric label and the table in `docs/drop-reasons.md`.

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Declares the reasons with their numbers, names and one sentence each, so that none can be
/// forgotten anywhere.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal, $name:literal;)+) => {
        /// Why a frame was dropped.
        ///
        /// The numbers are the wire format and the counter slot. Add at the end; never renumber.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Immutable, IntoBytes,
            KnownLayout, TryFromBytes,
        )]
        #[repr(u8)]
        pub enum DropReason {
            $($(#[doc = $doc])+ $variant = $number,)+
        }

        impl DropReason {
            /// Every reason, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in events, metrics, reports and documents.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The reason of such a name; none, if there is none in this version.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.name() == name)
            }

            /// What it means, as one sentence or two.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+),)+
                }
            }
        }
    };
}

reasons! {
    /// The source is no camera of the policy, and the interface is for cameras only.
    Unlisted = 0, "unlisted";
    /// The frame ends before a header that it announces.
    Truncated = 1, "truncated";
    /// A header contradicts itself, another header or the length of the frame, or an address
    /// may not stand where it stands.
    Malformed = 2, "malformed";
    /// More than two VLAN tags.
    VlanDepth = 3, "vlan_depth";
    /// Neither IPv4, IPv6 nor ARP.
    Ethertype = 4, "ethertype";
    /// An IPv6 extension header chain that is longer than the limit or holds something unknown.
    ExtensionHeaders = 5, "extension_headers";
    /// A fragment where the policy asks for ports, or a first fragment too short to show them.
    Fragment = 6, "fragment";
    /// The header asks routers to send the packet on to somewhere else: IPv4 source route, IPv6
    /// routing header, home address.
    SourceRoute = 7, "source_route";
    /// A protocol that no rule for this destination names: a tunnel, SCTP, anything but TCP, UDP
    /// and ICMP.
    Protocol = 8, "protocol";
    /// An IPv6 destination or source that hides an IPv4 address: IPv4-mapped, IPv4-compatible,
    /// 6to4, Teredo, ISATAP, a NAT64 prefix with bits set that are kept zero.
    EmbeddedIpv4 = 9, "embedded_ipv4";
    /// The camera claims an address, a MAC address or a place that is not its own.
    Spoofed = 10, "spoofed";
    /// The camera poses as a router: router advertisement or redirect.
    RogueRouter = 11, "rogue_router";
    /// The camera poses as a DHCP server.
    RogueDhcp = 12, "rogue_dhcp";
    /// Looking for others on the link: SSDP, WS-Discovery, mDNS, LLMNR, SADP, DHIP, IGMP, MLD.
    Discovery = 13, "discovery";
    /// ARP, DHCP or neighbour discovery that the group's `link` drops or that leaves the link.
    Housekeeping = 14, "housekeeping";
    /// A multicast or broadcast destination that no rule of its own allows.
    Multicast = 15, "multicast";
    /// A `deny` covers the destination.
    Denied = 16, "denied";
    /// No `allow` covers the destination.
    NotAllowed = 17, "not_allowed";
    /// The destination is allowed, but not this port.
    Port = 18, "port";
    /// The camera may answer this destination from this port, and tried to open a connection.
    NotAnAnswer = 19, "not_an_answer";
    /// The destination is allowed, but this ICMP message is neither echo nor an error.
    IcmpType = 20, "icmp_type";
    /// NAT-PMP or PCP: asking a router to open a port to the camera, which only a rule that lists
    /// the port allows.
    PortMapping = 21, "port_mapping";
}

const _: () = {
    let (mut slot, mut rest) = (0, DropReason::ALL);
    while let [reason, others @ ..] = rest {
        assert!(
            *reason as usize == slot,
            "ALL is in slot order, without gaps"
        );
        (slot, rest) = (slot + 1, others);
    }
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_fit_a_metric_label() {
        let names: BTreeSet<_> = DropReason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), DropReason::ALL.len());
        for name in names {
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            );
        }
    }
}
