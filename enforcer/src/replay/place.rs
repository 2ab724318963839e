//! Where a frame of a capture came in.

use enforcer_common::{Flow, Source};
use rustc_hash::FxHashMap;

use super::batch::Taken;
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
            homes: FxHashMap::default(),
        })
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
                let link = self.assumed.add(&self.policy, name.to_owned())?;
                self.homes.clear();
                return Ok(Some(link));
            }
        }
        Ok(Some(self.home(taken.frame)))
    }

    /// What a program is for that sees one link and nothing else, under the number of the loopback interface,
    /// which every kernel has.
    pub(super) fn alone(&self, link: u32) -> Topology {
        let link = Link {
            index: 1,
            name: self.assumed.name(link).to_owned(),
            ..Link::default()
        };
        Topology { links: vec![link] }
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
