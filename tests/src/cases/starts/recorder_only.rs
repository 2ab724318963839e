//! `policies/recorder-only.yaml`.

use enforcer_common::DropReason::{
    NotAllowed, NotAnAnswer, Port, PortMapping, Protocol, Spoofed, Unlisted,
};

use super::{
    CLOUD, CLOUD_V6, Cases, Device, GATE, Ports, RECORDER, RECORDER_V6, ROUTER, ROUTER_V6,
    STRANGER, Suite, bridge, shipped,
};
use crate::frame::{arp_request, icmp, icmpv6, tcp, udp};

const POLICY: &str = include_str!("../../../../policies/recorder-only.yaml");

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    allowed(&mut cases, &GATE);
    cases
        .allows_all(GATE.finds_neighbours())
        .allows_all(GATE.asks_for_addresses())
        .drops_noise(&GATE);
    dropped(&mut cases, &GATE);
    cases
        .strangers(ports.trunk)
        .drops(
            Unlisted,
            "a device that is not listed, to the router",
            STRANGER.to(ROUTER) / udp(40000, 53),
        )
        .drops(
            Unlisted,
            "its ARP",
            STRANGER.link(true) / arp_request(STRANGER.mac, STRANGER.v4, ROUTER),
        );
    let router = bridge(ports, ["lan-cam1", "lan-cam2", "lan-rec1"]);
    shipped("recorder-only.yaml", POLICY, router, cases)
}

/// What a camera may do that has a recorder and a router; other policies promise the same.
pub(super) fn allowed(cases: &mut Cases, camera: &Device) {
    cases
        .allows(
            "answers the recorder (RTSP)",
            camera.to(RECORDER) / tcp(554, 40000).syn_ack(),
        )
        .allows(
            "answers the recorder (RTSP) by IPv6",
            camera.to(RECORDER_V6) / tcp(554, 40000).ack(),
        )
        .allows(
            "answers the recorder (web interface)",
            camera.to(RECORDER) / tcp(80, 40000).ack(),
        )
        .allows(
            "sends the recorder pictures",
            camera.to(RECORDER) / udp(8000, 6970),
        )
        .allows(
            "sends the recorder pictures by IPv6",
            camera.to(RECORDER_V6) / udp(8010, 6970),
        )
        .allows(
            "asks the router for a name",
            camera.to(ROUTER) / udp(40000, 53),
        )
        .allows(
            "asks the router for a name by IPv6",
            camera.to(ROUTER_V6) / udp(40000, 53),
        )
        .allows(
            "asks the router for the time",
            camera.to(ROUTER) / udp(123, 123),
        );
}

/// What such a camera may not do.
pub(super) fn dropped(cases: &mut Cases, camera: &Device) {
    cases
        .drops(
            NotAnAnswer,
            "opens a connection to the recorder from its RTSP port",
            camera.to(RECORDER) / tcp(554, 7660).syn(),
        )
        .drops(
            Port,
            "opens a connection to the recorder from any port",
            camera.to(RECORDER_V6) / tcp(40000, 7660).syn(),
        )
        .drops(
            Protocol,
            "pings the recorder",
            camera.to(RECORDER) / icmp(8, 0),
        )
        .drops(
            Port,
            "opens the router's web interface",
            camera.to(ROUTER) / tcp(40000, 443).syn(),
        )
        .drops(
            PortMapping,
            "asks the router to open a port to it",
            camera.to(ROUTER) / udp(40000, 5351),
        )
        .drops(
            NotAllowed,
            "phones home",
            camera.to(CLOUD) / tcp(40000, 443).syn(),
        )
        .drops(
            NotAllowed,
            "phones home by IPv6",
            camera.to(CLOUD_V6) / tcp(40000, 443).syn(),
        )
        .drops(
            NotAllowed,
            "registers with its vendor",
            camera.to(CLOUD) / udp(40000, 8800),
        )
        .drops(
            NotAllowed,
            "answers somebody on the internet",
            camera.to(CLOUD) / tcp(554, 40000).syn_ack(),
        )
        .drops(
            NotAllowed,
            "asks a name server of its own",
            camera.to(CLOUD) / udp(40000, 53),
        )
        .drops(
            NotAllowed,
            "pings the internet by IPv6",
            camera.to(CLOUD_V6) / icmpv6(128, 0),
        )
        .drops(
            NotAllowed,
            "opens a connection to a device next to it",
            camera.to("192.168.50.77") / tcp(40000, 80).syn(),
        )
        .drops(
            Spoofed,
            "sends from another address",
            camera.from("192.168.50.99", RECORDER) / udp(8000, 6970),
        )
        .drops(
            Spoofed,
            "sends from another IPv6 address",
            camera.from("fd00:50::99", RECORDER_V6) / udp(8000, 6970),
        )
        .drops(
            Spoofed,
            "claims the router's address",
            camera.link(true) / arp_request(camera.mac, ROUTER, ROUTER),
        );
}
