//! What is known of single addresses: which camera's they are, and what the router knows of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use enforcer_common::table::{self, CameraId, Neighbour, STRANGERS};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{CapacityError, MAX_NEIGHBOURS};
use crate::numbering::CameraIds;
use crate::policy::Policy;
use crate::topology::{Link, Topology};

/// Both families.
const FAMILIES: [IpNet; 2] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)),
];

/// What any device has on any link (RFC 4291). IPv4's own (RFC 3927) is not like it: Linux sends to one as to any
/// other address, past the link.
const LINK_LOCAL: IpNet = IpNet::V6(Ipv6Net::new_assert(
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0),
    10,
));

/// What holds of prefixes for a camera or behind an interface, by its number; of several prefixes that
/// cover an address the longest counts.
pub(super) type Held = (u32, Vec<(IpNet, u16)>);

/// The addresses that are cameras' own: each for its camera, and for strangers if the camera is bound to it rather
/// than known by it.
pub(super) fn bindings(policy: &Policy, ids: &CameraIds) -> Vec<Held> {
    let mut bindings: BTreeMap<u32, BTreeSet<IpNet>> = BTreeMap::new();
    for camera in &policy.cameras {
        let id = ids.id(&camera.name).unwrap_or(STRANGERS);
        for &prefix in &camera.identity.ip {
            bindings.entry(id).or_default().insert(prefix);
            if camera.identity.binds() {
                bindings.entry(STRANGERS).or_default().insert(prefix);
            }
        }
    }
    let scopes = bindings.into_iter();
    let scopes = scopes.map(|(camera, prefixes)| {
        let prefixes = prefixes.into_iter().map(|prefix| (prefix, 1));
        (camera, prefixes.collect())
    });
    scopes.collect()
}

/// An address of each family that a camera may call its own whatever the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Own {
    v4: Option<Ipv4Addr>,
    v6: Option<Ipv6Addr>,
}

impl Own {
    /// The row of the camera with them.
    pub(super) fn write_into(self, camera: table::Camera) -> table::Camera {
        table::Camera {
            own_v4: self.v4.map_or(camera.own_v4, |address| address.octets()),
            own_v6: self.v6.map_or(camera.own_v6, |address| address.octets()),
            ..camera
        }
    }
}

/// The first single address of each family that a camera is bound to, unless the router has it too or
/// takes it for broadcast: then it depends on the interface.
pub(super) fn own(
    policy: &Policy,
    topology: &Topology,
    ids: &CameraIds,
) -> BTreeMap<CameraId, Own> {
    let networks = topology.links.iter().flat_map(Link::networks);
    let mut held: BTreeSet<IpAddr> = networks.map(IpNet::addr).collect();
    held.extend(broadcast(topology).into_iter().map(IpAddr::V4));
    let mut owners = BTreeMap::new();
    let bound = policy.cameras.iter();
    for camera in bound.filter(|camera| camera.identity.binds()) {
        let mut own = Own::default();
        for prefix in &camera.identity.ip {
            if prefix.prefix_len() != prefix.max_prefix_len() || held.contains(&prefix.addr()) {
                continue;
            }
            match prefix.addr() {
                IpAddr::V4(address) => own.v4 = own.v4.or(Some(address)),
                IpAddr::V6(address) => own.v6 = own.v6.or(Some(address)),
            }
        }
        owners.insert(ids.id(&camera.name).unwrap_or(STRANGERS), own);
    }
    owners
}

/// The broadcast addresses of all the router's networks.
pub(super) fn broadcast(topology: &Topology) -> BTreeSet<Ipv4Addr> {
    let networks = topology.links.iter().flat_map(Link::networks);
    networks.flat_map(broadcast_addresses).collect()
}

/// What the router knows of the addresses behind each interface that the policy names: numbers of
/// [`Neighbour`].
pub(super) fn neighbours(policy: &Policy, topology: &Topology) -> Result<Vec<Held>, CapacityError> {
    let broadcast = broadcast(topology);
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
    let scopes = held.into_iter().map(|(number, held, foreign)| {
        let router = held.iter().map(|network| IpNet::from(network.addr()));
        let broadcast = broadcast.iter().map(|&address| IpAddr::V4(address).into());
        let on_link = held.iter().copied();
        let on_link = on_link.filter(|network| !is_link_local(network));
        // Who comes first keeps the row.
        let all = router
            .map(|prefix| (prefix, Neighbour::Router))
            .chain(broadcast.map(|prefix| (prefix, Neighbour::Broadcast)))
            .chain(on_link.map(|prefix| (prefix.trunc(), Neighbour::OnLink)))
            .chain(foreign);
        let mut neighbours = BTreeMap::new();
        for (prefix, neighbour) in all {
            neighbours.entry(prefix).or_insert(neighbour.number());
        }
        (number, neighbours.into_iter().collect())
    });
    Ok(scopes.collect())
}

fn networks_of(sharing: &[&Link]) -> Vec<IpNet> {
    let networks = sharing.iter().flat_map(|link| link.networks());
    networks.copied().collect()
}

/// Every address of a family in which the router numbers the link, but for [`LINK_LOCAL`]. What else is known of an
/// address is in a longer prefix or comes first.
fn foreign(sharing: &[&Link]) -> Vec<(IpNet, Neighbour)> {
    let numbered = FAMILIES.iter();
    let numbered = numbered.filter(|all| sharing.iter().any(|link| link.numbers(all.addr())));
    let mut rows: Vec<_> = numbered.map(|&all| (all, Neighbour::Foreign)).collect();
    if rows.iter().any(|(all, _)| all.contains(&LINK_LOCAL)) {
        rows.push((LINK_LOCAL, Neighbour::Elsewhere));
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
    fn an_address_has_a_row_for_its_camera_and_a_bound_one_has_one_for_strangers() {
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
        let expected = [
            (STRANGERS, "192.0.2.1/32"),
            (STRANGERS, "2001:db8::/64"),
            (1, "192.0.2.1/32"),
            (1, "2001:db8::/64"),
            (2, "192.0.2.1/32"),
            (3, "192.0.2.3/32"),
        ];
        let expected = expected.map(|(scope, prefix)| (scope, prefix.parse().unwrap(), 1));
        assert_eq!(flat(bindings(&policy, &ids)), expected);
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
            (2, "192.0.2.0/30", OnLink),
            (2, "2001:db8::/64", OnLink),
            (2, "192.0.2.0/32", Broadcast),
            (2, "192.0.2.1/32", Router),
            (2, "192.0.2.3/32", Broadcast),
            (2, "2001:db8::1/128", Router),
            (2, "fe80::1/128", Router),
            (3, "0.0.0.0/0", Foreign),
            (3, "203.0.113.0/31", OnLink),
            (3, "192.0.2.0/32", Broadcast),
            (3, "192.0.2.3/32", Broadcast),
            (3, "203.0.113.1/32", Router),
        ];
        let mut expected = expected.map(|(scope, prefix, neighbour)| {
            let prefix: IpNet = prefix.parse().unwrap();
            (scope, prefix, neighbour.number())
        });
        expected.sort_unstable();
        assert_eq!(flat(found), expected);
    }

    #[test]
    fn a_camera_owns_the_first_single_address_of_each_family_that_the_router_leaves_it() {
        let policy = parse(
            "
groups: {g: }
cameras:
  a:
    match:
      mac: '02:00:00:00:00:01'
      ip: [192.0.2.0/29, 192.0.2.1, 192.0.2.3, 192.0.2.7, 192.0.2.2, 192.0.2.4, '2001:db8::/64', '2001:db8::2']
    group: g
  b: {match: {mac: '02:00:00:00:00:02', ip: 192.0.2.0/29}, group: g}
  c: {match: {ip: 192.0.2.3}, group: g}
",
        );
        let link = Link {
            index: 2,
            name: "lan1".to_owned(),
            addresses: vec!["192.0.2.1/30".parse().unwrap()],
            ..Link::default()
        };
        let topology = Topology { links: vec![link] };
        let ids = CameraIds::default().assign(&policy);
        let a = Own {
            v4: Some("192.0.2.7".parse().unwrap()),
            v6: Some("2001:db8::2".parse().unwrap()),
        };
        let expected = BTreeMap::from([(1, a), (2, Own::default())]);
        assert_eq!(own(&policy, &topology, &ids), expected);
    }

    fn flat(held: Vec<Held>) -> Vec<(u32, IpNet, u16)> {
        let rows = held.into_iter().flat_map(|(scope, prefixes)| {
            let rows = prefixes.into_iter();
            rows.map(move |(prefix, value)| (scope, prefix, value))
        });
        rows.collect()
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
        let count = 1000 * (2 * 1000 + 2 + 1);
        let error = neighbours(&parse(""), &topology).unwrap_err();
        assert_eq!(error, CapacityError::Neighbours { count });
    }

    fn parse(rest: &str) -> Policy {
        let text = format!("version: 1\ninterfaces: {{lan*: }}\n{rest}");
        Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"))
    }
}
