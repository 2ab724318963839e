//! The router that there is not: a policy, its tables, and links with the names that it is for.

use std::collections::BTreeSet;

use enforcer_common::{Address, Flow, Source, Tables as _, table};
use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::{batch::Taken, network::Network};
use crate::{
    compile::{CapacityError, lookup::Lookup},
    explain::StandIn,
    model::ip,
    numbering::CameraIds,
    policy::{NamePattern, Policy},
    topology::{Link, Topology},
};

/// So many patterns of interfaces are looked at, where nothing says on which frames came in.
const MOST_PLACES: usize = 1_024;

/// So many links are made for the names that a capture has.
const MOST_LINKS: usize = 2_048;

/// Of so many senders it is remembered where they are at home.
const MOST_HOMES: usize = 65_536;

/// Where frames come in, and what is looked up there.
pub(super) struct Router {
    pub(super) policy: Policy,
    pub(super) ids: CameraIds,
    pub(super) lookup: Lookup,
    stand_in: StandIn,
    /// The interface that all come in on of which a capture says nothing else.
    wanted: Option<String>,
    /// What the router's addresses are said to be.
    networks: Vec<Network>,
    homes: FxHashMap<Source, u32>,
}

impl Router {
    pub(super) fn new(policy: Policy, wanted: Option<&str>) -> Result<Self, CapacityError> {
        let ids = CameraIds::default().assign(&policy);
        let cameras = policy.cameras.iter();
        let patterns = cameras.flat_map(|camera| &camera.identity.interface);
        let patterns: BTreeSet<&NamePattern> = patterns.take(MOST_PLACES).collect();
        let stand_in = StandIn::new(&policy, patterns, wanted);
        let lookup = Lookup::new(&policy, &stand_in.topology, &ids)?;
        Ok(Self {
            policy,
            ids,
            lookup,
            stand_in,
            wanted: wanted.map(str::to_owned),
            networks: Vec::new(),
            homes: FxHashMap::default(),
        })
    }

    /// With addresses, which some links have.
    pub(super) fn hold(&mut self, networks: &[Network]) -> Result<(), CapacityError> {
        if networks.is_empty() {
            return Ok(());
        }
        self.networks = networks.to_vec();
        for link in &mut self.stand_in.topology.links {
            link.addresses = held(networks, &link.name);
        }
        self.lookup = Lookup::new(&self.policy, &self.stand_in.topology, &self.ids)?;
        Ok(())
    }

    /// Whether it is told where frames come in of which a capture does not tell it.
    pub(super) const fn is_told_where(&self) -> bool {
        self.wanted.is_some()
    }

    /// Whether it is known which addresses of a family are on a link.
    pub(super) fn knows_link_of(&self, link: u32, address: &Address) -> bool {
        let link = self.stand_in.topology.index(link);
        link.zip(ip(address))
            .is_none_or(|(link, address)| link.numbers(address))
    }

    /// The link that a frame came in on; none where nothing is judged.
    pub(super) fn link(&mut self, taken: &Taken<'_>) -> Result<Option<u32>, CapacityError> {
        if let Some(name) = taken.interface.or(self.wanted.as_deref()) {
            if self.policy.interface_for(name).is_none() {
                return Ok(None);
            }
            if let Some(link) = self.stand_in.topology.named(name) {
                return Ok(Some(link.index));
            }
            if self.stand_in.topology.links.len() < MOST_LINKS {
                let name = name.to_owned();
                return self.add(name).map(Some);
            }
        }
        Ok(Some(self.home(taken.frame)))
    }

    /// What a program is for that sees one link and no other, under the number of the loopback interface, which every
    /// kernel has. The router's addresses on others count there, too.
    pub(super) fn alone(&self, link: u32) -> Topology {
        let name = self.stand_in.name(link).to_owned();
        let alone = Link {
            index: 1,
            addresses: held(&self.networks, &name),
            name,
            ..Link::default()
        };
        let others = self.stand_in.topology.links.iter();
        let others = others.filter(|other| other.index != link && !other.addresses.is_empty());
        Topology {
            links: std::iter::once(alone).chain(others.cloned()).collect(),
        }
    }

    /// A link that frames may come in on.
    pub(super) fn first(&self) -> u32 {
        self.stand_in.link_for(&self.policy, [])
    }

    fn add(&mut self, name: String) -> Result<u32, CapacityError> {
        let links = &mut self.stand_in.topology.links;
        let last = links.last().map_or(1, |link| link.index);
        let index = last + 1;
        links.push(Link {
            index,
            addresses: held(&self.networks, &name),
            name,
            ..Link::default()
        });
        self.lookup = Lookup::new(&self.policy, &self.stand_in.topology, &self.ids)?;
        self.homes.clear();
        Ok(index)
    }

    /// The link where the sender would be known, as `explain` chooses it.
    fn home(&mut self, frame: &[u8]) -> u32 {
        let mut flow = Flow::default();
        let read = flow.read_link(frame).is_ok();
        let sender = Source::read(frame, 0, &flow, read);
        if let Some(&home) = self.homes.get(&sender) {
            return home;
        }
        let is_home = |link: &u32| {
            let source = Source::new(*link, sender.vlan, sender.mac, sender.address());
            let camera = self.lookup.camera(&source);
            camera.is_some_and(|camera| !camera.has(table::Camera::MISPLACED))
        };
        let home = self.stand_in.links().find(is_home);
        let home = home.unwrap_or_else(|| self.stand_in.link_for(&self.policy, []));
        if self.homes.len() >= MOST_HOMES {
            self.homes.clear();
        }
        self.homes.insert(sender, home);
        home
    }
}

/// The addresses that the router has on an interface.
fn held(networks: &[Network], name: &str) -> Vec<IpNet> {
    let held = networks.iter().filter(|network| network.is_on(name));
    held.map(|network| network.address).collect()
}
