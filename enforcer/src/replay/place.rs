//! Where a frame of a capture came in.

use enforcer_common::{Address, Flow, Source};
use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::{batch::Taken, network::Network};
use crate::{
    assumed_router::AssumedRouter,
    compile::CapacityError,
    policy::Policy,
    topology::{Link, Topology},
};

/// So many links are made for the names that a capture has.
const MOST_LINKS: usize = 2_048;

/// Of so many senders it is remembered where they are at home.
const MOST_HOMES: usize = 65_536;

/// Where frames come in, and what is looked up there.
pub(super) struct Router {
    pub(super) policy: Policy,
    pub(super) assumed: AssumedRouter,
    /// The interface that all come in on of which a capture says nothing else.
    wanted: Option<String>,
    /// What the router's addresses are said to be.
    networks: Vec<Network>,
    homes: FxHashMap<Source, u32>,
}

impl Router {
    pub(super) fn new(policy: Policy, wanted: Option<&str>) -> Result<Self, CapacityError> {
        let cameras = policy.cameras.iter();
        let patterns = cameras.flat_map(|camera| &camera.identity.interface);
        let assumed = AssumedRouter::new(&policy, patterns, wanted)?;
        Ok(Self {
            policy,
            assumed,
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
        self.assumed.hold(&self.policy, |name| held(networks, name))
    }

    /// Whether it is told where frames come in of which a capture does not tell it.
    pub(super) const fn is_told_where(&self) -> bool {
        self.wanted.is_some()
    }

    /// Whether it is known which addresses of a family are on a link.
    pub(super) fn knows_link_of(&self, link: u32, address: &Address) -> bool {
        let link = self.assumed.topology().index(link);
        link.zip(address.ip())
            .is_none_or(|(link, address)| link.numbers(address))
    }

    /// The link that a frame came in on; none where nothing is judged.
    pub(super) fn link(&mut self, taken: &Taken<'_>) -> Result<Option<u32>, CapacityError> {
        if let Some(name) = taken.interface.or(self.wanted.as_deref()) {
            if self.policy.interface_for(name).is_none() {
                return Ok(None);
            }
            if let Some(link) = self.assumed.named(name) {
                return Ok(Some(link));
            }
            if self.assumed.links().len() < MOST_LINKS {
                let link = self
                    .assumed
                    .add(&self.policy, name, held(&self.networks, name))?;
                self.homes.clear();
                return Ok(Some(link));
            }
        }
        Ok(Some(self.home(taken.frame)))
    }

    /// What a program is for that sees one link and no other, under the number of the loopback interface, which every
    /// kernel has. The router's addresses on others count there, too.
    pub(super) fn alone(&self, link: u32) -> Topology {
        let name = self.assumed.name(link).to_owned();
        let alone = Link {
            index: 1,
            addresses: held(&self.networks, &name),
            name,
            ..Link::default()
        };
        let others = self.assumed.topology().links.iter();
        let others = others.filter(|other| other.index != link && !other.addresses.is_empty());
        Topology {
            links: std::iter::once(alone).chain(others.cloned()).collect(),
        }
    }

    /// A link that frames may come in on.
    pub(super) fn first(&self) -> u32 {
        self.assumed.link_for(&self.policy, [])
    }

    /// The link where the sender would be known, as `explain` chooses it.
    fn home(&mut self, frame: &[u8]) -> u32 {
        let mut flow = Flow::default();
        let read = flow.read_link(frame).is_ok();
        let sender = Source::read(frame, 0, &flow, read);
        if let Some(&home) = self.homes.get(&sender) {
            return home;
        }
        let home = self.assumed.home(&self.policy, &sender);
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
