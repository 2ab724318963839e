//! By which policy frames are judged: by what becomes of them, where they go to and by the counters.

use anyhow::{Context as _, Result, ensure};

use super::{Site, forbidden};
use crate::actor::Wire;
use crate::daemon::Status;
use crate::sandbox::Namespace;

/// Frames enough to tell.
const SOME: u64 = 50;

impl Site {
    /// Sends frames that [`POLICY`](super::POLICY) forbids and [`wider`](super::wider) allows; an error unless all of
    /// them get through, or none.
    pub fn ensure_judged(&self, passes: bool) -> Result<()> {
        self.ensure_fate(&self.camera, passes)
    }

    /// Sends frames that the policy forbids from behind one port of the router or another; an error if one of them
    /// gets through.
    pub fn ensure_enforced(&self, camera: &Namespace) -> Result<()> {
        self.ensure_fate(camera, false)
    }

    fn ensure_fate(&self, camera: &Namespace, passes: bool) -> Result<()> {
        let (allowed, dropped) = counts(&self.enforcer.status()?)?;
        let leaks = self.leaks()?;
        let wire = Wire::open(camera, "eth0")?;
        for _ in 0..SOME {
            wire.send(&forbidden())?;
        }
        let (expected, arrived) = if passes {
            leaks.wait_for(SOME);
            ((allowed + SOME, dropped), SOME)
        } else {
            ((allowed, dropped + SOME), 0)
        };
        let is_counted = |status: &Status| {
            let counts = counts(status).unwrap_or_default();
            counts.0 + counts.1 == allowed + dropped + SOME
        };
        let counted = counts(&self.status_when(is_counted)?)?;
        ensure!(
            counted == expected,
            "{counted:?} and not {expected:?} were allowed and dropped"
        );
        let leaked = leaks.settled();
        ensure!(
            leaked == arrived,
            "{leaked} and not {arrived} of {SOME} frames got through"
        );
        Ok(())
    }
}

/// How many frames of `flooder` were allowed, and how many dropped because nothing allows them. The counters go on
/// whatever is put in force.
fn counts(status: &Status) -> Result<(u64, u64)> {
    let flooder = status.camera("flooder").context("no flooder")?;
    Ok((flooder.allowed.packets, flooder.dropped_as("not_allowed")))
}
