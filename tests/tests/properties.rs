//! What never happens, whatever the frame.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use enforcer_common::{DropReason, Flow, Verdict};
use enforcer_tests::cases::{Case, Expected, HOME, Ports, Suite, suites};
use enforcer_tests::frame::SHORTEST;
use enforcer_tests::generate::{LONGEST, any_frame, noise};
use enforcer_tests::host::Host;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// Every suite with its policy read.
static HOSTS: LazyLock<Vec<(Suite, Host)>> = LazyLock::new(|| {
    let suites = suites(&Ports::default()).into_iter();
    suites
        .map(|suite| {
            let host = Host::new(&suite);
            (suite, host)
        })
        .collect()
});

proptest! {
    #[test]
    fn no_bytes_are_too_strange_to_judge(bytes in prop::collection::vec(any::<u8>(), 0..LONGEST)) {
        for (_, host) in HOSTS.iter() {
            host.judge(&bytes, Ports::default().cameras);
        }
    }

    #[test]
    fn made_up_frames_are_of_a_length_that_the_kernel_takes(made in any_frame(&Ports::default())) {
        prop_assert!((SHORTEST..=LONGEST).contains(&made.frame.len()));
    }

    #[test]
    fn what_stands_behind_a_packet_changes_nothing(
        made in any_frame(&Ports::default()),
        trailer in prop::collection::vec(any::<u8>(), 1..64),
    ) {
        for (suite, host) in HOSTS.iter() {
            let Some(end) = end_of_packet(host, &made.frame, made.interface) else {
                continue;
            };
            let alone = &made.frame[..end];
            let followed = [alone, &trailer].concat();
            prop_assert_eq!(
                host.judge(alone, made.interface).0,
                host.judge(&followed, made.interface).0,
                "{}", suite.name
            );
        }
    }

    #[test]
    fn strangers_are_none_of_our_business_where_they_pass(
        bytes in noise(),
        made in any_frame(&Ports::default()),
    ) {
        let (_, host) = home();
        for frame in [bytes, made.frame] {
            if cameras().iter().all(|mac| frame[6..12] != *mac) {
                let (verdict, flow) = host.judge(&frame, Ports::default().mixed);
                // Behind more tags than are read may be a camera's address.
                let mut link = Flow::default();
                let is_hidden = link.read_link(&frame[..]) == Err(DropReason::VlanDepth);
                if is_hidden {
                    let is_dropped = matches!(
                        verdict,
                        Verdict::Drop { reason: DropReason::Unlisted, .. }
                    );
                    prop_assert!(is_dropped, "{:?} {:?}", verdict, flow);
                } else {
                    prop_assert_eq!(verdict, Verdict::Ignore);
                }
            }
        }
    }

    #[test]
    fn strangers_never_pass_where_only_cameras_live(made in any_frame(&Ports::default())) {
        let (_, host) = home();
        if cameras().iter().all(|mac| made.frame[6..12] != *mac) {
            let (verdict, _) = host.judge(&made.frame, Ports::default().cameras);
            let dropped = matches!(verdict, Verdict::Drop { .. });
            prop_assert!(dropped, "{verdict:?}");
        }
    }

    #[test]
    fn a_frame_with_three_tags_is_never_allowed(made in any_frame(&Ports::default())) {
        for (_, host) in HOSTS.iter() {
            let mut frame = made.frame.clone();
            frame.splice(12..12, [0x81, 0, 0, 50, 0x88, 0xa8, 0, 51, 0x81, 0, 0, 0]);
            let (verdict, _) = host.judge(&frame, made.interface);
            let allowed = matches!(verdict, Verdict::Allow { .. });
            prop_assert!(!allowed);
        }
    }

    #[test]
    fn an_allowed_frame_says_where_it_goes(made in any_frame(&Ports::default())) {
        for (suite, host) in HOSTS.iter() {
            let (verdict, flow) = host.judge(&made.frame, made.interface);
            if matches!(verdict, Verdict::Allow { .. }) {
                prop_assert!(matches!(flow.destination.family, 4 | 6), "{}", suite.name);
                prop_assert_eq!(flow.source_mac[0] & 1, 0);
            }
        }
    }

    #[test]
    fn a_flipped_bit_of_an_allowed_destination_reaches_nothing_that_is_denied(
        at in any::<Index>(),
        bit in 0..8_u8,
    ) {
        let (suite, host) = home();
        for case in &suite.cases {
            let mut frame = case.frame.clone();
            let place = at.index(frame.len());
            frame[place] ^= 1 << bit;
            let (verdict, flow) = host.judge(&frame, case.interface);
            let denied = [[203, 0, 113, 13], [192, 168, 50, 13]];
            let v4 = &flow.destination.bytes[..4];
            if flow.ethertype == 0x0800 && denied.iter().any(|address| v4 == address) {
                let allowed = matches!(verdict, Verdict::Allow { .. });
                prop_assert!(!allowed, "{}", case.name);
            }
        }
    }
}

/// Otherwise what the properties say of made-up frames would not say much.
#[test]
fn made_up_frames_meet_every_fate() {
    let made = any_frame(&Ports::default());
    let mut runner = TestRunner::deterministic();
    let mut met = BTreeSet::new();
    for _ in 0..4_000 {
        let made = made.new_tree(&mut runner).unwrap().current();
        for (_, host) in HOSTS.iter() {
            let (verdict, _) = host.judge(&made.frame, made.interface);
            met.insert(match verdict {
                Verdict::Ignore => "ignored",
                Verdict::Allow { .. } => "allowed",
                Verdict::Drop { reason, .. } => reason.name(),
            });
        }
    }
    let reasons = DropReason::ALL.iter().map(|reason| reason.name());
    let all: BTreeSet<_> = reasons.chain(["ignored", "allowed"]).collect();
    assert_eq!(met, all);
}

/// A frame that lost its end says less than it announces: it passes only if what was lost was
/// padding.
#[test]
fn a_frame_that_was_cut_within_its_packet_is_never_allowed() {
    for (suite, host) in HOSTS.iter() {
        for case in suite.cases.iter().filter(|case| case.camera.is_some()) {
            let end = end_of_packet(host, &case.frame, case.interface);
            let end = end.unwrap_or(case.frame.len());
            for length in SHORTEST..case.frame.len() {
                let (verdict, _) = host.judge(&case.frame[..length], case.interface);
                let allowed = matches!(verdict, Verdict::Allow { .. });
                let may = length >= end && passes(case);
                assert!(
                    !allowed || may,
                    "{}: {} cut to {length}",
                    suite.name,
                    case.name
                );
            }
        }
    }
}

const fn passes(case: &Case) -> bool {
    matches!(case.expected, Expected::Allow)
}

/// Where the packet of a camera ends that can be read well enough to say so.
fn end_of_packet(host: &Host, frame: &[u8], interface: u32) -> Option<usize> {
    let (verdict, flow) = host.judge(frame, interface);
    if verdict == Verdict::Ignore {
        return None;
    }
    match (flow.ethertype, flow.end) {
        // ARP for IPv4 over Ethernet says how long it is by saying what it is.
        (0x0806, _) => Some(usize::from(flow.network) + 28).filter(|end| *end <= frame.len()),
        (_, 0) => None,
        (_, end) => Some(usize::from(end)),
    }
}

/// The suite that shows most kinds of frame under the policy that most suites share.
fn home() -> &'static (Suite, Host) {
    let mut suites = HOSTS.iter();
    match suites.find(|(suite, _)| suite.policy == HOME) {
        Some(home) => home,
        None => unreachable!("most suites share a policy"),
    }
}

/// The cameras that [`HOME`] knows by their MAC addresses.
const fn cameras() -> [[u8; 6]; 3] {
    [
        [2, 0, 0, 0, 0x50, 0x21],
        [2, 0, 0, 0, 0x50, 0x22],
        [2, 0, 0, 0, 0x70, 0x21],
    ]
}
