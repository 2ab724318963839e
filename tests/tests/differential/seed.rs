//! Where chance comes from: the same numbers in every run, unless others are asked for.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Another seed than the usual one, for a soak.
const VARIABLE: &str = "ENFORCER_SEED";

/// The seed of this run.
pub(crate) fn of_this_run() -> u64 {
    let asked = std::env::var(VARIABLE).ok();
    asked.map_or(1, |seed| seed.parse().unwrap())
}

/// Chance for one test: two tests with the same seed do different things.
pub(crate) fn runner(test: &str, seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    let name = test.bytes().rev().chain(std::iter::repeat(0));
    for (byte, from) in bytes
        .iter_mut()
        .zip(seed.to_be_bytes().into_iter().chain(name))
    {
        *byte = from;
    }
    TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
    )
}
