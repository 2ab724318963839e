//! A camera in one of the VLANs that hold nothing else.

use enforcer_common::DropReason::{Denied, EmbeddedIpv4, NotAllowed, Port, PortMapping, Spoofed};

use super::{
    ATTIC, CUSTOMER, CUSTOMER_V6, Cases, Device, ELSEWHERE, ELSEWHERE_V6, MANAGEMENT,
    MANAGEMENT_V6, OFFICE, PORCH, Ports, RECORDER_V6, RECORDERS, RESOLVER, RESOLVER_V6,
};
use crate::frame::{arp_request, data, icmp, icmpv6, tcp, udp};

pub(super) fn write(cases: &mut Cases, ports: &Ports) {
    cases
        .allows_all(PORCH.finds_neighbours())
        .allows_all(PORCH.asks_for_addresses())
        .drops_noise(&PORCH);
    reached(cases);
    denied(cases);
    elsewhere(cases);
    spoofed(cases);
    vlans(cases, ports);
}

fn reached(cases: &mut Cases) {
    let [first, second] = RECORDERS;
    cases
        .allows(
            "calls a recorder of the cloud",
            PORCH.to(first) / tcp(40000, 7660).syn(),
        )
        .allows(
            "sends a recorder of the cloud's other prefix pictures",
            PORCH.to(second) / udp(40000, 9000) / data(&[0; 64]),
        )
        .allows(
            "calls a recorder of the cloud by IPv6",
            PORCH.to(RECORDER_V6) / tcp(40000, 443).syn(),
        )
        .allows("pings the cloud", PORCH.to(first) / icmp(8, 0))
        .allows(
            "pings the cloud by IPv6",
            PORCH.to(RECORDER_V6) / icmpv6(128, 0),
        )
        .allows(
            "asks a resolver for a name",
            PORCH.to(RESOLVER) / udp(40000, 53),
        )
        .allows(
            "asks a resolver for a long name by IPv6",
            PORCH.to(RESOLVER_V6) / tcp(40000, 53).syn(),
        )
        .allows(
            "asks a resolver for the time",
            PORCH.to(RESOLVER) / udp(123, 123),
        )
        .drops(
            PortMapping,
            "asks a host of the cloud to open a port to it",
            PORCH.to(first) / udp(40000, 5351),
        )
        .drops(
            Port,
            "anything else at a resolver",
            PORCH.to(RESOLVER) / tcp(40000, 443).syn(),
        );
}

fn denied(cases: &mut Cases) {
    let [first, second] = MANAGEMENT;
    cases
        .drops(
            Denied,
            "what runs the cloud",
            PORCH.to(first) / tcp(40000, 22).syn(),
        )
        .drops(
            Denied,
            "what runs the cloud, in its other prefix",
            PORCH.to(second) / tcp(40000, 22).syn(),
        )
        .drops(
            Denied,
            "what runs the cloud, by IPv6",
            PORCH.to(MANAGEMENT_V6) / tcp(40000, 22).syn(),
        )
        .drops(
            Denied,
            "what runs the cloud, through a translator",
            PORCH.to("64:ff9b::c613:ff07") / tcp(40000, 22).syn(),
        )
        .drops(
            Denied,
            "another customer by IPv6",
            PORCH.to(CUSTOMER_V6) / tcp(40000, 80).syn(),
        )
        .drops(
            NotAllowed,
            "another customer",
            PORCH.to(CUSTOMER) / tcp(40000, 80).syn(),
        );
}

fn elsewhere(cases: &mut Cases) {
    cases
        .drops(
            NotAllowed,
            "phones home",
            PORCH.to(ELSEWHERE) / tcp(40000, 443).syn(),
        )
        .drops(
            NotAllowed,
            "phones home by IPv6",
            PORCH.to(ELSEWHERE_V6) / udp(40000, 8800),
        )
        .drops(
            NotAllowed,
            "one above the cloud's prefix",
            PORCH.to("198.20.0.0") / udp(40000, 8800),
        )
        .drops(
            EmbeddedIpv4,
            "an IPv4 address in disguise",
            PORCH.to("2002:c000:207::1") / udp(40000, 8800),
        )
        .drops(
            NotAllowed,
            "the office of a customer that it does not belong to",
            PORCH.to(OFFICE) / tcp(554, 40000).syn_ack(),
        );
}

fn spoofed(cases: &mut Cases) {
    let [recorder, _] = RECORDERS;
    cases
        .drops(
            Spoofed,
            "sends from an address that the router has no network for there",
            PORCH.from(ELSEWHERE, recorder) / udp(40000, 9000),
        )
        .drops(
            Spoofed,
            "sends from such an IPv6 address",
            PORCH.from(ELSEWHERE_V6, RECORDER_V6) / udp(40000, 9000),
        )
        .drops(
            Spoofed,
            "sends from the router's address",
            PORCH.from(PORCH.router, recorder) / udp(40000, 9000),
        )
        .drops(
            Spoofed,
            "claims the router's address",
            PORCH.link(true) / arp_request(PORCH.mac, PORCH.router, PORCH.router),
        );
}

fn vlans(cases: &mut Cases, ports: &Ports) {
    let in_vlan = |identifier| Device {
        vlan: Some(identifier),
        ..PORCH
    };
    cases
        .allows(
            "another VLAN of cameras, to the cloud",
            in_vlan(702).to(RECORDER_V6) / udp(40000, 9000),
        )
        .drops(
            NotAllowed,
            "another VLAN of cameras, to somewhere else",
            in_vlan(703).to(ELSEWHERE) / udp(40000, 9000),
        )
        .drops(
            NotAllowed,
            "a listed maker's camera in a VLAN of cameras",
            Device {
                mac: ATTIC.mac,
                ..PORCH
            }
            .to(ELSEWHERE)
                / udp(40000, 9000),
        )
        .camera("in-camera-vlans", ports.mixed)
        .drops(
            NotAllowed,
            "a VLAN of cameras at another access node",
            Device {
                v4: "100.64.16.21",
                ..PORCH
            }
            .to(ELSEWHERE)
                / tcp(40000, 443).syn(),
        );
}
