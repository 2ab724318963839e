//! Everything that the fuzzers keep under `fuzz/corpus` is run again, by the functions that they run.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what must not happen fails the test"
)]

mod dns_answer;
mod parse_frame;
mod policy_text;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn answers_of_resolvers_are_read_or_refused() {
    replay("dns_answer", dns_answer::run);
}

#[test]
fn frames_are_judged_as_the_policy_says() {
    replay("parse_frame", parse_frame::run);
}

#[test]
fn policy_texts_are_read_or_refused() {
    replay("policy_text", policy_text::run);
}

/// Runs a target over its corpus. No input may take long; libFuzzer's limit is of another order, and
/// what takes seconds there is a find as well.
fn replay(target: &str, run: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("../fuzz/corpus").join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        let start = Instant::now();
        run(&fs::read(&path).unwrap());
        let took = start.elapsed();
        assert!(
            took < Duration::from_secs(10),
            "{} takes {took:?}",
            path.display()
        );
        inputs += 1;
    }
    assert!(inputs > 0, "{} is empty", corpus.display());
}
