//! A frame to a camera as it was heard: which camera's it is, and what it says.

use enforcer_common::{Tables, table::CameraId};

use super::socket::{Datagram, Socket};
use crate::names::{answer::Answer, told};

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

/// The camera that an answer is for, and the answer; nothing if it is none, or for no camera, or another camera sent it
/// into one of the interfaces that are enforced.
pub(super) fn read(
    frame: &[u8],
    interface: u32,
    enforced: impl IntoIterator<Item = u32>,
    tables: &impl Tables,
) -> Option<(CameraId, Answer)> {
    let (flow, answer) = told::read(frame)?;
    let receiver = told::receiver(&flow, interface, enforced, tables)?;
    Some((receiver, answer))
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
