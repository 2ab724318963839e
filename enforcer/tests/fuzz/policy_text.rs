//! Any bytes as the text of a policy: refused with a report, or a policy whose compiled rules say
//! what the policy says. `fuzz/fuzz_targets/policy_text.rs` takes this file in as well.

use std::str;

use enforcer::compile::{CompiledPolicy, lookup::Lookup};
use enforcer::diff::Diff;
use enforcer::model::Model;
use enforcer::numbering::{CameraIds, group_id};
use enforcer::policy::{Finding, Policy, Report};
use enforcer::ranges::{GroupRanges, Number, Range};
use enforcer::topology::{Link, Topology};
use enforcer_common::{Address, Flow, Tables as _, header::Tcp, rule::Request};

/// So many ranges of a group and family are looked at, evenly chosen: the model takes its time.
const MOST_RANGES: usize = 32;

/// Panics if anything is not as it must be.
pub(crate) fn run(bytes: &[u8]) {
    // What is not UTF-8 is refused where files are read.
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    match Policy::parse("policy.yaml", text) {
        Ok(policy) => {
            check_report(policy.warnings());
            check_meaning(&policy);
        }
        Err(report) => {
            assert!(!report.findings.is_empty(), "refused without a reason");
            check_report(&report);
        }
    }
}

/// Every finding is about a place in the text, and can be shown.
fn check_report<T: Finding>(report: &Report<T>) {
    for finding in &report.findings {
        let source = report.sources.get(usize::from(finding.at.source));
        let cut = source.and_then(|source| source.text.get(finding.at.start..finding.at.end));
        assert!(cut.is_some(), "`{}` is told of no place", finding.value);
    }
    let told = report.told().count();
    assert_eq!(told, report.findings.len());
    for color in [false, true] {
        assert_eq!(
            report.render(color).is_empty(),
            report.findings.is_empty() && report.omitted == 0
        );
    }
}

/// The compiled rules answer what the model does, wherever their answer changes.
fn check_meaning(policy: &Policy) {
    let (router, ids) = (router(), CameraIds::default());
    let Ok(lookup) = Lookup::new(policy, &router, &ids) else {
        // Too much for the tables, and so for the kernel's.
        assert!(CompiledPolicy::new(policy, &router, &ids).is_err());
        return;
    };
    let model = Model::new(policy, &router, &ids);
    for group in (0..policy.groups.len()).map(group_id) {
        let ranges = lookup.ranges().group(group);
        let ranges = ranges.unwrap_or_else(|| panic!("group {group} has no ranges"));
        for flow in edges(ranges).into_iter().flat_map(flows) {
            let request = Request::new(&flow);
            let (told, meant) = (
                lookup.tables().ruling(group, &request),
                model.ruling(group, &request),
            );
            assert_eq!(told, meant, "group {group} {flow:?}");
        }
    }
    let same = Diff::new(policy, policy).unwrap_or_else(|error| panic!("{error}"));
    assert!(same.is_empty(), "differs from itself: {same}");
}

/// The first and the last addresses of ranges, and those beside them.
fn edges(ranges: &GroupRanges) -> Vec<Address> {
    let v4 = ends(&ranges.v4).map(|number| Address::v4(number.to_be_bytes()));
    let v6 = ends(&ranges.v6).map(|number| Address::v6(number.to_be_bytes()));
    v4.chain(v6).collect()
}

fn ends<A: Number>(ranges: &[Range<A>]) -> impl Iterator<Item = A> {
    let step = ranges.len().div_ceil(MOST_RANGES).max(1);
    let ends = ranges.iter().step_by(step);
    let ends = ends.flat_map(|range| [range.first, range.last]);
    ends.flat_map(|end| [end.previous(), Some(end), end.next()])
        .flatten()
}

/// Frames to an address, as it is and where it is IPv4 by way of a translator.
fn flows(destination: Address) -> Vec<Flow> {
    let [a, b, c, d, ..] = destination.bytes;
    let translated = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d];
    let mut flows = sent_to(destination).to_vec();
    if destination.family == 4 {
        flows.extend(sent_to(Address::v6(translated)));
    }
    flows
}

/// A connection, an answer, a datagram and an echo request.
fn sent_to(destination: Address) -> [Flow; 4] {
    let (icmp, icmp_type) = if destination.family == 4 {
        (1, 8)
    } else {
        (58, 128)
    };
    let frames = [
        (6, [40_000, 443], Tcp::SYN, 0),
        (6, [554, 40_000], Tcp::ACK, 0),
        (17, [8000, 53], 0, 0),
        (icmp, [0, 0], 0, icmp_type),
    ];
    frames.map(
        |(protocol, [source_port, destination_port], tcp_flags, icmp_type)| Flow {
            destination,
            protocol,
            source_port,
            destination_port,
            tcp_flags,
            icmp_type,
            to_group: destination.is_multicast() || destination.is_limited_broadcast(),
            ..Flow::default()
        },
    )
}

/// A router with one camera port.
fn router() -> Topology {
    let held = ["192.0.2.1/24", "2001:db8::1/64"];
    let addresses = held.iter().filter_map(|held| held.parse().ok());
    Topology {
        links: vec![Link {
            index: 1,
            name: "lan1".to_owned(),
            addresses: addresses.collect(),
            ..Link::default()
        }],
    }
}
