//! What is told of headers that were read, and of those that were not.

use enforcer_common::{Flow, event::Circumstances};

use super::*;

/// Ethernet, IPv4 with a no-operation option, TCP.
const TCP: &[u8] = &[
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, // Ethernet
    0x46, 0, 0, 44, 0, 1, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1, // IPv4
    1, 1, 1, 1, // options
    0x9c, 0xb0, 1, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0, // TCP
];

/// Ethernet, IPv6 with destination options, an echo reply.
const ECHO_REPLY: &[u8] = &[
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, // Ethernet
    0x60, 0, 0, 0, 0, 16, 60, 64, // IPv6
    0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, // source
    0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, // destination
    58, 0, 1, 4, 0, 0, 0, 0, // destination options
    129, 0, 0, 0, 0, 0, 0, 0, // ICMPv6
];

#[test]
fn a_transport_header_that_was_not_read_is_not_told() {
    let mut unread = 0;
    for frame in [TCP, ECHO_REPLY].into_iter().flat_map(broken) {
        let mut flow = Flow::default();
        let read = flow
            .read_link(&frame[..])
            .and_then(|()| flow.read_network(&frame[..]));
        let event = event(read.err().unwrap_or(DropReason::NotAllowed), &flow);
        if flow.transport == 0
            && let Some(packet) = Facts::new(&event).packet
        {
            unread += 1;
            assert!(
                matches!(packet.transport, Transport::Unread),
                "{frame:02x?}"
            );
        }
    }
    assert!(unread > 100, "{unread}");
}

#[test]
fn a_transport_header_that_was_read_is_told_even_if_it_is_zero() {
    for (frame, zeroes) in [(TCP, 38..52), (ECHO_REPLY, 62..63)] {
        let mut frame = frame.to_vec();
        frame[zeroes].fill(0);
        // The data offset stays.
        if frame[12] == 8 {
            frame[50] = 0x50;
        }
        let mut flow = Flow::default();
        flow.read_link(&frame[..]).unwrap();
        flow.read_network(&frame[..]).unwrap();
        let packet = Facts::new(&event(DropReason::NotAllowed, &flow)).packet;
        assert!(!matches!(packet.unwrap().transport, Transport::Unread));
    }
}

/// The frame cut short everywhere, and with each byte replaced by any other.
fn broken(frame: &'static [u8]) -> impl Iterator<Item = Vec<u8>> {
    let cut = (0..=frame.len()).map(|length| frame[..length].to_vec());
    let changed = (0..frame.len()).flat_map(move |at| {
        (0..=u8::MAX).map(move |byte| {
            let mut frame = frame.to_vec();
            frame[at] = byte;
            frame
        })
    });
    cut.chain(changed)
}

fn event(reason: DropReason, flow: &Flow) -> DropEvent {
    let about = Circumstances {
        at: 0,
        suppressed: 0,
        camera: 1,
        rule: 0,
        generation: 1,
        interface: 1,
        frame_length: 60,
        captured: 0,
        reason,
        audit: false,
    };
    DropEvent::new(&about, flow)
}
