//! DHCP, from client to server and on the link.

use enforcer_common::DropReason::{
    Denied, Fragment, Malformed, Multicast, NotAllowed, RogueDhcp, Spoofed,
};

use super::network::{
    ARCHIVE, GATE, GATE_LINK_LOCAL, GATE_V4, GATE_V6, HALL, RECORDER, ROUTER, ROUTER_LINK_LOCAL,
    gate_to, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{
    BROADCAST, Layers, data, destination_options, ethernet, ipv4, ipv6, protocol, udp, vlan,
};
use crate::threats::Threat;

const EVERYBODY: &str = "255.255.255.255";
/// All `DHCPv6` servers and relays on the link (RFC 8415).
const SERVERS: &str = "ff02::1:2";

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    client(&mut cases);
    cases.closes(Threat::CarveOuts);
    elsewhere(&mut cases);
    cases.closes(Threat::RogueDhcp);
    server(&mut cases);
    cases
        .closes(Threat::BorrowedIdentity)
        .camera("hall", ports.cameras)
        .drops(
            Spoofed,
            "a request from an address that another camera is bound to",
            ethernet(HALL) / ipv4(GATE_V4, EVERYBODY) / udp(68, 67),
        );
    home("DHCP", ports, cases)
}

fn client(cases: &mut Cases) {
    cases
        .allows(
            "a request from no address to everybody",
            v4("0.0.0.0", EVERYBODY) / udp(68, 67) / data(&[1; 240]),
        )
        .allows(
            "a request from its own address to everybody",
            v4(GATE_V4, EVERYBODY) / udp(68, 67) / data(&[1; 240]),
        )
        .allows("a renewal at the router", v4(GATE_V4, ROUTER) / udp(68, 67))
        .allows(
            "a renewal at another server on the link",
            v4(GATE_V4, RECORDER) / udp(68, 67),
        )
        .allows(
            "a solicitation for an IPv6 address",
            v6(GATE_LINK_LOCAL, SERVERS) / udp(546, 547),
        )
        .allows(
            "a solicitation from its own IPv6 address",
            v6(GATE_V6, SERVERS) / udp(546, 547),
        )
        .allows(
            "a renewal of an IPv6 address at the router",
            v6(GATE_LINK_LOCAL, ROUTER_LINK_LOCAL) / udp(546, 547),
        )
        .closes(Threat::BorrowedIdentity)
        .drops(
            Spoofed,
            "a request from an address that is not its own",
            v4("192.168.50.99", EVERYBODY) / udp(68, 67),
        )
        .drops(
            Spoofed,
            "a solicitation from the router's link-local address",
            v6(ROUTER_LINK_LOCAL, SERVERS) / udp(546, 547),
        );
}

fn elsewhere(cases: &mut Cases) {
    cases
        .drops(
            NotAllowed,
            "a renewal at a server that is not on the link",
            v4(GATE_V4, "198.18.0.7") / udp(68, 67),
        )
        .allows(
            "a renewal at a server that a rule allows",
            v4(GATE_V4, ARCHIVE) / udp(68, 67),
        )
        .closes(Threat::OverlappingRules)
        .drops(
            Denied,
            "a renewal at a denied host on the link",
            v4(GATE_V4, "192.168.50.13") / udp(68, 67),
        )
        .closes(Threat::GroupAddresses)
        .drops(
            Multicast,
            "a request to the link's broadcast address",
            v4(GATE_V4, "192.168.50.255") / udp(68, 67),
        )
        .drops(
            Multicast,
            "a solicitation to all servers of the site",
            v6(GATE_V6, "ff05::1:3") / udp(546, 547),
        )
        .drops(
            Multicast,
            "a renewal at one server in a frame to everybody",
            ethernet(GATE).to(BROADCAST) / ipv4(GATE_V4, RECORDER) / udp(68, 67),
        )
        .drops(
            Multicast,
            "the ports of DHCP for IPv4, by IPv6",
            v6(GATE_V6, SERVERS) / udp(68, 67),
        )
        .drops(
            Multicast,
            "a request from another port",
            v4(GATE_V4, EVERYBODY) / udp(1068, 67),
        )
        .closes(Threat::ImpossibleAddresses)
        .drops(
            Malformed,
            "a request from no address to one server",
            v4("0.0.0.0", ROUTER) / udp(68, 67),
        )
        .drops(
            Malformed,
            "a request from no address and another port",
            v4("0.0.0.0", EVERYBODY) / udp(1068, 67),
        );
}

fn server(cases: &mut Cases) {
    cases
        .drops(
            RogueDhcp,
            "an offer to everybody",
            v4(GATE_V4, EVERYBODY) / udp(67, 68) / data(&[2; 240]),
        )
        .drops(
            RogueDhcp,
            "an offer to one host where anything is allowed",
            gate_to(ARCHIVE) / udp(67, 68),
        )
        .drops(
            RogueDhcp,
            "an offer from another port, which clients take all the same",
            gate_to(ARCHIVE) / udp(5000, 68),
        )
        .drops(
            RogueDhcp,
            "an answer to a relay",
            gate_to(ARCHIVE) / udp(67, 67),
        )
        .drops(
            RogueDhcp,
            "the first fragment of an offer",
            ethernet(GATE)
                / ipv4(GATE_V4, ARCHIVE).more_fragments()
                / udp(67, 68).length(600)
                / data(&[2; 16]),
        )
        .drops(
            RogueDhcp,
            "an IPv6 advertisement",
            v6(GATE_LINK_LOCAL, "fe80::99") / udp(547, 546),
        )
        .drops(
            RogueDhcp,
            "an IPv6 advertisement from another port",
            v6(GATE_V6, "fd00:50::99") / udp(5000, 546),
        )
        .drops(
            RogueDhcp,
            "an offer to another port",
            v4(GATE_V4, EVERYBODY) / udp(67, 1068) / data(&[2; 240]),
        )
        .drops(
            RogueDhcp,
            "an offer from another port to everybody",
            v4(GATE_V4, EVERYBODY) / udp(4011, 68) / data(&[2; 240]),
        )
        .drops(
            RogueDhcp,
            "an offer from one client's port to another's",
            v4(GATE_V4, EVERYBODY) / udp(68, 68) / data(&[2; 240]),
        )
        .drops(
            RogueDhcp,
            "an offer from the router's address",
            v4(ROUTER, EVERYBODY) / udp(67, 68) / data(&[2; 240]),
        )
        .drops(
            RogueDhcp,
            "an offer behind options",
            ethernet(GATE) / ipv4(GATE_V4, ARCHIVE).option(148, &[0, 0]) / udp(67, 68),
        )
        .drops(
            RogueDhcp,
            "an offer behind a tag",
            ethernet(GATE).to(BROADCAST) / vlan(0) / ipv4(GATE_V4, EVERYBODY) / udp(67, 68),
        )
        .drops(
            RogueDhcp,
            "an IPv6 reply to a relay",
            v6(GATE_V6, ROUTER_LINK_LOCAL) / udp(547, 547),
        )
        .drops(
            RogueDhcp,
            "an IPv6 reply to another port",
            v6(GATE_LINK_LOCAL, "fe80::99") / udp(547, 1546),
        )
        .drops(
            RogueDhcp,
            "an IPv6 advertisement behind destination options",
            v6(GATE_LINK_LOCAL, "fe80::99") / destination_options() / udp(547, 546),
        )
        .drops(
            Fragment,
            "a later fragment of an offer, to an allowed port",
            ethernet(GATE) / ipv4(GATE_V4, ROUTER).fragment_offset(1) / protocol(17, &[2; 16]),
        );
}

fn v4(source: &str, destination: &str) -> Layers {
    ethernet(GATE) / ipv4(source, destination)
}

fn v6(source: &str, destination: &str) -> Layers {
    ethernet(GATE) / ipv6(source, destination)
}
