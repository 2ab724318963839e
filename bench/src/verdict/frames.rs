//! The frames of a case, in an order that looks like chance, and what must become of them.

use std::net::IpAddr;

use anyhow::{Context as _, Result};
use enforcer_tests::frame::{ethernet, ipv4, ipv6, udp};
use xtask::bench::Numbers;

use crate::list::List;
use crate::stage::{CAMERAS, Counts};
use crate::wrapper::{Frame, LENGTH};

/// Where frames go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// Addresses that the list holds.
    Hit,
    /// Addresses that it does not hold.
    Miss,
    /// Half of them each.
    Mix,
    /// The same, but few of them.
    Hot,
}

/// How many destinations are hot.
const HOT: usize = 512;

/// Frames of cameras, or of strangers, and what must be counted of them; each source and each
/// destination is as likely as any other.
pub(crate) fn frames(
    list: &List,
    cameras: bool,
    to: To,
    count: usize,
    numbers: &mut Numbers,
) -> Result<(Vec<Frame>, Counts)> {
    let mut hot = Vec::new();
    for index in 0..HOT {
        hot.push(destination(list, To::Mix, index, numbers)?);
    }
    let mut counts = Counts::default();
    let mut frames = Vec::with_capacity(count);
    for index in 0..count {
        let (to, holds) = match to {
            To::Hot => *hot.get(numbers.below(HOT)).context("a destination")?,
            To::Hit | To::Miss | To::Mix => destination(list, to, index, numbers)?,
        };
        match (cameras, holds) {
            (true, true) => counts.allowed += 1,
            (true, false) => counts.not_allowed += 1,
            (false, _) => {}
        }
        let camera = 1 + u16::try_from(numbers.below(CAMERAS.into()))?;
        frames.push(frame(cameras, camera, to)?);
    }
    Ok((frames, counts))
}

/// An address, and whether the list holds it.
fn destination(list: &List, to: To, index: usize, numbers: &mut Numbers) -> Result<(IpAddr, bool)> {
    let holds = match to {
        To::Hit => true,
        To::Miss => false,
        To::Mix | To::Hot => index.is_multiple_of(2),
    };
    let address = if holds {
        list.hit(numbers)?
    } else {
        list.miss(numbers)?
    };
    Ok((address, holds))
}

fn frame(is_camera: bool, number: u16, to: IpAddr) -> Result<Frame> {
    let [high, low] = number.to_be_bytes();
    let link = ethernet([2, 0, 0, u8::from(!is_camera), high, low]);
    let transport = udp(40_000, 8000);
    let layers = match to {
        IpAddr::V4(to) => link / ipv4(&format!("10.0.{high}.{low}"), &to.to_string()) / transport,
        IpAddr::V6(to) => link / ipv6(&format!("fd00::{number:x}"), &to.to_string()) / transport,
    };
    let mut bytes = layers.build();
    bytes.resize(LENGTH, 0);
    bytes.try_into().ok().context("a frame of another length")
}
