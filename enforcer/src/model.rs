//! The policy's answers, found the slow and obvious way: by reading it from top to bottom. What the
//! compiled tables say is held against this.

use std::net::IpAddr;

use enforcer_common::{
    Address, Source, Tables, Translator,
    rule::{Request, RuleId, Ruling},
    table::{self, CameraId, GroupId, Holders, Neighbour, STRANGERS},
};
use ipnet::IpNet;

use crate::numbering::{CameraIds, Item, Rules};
use crate::policy::{Camera, Group, Interface, MacPrefix, NamePattern, Policy, Specificity};
use crate::rows;
use crate::topology::{Link, Topology};

/// A policy on a router, as the verdict asks it.
#[derive(Clone, Debug)]
pub struct Model<'p> {
    policy: &'p Policy,
    topology: &'p Topology,
    /// The numbers of the policy's cameras, in the same order.
    ids: Vec<CameraId>,
    rules: Rules,
}

/// How specific the identity is that a frame is known by; the greatest wins. Compared from the top.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Strength {
    mac_bits: Option<u8>,
    ip_bits: Option<u8>,
    vlan: bool,
    interface: Option<Specificity>,
}

impl<'p> Model<'p> {
    /// A camera that has no number yet gets the one that [`CameraIds::assign`] gives it.
    pub fn new(policy: &'p Policy, topology: &'p Topology, ids: &CameraIds) -> Self {
        let ids = ids.assign(policy);
        let cameras = policy.cameras.iter();
        Self {
            policy,
            topology,
            ids: cameras
                .map(|camera| ids.id(&camera.name).unwrap_or(STRANGERS))
                .collect(),
            rules: Rules::new(policy),
        }
    }

    /// The policy's row for the link of an index, if it names that link.
    fn row(&self, index: u32) -> Option<&'p Interface> {
        let link = self.topology.index(index)?;
        self.policy.interface_for(&link.name)
    }

    /// All cameras, with their numbers.
    fn cameras(&self) -> impl DoubleEndedIterator<Item = (CameraId, &'p Camera)> + Clone {
        self.ids.iter().copied().zip(&self.policy.cameras)
    }

    /// How strongly a camera claims a source, if it does.
    fn strength(&self, camera: &Camera, source: &Source) -> Option<Strength> {
        let identity = &camera.identity;
        let macs = identity.mac.iter().filter(|mac| mac.contains(source.mac));
        let mac_bits = macs.map(|mac| mac.bits).max();
        let ips = identity
            .ip
            .iter()
            .filter(|ip| covers(ip, &source.address()));
        let ip_bits = ips.map(IpNet::prefix_len).max();
        let vlan = identity.vlan.contains(&source.vlan);
        let link = self.topology.index(source.interface);
        let patterns = identity.interface.iter();
        let patterns = patterns.filter(|row| link.is_some_and(|link| row.matches(&link.name)));
        let interface = patterns.map(NamePattern::specificity).max();

        let all_hold = (identity.mac.is_empty() || mac_bits.is_some())
            && (identity.ip.is_empty() || identity.binds() || ip_bits.is_some())
            && (identity.vlan.is_empty() || vlan)
            && (identity.interface.is_empty() || interface.is_some());
        all_hold.then_some(Strength {
            mac_bits,
            ip_bits: ip_bits.filter(|_| !identity.binds()),
            vlan,
            interface,
        })
    }

    /// The first rule of a group that denies an address, or zero.
    fn denial(&self, index: usize, group: &Group, address: &Address) -> RuleId {
        let Some(address) = address.ip() else {
            return 0;
        };
        let position = group.deny.iter().position(|deny| deny.covers(address));
        position.map_or(0, |position| self.rules.number(index, Item::Deny(position)))
    }
}

impl Tables for Model<'_> {
    /// Whether it is a broadcast address; the rules are read anew each time.
    type Destination = bool;

    fn interface(&self, index: u32) -> table::Interface {
        self.row(index).map_or(table::Interface::UNKNOWN, |row| {
            rows::interface(self.policy, row)
        })
    }

    fn camera(&self, source: &Source) -> Option<table::Camera> {
        let cameras = self.cameras();
        let claims = cameras
            .clone()
            .filter_map(|camera| Some((self.strength(camera.1, source)?, camera)));
        // Reversed, because of equals the last is taken, and the first in file order is meant.
        let claim = claims.rev().max_by_key(|(strength, _)| *strength);
        let row = |(id, camera)| rows::camera(self.policy, camera, id);
        if let Some((strength, camera)) = claim
            && strength.mac_bits == Some(MacPrefix::BITS)
        {
            return Some(row(camera));
        }
        if let Some(camera) = cameras
            .clone()
            .find(|camera| is_elsewhere(camera.1, source))
        {
            let row = row(camera);
            return Some(table::Camera {
                flags: row.flags | table::Camera::MISPLACED,
                ..row
            });
        }
        claim.map(|(_, camera)| row(camera))
    }

    fn is_bound(&self, camera: CameraId, address: &Address) -> bool {
        let cameras = self.cameras();
        let mut meant = cameras.filter(|(id, _)| camera == STRANGERS || *id == camera);
        meant.any(|(_, row)| {
            let mut ips = row.identity.ip.iter();
            let counts = camera != STRANGERS || row.identity.binds();
            counts && ips.any(|prefix| covers(prefix, address))
        })
    }

    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour {
        if self.row(interface).is_none() {
            return Neighbour::Elsewhere;
        }
        let Some(address) = address.ip() else {
            return Neighbour::Elsewhere;
        };
        let behind = self.topology.sharing(interface);
        let mut held = behind.iter().flat_map(|link| link.networks());
        let mut prefixes = held
            .clone()
            .filter(|network| !is_ipv6_link_local(network.addr()));
        let mut all = self.topology.links.iter().flat_map(Link::networks);
        if held.any(|network| network.addr() == address) {
            Neighbour::Router
        } else if all.any(|network| is_broadcast(network, address)) {
            Neighbour::Broadcast
        } else if prefixes.any(|network| network.contains(&address)) {
            Neighbour::OnLink
        } else if !is_ipv6_link_local(address) && behind.iter().any(|link| link.numbers(address)) {
            Neighbour::Foreign
        } else {
            Neighbour::Elsewhere
        }
    }

    fn holders(&self, camera: &table::Camera, interface: u32, address: &Address) -> Holders {
        Holders {
            neighbour: self.neighbour(interface, address),
            is_its_own: self.is_bound(camera.id, address),
            is_bound: self.is_bound(STRANGERS, address),
        }
    }

    fn translator(&self, address: &Address) -> Option<Translator> {
        let address = address.ip()?;
        let mut prefixes = self.policy.nat64.iter();
        let prefix = prefixes.find(|&&prefix| IpNet::from(prefix).contains(&address));
        prefix.copied().map(rows::translator)
    }

    fn destination(&self, _: GroupId, _: &Address, inside: &Address) -> bool {
        let mut networks = self.topology.links.iter().flat_map(Link::networks);
        inside
            .ip()
            .is_some_and(|address| networks.any(|network| is_broadcast(network, address)))
    }

    fn is_broadcast(&self, destination: &bool) -> bool {
        *destination
    }

    fn rule(&self, group: GroupId, _: &bool, request: &Request<'_>) -> Ruling {
        let index = usize::try_from(group).unwrap_or(usize::MAX);
        let Some(group) = self.policy.groups.get(index) else {
            return Ruling::NOTHING;
        };
        // Translated on its way, a packet has two destinations: a denial of either counts.
        for destination in [&request.flow.destination, &request.destination] {
            let deny = self.denial(index, group, destination);
            if deny != 0 {
                return Ruling {
                    deny,
                    ..Ruling::NOTHING
                };
            }
        }
        let mut ruling = Ruling::NOTHING;
        let Some(destination) = request.destination.ip() else {
            return ruling;
        };
        for (position, allow) in group.allow.iter().enumerate() {
            let mut covering = allow.covering(destination).peekable();
            if covering.peek().is_none() {
                continue;
            }
            let names_groups = covering.any(rows::names_groups);
            let rule = self.rules.number(index, Item::Allow(position));
            for clause in rows::clauses(allow, rule, names_groups) {
                ruling.consider(&clause, request);
            }
        }
        ruling
    }
}

/// Whether a source has a camera's whole MAC address, and the camera belongs in one place: if
/// nothing better is known of the source, it is the camera in another.
fn is_elsewhere(camera: &Camera, source: &Source) -> bool {
    let mut macs = camera.identity.mac.iter();
    let is_its_own = macs.any(|mac| mac.bits == MacPrefix::BITS && mac.address == source.mac);
    is_its_own && camera.identity.is_placed()
}

/// Linux takes the all-ones and the all-zero address of a network for broadcast, where it has more
/// than two addresses.
fn is_broadcast(network: &IpNet, address: IpAddr) -> bool {
    match network {
        IpNet::V4(network) if network.prefix_len() <= 30 => {
            address == network.broadcast() || address == network.network()
        }
        IpNet::V4(_) | IpNet::V6(_) => false,
    }
}

/// Any device has one on any link. Of IPv4's own (RFC 3927) Linux knows nothing: it sends to one as to any other
/// address, past the link.
const fn is_ipv6_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn covers(prefix: &IpNet, address: &Address) -> bool {
    address
        .ip()
        .is_some_and(|address| prefix.contains(&address))
}
