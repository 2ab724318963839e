//! Two cameras at once, of which one may not get through and the other must.

use anyhow::{Context as _, Result, ensure};

use super::Site;
use crate::actor::{Flood, Receiver};
use crate::daemon::Status;

/// How many forbidden frames are enough for one to slip through, if it could.
const MANY: u64 = 5_000;

/// How many allowed frames are enough for one to get lost, if it could.
const SOME: u64 = 100;

/// The flood of `flooder` and the stream of `steady`, and those who count what arrives.
#[derive(Debug)]
pub struct Traffic {
    flood: Flood,
    stream: Flood,
    leaks: Receiver,
    arrivals: Receiver,
}

/// How many frames there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Of `flooder`, none of which arrived.
    pub forbidden: u64,
    /// Of `steady`, all of which arrived.
    pub allowed: u64,
}

impl Traffic {
    /// Starts both.
    pub fn begin(site: &Site) -> Result<Self> {
        let traffic = Self {
            leaks: site.leaks()?,
            arrivals: site.arrivals()?,
            flood: site.flood()?,
            stream: site.stream()?,
        };
        traffic.go_on()?;
        Ok(traffic)
    }

    /// Waits for more frames of both.
    pub fn go_on(&self) -> Result<()> {
        self.flood.wait_for(MANY)?;
        self.stream.wait_for(SOME)
    }

    /// Waits for a few more frames of both.
    pub fn go_on_briefly(&self) -> Result<()> {
        self.flood.wait_for(MANY / 50)?;
        self.stream.wait_for(SOME / 50)
    }

    /// Ends both. An error, if a frame got through that should not, or did not that should.
    pub fn end(self) -> Result<Sent> {
        let sent = Sent {
            forbidden: self.flood.stop()?,
            allowed: self.stream.stop()?,
        };
        let arrived = self.arrivals.wait_for(sent.allowed);
        let leaked = self.leaks.settled();
        ensure!(
            leaked == 0,
            "{leaked} of {} forbidden frames got through",
            sent.forbidden
        );
        ensure!(
            arrived == sent.allowed,
            "{arrived} of {} allowed frames arrived",
            sent.allowed
        );
        Ok(sent)
    }
}

impl Sent {
    /// An error, unless each of these frames was counted once, and every drop told or counted.
    pub fn ensure_counted(self, status: &Status) -> Result<()> {
        let flooder = status.camera("flooder").context("no flooder")?;
        let steady = status.camera("steady").context("no steady")?;
        ensure!(
            flooder.dropped_as("not_allowed") == self.forbidden
                && flooder.sent() == self.forbidden
                && steady.allowed.packets == self.allowed
                && steady.sent() == self.allowed
                && status.events.all() == status.dropped(),
            "{self:?} is not what was counted: {status:#?}"
        );
        Ok(())
    }
}
