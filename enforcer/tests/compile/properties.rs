//! The compiled rows say what the model says, whatever the policy and the router; and what a change
//! of the rules may never do.

use std::collections::BTreeSet;
use std::net::IpAddr;

use enforcer::policy::{Deny, Location, Policy, Prefixes, Service};
use enforcer::ranges::{Number, Range};
use enforcer_common::rule::Request;
use enforcer_common::table::{Camera, Neighbour, STRANGERS};
use enforcer_common::{Address, Flow, Tables as _, compiled::Compiled};
use ipnet::IpNet;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::traffic::{flows, sources};
use crate::world::{self, World, world};

proptest! {
    #[test]
    fn sources_are_whose_the_model_says(world in world(), sources in sources()) {
        let (model, rows, addresses) = (world.model(), world.rows(), world.addresses());
        for source in sources {
            let source = source.among(&addresses);
            let found = rows.camera(&source);
            let plain = found.map(|camera| Camera {
                own_v4: [0; 4],
                own_v6: [0; 16],
                ..camera
            });
            prop_assert_eq!(plain, model.camera(&source), "{:?}\n{}", source, world.text);
            let Some(camera) = found else {
                continue;
            };
            let own = [Address::v4(camera.own_v4), Address::v6(camera.own_v6)];
            for own in own.iter().filter(|own| !own.is_unspecified()) {
                for interface in 0..=world::LAST_INDEX {
                    let holders = model.holders(&camera, interface, own);
                    let held = matches!(holders.neighbour, Neighbour::Router | Neighbour::Broadcast);
                    prop_assert!(camera.has(Camera::BOUND) && holders.is_its_own && !held);
                }
            }
        }
        for interface in 0..=world::LAST_INDEX {
            prop_assert_eq!(rows.interface(interface), model.interface(interface), "{}", interface);
        }
    }

    #[test]
    fn addresses_are_whose_the_model_says(world in world()) {
        let (model, rows) = (world.model(), world.rows());
        let cameras = world.ids.iter().map(|(_, id)| id);
        let cameras: Vec<_> = cameras.chain([STRANGERS, 99]).collect();
        for address in world.addresses() {
            for &camera in &cameras {
                let bound = rows.is_bound(camera, &address);
                prop_assert_eq!(bound, model.is_bound(camera, &address), "{} {:?}", camera, address);
            }
            for interface in 0..=world::LAST_INDEX {
                let neighbour = rows.neighbour(interface, &address);
                prop_assert_eq!(neighbour, model.neighbour(interface, &address), "{} {:?}\n{:#?}",
                    interface, address, world.topology);
            }
        }
    }

    #[test]
    fn rules_say_what_the_model_says(world in world(), flows in flows()) {
        let (model, rows) = (world.model(), world.rows());
        for address in world.addresses() {
            for mut flow in flows.clone() {
                flow.destination = address;
                let translated = flow.translate(&rows);
                let mut expected = Flow { translated: Address::NONE, ..flow };
                prop_assert_eq!(translated, expected.translate(&model), "{:?}\n{}", flow, world.text);
                prop_assert_eq!(flow.translated, expected.translated, "{:?}\n{}", flow, world.text);
                for group in (0..).take(world.policy.groups.len() + 1) {
                    let request = Request::new(&flow);
                    prop_assert_eq!(rows.ruling(group, &request), model.ruling(group, &request),
                        "{} {:?}\n{}", group, flow, world.text);
                }
            }
        }
    }

    #[test]
    fn a_policy_that_is_narrowed_to_addresses_says_the_same_of_those(
        world in world(), flows in flows(), picked in vec(any::<Index>(), 1..8),
    ) {
        let addresses = world.addresses();
        let picked: Vec<Address> = picked.iter().map(|index| *index.get(&addresses)).collect();
        let narrowed = world.policy.narrowed_to(picked.iter().filter_map(standard));
        let (model, narrow) = (world.model(), world.model_of(&narrowed));
        for (&destination, flow) in picked.iter().flat_map(|one| flows.iter().map(move |flow| (one, flow))) {
            let flow = Flow { destination, translated: Address::NONE, ..*flow };
            for group in (0..).take(world.policy.groups.len()) {
                let request = Request::new(&flow);
                prop_assert_eq!(narrow.ruling(group, &request), model.ruling(group, &request),
                    "{} {:?}\n{}", group, flow, world.text);
            }
        }
    }

    #[test]
    fn rules_say_what_the_model_says_wherever_a_range_ends(
        world in world(), flows in flows(), anywhere in vec(any::<([u8; 16], bool)>(), 8),
    ) {
        let (model, lookup) = (world.model(), world.lookup(&world.policy));
        let rows = lookup.tables();
        let anywhere = anywhere.into_iter().map(|(bytes, v4)| match bytes {
            [a, b, c, d, ..] if v4 => Address::v4([a, b, c, d]),
            bytes => Address::v6(bytes),
        });
        let mut addresses: Vec<Address> = anywhere.collect();
        for group in (0..).map_while(|group| lookup.ranges().group(group)) {
            assert_disjoint(&group.v4);
            assert_disjoint(&group.v6);
            addresses.extend(edges(&group.v4).map(|number| Address::v4(number.to_be_bytes())));
            addresses.extend(edges(&group.v6).map(|number| Address::v6(number.to_be_bytes())));
        }
        for address in addresses {
            for flow in &flows {
                let mut flow = Flow { destination: address, ..*flow };
                if flow.translate(rows).is_err() {
                    continue;
                }
                for group in (0..).take(world.policy.groups.len() + 1) {
                    let request = Request::new(&flow);
                    prop_assert_eq!(rows.ruling(group, &request), model.ruling(group, &request),
                        "{} {:?}\n{}", group, flow, world.text);
                }
            }
        }
    }

    #[test]
    fn the_same_policy_makes_the_same_rows_and_ranges(world in world()) {
        let again = Policy::parse("policy.yaml", &world.text).unwrap();
        prop_assert_eq!(world.compiled(&again), world.compiled(&world.policy));
        let (again, once) = (world.lookup(&again), world.lookup(&world.policy));
        prop_assert_eq!(again.ranges(), once.ranges());
    }

    #[test]
    fn without_an_allow_nothing_more_is_allowed(
        world in world(), flows in flows(), item in any::<(Index, Index)>(),
    ) {
        let mut less = world.policy.clone();
        let group = item.0.get_mut(&mut less.groups);
        if !group.allow.is_empty() {
            group.allow.remove(item.1.index(group.allow.len()));
        }
        assert_implied(&world, &less, &world.policy, &flows, true)?;
    }

    #[test]
    fn without_the_rules_that_are_said_to_change_nothing_as_much_is_allowed(
        world in world(), flows in flows(),
    ) {
        let warnings = world.policy.warnings().located();
        let idle = warnings.filter(|(_, warning)| matches!(warning.code(), "denied-allow" | "repeated-allow"));
        let idle: BTreeSet<Location> = idle.map(|(at, _)| at).collect();
        let mut less = world.policy.clone();
        for group in &mut less.groups {
            group.allow.retain(|allow| !idle.contains(&allow.at));
        }
        assert_implied(&world, &world.policy, &less, &flows, true)?;
    }

    #[test]
    fn with_one_more_deny_nothing_more_is_allowed(
        world in world(), flows in flows(), item in any::<(Index, Index)>(), to in world::prefixes(),
    ) {
        let mut less = world.policy.clone();
        let group = item.0.get_mut(&mut less.groups);
        let deny = Deny {
            to: to.iter().map(|prefix| parsed(prefix)).collect(),
            except: Prefixes::default(),
            at: Location { source: 0, line: 1_000_000, column: 1 },
        };
        group.deny.insert(item.1.index(group.deny.len() + 1), deny);
        assert_implied(&world, &less, &world.policy, &flows, true)?;
    }

    #[test]
    fn with_more_taken_out_of_an_allow_nothing_more_is_allowed_and_of_a_deny_nothing_less(
        world in world(), flows in flows(), item in any::<(Index, Index)>(), out in world::prefixes(),
    ) {
        let with_out = |except: &Prefixes| {
            let out = out.iter().map(|prefix| parsed(prefix));
            except.iter().copied().chain(out).collect()
        };
        let (mut less, mut more) = (world.policy.clone(), world.policy.clone());
        let allow = &mut item.0.get_mut(&mut less.groups).allow;
        if !allow.is_empty() {
            let allow = item.1.get_mut(allow);
            allow.except = with_out(&allow.except);
        }
        let deny = &mut item.0.get_mut(&mut more.groups).deny;
        if !deny.is_empty() {
            let deny = item.1.get_mut(deny);
            deny.except = with_out(&deny.except);
        }
        assert_implied(&world, &less, &world.policy, &flows, true)?;
        assert_implied(&world, &world.policy, &more, &flows, true)?;
    }

    #[test]
    fn with_a_wider_allow_nothing_less_is_allowed(
        world in world(), flows in flows(), item in any::<(Index, Index, Index)>(),
        width in 1..32_u8, how in 0..3,
    ) {
        let mut more = world.policy.clone();
        let group = item.0.get_mut(&mut more.groups);
        if group.allow.is_empty() {
            return Ok(());
        }
        let allow = item.1.get_mut(&mut group.allow);
        let mut to = allow.to.to_vec();
        let prefix = item.2.get_mut(&mut to);
        let wider = wider(*prefix, width);
        match how {
            0 => *prefix = wider,
            1 => to.push(wider),
            _ => allow.service = wider_service(&allow.service),
        }
        allow.to = to.into_iter().collect();
        // A prefix that names a multicast or broadcast address may not do so when it is wider.
        assert_implied(&world, &world.policy, &more, &flows, how != 0)?;
    }
}

/// All ports, but for a service that lists protocols: one more of those.
fn wider_service(service: &Service) -> Service {
    match service {
        Service::Only {
            ports,
            answer,
            protocols,
        } if !protocols.is_empty() => {
            let more = [46.into()].into_iter().chain(protocols.iter().copied());
            Service::Only {
                ports: ports.clone(),
                answer: answer.clone(),
                protocols: more.collect(),
            }
        }
        Service::Only { .. } | Service::Any => Service::Any,
    }
}

/// In order, without overlap, and merged where they touch and say the same.
fn assert_disjoint<A: Number>(ranges: &[Range<A>]) {
    assert!(ranges.iter().all(|range| range.first <= range.last));
    for pair in ranges.windows(2) {
        let [one, other] = pair else { continue };
        assert!(one.last < other.first, "{pair:?}");
        let touch = one.last.next() == Some(other.first);
        assert!(!touch || one.answer != other.answer, "{pair:?}");
    }
}

/// The first and the last of every range, and what lies beside them.
fn edges<A: Number>(ranges: &[Range<A>]) -> impl Iterator<Item = A> {
    let ends = ranges.iter().flat_map(|range| [range.first, range.last]);
    let near = ends.flat_map(|end| [end.previous(), Some(end), end.next()]);
    near.flatten()
}

/// Whatever `less` allows, `more` allows.
fn assert_implied(
    world: &World,
    less: &Policy,
    more: &Policy,
    flows: &[Flow],
    groups_too: bool,
) -> Result<(), TestCaseError> {
    let [less, more] = [less, more].map(|policy| Compiled(world.compiled(policy)));
    for address in world.addresses() {
        for flow in flows.iter().filter(|flow| groups_too || !flow.to_group) {
            let mut flow = Flow {
                destination: address,
                ..*flow
            };
            if flow.translate(&less).is_err() {
                continue;
            }
            if flow.to_group && !may_be_group(&Request::new(&flow).destination) {
                continue;
            }
            for group in (0..).take(world.policy.groups.len()) {
                let [less, more] = [&less, &more].map(|rows| {
                    let ruling = rows.ruling(group, &Request::new(&flow));
                    ruling.deny == 0 && ruling.allow != 0
                });
                prop_assert!(more || !less, "{} {:?}\n{}", group, flow, world.text);
            }
        }
    }
    Ok(())
}

/// Whether a frame to an address may go to many: to a multicast address, or to one that ends in
/// zeroes or ones, as the broadcast address of a network does.
const fn may_be_group(address: &Address) -> bool {
    let broadcast = address.family == 4 && matches!(address.bytes[3] & 3, 0 | 3);
    broadcast || address.is_multicast()
}

fn wider(prefix: IpNet, width: u8) -> IpNet {
    let length = prefix.prefix_len().saturating_sub(width);
    IpNet::new_assert(prefix.addr(), length).trunc()
}

fn parsed(prefix: &str) -> IpNet {
    prefix.parse().unwrap()
}

fn standard(address: &Address) -> Option<IpAddr> {
    match (address.family, address.bytes) {
        (4, [a, b, c, d, ..]) => Some(IpAddr::from([a, b, c, d])),
        (6, bytes) => Some(IpAddr::from(bytes)),
        _ => None,
    }
}
