//! Senders in a capture that are no cameras, as they are told: by their MAC addresses, and who made them.

use std::cmp::Reverse;

use serde::Serialize;

use super::capture::{Strangers, whole};
use crate::{labels::makers::maker, policy::Policy, replay::notes::frames};

/// So many are told to people.
const MOST: usize = 20;

/// Of a MAC address that no maker gave to a device.
pub(super) const MADE_UP: &str = " Its MAC address is made up (locally administered): with another one the draft does not know it.";

/// One, for programs.
#[derive(Serialize)]
pub(super) struct Stranger {
    mac: String,
    maker: Option<&'static str>,
    frames: u64,
}

/// All, for programs.
pub(super) fn all(strangers: &Strangers) -> impl Iterator<Item = Stranger> {
    strangers.iter().map(|(mac, frames)| Stranger {
        mac: whole(*mac).to_string(),
        maker: maker(whole(*mac)),
        frames: *frames,
    })
}

/// For people, most frames first: `44:19:b6:00:00:07 (Hikvision): 4 frames`
pub(super) fn words(strangers: &Strangers) -> impl Iterator<Item = String> {
    let mut all: Vec<_> = strangers.iter().collect();
    all.sort_by_key(|(_, frames)| Reverse(**frames));
    let more = all.len().saturating_sub(MOST);
    let shown = all.into_iter().take(MOST).map(|(mac, number)| {
        let of = match maker(whole(*mac)) {
            Some(maker) => format!(" ({maker})"),
            None if has_no_maker(*mac) => " (made up)".to_owned(),
            None => String::new(),
        };
        format!("{}{of}: {}", whole(*mac), frames(*number))
    });
    let more = (more > 0).then(|| format!("and {more} more"));
    shown.chain(more).collect::<Vec<_>>().into_iter()
}

/// Whether a camera of a policy is known by a MAC address that is made up.
pub(super) fn is_made_up(policy: &Policy, camera: &str) -> bool {
    let mut cameras = policy.cameras.iter();
    let camera = cameras.find(|one| one.name == camera);
    let mut known = camera.into_iter().flat_map(|camera| &camera.identity.mac);
    known.any(|mac| has_no_maker(mac.address))
}

/// Whether no maker gave the address to a device: it is locally administered (IEEE 802), and a device that makes up its own
/// may make up another.
const fn has_no_maker(address: [u8; 6]) -> bool {
    address[0] & 2 != 0
}
