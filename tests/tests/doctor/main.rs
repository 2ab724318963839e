//! What `enforcer doctor` finds on a router that has it, and that its commands mend it.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod force;
mod machine;
mod way;

use std::process::Command;
use std::thread;
use std::time::Instant;

use enforcer_tests::daemon::{Diagnosis, Found, PATIENCE, TICK};
use enforcer_tests::site::Site;

const NO_OPTIONS: [&str; 0] = [];

/// What is found for the policy in the site's file, with the exit code.
fn examine(site: &Site) -> (Diagnosis, Option<i32>) {
    let policy = site.policy().to_str().unwrap();
    site.enforcer.doctor(&["--policy", policy]).unwrap()
}

/// What is found once nothing is wrong any more but this.
fn examine_until(site: &Site, wrong: &[(&str, &str, Option<&str>)]) -> Diagnosis {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (diagnosis, code) = examine(site);
        if diagnosis.wrong() == wrong {
            let is_leak = wrong.iter().any(|(_, level, _)| *level == "error");
            assert_eq!(code, Some(i32::from(is_leak)), "{diagnosis:#?}");
            return diagnosis;
        }
        assert!(Instant::now() < deadline, "{diagnosis:#?}");
        thread::sleep(TICK);
    }
}

/// Pastes the commands of a finding into a shell on the router.
fn paste(site: &Site, found: &Found) {
    assert!(!found.run.is_empty(), "{found:?}");
    let mut shell = Command::new("sh");
    shell.args(["-ec", &found.run.join("\n")]);
    let output = site.network.router.output(&mut shell).unwrap();
    let missing = "`cargo xtask test` needs ip of iproute2 and ethtool";
    assert!(output.status.success(), "{missing}: {found:?} {output:?}");
}
