//! Routers with something wrong with them, most of which no test machine has.

mod force;
mod host;
mod mode;
mod offload;
mod path;
mod router;
mod tags;

use std::collections::BTreeSet;

use router::{camera_port, sound};

use crate::doctor::facts::{Daemon, Facts, Untold};
use crate::doctor::{Finding, Level, Question, findings};

/// What is wrong, in words; the router with it; the questions that then have another answer than
/// before, and which; and a command or line that is told.
type Case = (
    &'static str,
    fn(&mut Facts),
    &'static [(Question, Level)],
    &'static str,
);

const NOBODY: fn() -> Untold = || Untold::for_root("only root may look there");

#[test]
fn a_sound_router_has_nothing_wrong() {
    let found = findings(&sound());
    let wrong = found.iter().filter(|finding| finding.level != Level::Ok);
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&Finding>::new());
    let asked: Vec<Question> = found.iter().map(|finding| finding.code).collect();
    let (kernel, bpffs) = (Question::Kernel, Question::Bpffs);
    assert_eq!(asked, [kernel, bpffs, Question::Daemon, Question::Enforced]);
}

#[test]
fn each_thing_that_is_wrong_is_found_and_nothing_else() {
    for (case, change, expected, told) in cases() {
        let mut facts = sound();
        change(&mut facts);
        let found = findings(&facts);
        let wrong = found.iter().filter(|finding| finding.level != Level::Ok);
        let answers: Vec<_> = wrong.map(|finding| (finding.code, finding.level)).collect();
        assert_eq!(&answers, expected, "{case}: {found:#?}");
        let mut lines = found
            .iter()
            .flat_map(|finding| finding.run.iter().chain(&finding.policy));
        let is_told = told.is_empty() || lines.any(|line| line == told);
        assert!(is_told, "{case}: `{told}` in {found:#?}");
    }
}

#[test]
fn every_answer_that_the_manual_lists_is_given_to_some_router_and_no_other() {
    let mut given: BTreeSet<(Question, Level)> = BTreeSet::new();
    for (_, change, _, _) in cases() {
        let mut facts = sound();
        change(&mut facts);
        given.extend(
            findings(&facts)
                .iter()
                .map(|finding| (finding.code, finding.level)),
        );
    }
    let listed = Question::ALL.iter().flat_map(|&question| {
        let levels = question.levels().iter();
        levels.map(move |&level| (question, level))
    });
    assert_eq!(given, listed.collect());
}

#[test]
fn the_worst_is_told_first() {
    let mut facts = sound();
    facts.daemon = Ok(Daemon::Stopped);
    facts.flowtables = Err(NOBODY());
    facts.host.bpffs = Ok(false);
    camera_port(&mut facts).xdp = None;
    let levels = findings(&facts);
    let levels: Vec<Level> = levels.iter().map(|finding| finding.level).collect();
    assert!(levels.is_sorted(), "{levels:?}");
    assert_eq!(levels.first(), Some(&Level::Error));
}

#[test]
fn every_question_has_a_name_of_its_own_and_stands_in_its_place() {
    let names: BTreeSet<&str> = Question::ALL
        .iter()
        .map(|question| question.name())
        .collect();
    assert_eq!(names.len(), Question::ALL.len());
    assert!(Question::ALL.is_sorted());
}

fn cases() -> impl Iterator<Item = &'static Case> {
    let all = [
        force::CASES,
        host::CASES,
        path::CASES,
        offload::CASES,
        tags::CASES,
        mode::CASES,
    ];
    all.into_iter().flatten()
}
