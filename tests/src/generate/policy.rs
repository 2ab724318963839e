//! Policies that nobody would write, about the addresses and ports that made-up frames have: their rules
//! overlap, deny what others allow, and end right beside what is sent.

use std::net::IpAddr;

use enforcer::policy::Policy;
use ipnet::IpNet;
use proptest::{
    collection::vec,
    prelude::{BoxedStrategy, Just, Strategy, any},
    prop_oneof,
    sample::{Index, select, subsequence},
};

use super::near::{ADDRESSES_V4, ADDRESSES_V6, PORTS};

const MACS: [&str; 6] = [
    "'02:00:00:00:50:21'",
    "'02:00:00:00:50:22'",
    "'02:00:00:00:70:21'",
    "'02:00:00'",
    "'02:00:5e:10:00:00/36'",
    "'02:00:00:00:50:00/36'",
];

/// Addresses that a camera is bound to or known by.
const SENDERS: [&str; 8] = [
    "192.168.50.21",
    "192.168.50.20/31",
    "192.168.50.0/24",
    "0.0.0.0/0",
    "'fd00:50::21'",
    "'fd00:50::/64'",
    "'fe80::/10'",
    "'::/0'",
];

const TRANSLATORS: [&str; 4] = [
    "'2001:db8:64::/96'",
    "'2001:db8:122::/48'",
    "'2001:db8:b::/64'",
    "'fd00:64::/32'",
];

const LINK: [&str; 6] = [
    "",
    "",
    ", link: {arp: drop}",
    ", link: {dhcp: drop, neighbours: drop}",
    ", link: {discovery: allow}",
    ", link: {discovery: [ssdp, mdns, igmp]}",
];

/// The text of a policy for the router of the cases. It is valid.
pub fn any_policy() -> impl Strategy<Value = String> {
    let mode = select(vec!["enforce", "enforce", "audit"]);
    let unlisted = || select(vec!["drop", "pass"]);
    let interfaces = vec(unlisted(), 3);
    let nat64 = subsequence(TRANSLATORS.to_vec(), 0..=3);
    let groups = vec(group(), 1..=3);
    let cameras = vec(camera(), 1..=9);
    (mode, interfaces, nat64, groups, cameras).prop_map(
        |(mode, unlisted, nat64, groups, cameras)| {
            let mut text = format!("version: 1\nmode: {mode}\ninterfaces:\n");
            for (name, unlisted) in ["lan-cam1", "lan-cam*", "lan"].iter().zip(unlisted) {
                append(&mut text, &format!("  {name}: {{unlisted: {unlisted}}}"));
            }
            if !nat64.is_empty() {
                append(&mut text, &format!("nat64: [{}]", nat64.join(", ")));
            }
            text.push_str("groups:\n");
            for (number, rules) in groups.iter().enumerate() {
                append_group(&mut text, number, rules);
            }
            text.push_str("cameras:\n");
            for (number, (keys, group, mode)) in cameras.iter().enumerate() {
                let group = group.index(groups.len());
                let row = format!("  c{number}: {{match: {{{keys}}}, group: g{group}{mode}}}");
                // Another may be known by the same already.
                if is_valid(&format!("{text}{row}\n")) {
                    append(&mut text, &row);
                }
            }
            text
        },
    )
}

/// What is allowed, what is denied, and the keys that follow.
type Rules = (Vec<String>, Vec<String>, &'static str);

fn group() -> BoxedStrategy<Rules> {
    let to = || vec(prefix(), 1..=4).prop_map(|to| to.join(", "));
    let except = || {
        let except = to().prop_map(|except| format!(", except: [{except}]"));
        prop_oneof![3 => Just(String::new()), 1 => except]
    };
    let allow = (to(), except(), service())
        .prop_map(|(to, except, service)| format!("{{to: [{to}]{except}{service}}}"));
    let deny = (to(), except()).prop_map(|(to, except)| format!("{{to: [{to}]{except}}}"));
    (vec(allow, 0..=6), vec(deny, 0..=3), select(LINK.to_vec())).boxed()
}

/// Often one whole address.
fn prefix() -> BoxedStrategy<String> {
    let address = prop_oneof![select(ADDRESSES_V4.to_vec()), select(ADDRESSES_V6.to_vec())];
    let length = prop_oneof![2 => Just(128), 3 => 0..=128_u8, 3 => select(vec![8, 16, 23, 24, 25, 31, 48, 64])];
    let prefix = (address, length).prop_filter_map("a prefix", |(address, length)| {
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = IpNet::new(address, length.min(longest)).ok()?.trunc();
        Some(format!("'{prefix}'"))
    });
    prefix.boxed()
}

fn service() -> BoxedStrategy<String> {
    let port = || {
        let transport = select(vec!["tcp", "udp"]);
        let span = select(vec![0, 0, 0, 1, 10]);
        (transport, select(&PORTS[..]), span).prop_map(|(transport, first, span): (_, u16, u16)| {
            let first = first.max(1);
            format!("{transport}/{first}-{}", first.saturating_add(span))
        })
    };
    let ports = || vec(port(), 1..=3).prop_map(|ports| ports.join(", "));
    prop_oneof![
        2 => Just(String::new()),
        3 => ports().prop_map(|ports| format!(", ports: [{ports}]")),
        2 => ports().prop_map(|ports| format!(", answer: [{ports}]")),
        1 => (ports(), ports()).prop_map(|(ports, answer)| format!(", ports: [{ports}], answer: [{answer}]")),
        1 => Just(", protocols: [sctp, 47, 50]".to_owned()),
    ]
    .boxed()
}

/// The keys of `match`, the group, and the mode.
fn camera() -> BoxedStrategy<(String, Index, &'static str)> {
    let some = |key: &'static str, often: u32, values: Vec<&'static str>| {
        let some = subsequence(values, 1..=2);
        let some = some.prop_map(move |values| format!("{key}: [{}]", values.join(", ")));
        prop_oneof![10 - often => Just(String::new()), often => some]
    };
    let keys = (
        some("mac", 6, MACS.to_vec()),
        some("ip", 4, SENDERS.to_vec()),
        some("vlan", 3, vec!["7", "49", "50", "51"]),
        some("interface", 3, vec!["lan-cam1", "lan-cam2", "lan", "'*'"]),
    );
    let keys = keys.prop_filter_map("a key", |(mac, ip, vlan, interface)| {
        let mut keys = vec![mac, ip, vlan, interface];
        keys.retain(|key| !key.is_empty());
        (!keys.is_empty()).then(|| keys.join(", "))
    });
    let mode = select(vec!["", "", ", mode: audit", ", mode: enforce"]);
    (keys, any::<Index>(), mode).boxed()
}

/// Leaves out the rules that a policy may not have: those about translated addresses, which it judges by
/// the IPv4 address inside.
fn append_group(text: &mut String, number: usize, (allow, deny, link): &Rules) {
    let list = |key: &str, items: &[String]| {
        let alone = |item: &&String| is_valid(&format!("{text}  alone: {{{key}: [{item}]}}\n"));
        let items: Vec<&str> = items.iter().filter(alone).map(String::as_str).collect();
        match items.as_slice() {
            [] => String::new(),
            items => format!(", {key}: [{}]", items.join(", ")),
        }
    };
    let rest = format!("{}{}{link}", list("deny", deny), list("allow", allow));
    let rest = rest.trim_start_matches(", ");
    append(text, &format!("  g{number}: {{{rest}}}"));
}

fn append(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn is_valid(text: &str) -> bool {
    Policy::parse("policy.yaml", text).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::ProptestConfig, proptest};

    use super::*;

    proptest! {
        // Each is read some thirty times while it is made up.
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_made_up_policy_is_valid_and_says_something(text in any_policy()) {
            let policy = Policy::parse("policy.yaml", &text).unwrap_or_else(|report| panic!("{report}"));
            assert!(!policy.cameras.is_empty());
        }
    }
}
