//! Each way round that a frame can show, sent through the loaded program: one test for each row of the
//! first table in `docs/threats.md`, of its name.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use anyhow::Result;
use enforcer_common::counter::Telling;
use enforcer_tests::{
    cases::{Case, Expected, Ports, suites},
    host::Host,
    kernel::{Bench, Counting, TELLING},
    threats::Threat,
};

/// Actions, with the kernel's names (`linux/bpf.h`).
const XDP_DROP: u32 = 1;
const XDP_PASS: u32 = 2;

#[test]
fn vlan_tags() {
    assert_closed(Threat::VlanTags);
}

#[test]
fn ethertypes() {
    assert_closed(Threat::Ethertypes);
}

#[test]
fn contradictions() {
    assert_closed(Threat::Contradictions);
}

#[test]
fn cut_short() {
    assert_closed(Threat::CutShort);
}

#[test]
fn ipv4_options() {
    assert_closed(Threat::Ipv4Options);
}

#[test]
fn extension_headers() {
    assert_closed(Threat::ExtensionHeaders);
}

#[test]
fn fragments() {
    assert_closed(Threat::Fragments);
}

#[test]
fn source_route() {
    assert_closed(Threat::SourceRoute);
}

#[test]
fn tunnels() {
    assert_closed(Threat::Tunnels);
}

#[test]
fn embedded_ipv4() {
    assert_closed(Threat::EmbeddedIpv4);
}

#[test]
fn other_family() {
    assert_closed(Threat::OtherFamily);
}

#[test]
fn impossible_addresses() {
    assert_closed(Threat::ImpossibleAddresses);
}

#[test]
fn group_addresses() {
    assert_closed(Threat::GroupAddresses);
}

#[test]
fn borrowed_identity() {
    assert_closed(Threat::BorrowedIdentity);
}

#[test]
fn neighbour_claims() {
    assert_closed(Threat::NeighbourClaims);
}

#[test]
fn rogue_router() {
    assert_closed(Threat::RogueRouter);
}

#[test]
fn rogue_dhcp() {
    assert_closed(Threat::RogueDhcp);
}

#[test]
fn carve_outs() {
    assert_closed(Threat::CarveOuts);
}

#[test]
fn discovery() {
    assert_closed(Threat::Discovery);
}

#[test]
fn port_mapping() {
    assert_closed(Threat::PortMapping);
}

#[test]
fn router_services() {
    assert_closed(Threat::RouterServices);
}

#[test]
fn overlapping_rules() {
    assert_closed(Threat::OverlappingRules);
}

#[test]
fn empty_groups() {
    assert_closed(Threat::EmptyGroups);
}

/// Sends every frame of this kind and asks after each what became of it.
fn assert_closed(threat: Threat) {
    let ports = Ports::default();
    let bench = Bench::new(threat.slug(), &ports).unwrap();
    let dropped = bench.run(|bench| {
        let mut dropped = 0;
        for mut suite in suites(&ports) {
            suite.cases.retain(|case| case.threat == Some(threat));
            if suite.cases.is_empty() {
                continue;
            }
            let host = Host::new(&suite);
            let program = bench.load(suite.name, host.policy(), host.topology(), TELLING)?;
            let mut program = program.counting(host.policy(), host.topology())?;
            for case in &suite.cases {
                let about = format!("{}: {}", suite.name, case.name);
                meet_fate(&host, &mut program, case, &about)?;
                dropped += usize::from(matches!(case.expected, Expected::Drop(_)));
            }
        }
        Ok(dropped)
    });
    let dropped = dropped.unwrap();
    assert!(dropped > 2, "{dropped} frames of {threat} dropped");
}

/// The action, one more frame under the case's camera and reason with every byte of it, told if it is
/// refused; and nothing else.
fn meet_fate(host: &Host, program: &mut Counting, case: &Case, about: &str) -> Result<()> {
    let camera = host.number(case.camera);
    let bytes = u32::try_from(case.frame.len())?;
    let mut counts = program.counts()?;
    let mut refused = |reason, audit| {
        let counters = counts.entry(camera).or_default();
        counters.count_drop(reason, Telling::Told, bytes);
        vec![(camera, reason, audit)]
    };
    let (action, tells) = match case.expected {
        Expected::Ignore => (XDP_PASS, Vec::new()),
        Expected::Drop(reason) => (XDP_DROP, refused(reason, false)),
        Expected::Audit(reason) => (XDP_PASS, refused(reason, true)),
        Expected::Allow => {
            counts.entry(camera).or_default().count_allowed(bytes);
            (XDP_PASS, Vec::new())
        }
    };

    assert_eq!(program.run(&case.frame, case.interface)?, action, "{about}");
    assert_eq!(program.counts()?, counts, "{about}");
    let told: Vec<_> = program
        .events()?
        .iter()
        .map(|event| (event.camera, event.reason, event.audit != 0))
        .collect();
    assert_eq!(told, tells, "{about}");
    Ok(())
}
