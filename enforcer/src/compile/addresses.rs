//! What is known of single addresses: which camera's they are, and what the router knows of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use enforcer_common::table::{Neighbour, PrefixKey, STRANGERS};
use ipnet::IpNet;

use super::{CapacityError, MAX_NEIGHBOURS, prefix_key};
use crate::numbering::CameraIds;
use crate::policy::Policy;
use crate::topology::{Link, Topology};

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
    let mut neighbours = BTreeMap::new();
    for link in &topology.links {
        if policy.interface_for(&link.name).is_none() {
            continue;
        }
        let behind = topology.sharing(link.index);
        let held = behind.iter().flat_map(|link| link.networks());
        let router = held.clone().map(|network| IpNet::from(network.addr()));
        let broadcast = broadcast.iter().map(|&address| IpAddr::V4(address).into());
        let on_link = held.copied().filter(|network| !is_link_local(network));
        // Who comes first keeps the row.
        let all = router
            .map(|prefix| (prefix, Neighbour::Router))
            .chain(broadcast.map(|prefix| (prefix, Neighbour::Broadcast)))
            .chain(on_link.map(|prefix| (prefix, Neighbour::OnLink)));
        for (prefix, neighbour) in all {
            let key = prefix_key(link.index, prefix);
            neighbours.entry(key).or_insert(neighbour);
        }
        if neighbours.len() > MAX_NEIGHBOURS {
            return Err(CapacityError::Neighbours);
        }
    }
    let rows = neighbours.into_iter();
    let rows = rows.map(|((bits, key), neighbour)| (bits, key, neighbour.number()));
    Ok(rows.collect())
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

/// fe80::/10 is on every link, so no prefix of it says anything.
const fn is_link_local(network: &IpNet) -> bool {
    match network {
        IpNet::V4(_) => false,
        IpNet::V6(network) => network.addr().is_unicast_link_local(),
    }
}
