//! Lists that are longer than what a line, a node or one class has room for.

use enforcer::compile::lookup::Lookup;
use enforcer::numbering::CameraIds;
use enforcer::policy::Policy;
use enforcer::ranges::{Number, Range};
use enforcer::topology::Topology;
use enforcer_common::{Address, Flow, Tables as _, header::protocol, rule::Request};

/// As many prefixes, the same each time; every other one in one /16 that they crowd.
fn prefixes(count: u64) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 32
    };
    let one = |number: u64| {
        let [.., a, b, c, d] = number.to_be_bytes();
        let a = 1 + a % 100;
        match number % 4 {
            0 => format!("100.64.{c}.{d}"),
            1 => format!("{a}.{b}.{}.0/22", c & 0xfc),
            2 => format!("'2001:db8:{a:x}{b:02x}::/48'"),
            _ => format!("'2a00:{a:x}:{b:x}:{c:x}::{d:x}'"),
        }
    };
    let all: Vec<String> = (0..count).map(|_| one(next())).collect();
    all.join(", ")
}

#[test]
fn long_lists_answer_what_their_ranges_do_wherever_one_ends() {
    let (one, other) = (prefixes(6000), prefixes(3000));
    let text = format!(
        "version: 1\ninterfaces: {{lan1: {{}}}}\n\
         prefixes:\n  one: [{one}]\n  other: [{other}]\n\
         groups:\n  \
           a: {{allow: [{{to: one, ports: tcp/1}}], deny: [{{to: 100.64.1.0/24}}]}}\n  \
           b: {{allow: [{{to: one, ports: tcp/1}}, {{to: other}}]}}\n  \
           c: {{allow: [{{to: ['0.0.0.0/0', '::/0']}}], deny: [{{to: other}}]}}\n  \
           d: {{allow: [{{to: one, ports: tcp/1}}], deny: [{{to: 100.64.1.0/24}}]}}\n"
    );
    let policy = Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
    let lookup = Lookup::new(&policy, &Topology::default(), &CameraIds::default()).unwrap();
    let ranges = lookup.ranges();
    for group in (0..).map_while(|group| ranges.group(group).map(|found| (group, found))) {
        let (group, found) = group;
        let v4 = edges(&found.v4).map(|number| Address::v4(number.to_be_bytes()));
        let v6 = edges(&found.v6).map(|number| Address::v6(number.to_be_bytes()));
        for destination in v4.chain(v6) {
            let flow = Flow {
                destination,
                protocol: protocol::IPPROTO_TCP,
                destination_port: 1,
                ..Flow::default()
            };
            let ruling = lookup.tables().ruling(group, &Request::new(&flow));
            let answer = ranges.at(group, &destination);
            let allowed = ranges
                .allowed_by(&answer)
                .first()
                .map_or(0, |clause| clause.rule);
            assert_eq!(
                (ruling.deny, ruling.allow),
                (answer.deny, allowed),
                "{group} {destination:?}"
            );
        }
    }
}

fn edges<A: Number>(ranges: &[Range<A>]) -> impl Iterator<Item = A> {
    let ends = ranges.iter().flat_map(|range| [range.first, range.last]);
    let near = ends.flat_map(|end| [end.previous(), Some(end), end.next()]);
    near.flatten()
}
