//! What is known of destinations: which are in the network, in which of the operator's lists, and what they are
//! called there.

use std::{cmp::Reverse, net::IpAddr};

use enforcer_common::Address;
use ipnet::IpNet;

use crate::{
    frame::to_address,
    lan,
    policy::{GroupOutline, Outline, Policy, Target, WELL_KNOWN},
    rows,
};

/// A list stands for one of its addresses in a draft if it holds no more than so many.
const MOST_ADDRESSES: u128 = 16;

/// Prefixes of lists that are wider than these (as `check` warns of them in rules) make nothing known.
const WIDEST: (u8, u8) = (8, 32);

/// What is known of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The command line names it.
    Asked,
    /// It is in the network, or in one of the operator's lists.
    Known,
    /// It is in a list of this name, which a group denies.
    Denied(String),
    /// Anywhere else.
    Public,
}

/// The ways of NAT64.
pub(super) struct Translators(Vec<enforcer_common::Translator>);

/// What is known.
pub(super) struct Known<'a> {
    include: &'a [IpNet],
    translators: Translators,
    /// Lists that a rule of `deny` names.
    denied: Vec<(&'a str, Set)>,
    /// All others.
    trusted: Set,
    /// Those that may stand for their addresses, smallest first.
    small: Vec<(&'a str, Set)>,
}

impl<'a> Known<'a> {
    pub(super) fn new(outline: &'a Outline, policy: &Policy, include: &'a [IpNet]) -> Self {
        let denied = denied(outline);
        let (denied, others): (Vec<_>, Vec<_>) = outline
            .lists
            .iter()
            .partition(|list| denied.contains(&list.name.as_str()));
        let of_network = |prefix: &IpNet| match prefix {
            IpNet::V4(prefix) => prefix.prefix_len() >= WIDEST.0,
            IpNet::V6(prefix) => prefix.prefix_len() >= WIDEST.1,
        };
        let trusted = others.iter().flat_map(|list| &list.prefixes);
        let trusted = Set::new(trusted.filter(|prefix| of_network(prefix)));
        let mut small: Vec<_> = others
            .iter()
            .filter(|list| size(&list.prefixes) <= MOST_ADDRESSES)
            .collect();
        small.sort_by_key(|list| size(&list.prefixes));
        let named =
            |list: &&&'a crate::policy::NamedList| (list.name.as_str(), Set::new(&list.prefixes));
        Self {
            include,
            translators: Translators::new(policy),
            denied: denied.iter().map(|list| named(&list)).collect(),
            trusted,
            small: small.iter().map(named).collect(),
        }
    }

    /// Where a packet to an address ends up: of NAT64 at the IPv4 address inside.
    pub(super) fn inside(&self, address: IpAddr) -> IpAddr {
        self.translators.inside(address)
    }

    /// Whether it is a translator's, and what it makes of it in doubt.
    pub(super) fn is_translated(&self, address: IpAddr) -> bool {
        let address = to_address(address);
        let mut translators = self.translators.0.iter();
        translators.any(|translator| translator.covers(&address))
    }

    pub(super) fn place(&self, address: IpAddr) -> Place {
        if self.is_asked(address) {
            return Place::Asked;
        }
        let mut denied = self.denied.iter();
        if let Some((name, _)) = denied.find(|(_, set)| set.contains(address)) {
            return Place::Denied((*name).to_owned());
        }
        if lan::is_private(address) || self.trusted.contains(address) {
            Place::Known
        } else {
            Place::Public
        }
    }

    /// Whether the command line names it.
    pub(super) fn is_asked(&self, address: IpAddr) -> bool {
        self.include.iter().any(|prefix| prefix.contains(&address))
    }

    /// How a destination is written: by the smallest list that is about it, else as it is.
    pub(super) fn target(&self, address: IpAddr) -> Target {
        let mut lists = self.small.iter();
        match lists.find(|(_, set)| set.contains(address)) {
            Some((name, _)) => Target::List((*name).to_owned()),
            None => Target::Prefix(address.into()),
        }
    }
}

impl Translators {
    pub(super) fn new(policy: &Policy) -> Self {
        let nat64 = policy.nat64.iter().copied().chain([WELL_KNOWN]);
        Self(nat64.map(rows::translator).collect())
    }

    /// Where a packet to an address ends up.
    pub(super) fn inside(&self, address: IpAddr) -> IpAddr {
        let literal: Address = to_address(address);
        let mut inside = self.0.iter().filter_map(|translator| {
            let is_its = translator.covers(&literal);
            is_its.then(|| translator.inside(&literal)).flatten()
        });
        inside
            .next()
            .and_then(|inside| inside.ip())
            .unwrap_or(address)
    }
}

/// Names of the lists that rules of `deny` name, or that these name.
fn denied(outline: &Outline) -> Vec<&str> {
    fn lists(targets: &[Target]) -> impl Iterator<Item = &str> {
        targets.iter().filter_map(|target| match target {
            Target::List(name) => Some(name.as_str()),
            Target::Prefix(_) | Target::File(_) => None,
        })
    }
    let rules = outline.groups.iter();
    let rules = rules.flat_map(|GroupOutline { deny, .. }| deny);
    let mut denied: Vec<&str> = rules.flat_map(|rule| lists(&rule.to)).collect();
    let mut next = 0;
    while let Some(name) = denied.get(next).copied() {
        next += 1;
        let mut named = outline.lists.iter();
        let Some(list) = named.find(|list| list.name == name) else {
            continue;
        };
        for inner in lists(&list.items) {
            if !denied.contains(&inner) {
                denied.push(inner);
            }
        }
    }
    denied
}

/// How many addresses some prefixes hold.
fn size(prefixes: &[IpNet]) -> u128 {
    let sizes = prefixes.iter().map(|prefix| {
        let bits = u32::from(prefix.max_prefix_len() - prefix.prefix_len());
        1_u128.checked_shl(bits).unwrap_or(u128::MAX)
    });
    sizes.fold(0, u128::saturating_add)
}

/// Prefixes that are easy to search: in order and apart.
pub(super) struct Set(Vec<IpNet>);

impl Set {
    pub(super) fn new<'p>(prefixes: impl IntoIterator<Item = &'p IpNet>) -> Self {
        let mut all: Vec<IpNet> = prefixes.into_iter().copied().collect();
        all.sort_unstable_by_key(|prefix| (prefix.network(), Reverse(prefix.broadcast())));
        all.dedup_by(|narrow, wide| wide.contains(&*narrow));
        Self(all)
    }

    /// How many addresses they hold.
    pub(super) fn size(&self) -> u128 {
        size(&self.0)
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let after = self.0.partition_point(|prefix| prefix.network() <= address);
        let last = after.checked_sub(1).and_then(|last| self.0.get(last));
        last.is_some_and(|prefix| prefix.contains(&address))
    }
}
