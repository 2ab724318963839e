//! A frame to a camera as it was heard: which camera's it is, and what it says.

use enforcer_common::{
    Flow, Source, Tables,
    flow::Piece,
    header::protocol,
    table::{Camera, CameraId},
};

use super::socket::{Datagram, Socket};
use crate::names::answer::Answer;

/// A resolver answers from it.
const DOMAIN: u16 = 53;

const UDP_HEADER: u16 = 8;

/// What the kernel takes out of a frame stands in front of the rest: two addresses, and between them and the rest a tag.
const ADDRESSES: usize = 12;
const TAG: usize = 4;

/// More than any answer is long that a resolver sends at once.
const LONGEST: usize = 16_384;

/// Room for a frame.
pub(super) struct Room(Box<[u8]>);

impl Default for Room {
    fn default() -> Self {
        Self(vec![0; TAG + LONGEST].into())
    }
}

impl Room {
    /// The next frame as it is on the wire, its tag in its place; none if nothing waits.
    pub(super) fn receive(&mut self, socket: &Socket) -> Option<&[u8]> {
        let datagram = loop {
            match socket.receive(self.0.get_mut(TAG..)?) {
                Ok(datagram) => break datagram,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // Nothing waits, or the interface is down; it goes on when that is up again.
                Err(_) => return None,
            }
        };
        self.whole(&datagram)
    }

    /// What stands in it, as it is on the wire.
    fn whole(&mut self, Datagram { length, tag }: &Datagram) -> Option<&[u8]> {
        let (length, tag) = (*length, *tag);
        let end = TAG + length.min(LONGEST);
        let Some((kind, content)) = tag else {
            return self.0.get(TAG..end);
        };
        self.0.copy_within(TAG..TAG + ADDRESSES, 0);
        let [high, low] = kind.to_be_bytes();
        let [first, second] = content.to_be_bytes();
        let place = self.0.get_mut(ADDRESSES..ADDRESSES + TAG)?;
        place.copy_from_slice(&[high, low, first, second]);
        self.0.get(..end)
    }
}

/// The camera that an answer is for, and the answer; nothing if it is none, or for no camera.
pub(super) fn read(
    frame: &[u8],
    interface: u32,
    tables: &impl Tables,
) -> Option<(CameraId, Answer)> {
    let mut flow = Flow::default();
    flow.read_link(frame).ok()?;
    flow.read_network(frame).ok()?;
    let is_told = flow.protocol == protocol::IPPROTO_UDP
        && flow.source_port == DOMAIN
        && flow.fragment == Piece::Whole
        && flow.transport != 0
        && !flow.to_group;
    if !is_told {
        return None;
    }
    let camera = receiver(&flow, interface, tables)?;
    let message = usize::from(flow.transport.checked_add(UDP_HEADER)?)..usize::from(flow.end);
    Some((camera, Answer::read(frame.get(message)?)?))
}

/// The camera that would have sent a frame from where this one goes to; none, if another camera sent it.
fn receiver(flow: &Flow, interface: u32, tables: &impl Tables) -> Option<CameraId> {
    let (mac, address) = (flow.destination_mac, flow.destination);
    let camera = tables.camera(&Source::new(interface, flow.vlan(), mac, address))?;
    let is_elsewhere = camera.has(Camera::MISPLACED);
    let is_foreign = camera.has(Camera::BOUND) && !tables.is_bound(camera.id, &address);
    // What a policy lets cameras say to each other is no resolver's. Where one identity is everything behind an
    // interface, the router's own frames are of it, too.
    let sender = Source::new(interface, flow.vlan(), flow.source_mac, flow.source);
    let is_a_cameras = tables.camera(&sender).is_some_and(|it| it.id != camera.id);
    (!is_elsewhere && !is_foreign && !is_a_cameras).then_some(camera.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_was_taken_out_is_put_back_between_addresses_and_the_rest() {
        let frame: Vec<u8> = (0..60).collect();
        let mut room = Room::default();
        let mut whole = |length, tag| {
            room.0[TAG..TAG + frame.len()].copy_from_slice(&frame);
            let datagram = Datagram { length, tag };
            room.whole(&datagram).map(<[u8]>::to_vec)
        };
        assert_eq!(whole(60, None), Some(frame.clone()));
        let tagged = [&frame[..12], &[0x88, 0xa8, 0x60, 0x32], &frame[12..]].concat();
        assert_eq!(whole(60, Some((0x88a8, 0x6032))), Some(tagged));
        assert_eq!(
            whole(1_000_000, None).map(|whole| whole.len()),
            Some(LONGEST)
        );
    }
}
