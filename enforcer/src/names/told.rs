//! Which camera a resolver's answer in a frame is for.

use enforcer_common::{
    Flow, Source, Tables,
    flow::Piece,
    header::protocol,
    table::{Camera, CameraId},
};

use super::answer::Answer;

/// A resolver answers from it.
const DOMAIN: u16 = 53;

const UDP_HEADER: u16 = 8;

/// What an answer says, and whom it goes to; nothing if a frame is none.
pub(crate) fn read(frame: &[u8]) -> Option<(Flow, Answer)> {
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
    let message = usize::from(flow.transport.checked_add(UDP_HEADER)?)..usize::from(flow.end);
    Some((flow, Answer::read(frame.get(message)?)?))
}

/// The camera that would have sent a frame from where this one goes to; none, if another camera sent it.
pub(crate) fn receiver(flow: &Flow, interface: u32, tables: &impl Tables) -> Option<CameraId> {
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
