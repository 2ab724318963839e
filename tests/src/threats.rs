//! The ways round a filter of this kind that one frame can show. `docs/threats.md` has a row for each,
//! the cases ([`crate::cases`]) say which of them they close, and `tests/threats.rs` has a test of its
//! name.

use std::fmt;

macro_rules! threats {
    ($($(#[doc = $meaning:literal])+ $name:ident = $slug:literal,)+) => {
        /// A way round.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Threat {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl Threat {
            /// Every one, in the order of the document.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name in the document.
            pub const fn slug(self) -> &'static str {
                match self {
                    $(Self::$name => $slug,)+
                }
            }
        }
    };
}

threats! {
    /// Tags that a parser stops at or reads past.
    VlanTags = "vlan-tags",
    /// What is neither IPv4, IPv6 nor ARP.
    Ethertypes = "ethertypes",
    /// Headers that contradict themselves or each other.
    Contradictions = "contradictions",
    /// Frames that end, or cannot be read on, within a header.
    CutShort = "cut-short",
    /// IPv4 options that move the ports.
    Ipv4Options = "ipv4-options",
    /// IPv6 headers between the address and the ports.
    ExtensionHeaders = "extension-headers",
    /// Pieces of which only the first shows ports.
    Fragments = "fragments",
    /// A destination that is another one on the way.
    SourceRoute = "source-route",
    /// Another protocol around the one that is refused.
    Tunnels = "tunnels",
    /// The IPv6 form of a denied IPv4 address.
    EmbeddedIpv4 = "embedded-ipv4",
    /// IPv6 where the rules are about IPv4.
    OtherFamily = "other-family",
    /// Addresses that stand where none of their kind may.
    ImpossibleAddresses = "impossible-addresses",
    /// Multicast and broadcast addresses within an allowed prefix.
    GroupAddresses = "group-addresses",
    /// The MAC or IP address of somebody else.
    BorrowedIdentity = "borrowed-identity",
    /// Somebody else's address, claimed by ARP or neighbour discovery.
    NeighbourClaims = "neighbour-claims",
    /// Router advertisements, redirects, routing protocols.
    RogueRouter = "rogue-router",
    /// Offers of addresses.
    RogueDhcp = "rogue-dhcp",
    /// Names, time and pings, which have to go somewhere.
    CarveOuts = "carve-outs",
    /// Searches that a relay on the router would carry on.
    Discovery = "discovery",
    /// Asking the router for an open port.
    PortMapping = "port-mapping",
    /// The router's own services as a relay.
    RouterServices = "router-services",
    /// An allow beside, within or around a deny.
    OverlappingRules = "overlapping-rules",
    /// A list of nothing that means everything.
    EmptyGroups = "empty-groups",
}

impl fmt::Display for Threat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}
