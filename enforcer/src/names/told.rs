//! Which camera a resolver's answer in a frame is for.

use enforcer_common::{
    Address, Flow, Source, Tables,
    flow::Piece,
    header::protocol,
    table::{Camera, CameraId, Neighbour, STRANGERS},
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

/// The camera that would have sent a frame from where this one goes to, out of an interface; none, if another camera
/// sent it, on whichever of the interfaces that are enforced.
pub(crate) fn receiver(
    flow: &Flow,
    interface: u32,
    enforced: impl IntoIterator<Item = u32>,
    tables: &impl Tables,
) -> Option<CameraId> {
    let (mac, address) = (flow.destination_mac, flow.destination);
    let camera = tables.camera(&Source::new(interface, flow.vlan(), mac, address))?;
    let is_elsewhere = camera.has(Camera::MISPLACED);
    let is_foreign = camera.has(Camera::BOUND) && !tables.is_bound(camera.id, &address);
    if is_elsewhere || is_foreign || is_from_bound(flow, interface, camera.id, tables) {
        return None;
    }
    // What a policy lets cameras say to each other is no resolver's.
    let mut enforced = enforced.into_iter();
    let is_a_cameras = is_from(flow, interface, camera.id, tables)
        || enforced.any(|at| at != interface && is_from_behind(flow, at, camera.id, tables));
    (!is_a_cameras).then_some(camera.id)
}

/// Whether it comes from an address that another camera is bound to, wherever that is.
fn is_from_bound(flow: &Flow, interface: u32, receiver: CameraId, tables: &impl Tables) -> bool {
    tables.is_bound(STRANGERS, &flow.source)
        && !tables.is_bound(receiver, &flow.source)
        && tables.neighbour(interface, &flow.source) != Neighbour::Router
}

/// Whether another camera would have sent it from an interface. Where one identity is everything behind that, the
/// router's own frames are of it, too.
fn is_from(flow: &Flow, interface: u32, receiver: CameraId, tables: &impl Tables) -> bool {
    let sender = Source::new(interface, flow.vlan(), flow.source_mac, flow.source);
    let camera = tables.camera(&sender);
    camera.is_some_and(|camera| camera.id != receiver)
}

/// Whether another camera has sent it into another interface than it leaves by. Where one identity is everything behind
/// that, all frames would be of it: those are that come from its network, and not from the router's address in it.
fn is_from_behind(flow: &Flow, interface: u32, receiver: CameraId, tables: &impl Tables) -> bool {
    let anybody = Flow {
        source_mac: NOBODY,
        source: Address::NONE,
        ..*flow
    };
    is_from(flow, interface, receiver, tables)
        && (!is_from(&anybody, interface, receiver, tables)
            || tables.neighbour(interface, &flow.source) == Neighbour::OnLink)
}

/// Nobody sends from a group's address.
const NOBODY: [u8; 6] = [0xff; 6];

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::{
        compile::lookup::Lookup,
        numbering::CameraIds,
        policy::Policy,
        topology::{Link, Topology},
    };

    const ROUTER: [u8; 6] = [2, 0, 0, 0, 0x50, 1];
    const TWO: [u8; 6] = [2, 0, 0, 0, 0x50, 2];
    const THREE: [u8; 6] = [2, 0, 0, 0, 0x50, 3];

    #[test]
    fn what_a_camera_says_to_another_is_not_heard_wherever_it_comes_from() {
        let by_interface = ("{interface: c2}", "{interface: c3}");
        let by_address = ("{ip: 192.168.52.7}", "{interface: c3}");
        let bound = (
            "{interface: c2, ip: 10.9.9.9}",
            "{interface: c3, ip: 192.168.53.7}",
        );
        let by_mac = (
            r#"{mac: "02:00:00:00:50:02"}"#,
            r#"{mac: "02:00:00:00:50:03"}"#,
        );
        for (known, mac, address, is_heard) in [
            (by_interface, ROUTER, "192.168.52.7", false),
            (by_interface, TWO, "192.168.52.7", false),
            (by_interface, ROUTER, "192.168.53.1", true),
            (by_interface, ROUTER, "192.168.52.1", true),
            (by_interface, ROUTER, "203.0.113.53", true),
            (by_interface, ROUTER, "192.168.54.53", true),
            (by_address, ROUTER, "192.168.52.7", false),
            (by_address, ROUTER, "192.168.52.8", true),
            (bound, ROUTER, "10.9.9.9", false),
            (bound, ROUTER, "192.168.53.1", true),
            (bound, ROUTER, "203.0.113.53", true),
            // Switched from one port to another.
            (by_mac, TWO, "192.168.52.7", false),
            (by_mac, ROUTER, "192.168.52.1", true),
        ] {
            let tables = tables(known);
            let source = Address::v4(address.parse::<Ipv4Addr>().unwrap().octets());
            let flow = Flow {
                ethertype: 0x0800,
                source_mac: mac,
                destination_mac: THREE,
                source,
                destination: Address::v4([192, 168, 53, 7]),
                ..Flow::default()
            };
            let receiver = receiver(&flow, 3, [2, 3, 4], tables.tables());
            assert_eq!(receiver.is_some(), is_heard, "{known:?} {address}");
        }
    }

    /// Of a policy with two cameras, each behind a port of the router's, beside a port with none.
    fn tables((two, three): (&str, &str)) -> Lookup {
        let policy = format!(
            "version: 1\ninterfaces: {{c2: {{}}, c3: {{}}, c4: {{}}}}\n\
             groups:\n  talking: {{allow: [{{to: 192.168.53.0/24}}]}}\n\
             cameras:\n  two: {{match: {two}, group: talking}}\n  \
             three: {{match: {three}, group: talking}}\n"
        );
        let policy =
            Policy::parse("policy.yaml", &policy).unwrap_or_else(|error| panic!("{error}"));
        let links = [2, 3, 4].map(|index| Link {
            index,
            name: format!("c{index}"),
            addresses: vec![format!("192.168.5{index}.1/24").parse().unwrap()],
            ..Link::default()
        });
        let topology = Topology {
            links: links.into(),
        };
        Lookup::new(&policy, &topology, &CameraIds::default()).unwrap()
    }
}
