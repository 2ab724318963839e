//! The ways to drop frames that are compared.

use std::fmt;

use super::tools::Tools;

/// A way to drop frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// None: what it takes to make the frames.
    Nobody,
    /// A program that drops everything: what it takes to hand a frame over.
    Empty,
    /// The program that ships, as the daemon loads it.
    Enforcer,
    /// The same, telling next to nothing.
    EnforcerSilent,
    /// A hash, a trie and the time, in XDP.
    HashAndTrie,
    /// bpfilter in XDP: one set of prefixes.
    Bpfilter,
    /// xdp-filter: one set of whole addresses.
    XdpFilter,
    /// nft at the ingress of the interface: one set.
    NftSet,
    /// The same: MAC addresses, a set, and a limit on what is told.
    NftSame,
    /// nft where the router forwards: one set.
    NftForward,
    /// ipset before the router knows where to: one set.
    IpsetRaw,
    /// ipset where the router forwards: one set.
    IpsetForward,
}

impl Peer {
    pub(super) const ALL: &[Self] = &[
        Self::Nobody,
        Self::Empty,
        Self::Enforcer,
        Self::EnforcerSilent,
        Self::HashAndTrie,
        Self::Bpfilter,
        Self::XdpFilter,
        Self::NftSet,
        Self::NftSame,
        Self::NftForward,
        Self::IpsetRaw,
        Self::IpsetForward,
    ];

    /// What it needs.
    pub(super) const fn tools(self) -> Tools {
        match self {
            Self::Nobody
            | Self::Empty
            | Self::Enforcer
            | Self::EnforcerSilent
            | Self::HashAndTrie => &[],
            Self::Bpfilter => &[("bfcli", "bpfilter")],
            Self::XdpFilter => &[("xdp-filter", "xdp-tools")],
            Self::NftSet | Self::NftSame | Self::NftForward => &[("nft", "nftables")],
            Self::IpsetRaw | Self::IpsetForward => &[("ipset", "ipset"), ("iptables", "iptables")],
        }
    }

    /// How many prefixes or addresses it takes.
    pub(super) const fn room(self) -> usize {
        if matches!(self, Self::XdpFilter) {
            // The size of its maps.
            10_000
        } else {
            usize::MAX
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "making the frames",
            Self::Empty => "native XDP, empty drop",
            Self::Enforcer => "enforcer",
            Self::EnforcerSilent => "enforcer, one event a second",
            Self::HashAndTrie => "native XDP, hash and trie",
            Self::Bpfilter => "bpfilter, XDP, prefix set",
            Self::XdpFilter => "xdp-filter, whole addresses",
            Self::NftSet => "nft netdev, set",
            Self::NftSame => "nft netdev, MAC map, set and limit",
            Self::NftForward => "nft forward, set",
            Self::IpsetRaw => "ipset hash:net, raw",
            Self::IpsetForward => "ipset hash:net, forward",
        })
    }
}
