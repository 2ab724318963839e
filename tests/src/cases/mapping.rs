//! Asking for an open port: what a router that agrees would do undoes every rule about who reaches the
//! camera. Only a rule that lists the port lets it ask.

use enforcer_common::DropReason::{Denied, Discovery, Fragment, Multicast, Port, PortMapping};

use super::network::{
    ARCHIVE, DENIED, ELSEWHERE, GATE, GATE_V4, HALL, HALL_V4, HALL_V6, RECORDER, ROUTER, ROUTER_V6,
    packet, under,
};
use super::{Cases, Ports, Suite};
use crate::frame::{BROADCAST, Layers, data, ethernet, ipv4, protocol, tcp, udp, vlan};
use crate::threats::Threat;

const POLICY: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  recorded:
    allow:
      - to: 192.168.50.10
        answer: [tcp/554, udp/8000-8010]
      - to: [192.168.50.1, "fd00:50::1"]
        ports: [udp/53, udp/123]
      - to: [203.0.113.0/24, "2001:db8:a::/48"]
      - to: 192.168.50.2
        ports: [udp/5351]
    deny: [{to: 203.0.113.13}]
cameras:
  hall: {match: {mac: "02:00:00:00:50:22"}, group: recorded}
  gate: {match: {mac: "02:00:00:00:50:21"}, group: recorded}
"#;

/// Where whoever holds the outermost router listens, whichever that is (RFC 7723).
const ANYCAST: &str = "192.0.0.9";
const ANYCAST_V6: &str = "2001:1::1";

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("hall", ports.cameras);
    cases.closes(Threat::PortMapping);
    mappings(&mut cases);
    wrapped(&mut cases);
    plug_and_play(&mut cases);
    cases.camera("gate", ports.cameras).drops(
        PortMapping,
        "the first fragment of a port mapping",
        ethernet(GATE)
            / ipv4(GATE_V4, ARCHIVE).more_fragments()
            / udp(40000, 5351).length(60)
            / data(&[2; 16]),
    );
    under(POLICY, "port mappings", ports, cases)
}

/// NAT-PMP and PCP (RFC 6886, RFC 6887) ask whoever answers to open a port to the camera.
fn mappings(cases: &mut Cases) {
    cases
        .drops(
            PortMapping,
            "a port mapping at the router",
            to(ROUTER) / udp(40000, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping at the router by IPv6",
            to(ROUTER_V6) / udp(40000, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping where any port is allowed",
            to(ARCHIVE) / udp(40000, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping at a destination that is not allowed",
            to(ELSEWHERE) / udp(40000, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping at a host that may be answered",
            to(RECORDER) / udp(40000, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping from a port that it may answer from",
            to(RECORDER) / udp(8000, 5351),
        )
        .drops(
            Denied,
            "a port mapping at a denied destination",
            to(DENIED) / udp(40000, 5351),
        )
        .allows(
            "a port mapping that a rule names",
            to("192.168.50.2") / udp(40000, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping from the client's port of PCP",
            to(ROUTER_V6) / udp(5350, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping from the server's own port",
            to(ARCHIVE) / udp(5351, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping at whoever is the outermost router",
            to(ANYCAST) / udp(40000, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping at whoever is the outermost router by IPv6",
            to(ANYCAST_V6) / udp(40000, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping by way of a translator",
            to("64:ff9b::203.0.113.7") / udp(40000, 5351),
        )
        .allows("the same port of TCP", to(ARCHIVE) / tcp(40000, 5351).syn())
        .drops(
            Port,
            "the port where clients of NAT-PMP listen",
            to(ROUTER) / udp(40000, 5350),
        );
}

/// Where the port is harder to see.
fn wrapped(cases: &mut Cases) {
    cases
        .drops(
            PortMapping,
            "a port mapping behind options",
            ethernet(HALL) / ipv4(HALL_V4, ARCHIVE).option(148, &[0, 0]) / udp(40000, 5351),
        )
        .drops(
            PortMapping,
            "a port mapping behind a tag",
            ethernet(HALL) / vlan(0) / ipv4(HALL_V4, ARCHIVE) / udp(40000, 5351),
        )
        .drops(
            Fragment,
            "a later fragment of a port mapping",
            ethernet(HALL) / ipv4(HALL_V4, ROUTER).fragment_offset(1) / protocol(17, &[2; 16]),
        )
        .drops(
            Multicast,
            "a port mapping at everybody",
            ethernet(HALL).to(BROADCAST) / ipv4(HALL_V4, "255.255.255.255") / udp(40000, 5351),
        )
        .drops(
            Multicast,
            "news of a new outer address, which only a router has",
            to("224.0.0.1") / udp(5351, 5350),
        )
        .drops(
            Multicast,
            "a port mapping at one host, in a frame to everybody",
            ethernet(HALL).to(BROADCAST) / ipv4(HALL_V4, ARCHIVE) / udp(40000, 5351),
        );
}

/// `UPnP`: a search for the router, then an action by HTTP at a port of its own choice.
fn plug_and_play(cases: &mut Cases) {
    for (name, destination) in [
        ("a UPnP search", "239.255.255.250"),
        ("a UPnP search on the link by IPv6", "ff02::c"),
        ("a UPnP search in the site by IPv6", "ff05::c"),
    ] {
        cases.drops(Discovery, name, to(destination) / udp(40000, 1900));
    }
    cases.drops(
        Port,
        "a UPnP search at the router",
        to(ROUTER) / udp(40000, 1900),
    );
    for (name, port) in [
        ("a UPnP action at the router", 5000),
        ("a UPnP action at another port of the router", 49152),
        ("a UPnP subscription at the router", 2869),
    ] {
        cases.drops(Port, name, to(ROUTER) / tcp(40000, port).syn());
    }
    cases.drops(
        Port,
        "a UPnP action at the router by IPv6, which opens a pinhole",
        to(ROUTER_V6) / tcp(40000, 5000).syn(),
    );
}

fn to(destination: &str) -> Layers {
    packet(HALL, [HALL_V4, HALL_V6], destination)
}
