//! Any policy on any router, small enough that its parts meet: prefixes that cover one another,
//! patterns that match the same links, MAC addresses that several cameras have.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use enforcer::compile::{CompiledPolicy, lookup::Lookup};
use enforcer::model::Model;
use enforcer::numbering::CameraIds;
use enforcer::policy::Policy;
use enforcer::topology::{Kind, Link, Topology};
use enforcer_common::{Address, compiled::Compiled};
use ipnet::{IpNet, Ipv6Net};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

const MACS: &[&str] = &[
    "'02:00:00:00:00:01'",
    "'02:00:00:00:00:02'",
    "'02:00:00:00:00:00/36'",
    "'02:00:00:00:00:00/28'",
    "'02:00:00'",
    "'02:00:01'",
];

const SENDERS: &[&str] = &[
    "192.0.2.0/24",
    "192.0.2.128/25",
    "192.0.2.5",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "'::/0'",
    "'2001:db8::/32'",
    "'2001:db8::/64'",
    "'2001:db8::5'",
];

const DESTINATIONS: &[&str] = &[
    "0.0.0.0/0",
    "0.0.0.0/1",
    "10.0.0.0/8",
    "192.0.2.0/24",
    "192.0.2.0/25",
    "192.0.2.128/25",
    "192.0.2.64/26",
    "192.0.2.4/31",
    "192.0.2.5/32",
    "192.0.2.255/32",
    "224.0.0.0/3",
    "224.0.0.0/4",
    "239.255.255.0/24",
    "239.255.255.250/32",
    "255.255.255.255/32",
    "::/0",
    "64::/16",
    "64:ff9b::/64",
    "2001:db8::/32",
    "2001:db8::/64",
    "2001:db8::5/128",
    "fe00::/7",
    "ff00::/8",
    "ff02::/16",
    "ff02::c/128",
];

/// Prefixes of translators, some within what rules name; none overlaps another.
const TRANSLATORS: &[&str] = &[
    "'2001:db8:0:1::/64'",
    "'2001:db8:64::/96'",
    "'2001:db8:4000::/40'",
    "'64:ff9b:1::/48'",
    "'fd00:64::/32'",
];

/// With host bits, as the router holds them.
const HELD: &[&str] = &[
    "127.0.0.1/8",
    "::1/128",
    "192.0.2.1/24",
    "192.0.2.129/25",
    "192.0.2.5/32",
    "192.0.2.4/31",
    "192.0.2.254/30",
    "192.0.2.255/16",
    "10.255.255.255/0",
    "169.254.1.1/16",
    "2001:db8::1/64",
    "2001:db8::5/128",
    "fe80::1/64",
];

const NAMES: &[&str] = &["lo", "lan1", "lan2", "br-lan", "lan1.7", "wan"];

const PATTERNS: &[&str] = &[
    "'*'", "'lan*'", "lan1", "lan2", "'lan?'", "'*1'", "'l*1'", "'?an1'", "'br-*'", "wan", "gone",
];

const SERVICES: &[&str] = &[
    "",
    ", ports: udp/53",
    ", ports: [tcp/80, tcp/8000-8010]",
    ", answer: tcp/554",
    ", answer: [udp/8000-8010, tcp/80]",
    ", protocols: [47, sctp]",
    ", ports: tcp/80, answer: tcp/554, protocols: gre",
    ", ports: [tcp/554, udp/1-65535], answer: [tcp/554, tcp/1-1023]",
];

/// No link has a greater index.
pub(crate) const LAST_INDEX: u32 = 13;

/// A policy, the router that it is for, and the numbers of its cameras.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) text: String,
    pub(crate) policy: Policy,
    pub(crate) topology: Topology,
    pub(crate) ids: CameraIds,
}

impl World {
    pub(crate) fn model(&self) -> Model<'_> {
        self.model_of(&self.policy)
    }

    pub(crate) fn model_of<'w>(&'w self, policy: &'w Policy) -> Model<'w> {
        Model::new(policy, &self.topology, &self.ids)
    }

    pub(crate) fn rows(&self) -> Compiled<CompiledPolicy> {
        Compiled(self.compiled(&self.policy))
    }

    pub(crate) fn lookup(&self, policy: &Policy) -> Lookup {
        Lookup::new(policy, &self.topology, &self.ids).unwrap()
    }

    pub(crate) fn compiled(&self, policy: &Policy) -> CompiledPolicy {
        CompiledPolicy::new(policy, &self.topology, &self.ids).unwrap()
    }

    /// The addresses at which something changes, one below and one above each, of both families and
    /// in the form that a translator takes.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let links = self.topology.links.iter();
        let held = links.flat_map(|link| link.addresses.iter().copied());
        let known = SENDERS.iter().chain(DESTINATIONS).chain(TRANSLATORS);
        let known = known.map(|text| net(text.trim_matches('\'')));
        let edges = held
            .chain(known)
            .flat_map(|net| [net.addr(), net.network(), net.broadcast()]);
        let near = edges.flat_map(|address| [-1, 0, 1].map(|by| moved(address, by)));
        let mut ways = self.policy.nat64.clone();
        ways.push("64:ff9b::/96".parse().unwrap());
        let doubtful = ways.iter().map(|way| {
            // Some bit that is kept zero.
            IpAddr::from(Ipv6Addr::from_bits(way.network().to_bits() | (1 << 60)))
        });
        let translated = |address| ways.iter().map(move |&way| translated(way, address));
        let addresses: BTreeSet<IpAddr> = near
            .flat_map(|address| translated(address).chain([Some(address)]))
            .flatten()
            .chain(doubtful)
            .collect();
        let addresses = addresses.into_iter().map(|address| match address {
            IpAddr::V4(address) => Address::v4(address.octets()),
            IpAddr::V6(address) => Address::v6(address.octets()),
        });
        addresses.chain([Address::NONE]).collect()
    }
}

/// Any policy on any router.
pub(crate) fn world() -> impl Strategy<Value = World> {
    (
        select(&["enforce", "audit"][..]),
        subsequence(TRANSLATORS, 0..4).prop_shuffle(),
        subsequence(PATTERNS, 1..4).prop_shuffle(),
        vec(group(), 1..3),
        vec(camera(), 0..8),
        topology(),
    )
        .prop_map(|(mode, nat64, interfaces, groups, cameras, topology)| {
            let mut text = format!("version: 1\nmode: {mode}\n");
            if !nat64.is_empty() {
                writeln!(text, "nat64: [{}]", nat64.join(", ")).unwrap();
            }
            text.push_str("interfaces:\n");
            for (pattern, unlisted) in interfaces.iter().zip(["drop", "pass", "drop"]) {
                writeln!(text, "  {pattern}: {{unlisted: {unlisted}}}").unwrap();
            }
            text.push_str("groups:\n");
            for (index, group) in groups.iter().enumerate() {
                writeln!(text, "  g{index}: {group}").unwrap();
            }
            text.push_str("cameras:\n");
            let mut policy = Policy::parse("policy.yaml", &text).unwrap();
            for (index, (keys, group, rest)) in cameras.iter().enumerate() {
                let group = group.index(groups.len());
                let row = format!("  c{index}: {{match: {{{keys}}}, group: g{group}{rest}}}\n");
                // Another may be known by the same already.
                if let Ok(with) = Policy::parse("policy.yaml", &format!("{text}{row}")) {
                    policy = with;
                    text.push_str(&row);
                }
            }
            let ids = CameraIds::default().assign(&policy);
            World {
                text,
                policy,
                topology,
                ids,
            }
        })
}

/// The prefixes of a rule.
pub(crate) fn prefixes() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(DESTINATIONS, 1..5).prop_shuffle()
}

fn group() -> impl Strategy<Value = String> {
    let to = || prefixes().prop_map(|to| format!("'{}'", to.join("', '")));
    let except = || {
        let except = to().prop_map(|except| format!(", except: [{except}]"));
        option::weighted(0.4, except).prop_map(Option::unwrap_or_default)
    };
    let allow = (to(), except(), select(SERVICES))
        .prop_map(|(to, except, rest)| format!("{{to: [{to}]{except}{rest}}}"));
    let deny = (to(), except()).prop_map(|(to, except)| format!("{{to: [{to}]{except}}}"));
    let link = select(
        &[
            "",
            ", link: {arp: drop}",
            ", link: {dhcp: drop, discovery: allow}",
            ", link: {discovery: [ssdp, dhip, igmp]}",
        ][..],
    );
    (vec(allow, 0..5), vec(deny, 0..3), link).prop_map(|(allow, deny, link)| {
        let list = |key: &str, items: &[String]| {
            if items.is_empty() {
                String::new()
            } else {
                format!(", {key}: [{}]", items.join(", "))
            }
        };
        let rest = format!("{}{}{link}", list("deny", &deny), list("allow", &allow));
        format!("{{{}}}", rest.trim_start_matches(", "))
    })
}

/// The keys of `match`, the group, and what else there is.
fn camera() -> impl Strategy<Value = (String, Index, &'static str)> {
    let some = |key: &'static str, often, values: &'static [&'static str]| {
        option::weighted(
            often,
            subsequence(values, 1..3).prop_map(move |values| {
                let values = values.join(", ");
                format!("{key}: [{values}]")
            }),
        )
    };
    let keys = (
        some("mac", 0.4, MACS),
        some("ip", 0.3, SENDERS),
        some("vlan", 0.4, &["1", "7", "50"]),
        some("interface", 0.6, PATTERNS),
    );
    let keys = keys.prop_filter_map("a key", |(mac, ip, vlan, interface)| {
        let keys: Vec<_> = [mac, ip, vlan, interface].into_iter().flatten().collect();
        (!keys.is_empty()).then(|| keys.join(", "))
    });
    let rest = select(&["", ", mode: audit", ", mode: enforce"][..]);
    (keys, any::<Index>(), rest)
}

fn topology() -> impl Strategy<Value = Topology> {
    let kind = select(&[Kind::Vlan, Kind::Macvlan, Kind::Other][..]);
    let other = || option::of((1..=LAST_INDEX / 2).prop_map(|half| 2 * half));
    let link = (kind, other(), other(), subsequence(HELD, 0..4));
    vec(link, NAMES.len()).prop_map(|links| {
        let links = links.into_iter().zip(NAMES).zip(1..);
        let links = links.map(|(((kind, master, parent, held), name), half)| Link {
            // With gaps, as where links have gone.
            index: 2 * half,
            name: (*name).to_owned(),
            kind,
            master,
            parent,
            addresses: held.into_iter().map(net).collect(),
        });
        Topology {
            links: links.collect(),
        }
    })
}

fn net(text: &str) -> IpNet {
    let whole = text.parse().map(|address: IpAddr| IpNet::from(address));
    whole.unwrap_or_else(|_| text.parse().unwrap())
}

fn moved(address: IpAddr, by: i8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let number = address.to_bits().wrapping_add_signed(by.into());
            Ipv4Addr::from_bits(number).into()
        }
        IpAddr::V6(address) => {
            let number = address.to_bits().wrapping_add_signed(by.into());
            Ipv6Addr::from_bits(number).into()
        }
    }
}

/// The form of an address that one of the ways of RFC 6052 has for it, bit by bit.
fn translated(way: Ipv6Net, address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V4(address) = address else {
        return None;
    };
    let places = (u32::from(way.prefix_len())..128).filter(|place| {
        let skipped = way.prefix_len() < 96 && (64..72).contains(place);
        !skipped
    });
    let bits = (0..32).map(|bit| (address.to_bits() >> (31 - bit)) & 1);
    let inside = places.zip(bits).fold(0, |all, (place, bit)| {
        all | (u128::from(bit) << (127 - place))
    });
    Some(Ipv6Addr::from_bits(way.network().to_bits() | inside).into())
}
