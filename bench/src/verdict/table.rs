//! What the page says: goals and tables.

use std::time::Duration;

use xtask::bench::goal::{Amount, Goal, Limit};
use xtask::bench::plot::{Line, Plot};

use super::cases::Case;
use super::frames::To;
use super::{Measured, Subject};
use crate::clock::median;
use crate::list::Kind;
use crate::stage::CAMERAS;

/// The whole section.
pub(super) fn section(
    machine: &str,
    rounds: usize,
    subjects: &[Subject],
    goals: &[Goal],
) -> String {
    let goals: Vec<String> = goals.iter().map(|goal| format!("- {goal}\n")).collect();
    let verdicts: String = subjects.iter().flat_map(verdicts).collect();
    let generations: String = subjects.iter().map(generation).collect();
    let floors = subjects.iter().flat_map(|subject| &subject.cases);
    let floor = median(floors.map(Measured::floor).collect());
    format!(
        "\
## One verdict

What the program takes for one frame. {machine}

Test runs (`BPF_PROG_TEST_RUN`) of the loaded program with a compiled policy for {CAMERAS} cameras, a
million frames or more in one system call. A small program puts the next of 262,144 frames in the place of
the last and hands on by a tail call, so that no source and no destination is in a cache because it was there
just before. The floor is an empty program, `XDP_DROP`: {floor:.1} ns here. A verdict costs what the program
takes beyond the empty one behind the same tail call, and the floor. Time is that of the processor for the
thread that calls; program, empty program and floor take turns, and of {rounds} rounds the median counts. A round
does not stand if its floor spreads by over 10 %; a count that is wrong ends the bench. To repeat it:
`cargo xtask bench verdict`.

{}
Where a goal names no more, it holds for hits and misses alike, and the dearer of the two is told. Hot are 512
destinations; of them, and of `mix`, every other is allowed. A miss is counted, and told within the camera's
share; this is one event a second, but for `told`, where it is every one. Dense is every second address of as
few /16 as hold the list. Groups share it. The plot is of 16 of them, and destinations anywhere.

![cost of a verdict against the length of the list](performance/verdict.svg)

| policy | frames | ns | x floor |
|---|---|--:|--:|
{verdicts}
What a generation takes on its way from the file, in time of the processor, and all its maps together, among
them a ring of events and counters for each camera.

| policy | read | compile | load | prove | maps |
|---|--:|--:|--:|--:|--:|
{generations}
",
        goals.concat()
    )
}

fn verdicts(subject: &Subject) -> impl Iterator<Item = String> {
    let Subject { plan, cases, .. } = subject;
    cases.iter().map(move |measured| {
        let (case, cost, ratio) = (measured.case, measured.cost(), measured.ratio());
        format!("| {plan} | {case} | {cost:.0} | {ratio:.1} |\n")
    })
}

fn generation(subject: &Subject) -> String {
    let Subject {
        plan,
        program,
        memory,
        ..
    } = subject;
    let took = program.took;
    let [read, compile, load, prove] =
        [took.read, took.compile, took.load, took.prove].map(|time| time.as_millis());
    let mebibytes = memory.div_ceil(1 << 20);
    format!("| {plan} | {read} ms | {compile} ms | {load} ms | {prove} ms | {mebibytes} MiB |\n")
}

/// What grows with the list.
pub(super) fn plot(subjects: &[Subject]) -> Plot {
    let lines = [
        ("IPv4, allowed", Kind::V4, To::Hit),
        ("IPv4, dropped", Kind::V4, To::Miss),
        ("IPv6, allowed", Kind::V6, To::Hit),
        ("IPv6, dropped", Kind::V6, To::Miss),
    ];
    let lines = lines.map(|(name, kind, to)| {
        let points = [16, 1000, 100_000, 1_000_000]
            .into_iter()
            .filter_map(|size| {
                let measured = find(subjects, kind, size, to)?;
                Some((size, measured.ratio()))
            });
        Line {
            name: name.to_owned(),
            ours: false,
            points: points.collect(),
        }
    });
    Plot {
        title: "One verdict, beside the empty XDP program",
        across: "prefixes",
        up: "times the empty program",
        lines: lines
            .into_iter()
            .filter(|line| !line.points.is_empty())
            .collect(),
    }
}

/// Every goal whose cases were measured.
pub(super) fn goals(subjects: &[Subject]) -> Vec<Goal> {
    let hot: &[To] = &[To::Hot];
    let ratios = [
        ("v4 verdict, 1k prefixes", Kind::V4, 1000, COLD, 3.5),
        (
            "v4, 100k, 512 hot destinations",
            Kind::V4,
            100_000,
            hot,
            4.5,
        ),
        ("v4, 100k cold, 16 groups", Kind::V4, 100_000, COLD, 10.0),
        ("v4, 1M cold, 16 groups", Kind::V4, 1_000_000, COLD, 25.0),
        ("v6 verdict, 1k prefixes", Kind::V6, 1000, COLD, 5.0),
        (
            "v6, 100k, 512 hot destinations",
            Kind::V6,
            100_000,
            hot,
            6.0,
        ),
    ];
    let ratios = ratios.iter().filter_map(|&(name, kind, size, to, limit)| {
        let cases = to.iter().map(|&to| find(subjects, kind, size, to));
        let cases: Option<Vec<&Measured>> = cases.collect();
        // The dearest of them.
        let value = cases?.into_iter().map(Measured::ratio).reduce(f64::max)?;
        Some(at_most(name, Amount::Ratio(value), Amount::Ratio(limit)))
    });
    ratios
        .chain(dense(subjects))
        .chain(memory(subjects))
        .chain(loading(subjects))
        .collect()
}

const COLD: &[To] = &[To::Hit, To::Miss];

fn dense(subjects: &[Subject]) -> Option<Goal> {
    let dense = find(subjects, Kind::Dense, 100_000, To::Mix)?.cost();
    let sparse = find(subjects, Kind::V4, 100_000, To::Mix)?.cost();
    let name = "densest allowlist against sparse";
    Some(at_most(
        name,
        Amount::Ratio(dense / sparse),
        Amount::Ratio(1.5),
    ))
}

/// What a million prefixes take beyond sixteen.
fn memory(subjects: &[Subject]) -> Option<Goal> {
    let of = |size| Some(subject(subjects, Kind::V4, size, 16)?.memory);
    let more = of(1_000_000)?.checked_sub(of(16)?)?;
    let name = "memory per v4 prefix, 1M, 16 groups";
    Some(at_most(
        name,
        Amount::Bytes(more / 1_000_000),
        Amount::Bytes(24),
    ))
}

fn loading(subjects: &[Subject]) -> Vec<Goal> {
    let mut goals = Vec::new();
    if let Some(large) = subject(subjects, Kind::V4, 1_000_000, 1) {
        goals.push(at_most(
            "1M prefixes: file to in force",
            Amount::Time(large.program.took.all()),
            Amount::Time(Duration::from_millis(400)),
        ));
    }
    if let Some(small) = subject(subjects, Kind::V4, 1000, 16) {
        if let Some(verified) = small.program.verified {
            goals.push(at_most(
                "verified instructions",
                Amount::Count(verified.into()),
                Amount::Count(100_000),
            ));
        }
        goals.push(at_most(
            "load of a generation",
            Amount::Time(small.program.took.load),
            Amount::Time(Duration::from_millis(50)),
        ));
    }
    goals
}

const fn at_most(name: &'static str, value: Amount, limit: Amount) -> Goal {
    Goal {
        name,
        value,
        limit: Limit::AtMost(limit),
    }
}

fn subject(subjects: &[Subject], kind: Kind, size: usize, groups: u16) -> Option<&Subject> {
    subjects.iter().find(|Subject { plan, .. }| {
        plan.kind == kind && plan.size == size && plan.groups == groups && !plan.ports
    })
}

/// A case under sixteen groups.
fn find(subjects: &[Subject], kind: Kind, size: usize, to: To) -> Option<&Measured> {
    let mut cases = subject(subjects, kind, size, 16)?.cases.iter();
    cases.find(|measured| measured.case == Case::Cameras(to) && measured.wrong.is_none())
}
