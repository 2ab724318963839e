//! The kernel agrees with the host on frames that nobody thought of: noise, cases gone wrong and
//! near-misses, under every policy of the cases.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};

use enforcer_common::{Judgement, Verdict, counter::Slot};
use enforcer_tests::{
    cases::{Ports, Suite, suites},
    generate::{Made, any_frame},
    host::Host,
    kernel::{Bench, TELLING},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, TestRunner},
};

/// Frames under each policy.
const FRAMES: usize = 2_000;

#[test]
fn the_kernel_agrees_with_the_host_on_any_frame() {
    let ports = Ports::default();
    let bench = Bench::new("differential", &ports).unwrap();
    let mut runner = TestRunner::new(Config::default());
    let fates = bench.run(|bench| {
        let mut fates = BTreeSet::new();
        for suite in policies(&ports) {
            let host = Host::new(&suite);
            let frames = frames(&ports, &mut runner);
            let expected: Vec<(Verdict, Judgement)> = frames
                .iter()
                .map(|made| {
                    let (verdict, _) = host.judge(&made.frame, made.interface);
                    (verdict, Judgement::from(&verdict))
                })
                .collect();
            let mut program = bench.load(suite.name, host.policy(), host.topology(), TELLING)?;
            let judged = program.judge(
                frames
                    .iter()
                    .map(|made| (made.frame.as_slice(), made.interface)),
            )?;
            for ((made, kernel), (_, host)) in frames.iter().zip(&judged).zip(&expected) {
                assert_eq!(kernel, host, "{}: {made:02x?}", suite.name);
            }
            fates.extend(judged.iter().map(|judged| (judged.kind, judged.reason)));

            let mut counting = program.counting(host.policy(), host.topology())?;
            for made in &frames {
                counting.run(&made.frame, made.interface)?;
            }
            let mut counted = BTreeMap::new();
            for (camera, tally) in counting.tallies()? {
                for slot in Slot::all().filter(|slot| is_verdict(*slot)) {
                    let packets = tally.of(slot).packets;
                    if packets > 0 {
                        counted.insert((camera, slot.index()), packets);
                    }
                }
            }
            let verdicts = expected.iter().map(|(verdict, _)| verdict);
            assert_eq!(counted, sums(verdicts), "{}", suite.name);
        }
        Ok(fates)
    });
    let fates = fates.unwrap();
    // Made up or not, the frames must come to nearly every end there is.
    assert!(fates.len() > 20, "only {fates:?}");
}

/// One suite for each policy.
fn policies(ports: &Ports) -> Vec<Suite> {
    let mut seen = BTreeSet::new();
    let mut suites = suites(ports);
    suites.retain(|suite| seen.insert(suite.policy));
    suites
}

fn frames(ports: &Ports, runner: &mut TestRunner) -> Vec<Made> {
    let any = any_frame(ports);
    let made = std::iter::repeat_with(|| any.new_tree(runner).unwrap().current());
    made.take(FRAMES).collect()
}

const fn is_verdict(slot: Slot) -> bool {
    matches!(slot, Slot::Allowed | Slot::Drop(_))
}

fn sums<'v>(verdicts: impl Iterator<Item = &'v Verdict>) -> BTreeMap<(u32, usize), u64> {
    let mut sums = BTreeMap::new();
    for verdict in verdicts {
        let counted = match *verdict {
            Verdict::Ignore => continue,
            Verdict::Allow { camera, .. } => (camera, Slot::Allowed.index()),
            Verdict::Drop { camera, reason, .. } => (camera, Slot::Drop(reason).index()),
        };
        *sums.entry(counted).or_default() += 1;
    }
    sums
}
