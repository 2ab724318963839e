//! A camera that sends to everywhere as fast as it can, and another that must not suffer from it.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::{ALLOWED, FLOODER, FLOODER_V4, ROUTER, Site};
use crate::actor::{Flood, Pace, Receiver};
use crate::daemon::Status;
use crate::frame::{data, ethernet, ipv4, tcp, udp};
use crate::network::CLOUD_V4;

/// The flood of `flooder` to where no policy lets it, the stream of `steady`, and those who count.
#[derive(Debug)]
pub struct Storm {
    flood: Flood,
    stream: Option<Flood>,
    leaks: Receiver,
    arrivals: Receiver,
    before: Status,
    seen_before: u64,
    begun: Instant,
}

/// How many frames there were, and what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storms {
    /// That `flooder` sent.
    pub forbidden: u64,
    /// Of those, how many came out on the other side of the router.
    pub leaked: u64,
    /// That `steady` sent.
    pub allowed: u64,
    /// Of those, how many the router got.
    pub arrived: u64,
    /// That the kernel gave to the program on `lan-cam1`.
    pub seen: u64,
    /// That were counted as dropped, of `flooder`.
    pub dropped: u64,
    /// That were counted as allowed, of `steady`.
    pub passed: u64,
    /// How long it took.
    pub lasted: Duration,
}

impl Storm {
    /// Makes the world: whatever the router lets through goes to the cloud, wherever to.
    pub fn prepare(site: &Site) -> Result<()> {
        site.network
            .router
            .ip(&format!("route add default via {CLOUD_V4}"))
    }

    /// Starts both.
    pub fn begin(site: &Site) -> Result<Self> {
        let mut storm = Self::flood_alone(site)?;
        storm.stream = Some(site.stream()?);
        Ok(storm)
    }

    /// Starts the flood.
    pub fn flood_alone(site: &Site) -> Result<Self> {
        let from: Ipv4Addr = FLOODER_V4.parse()?;
        Ok(Self {
            leaks: Receiver::packets(&site.network.cloud, from)?,
            arrivals: site.arrivals()?,
            before: site.enforcer.status()?,
            seen_before: seen(site)?,
            begun: Instant::now(),
            flood: Flood::start(&site.camera, "eth0", everywhere(), Pace::STORM)?,
            stream: None,
        })
    }

    /// Waits for so many more frames of the flood.
    pub fn go_on(&self, frames: u64) -> Result<()> {
        self.flood.wait_for(frames)
    }

    /// How many frames came out on the other side until now.
    pub fn leaked(&self) -> u64 {
        self.leaks.received()
    }

    /// Ends both, and counts.
    pub fn end(self, site: &Site) -> Result<Storms> {
        let forbidden = self.flood.stop()?;
        let lasted = self.begun.elapsed();
        let allowed = self.stream.map_or(Ok(0), Flood::stop)?;
        let arrived = self.arrivals.wait_for(allowed);
        let leaked = self.leaks.settled();
        let after = site.enforcer.status()?;
        ensure!(
            after.events.all() == after.dropped(),
            "not every drop was told or counted: {after:#?}"
        );
        let of = |status: &Status| -> Result<(u64, u64)> {
            let flooder = status.camera("flooder").context("no flooder")?;
            let steady = status.camera("steady").context("no steady")?;
            ensure!(
                flooder.allowed.packets == 0 && steady.dropped.packets == 0,
                "{status:#?}"
            );
            Ok((flooder.dropped.packets, steady.allowed.packets))
        };
        let (before, after) = (of(&self.before)?, of(&after)?);
        Ok(Storms {
            forbidden,
            leaked,
            allowed,
            arrived,
            seen: seen(site)? - self.seen_before,
            dropped: after.0 - before.0,
            passed: after.1 - before.1,
            lasted,
        })
    }
}

impl Storms {
    /// Frames of the flood in a second.
    pub fn rate(&self) -> u64 {
        let milliseconds = u64::try_from(self.lasted.as_millis()).unwrap_or(u64::MAX);
        self.forbidden * 1000 / milliseconds.max(1)
    }

    /// An error if a frame got through that should not, or was not counted that the program saw.
    pub fn ensure_closed(&self) -> Result<()> {
        ensure!(
            self.leaked == 0 && self.dropped + self.passed == self.seen,
            "{self:?}"
        );
        Ok(())
    }

    /// An error if any frame is missing besides: one that should have got through, or one that was sent and
    /// not counted.
    pub fn ensure_complete(&self) -> Result<()> {
        self.ensure_closed()?;
        ensure!(
            self.arrived == self.allowed
                && self.passed == self.allowed
                && self.dropped == self.forbidden,
            "{self:?}"
        );
        Ok(())
    }
}

/// How many frames the kernel has given to the programs on `lan-cam1`, by its own count.
fn seen(site: &Site) -> Result<u64> {
    let words = site
        .network
        .router
        .ask_ip("-json -statistics link show lan-cam1")?;
    let links: serde_json::Value = serde_json::from_str(&words)?;
    let packets = links.pointer("/0/stats64/rx/packets");
    packets
        .and_then(serde_json::Value::as_u64)
        .with_context(|| words.clone())
}

/// Frames of `flooder` to a thousand addresses, ports and both protocols.
fn everywhere() -> Vec<Vec<u8>> {
    let frames = (0..1000_u32).map(|number| {
        // All over the documentation prefixes and the rest of the world, and the router, too.
        let to = match number % 10 {
            0 => CLOUD_V4,
            1 => Ipv4Addr::new(192, 168, 50, 1),
            _ => Ipv4Addr::from(0x0800_0000 + number * 90_001),
        };
        let packet = ipv4(FLOODER_V4, &to.to_string());
        // Any but the one port that is allowed, and those that have a reason of their own.
        let port = 10_000 + u16::try_from(number * 53 % 50_000).unwrap_or(ALLOWED);
        let front = ethernet(FLOODER).to(ROUTER) / packet;
        let frame = if number % 3 == 0 {
            front / tcp(40_000, port).syn()
        } else {
            front / udp(40_000, port) / data(b"home")
        };
        frame.build()
    });
    frames.collect()
}

#[cfg(test)]
mod tests {
    use super::super::allowed;
    use super::*;

    #[test]
    fn the_flood_goes_to_many_places_and_is_none_of_what_is_allowed() {
        let frames = everywhere();
        assert_eq!(frames.len(), 1000);
        let places: std::collections::BTreeSet<&[u8]> =
            frames.iter().map(|frame| &frame[30..34]).collect();
        assert!(places.len() > 500, "{}", places.len());
        assert!(!frames.contains(&allowed()));
    }
}
