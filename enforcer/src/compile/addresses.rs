//! What is known of single addresses: which camera's they are, and what the router knows of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use enforcer_common::table::{Neighbour, PrefixKey, STRANGERS};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{CapacityError, MAX_NEIGHBOURS, prefix_key};
use crate::numbering::CameraIds;
use crate::policy::Policy;
use crate::topology::{Link, Topology};

/// Both families as prefixes, with what of each is link-local (RFC 3927, RFC 4291).
const FAMILIES: [(IpNet, IpNet); 2] = [
    (
        IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)),
        IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16)),
    ),
    (
        IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)),
        IpNet::V6(Ipv6Net::new_assert(
            Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0),
            10,
        )),
    ),
];

/// The addresses that cameras are bound to, each for its camera and for strangers.
pub(super) fn bindings(policy: &Policy, ids: &CameraIds) -> Vec<(u32, PrefixKey)> {
    let mut bindings = BTreeSet::new();
    let bound = policy.cameras.iter();
    for camera in bound.filter(|camera| camera.identity.binds()) {
        let id = ids.id(&camera.name).unwrap_or(STRANGERS);
        for &prefix in &camera.identity.ip {
            bindings.insert(prefix_key(id, prefix));
            bindings.insert(prefix_key(STRANGERS, prefix));
        }
    }
    bindings.into_iter().collect()
}

/// What the router knows of the addresses behind each interface that the policy names.
pub(super) fn neighbours(
    policy: &Policy,
    topology: &Topology,
) -> Result<Vec<(u32, PrefixKey, u32)>, CapacityError> {
    let networks = topology.links.iter().flat_map(Link::networks);
    let broadcast: BTreeSet<Ipv4Addr> = networks.flat_map(broadcast_addresses).collect();
    let links = topology.links.iter();
    let named = links.filter(|link| policy.interface_for(&link.name).is_some());
    let held = named.map(|link| {
        let sharing = topology.sharing(link.index);
        (link.index, networks_of(&sharing), foreign(&sharing))
    });
    let held: Vec<_> = held.collect();
    let counts = held
        .iter()
        .map(|(_, held, foreign)| broadcast.len() + 2 * held.len() + foreign.len());
    let count = counts.sum();
    if count > MAX_NEIGHBOURS {
        return Err(CapacityError::Neighbours { count });
    }
    let mut neighbours = BTreeMap::new();
    for (index, held, foreign) in held {
        let router = held.iter().map(|network| IpNet::from(network.addr()));
        let broadcast = broadcast.iter().map(|&address| IpAddr::V4(address).into());
        let on_link = held.iter().copied();
        let on_link = on_link.filter(|network| !is_link_local(network));
        // Who comes first keeps the row.
        let all = router
            .map(|prefix| (prefix, Neighbour::Router))
            .chain(broadcast.map(|prefix| (prefix, Neighbour::Broadcast)))
            .chain(on_link.map(|prefix| (prefix, Neighbour::OnLink)))
            .chain(foreign);
        for (prefix, neighbour) in all {
            let key = prefix_key(index, prefix);
            neighbours.entry(key).or_insert(neighbour);
        }
    }
    let rows = neighbours.into_iter();
    let rows = rows.map(|((bits, key), neighbour)| (bits, key, neighbour.number()));
    Ok(rows.collect())
}

fn networks_of(sharing: &[&Link]) -> Vec<IpNet> {
    let networks = sharing.iter().flat_map(|link| link.networks());
    networks.copied().collect()
}

/// Every address of a family in which the router numbers the link, but for those that devices give
/// themselves. What else is known of an address is in a longer prefix or comes first.
fn foreign(sharing: &[&Link]) -> Vec<(IpNet, Neighbour)> {
    let on_link = networks_of(sharing);
    let mut rows = Vec::new();
    for (all, link_local) in FAMILIES {
        if !sharing.iter().any(|link| link.numbers(all.addr())) {
            continue;
        }
        rows.push((all, Neighbour::Foreign));
        let is_on_link = |network: &IpNet| !is_link_local(network) && network.contains(&link_local);
        if !on_link.iter().any(is_on_link) {
            rows.push((link_local, Neighbour::Elsewhere));
        }
    }
    rows
}

/// Linux takes the all-ones and the all-zero address of a network for broadcast
/// (`fib_add_ifaddr`), where it has more than two addresses.
fn broadcast_addresses(network: &IpNet) -> impl Iterator<Item = Ipv4Addr> + use<> {
    let addresses = match network {
        IpNet::V4(network) if network.prefix_len() <= 30 => {
            Some([network.network(), network.broadcast()])
        }
        IpNet::V4(_) | IpNet::V6(_) => None,
    };
    addresses.into_iter().flatten()
}

/// `fe80::/10` is on every link, so no prefix of it says anything.
const fn is_link_local(network: &IpNet) -> bool {
    match network {
        IpNet::V4(_) => false,
        IpNet::V6(network) => network.addr().is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_address_has_a_row_for_its_camera_and_one_for_strangers() {
        let policy = parse(
            "
groups: {g: }
cameras:
  a: {match: {mac: '02:00:00:00:00:01', ip: [192.0.2.1, '2001:db8::/64']}, group: g}
  b: {match: {mac: '02:00:00:00:00:02', ip: 192.0.2.1}, group: g}
  c: {match: {ip: 192.0.2.3}, group: g}
  d: {match: {mac: '02:00:00:00:00:04'}, group: g}
",
        );
        let ids = CameraIds::default().assign(&policy);
        let one = |scope, prefix: &str| prefix_key(scope, prefix.parse().unwrap());
        let expected = [
            one(STRANGERS, "192.0.2.1/32"),
            one(1, "192.0.2.1/32"),
            one(2, "192.0.2.1/32"),
            one(STRANGERS, "2001:db8::/64"),
            one(1, "2001:db8::/64"),
        ];
        assert_eq!(bindings(&policy, &ids), expected);
    }

    #[test]
    fn the_router_knows_what_is_behind_each_interface_that_the_policy_names() {
        use Neighbour::{Broadcast, Elsewhere, Foreign, OnLink, Router};
        let link = |index, name: &str, addresses: &[&str]| Link {
            index,
            name: name.to_owned(),
            addresses: addresses.iter().map(|one| one.parse().unwrap()).collect(),
            ..Link::default()
        };
        let topology = Topology {
            links: vec![
                link(1, "lo", &["127.0.0.1/8", "::1/128", "198.51.100.9/32"]),
                link(2, "lan1", &["192.0.2.1/30", "fe80::1/64", "2001:db8::1/64"]),
                link(3, "lan2", &["203.0.113.1/31"]),
            ],
        };
        let found = neighbours(&parse(""), &topology).unwrap();
        let expected = [
            (2, "0.0.0.0/0", Foreign),
            (2, "::/0", Foreign),
            (2, "fe80::/10", Elsewhere),
            (2, "169.254.0.0/16", Elsewhere),
            (2, "192.0.2.0/30", OnLink),
            (2, "2001:db8::/64", OnLink),
            (2, "192.0.2.0/32", Broadcast),
            (2, "192.0.2.1/32", Router),
            (2, "192.0.2.3/32", Broadcast),
            (2, "2001:db8::1/128", Router),
            (2, "fe80::1/128", Router),
            (3, "0.0.0.0/0", Foreign),
            (3, "169.254.0.0/16", Elsewhere),
            (3, "203.0.113.0/31", OnLink),
            (3, "192.0.2.0/32", Broadcast),
            (3, "192.0.2.3/32", Broadcast),
            (3, "203.0.113.1/32", Router),
        ];
        let mut expected = expected.map(|(scope, prefix, neighbour)| {
            let (bits, key) = prefix_key(scope, prefix.parse().unwrap());
            (bits, key, neighbour.number())
        });
        expected.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn more_neighbours_than_there_is_room_for_are_told() {
        let links = (1..=1000_u32).map(|index| Link {
            index,
            name: format!("lan{index}"),
            addresses: vec![
                format!("10.{}.{}.1/24", index / 256, index % 256)
                    .parse()
                    .unwrap(),
            ],
            ..Link::default()
        });
        let topology = Topology {
            links: links.collect(),
        };
        let count = 1000 * (2 * 1000 + 2 + 2);
        let error = neighbours(&parse(""), &topology).unwrap_err();
        assert_eq!(error, CapacityError::Neighbours { count });
    }

    fn parse(rest: &str) -> Policy {
        let text = format!("version: 1\ninterfaces: {{lan*: }}\n{rest}");
        Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"))
    }
}
