//! Any bytes as a frame: the compiled tables and the policy as it is written give one verdict on it, and
//! what passes is what some line of the policy lets pass. `fuzz/fuzz_targets/parse_frame.rs` takes this
//! file in as well, and so does the test that gives the same bytes to the kernel.

use std::net::IpAddr;
use std::sync::LazyLock;

use enforcer::compile::lookup::Lookup;
use enforcer::model::Model;
use enforcer::numbering::{CameraIds, Item, Rules};
use enforcer::policy::{Camera, Group, Policy};
use enforcer::topology::{Kind, Link, Topology};
use enforcer_common::rule::{Request, RuleId};
use enforcer_common::{Address, Flow, Verdict, decided, flow::Piece};
use ipnet::IpNet;

/// What the frames are judged by.
pub(crate) const POLICY: &str = include_str!("parse_frame.yaml");

/// The interface that a first byte of zero means; there are so many.
const FIRST_INTERFACE: u32 = 7;
const INTERFACES: u32 = 5;

static WORLD: LazyLock<World> = LazyLock::new(World::new);

struct World {
    policy: Policy,
    topology: Topology,
    ids: CameraIds,
    rules: Rules,
    lookup: Lookup,
}

/// Panics if anything is not as it must be.
pub(crate) fn run(bytes: &[u8]) {
    let Some((interface, frame)) = input(bytes) else {
        return;
    };
    let world = &*WORLD;
    let model = Model::new(&world.policy, &world.topology, &world.ids);
    let (verdict, flow) = decided(frame, interface, &model);
    let compiled = decided(frame, interface, world.lookup.tables());
    assert_eq!(compiled, (verdict, flow), "the tables and the policy");
    if let Verdict::Allow { camera, rule } = verdict {
        let camera = world.ids.name(camera);
        let mut cameras = world.policy.cameras.iter();
        let camera = cameras.find(|row| Some(row.name.as_str()) == camera);
        let camera = camera.unwrap_or_else(|| panic!("allowed for nobody"));
        world.check_allowed(camera, rule, &flow);
    }
    let end = usize::from(flow.end);
    if verdict != Verdict::Ignore && end != 0 {
        let (packet, padding) = frame.split_at(end);
        let alone = decided(packet, interface, &model).0;
        assert_eq!(alone, verdict, "without {} bytes behind it", padding.len());
        let cut = packet.split_last().map_or(packet, |(_, cut)| cut);
        let (cut, _) = decided(cut, interface, &model);
        assert!(!matches!(cut, Verdict::Allow { .. }), "cut and allowed");
    }
}

/// The interface that the first byte chooses, and the frame that follows.
pub(crate) fn input(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (first, frame) = bytes.split_first()?;
    Some((FIRST_INTERFACE + u32::from(*first) % INTERFACES, frame))
}

impl World {
    fn new() -> Self {
        let policy = Policy::parse("parse_frame.yaml", POLICY);
        let policy = policy.unwrap_or_else(|report| panic!("{report}"));
        let topology = topology();
        let ids = CameraIds::default().assign(&policy);
        let lookup = Lookup::new(&policy, &topology, &ids);
        Self {
            lookup: lookup.unwrap_or_else(|error| panic!("{error}")),
            rules: Rules::new(&policy),
            policy,
            topology,
            ids,
        }
    }

    /// What passes by a rule goes where that rule says, and nobody denies it; what passes by none is one
    /// of the few things that any device needs.
    fn check_allowed(&self, camera: &Camera, rule: RuleId, flow: &Flow) {
        assert_eq!(flow.source_mac[0] & 1, 0, "sent by a group");
        let group = self.policy.groups.get(camera.group);
        let group = group.unwrap_or_else(|| panic!("no group: {flow:?}"));
        let is_arp = flow.ethertype == 0x0806;
        assert!(group.link.arp || !is_arp, "ARP of {}", camera.name);
        if is_arp {
            assert_eq!(rule, 0);
            return;
        }
        if rule == 0 {
            assert!(matches!(flow.protocol, 2 | 17 | 58), "{flow:?}");
            assert_ne!(flow.fragment, Piece::Later, "{flow:?}");
            return;
        }
        let inside = Request::new(flow).destination;
        for address in [&flow.destination, &inside] {
            assert!(!is_denied(group, address), "denied: {flow:?}");
        }
        let rule = self.rules.rule(rule);
        let rule = rule.unwrap_or_else(|| panic!("no such rule: {flow:?}"));
        let Item::Allow(position) = rule.item else {
            panic!("let pass by a denial: {flow:?}");
        };
        assert_eq!(rule.group, camera.group, "another group's rule");
        let allow = group.allow.get(position);
        let allow = allow.unwrap_or_else(|| panic!("no rule: {flow:?}"));
        assert!(
            covers(&allow.to, &allow.except, &inside),
            "not covered: {flow:?}"
        );
    }
}

fn is_denied(group: &Group, address: &Address) -> bool {
    let mut denials = group.deny.iter();
    denials.any(|deny| covers(&deny.to, &deny.except, address))
}

fn covers(to: &[IpNet], except: &[IpNet], address: &Address) -> bool {
    let address = match (address.family, address.bytes) {
        (4, [a, b, c, d, ..]) => IpAddr::from([a, b, c, d]),
        (6, bytes) => IpAddr::from(bytes),
        _ => return false,
    };
    let within = |prefixes: &[IpNet]| prefixes.iter().any(|prefix| prefix.contains(&address));
    within(to) && !within(except)
}

/// The router of the named cases, so that frames of theirs mean something here.
pub(crate) fn topology() -> Topology {
    let links = [
        ("lan-cam1", "192.168.50.1/24", "fd00:50::1/64"),
        ("lan-cam2", "192.168.60.1/24", "fd00:60::1/64"),
        ("lan-cam2.50", "192.168.51.1/24", "fd00:51::1/64"),
        ("lan", "192.168.70.1/24", "fd00:70::1/64"),
        ("wan", "198.51.100.2/24", "2001:db8:1::2/64"),
    ];
    let links = (FIRST_INTERFACE..).zip(links);
    let links = links.map(|(index, (name, v4, v6))| {
        let is_vlan = name.contains('.');
        Link {
            index,
            name: name.to_owned(),
            kind: if is_vlan { Kind::Vlan } else { Kind::Other },
            parent: is_vlan.then_some(FIRST_INTERFACE + 1),
            master: None,
            addresses: [v4, v6, "fe80::1/64"]
                .iter()
                .filter_map(|held| held.parse().ok())
                .collect(),
        }
    });
    Topology {
        links: links.collect(),
    }
}
