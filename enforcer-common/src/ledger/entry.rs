//! A frame as the ledger sees it, and on which pages it may stand.

use zerocopy::transmute;

use super::{Outcome, Row, TAGS, What, tags::Tag};
use crate::{
    address::Address,
    flow::{Flow, Piece},
    header::{Tcp, ethertype, protocol},
    slots::Places,
};

/// Ports from here on are handed out by systems to whoever asks (Linux's `ip_local_port_range`; IANA's
/// dynamic ports begin later, at 49,152, RFC 6335), so that one tells nothing of the service.
const EPHEMERAL: u16 = 32_768;

/// A frame, as the ledger sees it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// See [`Row::destination`].
    pub destination: Address,
    /// See [`Row::what`].
    pub what: What,
    /// See [`Row::rule`].
    pub rule: u32,
    /// Which row counts it if it does not fit: [`Outcome::kind`].
    pub kind: usize,
}

/// Where a frame may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Two of the pages of a region, by their numbers from zero; their tags are on one line.
    pub(super) pages: [u32; 2],
    /// What its row is marked with.
    pub(super) tag: Tag,
}

impl Entry {
    /// What there is to write about a frame.
    #[inline(always)]
    pub const fn new(flow: &Flow, outcome: Outcome, rule: u32) -> Self {
        let (port, is_own) = service(flow);
        Self {
            destination: flow.destination,
            what: What::new(port, flow.protocol, outcome, is_own),
            rule,
            kind: outcome.kind(),
        }
    }

    /// Where it may stand in a region of so many pages.
    #[inline(always)]
    pub(super) fn place(&self, pages: u32) -> Place {
        let places = Places {
            mask: pages.wrapping_sub(1),
            seed: 0,
        };
        let [family, high, low]: [u64; 3] = transmute!(self.destination);
        let what: u32 = transmute!(self.what);
        let hash = places.hash([family, high, low, u64::from(what)]);
        let [one, other] = places.at(hash);
        Place {
            pages: [one, neighbour(one, other)],
            tag: Tag::of(hash),
        }
    }

    /// Whether a row is of the same.
    #[inline(always)]
    pub(super) fn is_in(&self, row: &Row) -> bool {
        let here: u32 = transmute!(row.what);
        let what: u32 = transmute!(self.what);
        let [family, high, low]: [u64; 3] = transmute!(row.destination);
        let [its_family, its_high, its_low]: [u64; 3] = transmute!(self.destination);
        let difference =
            u64::from(here ^ what) | (family ^ its_family) | (high ^ its_high) | (low ^ its_low);
        difference == 0
    }
}

/// Another page whose tags are on the same line, so that both are one look into memory.
#[inline(always)]
const fn neighbour(page: u32, other: u32) -> u32 {
    let other = (page - page % TAGS) + other % TAGS;
    // Two, whatever the hash says.
    if other == page { page ^ 1 } else { other }
}

/// The port by which a service is known, and whether it is the camera's own.
///
/// A frame does not say who began. TCP's handshake does; of any other frame it is taken that who has a
/// port that is handed out has asked, and who has one below those is asked.
#[inline(always)]
const fn service(flow: &Flow) -> (u16, bool) {
    let is_ip = matches!(flow.ethertype, ethertype::ETH_P_IP | ethertype::ETH_P_IPV6);
    if !is_ip {
        return (flow.ethertype, false);
    }
    if matches!(flow.fragment, Piece::Later) {
        return (0, false);
    }
    match flow.protocol {
        protocol::IPPROTO_TCP | protocol::IPPROTO_UDP => {
            let is_tcp = flow.protocol == protocol::IPPROTO_TCP;
            let opens = is_tcp && flow.tcp_flags & Tcp::SYN != 0;
            let answers = if opens {
                flow.tcp_flags & Tcp::ACK != 0
            } else {
                flow.source_port < EPHEMERAL && flow.destination_port >= EPHEMERAL
            };
            if answers {
                (flow.source_port, true)
            } else {
                (flow.destination_port, false)
            }
        }
        protocol::IPPROTO_ICMP | protocol::IPPROTO_ICMPV6 | protocol::IPPROTO_IGMP => (
            ((flow.icmp_type as u16) << 8) | flow.icmp_code as u16,
            false,
        ),
        _ => (0, false),
    }
}
