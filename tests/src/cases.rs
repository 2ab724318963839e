//! What becomes of every kind of frame: one list of named cases, for the host and for the loaded
//! program alike.

use enforcer::topology::Topology;
use enforcer_common::DropReason;

use crate::threats::Threat;

mod addresses;
mod arp;
mod audit;
mod destinations;
mod dhcp;
mod discovery;
mod embedded;
mod except;
mod extensions;
mod fragments;
mod icmp;
mod identity;
mod malformed;
mod mapping;
mod multicast;
mod neighbours;
mod network;
mod options;
mod protocols;
mod rogue;
mod services;
mod source_route;
mod starts;
mod translators;
mod udp_tunnels;
mod unlisted;
mod vlan;

pub use network::{HOME, Ports};

/// A frame and what must become of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is sent, as a sentence or most of one.
    pub name: &'static str,
    /// The way round that it is, or that stands beside it; none for what cameras do every day.
    pub threat: Option<Threat>,
    /// The frame.
    pub frame: Vec<u8>,
    /// Index of the interface that it comes in on.
    pub interface: u32,
    /// The camera that it is known by; none for strangers.
    pub camera: Option<&'static str>,
    /// What must become of it.
    pub expected: Expected,
}

/// What must become of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It passes: none of our business.
    Ignore,
    /// It passes: the policy lets it through.
    Allow,
    /// It is dropped.
    Drop(DropReason),
    /// It is counted and told as if it were dropped, and passes.
    Audit(DropReason),
}

/// Cases under one policy.
#[derive(Clone, Debug)]
pub struct Suite {
    /// What the cases have in common.
    pub name: &'static str,
    /// The policy, as an operator writes it.
    pub policy: &'static str,
    /// The router that it holds on.
    pub topology: Topology,
    /// The cases.
    pub cases: Vec<Case>,
}

/// Every case there is, for a router whose interfaces have these indexes.
pub fn suites(ports: &Ports) -> Vec<Suite> {
    let all = [
        vlan::suite,
        fragments::suite,
        extensions::suite,
        source_route::suite,
        options::suite,
        protocols::suite,
        protocols::listed,
        udp_tunnels::suite,
        embedded::suite,
        translators::suite,
        addresses::suite,
        identity::suite,
        identity::placed,
        arp::suite,
        dhcp::suite,
        neighbours::suite,
        network::without_housekeeping,
        rogue::suite,
        discovery::dropped,
        discovery::allowed,
        multicast::suite,
        destinations::suite,
        destinations::groups,
        except::suite,
        services::suite,
        mapping::suite,
        icmp::suite,
        malformed::suite,
        malformed::truncated,
        unlisted::suite,
        audit::cameras,
        audit::everything,
    ];
    let all = all.into_iter().map(|suite| suite(ports));
    let alone = discovery::alone::suites(ports);
    all.chain(alone).chain(shipped(ports)).collect()
}

/// The policies that ship: the name of each suite is its file's.
pub fn shipped(ports: &Ports) -> impl Iterator<Item = Suite> + use<> {
    starts::suites(ports).into_iter()
}

/// The cases of a suite while they are written down.
struct Cases {
    threat: Option<Threat>,
    camera: Option<&'static str>,
    interface: u32,
    written: Vec<Case>,
}

impl Cases {
    /// Frames of a camera.
    const fn of(camera: &'static str, interface: u32) -> Self {
        Self {
            threat: None,
            camera: Some(camera),
            interface,
            written: Vec::new(),
        }
    }

    /// What follows comes from another camera.
    const fn camera(&mut self, camera: &'static str, interface: u32) -> &mut Self {
        self.camera = Some(camera);
        self.interface = interface;
        self
    }

    /// What follows comes from no camera.
    const fn strangers(&mut self, interface: u32) -> &mut Self {
        self.camera = None;
        self.interface = interface;
        self
    }

    /// What follows is a way round, or what stands right beside it.
    const fn closes(&mut self, threat: Threat) -> &mut Self {
        self.threat = Some(threat);
        self
    }

    /// What follows is what cameras do every day.
    const fn everyday(&mut self) -> &mut Self {
        self.threat = None;
        self
    }

    fn ignores(&mut self, name: &'static str, frame: impl Into<Vec<u8>>) -> &mut Self {
        self.expect(Expected::Ignore, name, frame.into())
    }

    fn allows(&mut self, name: &'static str, frame: impl Into<Vec<u8>>) -> &mut Self {
        self.expect(Expected::Allow, name, frame.into())
    }

    fn drops(
        &mut self,
        reason: DropReason,
        name: &'static str,
        frame: impl Into<Vec<u8>>,
    ) -> &mut Self {
        self.expect(Expected::Drop(reason), name, frame.into())
    }

    fn audits(
        &mut self,
        reason: DropReason,
        name: &'static str,
        frame: impl Into<Vec<u8>>,
    ) -> &mut Self {
        self.expect(Expected::Audit(reason), name, frame.into())
    }

    fn expect(&mut self, expected: Expected, name: &'static str, frame: Vec<u8>) -> &mut Self {
        self.written.push(Case {
            name,
            threat: self.threat,
            frame,
            interface: self.interface,
            camera: self.camera,
            expected,
        });
        self
    }
}
