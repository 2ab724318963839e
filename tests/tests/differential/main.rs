//! The kernel agrees with the host on a million frames that nobody thought of: noise, cases gone wrong,
//! near-misses, and all that comes of each when it is cut, tagged and bent; under every policy of the
//! cases, and under policies that nobody thought of either.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod counts;
mod disagreement;
#[path = "../../../enforcer/tests/fuzz/parse_frame.rs"]
mod parse_frame;
mod seed;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Result;
use enforcer_common::Judgement;
use enforcer_tests::{
    cases::{Ports, suites},
    frame::SHORTEST,
    generate::{Made, any_frame, any_policy, variants},
    host::Host,
    kernel::{Bench, TELLING},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};

/// Frames, in each of the two tests.
const FRAMES: usize = 520_000;

/// Policies that nobody thought of.
const POLICIES: usize = 24;

/// How many frames are held in memory at once.
const BATCH: usize = 10_000;

/// A policy, and frames that must be among those that it is asked about.
struct Trial {
    name: String,
    text: String,
    host: Host,
    frames: Vec<Made>,
}

#[test]
fn the_kernel_agrees_with_the_host_under_the_policies_of_the_cases() {
    let ports = Ports::default();
    let fates = run("differential-cases", &ports, |_| policies(&ports));
    // Made up or not, the frames must come to nearly every end there is.
    assert!(fates.len() > 20, "only {fates:?}");
}

#[test]
fn the_kernel_agrees_with_the_host_under_policies_that_nobody_thought_of() {
    let ports = Ports::default();
    let fates = run("differential-made-up", &ports, |runner| {
        made_up(&ports, runner)
    });
    assert!(fates.len() > 20, "only {fates:?}");
}

/// The corpus of the fuzzer, which has no kernel to ask.
#[test]
fn the_kernel_agrees_with_the_host_on_what_the_fuzzer_keeps() {
    let corpus = xtask::sh::workspace().join("fuzz/corpus/parse_frame");
    let inputs = fs::read_dir(corpus).unwrap();
    let inputs = inputs.map(|input| fs::read(input.unwrap().path()).unwrap());
    let frames: Vec<Made> = inputs
        .inspect(|bytes| parse_frame::run(bytes))
        .filter_map(|bytes| {
            let (interface, frame) = parse_frame::input(&bytes)?;
            let frame = frame.to_vec();
            (frame.len() >= SHORTEST).then_some(Made { frame, interface })
        })
        .collect();
    let name = "what the fuzzer keeps";
    let trial = Trial {
        host: Host::parse(name, parse_frame::POLICY, parse_frame::topology()),
        name: name.to_owned(),
        text: parse_frame::POLICY.to_owned(),
        frames,
    };
    let ports = Ports::default();
    let bench = Bench::new("differential-corpus", &ports).unwrap();
    let (mut runner, mut fates) = (seed::runner(name, 1), BTreeSet::new());
    let done = bench.run(|bench| judge(bench, &ports, &trial, 0, &mut runner, &mut fates));
    done.unwrap();
    assert!(fates.len() > 20, "only {fates:?}");
}

/// Judges the frames by each policy, in the kernel and on the host, and returns the fates that they
/// met.
fn run(
    test: &str,
    ports: &Ports,
    trials: impl FnOnce(&mut TestRunner) -> Vec<Trial>,
) -> BTreeSet<(u32, u32)> {
    let seed = seed::of_this_run();
    let mut runner = seed::runner(test, seed);
    let trials = trials(&mut runner);
    let bench = Bench::new(test, ports).unwrap();
    let share = FRAMES.div_ceil(trials.len());
    let fates = bench.run(|bench| {
        let mut fates = BTreeSet::new();
        for trial in &trials {
            judge(bench, ports, trial, share, &mut runner, &mut fates)?;
        }
        Ok(fates)
    });
    fates.unwrap_or_else(|error| panic!("seed {seed}: {error:#}"))
}

/// One policy: every verdict alike, and at the end every counter.
fn judge(
    bench: &Bench,
    ports: &Ports,
    trial: &Trial,
    share: usize,
    runner: &mut TestRunner,
    fates: &mut BTreeSet<(u32, u32)>,
) -> Result<()> {
    let host = &trial.host;
    let mut program = bench.load(&trial.name, host.policy(), host.topology(), TELLING)?;
    let mut batches = Vec::new();
    let mut given = trial.frames.clone();
    let mut left = share;
    while left > 0 || !given.is_empty() {
        let frames = frames(ports, runner, std::mem::take(&mut given));
        let verdicts = host.judge_all(each(&frames));
        let judged = program.judge(each(&frames))?;
        for ((made, kernel), verdict) in frames.iter().zip(&judged).zip(&verdicts) {
            if *kernel != Judgement::from(verdict) {
                disagreement::tell(trial, &mut program, made);
            }
        }
        fates.extend(judged.iter().map(|judged| (judged.kind, judged.reason)));
        left = left.saturating_sub(frames.len());
        batches.push((frames, verdicts));
    }
    let mut program = program.counting(host.policy(), host.topology())?;
    let mut expected = BTreeMap::new();
    for (frames, verdicts) in batches {
        for (made, verdict) in frames.iter().zip(&verdicts) {
            let action = program.run(&made.frame, made.interface)?;
            assert_eq!(
                action,
                counts::action(verdict),
                "{}: {made:02x?}",
                trial.name
            );
            counts::count(&mut expected, verdict, made.frame.len())?;
        }
    }
    assert_eq!(counts::counted(&program)?, expected, "{}", trial.name);
    Ok(())
}

/// Those that are given, or else a batch of others; and the variants of each.
fn frames(ports: &Ports, runner: &mut TestRunner, given: Vec<Made>) -> Vec<Made> {
    let mut frames = Vec::with_capacity(BATCH);
    let mut chance = runner.new_rng();
    if given.is_empty() {
        let any = any_frame(ports);
        while frames.len() < BATCH {
            let made = any.new_tree(runner).unwrap().current();
            frames.extend(variants(&made, &mut chance));
        }
    }
    for made in given {
        frames.extend(variants(&made, &mut chance));
    }
    frames
}

fn each(frames: &[Made]) -> impl Iterator<Item = (&[u8], u32)> {
    let frames = frames.iter();
    frames.map(|made| (made.frame.as_slice(), made.interface))
}

/// Each policy of the cases, with the frames of its cases.
fn policies(ports: &Ports) -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    for suite in suites(ports) {
        let frames = suite.cases.iter().map(|case| Made {
            frame: case.frame.clone(),
            interface: case.interface,
        });
        match trials.iter_mut().find(|trial| trial.text == suite.policy) {
            Some(trial) => trial.frames.extend(frames),
            None => trials.push(Trial {
                name: suite.name.to_owned(),
                text: suite.policy.to_owned(),
                host: Host::new(&suite),
                frames: frames.collect(),
            }),
        }
    }
    trials
}

/// Policies that nobody thought of, on the router of the cases.
fn made_up(ports: &Ports, runner: &mut TestRunner) -> Vec<Trial> {
    let topology = suites(ports).swap_remove(0).topology;
    let any = any_policy();
    let trial = |number| {
        let text = any.new_tree(runner).unwrap().current();
        let name = format!("policy {number}");
        Trial {
            host: Host::parse(&name, &text, topology.clone()),
            name,
            text,
            frames: Vec::new(),
        }
    };
    (1..=POLICIES).map(trial).collect()
}
