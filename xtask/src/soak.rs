//! Soaks: what the tests do a little of, at full size or again and again.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::{build, sh, test};

/// Where the tests take their luck from.
const SEED: &str = "ENFORCER_SEED";

/// Tells tests that do a tenth of something to do all of it.
const FULL: &str = "ENFORCER_SOAK";

/// What is run again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Soak {
    /// The kernel against the host, a million frames a round
    Differential,
    /// A flood, and all that may happen to the daemon under it: a thousand reloads, kills, upgrades, flaps
    Always,
}

/// Runs rounds until the minutes are over, at least one; the first that fails ends it.
pub fn run(soak: Soak, minutes: u64) -> Result<()> {
    let name = soak.to_possible_value().context("the test's name")?;
    let enforcer = build::release()?;
    let begun = Instant::now();
    let wanted = Duration::from_secs(60 * minutes);
    let mut round = 0;
    while round == 0 || begun.elapsed() < wanted {
        round += 1;
        // Seconds are enough: a round takes many.
        let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        sh::say(&format!("round {round}, {SEED}={seed}"));
        let mut cargo = sh::cargo();
        test::as_root(&mut cargo)?;
        sh::run(
            cargo
                .env(SEED, seed.to_string())
                .env(FULL, "1")
                .env("ENFORCER_BIN", &enforcer)
                .args(["test", "--quiet", "--package", "enforcer-tests", "--test"])
                .args([name.get_name(), "--", "--nocapture"]),
        )?;
    }
    Ok(())
}
