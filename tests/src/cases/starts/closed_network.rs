//! `policies/closed-network.yaml`.

use enforcer_common::DropReason::{Housekeeping, NotAllowed, PortMapping, Spoofed, Unlisted};

use super::{
    CLOUD, CLOUD_V6, Cases, Device, GATE, HALL, Ports, RECORDER, RECORDER_V6, ROUTER, ROUTER_V6,
    STRANGER, Suite, bridge, shipped,
};
use crate::frame::{arp_request, icmp, icmpv6, tcp, udp};

const POLICY: &str = include_str!("../../../../policies/closed-network.yaml");

const NVR: Device = Device {
    mac: [2, 0, 0, 0, 0x50, 0x10],
    v4: RECORDER,
    v6: RECORDER_V6,
    link_local: "fe80::10",
    ..GATE
};

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.allows_all(GATE.finds_neighbours()).drops_noise(&GATE);
    for (name, frame) in GATE.asks_for_addresses() {
        cases.drops(Housekeeping, name, frame);
    }
    camera(&mut cases);
    poses(&mut cases);
    cases.camera("recorder", ports.mixed);
    recorder(&mut cases);
    cases.camera("hall", ports.trunk);
    another(&mut cases);
    cases.strangers(ports.trunk);
    strangers(&mut cases);
    // The recorder's MAC address anywhere but on its own port.
    cases.camera("recorder", ports.trunk).drops(
        Spoofed,
        "somebody with the recorder's MAC address on a camera's port",
        NVR.to(GATE.v4) / tcp(40000, 554).syn(),
    );
    let router = bridge(ports, ["lan-cam1", "lan-cam2", "lan-rec1"]);
    shipped("closed-network.yaml", POLICY, router, cases)
}

fn camera(cases: &mut Cases) {
    cases
        .allows(
            "a camera answers the recorder",
            GATE.to(RECORDER) / tcp(554, 40000).syn_ack(),
        )
        .allows(
            "a camera calls the recorder",
            GATE.to(RECORDER) / tcp(40000, 7660).syn(),
        )
        .allows(
            "a camera calls the recorder by IPv6",
            GATE.to(RECORDER_V6) / tcp(40000, 7660).syn(),
        )
        .allows(
            "a camera sends the recorder pictures",
            GATE.to(RECORDER) / udp(9000, 9000),
        )
        .allows(
            "a camera asks the recorder for the time",
            GATE.to(RECORDER) / udp(123, 123),
        )
        .allows(
            "a camera pings the recorder",
            GATE.to(RECORDER) / icmp(8, 0),
        )
        .drops(
            PortMapping,
            "a camera asks the recorder to open a port to it",
            GATE.to(RECORDER) / udp(40000, 5351),
        )
        .drops(
            NotAllowed,
            "a camera asks the router for a name",
            GATE.to(ROUTER) / udp(40000, 53),
        )
        .drops(
            NotAllowed,
            "a camera asks the router for a name by IPv6",
            GATE.to(ROUTER_V6) / udp(40000, 53),
        )
        .drops(
            NotAllowed,
            "a camera asks the router for the time",
            GATE.to(ROUTER) / udp(123, 123),
        )
        .drops(
            NotAllowed,
            "a camera phones home",
            GATE.to(CLOUD) / tcp(40000, 443).syn(),
        )
        .drops(
            NotAllowed,
            "a camera phones home by IPv6",
            GATE.to(CLOUD_V6) / udp(40000, 443),
        )
        .drops(
            NotAllowed,
            "a camera calls another",
            GATE.to(HALL.v4) / tcp(40000, 80).syn(),
        )
        .drops(
            NotAllowed,
            "a camera calls another by IPv6",
            GATE.to(HALL.v6) / tcp(40000, 80).syn(),
        );
}

fn poses(cases: &mut Cases) {
    cases
        .drops(
            Spoofed,
            "a camera sends from the recorder's address",
            GATE.from(RECORDER, HALL.v4) / tcp(40000, 554).syn(),
        )
        .drops(
            Spoofed,
            "a camera sends from the recorder's IPv6 address",
            GATE.from(RECORDER_V6, HALL.v6) / tcp(40000, 554).syn(),
        )
        .drops(
            Spoofed,
            "a camera claims the recorder's address",
            GATE.link(true) / arp_request(GATE.mac, RECORDER, RECORDER),
        );
}

fn recorder(cases: &mut Cases) {
    cases
        .allows(
            "the recorder calls a camera",
            NVR.to(GATE.v4) / tcp(40000, 554).syn(),
        )
        .allows(
            "the recorder calls another camera by IPv6",
            NVR.to(HALL.v6) / tcp(40000, 80).syn(),
        )
        .allows(
            "the recorder pings a camera by IPv6",
            NVR.to(GATE.v6) / icmpv6(128, 0),
        )
        .allows(
            "the recorder tells a camera the time",
            NVR.to(GATE.v4) / udp(123, 123),
        )
        .allows(
            "the recorder asks for a camera's MAC address",
            NVR.link(true) / arp_request(NVR.mac, RECORDER, GATE.v4),
        )
        .drops(
            Housekeeping,
            "the recorder asks for an address",
            NVR.to(ROUTER) / udp(68, 67),
        )
        .drops(
            NotAllowed,
            "the recorder asks the router for a name",
            NVR.to(ROUTER) / udp(40000, 53),
        )
        .drops(
            NotAllowed,
            "the recorder asks for the time on the internet",
            NVR.to(CLOUD) / udp(123, 123),
        )
        .drops(
            NotAllowed,
            "the recorder calls its cloud",
            NVR.to(CLOUD) / tcp(40000, 443).syn(),
        )
        .drops(
            NotAllowed,
            "the recorder calls its cloud by IPv6",
            NVR.to(CLOUD_V6) / tcp(40000, 443).syn(),
        );
}

fn another(cases: &mut Cases) {
    cases
        .allows(
            "another camera answers the recorder by IPv6",
            HALL.to(RECORDER_V6) / tcp(80, 40000).syn_ack(),
        )
        .drops(
            NotAllowed,
            "another camera phones home",
            HALL.to(CLOUD) / tcp(40000, 443).syn(),
        );
}

fn strangers(cases: &mut Cases) {
    cases
        .drops(
            Unlisted,
            "a device that is not listed, to the recorder",
            STRANGER.to(RECORDER) / tcp(40000, 80).syn(),
        )
        .drops(
            Unlisted,
            "a device that is not listed, to the recorder by IPv6",
            STRANGER.to(RECORDER_V6) / tcp(40000, 80).syn(),
        )
        .drops(
            Unlisted,
            "its ARP",
            STRANGER.link(true) / arp_request(STRANGER.mac, STRANGER.v4, RECORDER),
        );
}
