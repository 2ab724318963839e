//! What the page says: goals and tables.

use std::time::Duration;

use xtask::bench::goal::{Amount, Goal, Limit};

use super::cases::Case;
use super::frames::To;
use super::{Measured, Subject};
use crate::list::Kind;

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
    cases.find(|measured| measured.case == Case::Cameras(to))
}
