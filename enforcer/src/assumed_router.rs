//! A router to judge frames on where there is none: links with the names that a policy is for, without addresses unless
//! they are told, and the policy compiled for them.

use std::{collections::BTreeSet, net::IpAddr};

use enforcer_common::{
    Source, Tables as _,
    compiled::Compiled,
    table::{self, CameraId, STRANGERS},
};
use ipnet::IpNet;

use crate::{
    compile::{CapacityError, CompiledPolicy, lookup::Lookup},
    frame::{Sender, senders, to_address},
    numbering::CameraIds,
    policy::{Camera, NamePattern, Policy},
    ranges::Ranges,
    topology::{Link, Topology},
};

/// So many patterns of interfaces are looked at, where nothing says on which frames come in.
const MOST_PLACES: usize = 1_024;

/// The links of a router that nobody asked, and what is looked up there.
pub(crate) struct AssumedRouter {
    topology: Topology,
    ids: CameraIds,
    lookup: Lookup,
}

impl AssumedRouter {
    /// One link for each pattern and each that the policy names, or the one that is wanted alone.
    pub(crate) fn new<'p>(
        policy: &'p Policy,
        patterns: impl IntoIterator<Item = &'p NamePattern>,
        wanted: Option<&str>,
    ) -> Result<Self, CapacityError> {
        let patterns = patterns.into_iter().take(MOST_PLACES);
        let rows = policy.interfaces.iter().map(|row| &row.name);
        let mut names: Vec<String> = match wanted {
            Some(name) => vec![name.to_owned()],
            None => patterns.chain(rows).map(instance).collect(),
        };
        let mut known = BTreeSet::new();
        names.retain(|name| known.insert(name.clone()));
        // The index of the loopback interface is one, so these come after.
        let links = names.into_iter().zip(2..).map(|(name, index)| Link {
            index,
            name,
            ..Link::default()
        });
        let links = links.collect();
        let topology = Topology { links };
        let ids = CameraIds::default().assign(policy);
        Ok(Self {
            lookup: Lookup::new(policy, &topology, &ids)?,
            topology,
            ids,
        })
    }

    /// Gives its links addresses, by their names; the policy is the one that it was made for.
    pub(crate) fn hold(
        &mut self,
        policy: &Policy,
        addresses: impl Fn(&str) -> Vec<IpNet>,
    ) -> Result<(), CapacityError> {
        for link in &mut self.topology.links {
            link.addresses = addresses(&link.name);
        }
        self.lookup = Lookup::new(policy, &self.topology, &self.ids)?;
        Ok(())
    }

    /// Adds a link with its addresses.
    pub(crate) fn add(
        &mut self,
        policy: &Policy,
        name: &str,
        addresses: Vec<IpNet>,
    ) -> Result<u32, CapacityError> {
        let links = &mut self.topology.links;
        let index = links.last().map_or(1, |link| link.index) + 1;
        links.push(Link {
            index,
            name: name.to_owned(),
            addresses,
            ..Link::default()
        });
        self.lookup = Lookup::new(policy, &self.topology, &self.ids)?;
        Ok(index)
    }

    /// Its links.
    pub(crate) const fn topology(&self) -> &Topology {
        &self.topology
    }

    /// The numbers of the policy's cameras.
    pub(crate) const fn ids(&self) -> &CameraIds {
        &self.ids
    }

    /// What frames are judged by.
    pub(crate) const fn tables(&self) -> &Compiled<CompiledPolicy> {
        self.lookup.tables()
    }

    /// What the rules say of every address.
    pub(crate) const fn ranges(&self) -> &Ranges {
        self.lookup.ranges()
    }

    /// All links.
    pub(crate) fn links(&self) -> impl ExactSizeIterator<Item = u32> {
        self.topology.links.iter().map(|link| link.index)
    }

    /// The link of this name.
    pub(crate) fn named(&self, name: &str) -> Option<u32> {
        self.topology.named(name).map(|link| link.index)
    }

    /// The name of a link.
    pub(crate) fn name(&self, index: u32) -> &str {
        let link = self.topology.index(index);
        link.map_or("?", |link| link.name.as_str())
    }

    /// A link that matches one of the patterns, if there are any, and that the policy is for; where
    /// there is none, the first.
    pub(crate) fn link_for<'p>(
        &self,
        policy: &Policy,
        patterns: impl IntoIterator<Item = &'p NamePattern>,
    ) -> u32 {
        let patterns: Vec<&NamePattern> = patterns.into_iter().collect();
        let mut links = self.topology.links.iter();
        let meant = links.find(|link| {
            let named = patterns.iter().any(|pattern| pattern.matches(&link.name));
            (patterns.is_empty() || named) && policy.interface_for(&link.name).is_some()
        });
        let link = meant.or_else(|| self.topology.links.first());
        link.map_or(0, |link| link.index)
    }

    /// The first link where a sender is known as a camera that belongs there; else one that the policy is for.
    pub(crate) fn home(&self, policy: &Policy, sender: &Source) -> u32 {
        let is_home = |link: &u32| {
            let source = Source::new(*link, sender.vlan, sender.mac, sender.address());
            let camera = self.tables().camera(&source);
            camera.is_some_and(|camera| !camera.has(table::Camera::MISPLACED))
        };
        let home = self.links().find(is_home);
        home.unwrap_or_else(|| self.link_for(policy, []))
    }

    /// Whom a camera's frames on a link could be from: the first that nobody else claims.
    pub(crate) fn sender(&self, camera: &Camera, link: u32, to: IpAddr) -> Option<Sender> {
        let id = self.ids.id(&camera.name);
        let is_its_own =
            |sender: &Sender| self.is_its_own(id, link, sender) && sender.address != to;
        let mut all = senders(&camera.identity, to.is_ipv4());
        let first = all.next();
        first.into_iter().chain(all).find(is_its_own).or(first)
    }

    fn is_its_own(&self, id: Option<CameraId>, link: u32, sender: &Sender) -> bool {
        let tables = self.tables();
        let address = to_address(sender.address);
        let source = Source::new(link, sender.vlan.unwrap_or(0), sender.mac, address);
        let is_free = id.is_some_and(|id| tables.is_bound(id, &address))
            || !tables.is_bound(STRANGERS, &address);
        is_free && tables.camera(&source).map(|row| row.id) == id
    }
}

/// A name that the pattern stands for.
fn instance(pattern: &NamePattern) -> String {
    match pattern.as_str() {
        "*" => "lan1".to_owned(),
        name => name.replace(['*', '?'], "1"),
    }
}
