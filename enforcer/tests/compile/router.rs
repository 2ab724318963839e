//! A policy on one router, asked of the model and of the compiled rows.

use std::net::IpAddr;

use enforcer::compile::lookup::Lookup;
use enforcer::model::Model;
use enforcer::numbering::CameraIds;
use enforcer::policy::Policy;
use enforcer::topology::{Kind, Link, Topology};
use enforcer_common::{
    Address, DropReason, Flow, Source, Tables,
    rule::{Request, Ruling},
    table::{Camera, CameraId, GroupId, Interface, Neighbour},
};

pub(crate) const CAM1: u32 = 2;
pub(crate) const CAM2: u32 = 3;
pub(crate) const WAN: u32 = 6;

/// A policy on a router with a bridge, a VLAN on top of it, and an uplink.
pub(crate) struct Router {
    policy: Policy,
    topology: Topology,
    pub(crate) ids: CameraIds,
}

impl Router {
    pub(crate) fn new(rest: &str) -> Self {
        Self::parse(&format!("version: 1\ninterfaces: {{lan-cam*: }}\n{rest}"))
    }

    pub(crate) fn parse(text: &str) -> Self {
        let policy = Policy::parse("policy.yaml", text).unwrap_or_else(|error| panic!("{error}"));
        let link = |index, name: &str, addresses: &[&str]| Link {
            index,
            name: name.to_owned(),
            addresses: addresses.iter().map(|one| one.parse().unwrap()).collect(),
            ..Link::default()
        };
        let links = vec![
            link(1, "lo", &["127.0.0.1/8", "::1/128"]),
            Link {
                master: Some(4),
                ..link(CAM1, "lan-cam1", &[])
            },
            link(CAM2, "lan-cam2", &["10.9.0.1/31"]),
            link(
                4,
                "br-lan",
                &["192.168.50.1/24", "fd00:50::1/64", "fe80::1/64"],
            ),
            Link {
                kind: Kind::Vlan,
                parent: Some(4),
                ..link(5, "br-lan.7", &["10.7.0.1/30"])
            },
            link(WAN, "wan", &["203.0.113.2/31"]),
        ];
        let ids = CameraIds::default().assign(&policy);
        Self {
            policy,
            topology: Topology { links },
            ids,
        }
    }

    /// Asks the model and the rows.
    pub(crate) fn ask(&self, question: impl Fn(&str, &dyn Asked)) {
        question(
            "model",
            &Model::new(&self.policy, &self.topology, &self.ids),
        );
        let lookup = Lookup::new(&self.policy, &self.topology, &self.ids).unwrap();
        question("rows", lookup.tables());
    }
}

/// What tables say, whatever they are.
pub(crate) trait Asked {
    fn interface(&self, index: u32) -> Interface;
    fn camera(&self, source: &Source) -> Option<Camera>;
    fn is_bound(&self, camera: CameraId, address: &Address) -> bool;
    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour;
    fn translate(&self, flow: &mut Flow) -> Result<(), DropReason>;
    fn ruling(&self, group: GroupId, request: &Request<'_>) -> Ruling;
}

impl<T: Tables> Asked for T {
    fn interface(&self, index: u32) -> Interface {
        Tables::interface(self, index)
    }

    fn camera(&self, source: &Source) -> Option<Camera> {
        Tables::camera(self, source)
    }

    fn is_bound(&self, camera: CameraId, address: &Address) -> bool {
        Tables::is_bound(self, camera, address)
    }

    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour {
        Tables::neighbour(self, interface, address)
    }

    fn translate(&self, flow: &mut Flow) -> Result<(), DropReason> {
        flow.translate(self)
    }

    fn ruling(&self, group: GroupId, request: &Request<'_>) -> Ruling {
        Tables::ruling(self, group, request)
    }
}

pub(crate) fn address(text: &str) -> Address {
    match text.parse() {
        Ok(IpAddr::V4(address)) => Address::v4(address.octets()),
        Ok(IpAddr::V6(address)) => Address::v6(address.octets()),
        Err(_) => Address::NONE,
    }
}
