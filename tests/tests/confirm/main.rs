//! A policy that is put in force to be confirmed: kept when it is, gone back from when it is not, whatever
//! happens to the daemon meanwhile.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod asked;
mod ended;

use std::time::Duration;

use enforcer_tests::daemon::{Outcome, wait};
use enforcer_tests::site::Site;

const NO_OPTIONS: [&str; 0] = [];

/// Longer than it takes to notice a change of the file.
const LULL: Duration = Duration::from_millis(900);

/// Nothing waits, and nothing was gone back from. It is forgotten when the other is in force.
fn assert_forgotten(site: &Site) {
    let path = site.enforcer.directories().unconfirmed();
    wait("nothing waits to be confirmed", || {
        (!path.exists()).then_some(())
    });
}

fn reload(site: &Site, patience: &str) -> Outcome {
    site.enforcer
        .run(&["reload", "--confirm", patience])
        .unwrap()
}
