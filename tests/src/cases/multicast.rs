//! Multicast and broadcast addresses: allowed by a rule of their own, never by a prefix that happens
//! to cover them.

use enforcer_common::DropReason::{Denied, Fragment, IcmpType, Multicast, Port};

use super::network::{ARCHIVE, ARCHIVE_V6, HALL, HALL_V4, HALL_V6, RECORDER, hall_to, under};
use super::{Cases, Ports, Suite};
use crate::frame::{BROADCAST, ethernet, icmp, icmpv6, ipv4, ipv6, protocol, udp};
use crate::threats::Threat;

const POLICY: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  open:
    allow:
      - to: [0.0.0.0/0, 224.0.0.0/3, 192.168.50.0/24, 192.168.50.254/31, "::/0", "fe00::/7"]
      - to: [239.1.2.0/24, 192.168.60.255, "ff0e::/16"]
      - to: [239.1.3.3, 255.255.255.255]
        ports: [udp/6000]
    deny: [{to: [239.1.2.13, "ff0e::13", 203.0.113.13]}]
cameras:
  hall: {match: {mac: "02:00:00:00:50:22"}, group: open}
"#;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("hall", ports.cameras);
    cases.closes(Threat::GroupAddresses);
    covered(&mut cases);
    named(&mut cases);
    disguised(&mut cases);
    under(POLICY, "multicast and broadcast", ports, cases)
}

fn covered(cases: &mut Cases) {
    for (name, address) in [
        ("the link's broadcast address", "192.168.50.255"),
        ("the link's all-zero address", "192.168.50.0"),
        ("another link's broadcast address", "192.168.70.255"),
        ("another link's all-zero address", "192.168.70.0"),
        ("the broadcast address of a VLAN", "192.168.51.255"),
        ("the uplink's broadcast address", "198.51.100.255"),
        ("the limited broadcast", "255.255.255.255"),
        ("all systems", "224.0.0.1"),
        ("the first multicast address", "224.0.0.0"),
        ("a group of the whole world", "233.252.0.1"),
        ("a group of the organisation", "239.1.4.1"),
        ("the last multicast address", "239.255.255.255"),
        ("all IPv6 nodes", "ff02::1"),
        ("an IPv6 group of the site", "ff05::2"),
        ("the first IPv6 multicast address", "ff00::"),
        ("a group that stays in the host", "ff01::1"),
        (
            "the last IPv6 multicast address",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ),
        ("a group of the organisation by IPv6", "ff08::1"),
        ("a group of one source", "232.1.2.3"),
    ] {
        let reason = if address == "255.255.255.255" {
            Port
        } else {
            Multicast
        };
        cases.drops(reason, name, hall_to(address) / udp(5000, 5000));
    }
    cases
        .drops(
            Multicast,
            "a ping to everybody",
            hall_to("192.168.50.255") / icmp(8, 0),
        )
        .drops(
            Multicast,
            "a ping to all IPv6 nodes",
            hall_to("ff02::1") / icmpv6(128, 0),
        )
        .drops(
            Multicast,
            "a fragment to everybody",
            ethernet(HALL)
                / ipv4(HALL_V4, "192.168.50.255").fragment_offset(1)
                / protocol(17, &[0; 8]),
        )
        .allows(
            "the address before the broadcast",
            hall_to("192.168.50.254") / udp(5000, 5000),
        )
        .allows(
            "the address after all zeroes",
            hall_to("192.168.50.2") / udp(5000, 5000),
        )
        .allows(
            "what could be the broadcast of a network that the router is not in",
            hall_to("203.0.113.255") / udp(5000, 5000),
        );
}

fn named(cases: &mut Cases) {
    cases
        .allows(
            "a multicast prefix that a rule names",
            hall_to("239.1.2.3") / udp(5000, 5000),
        )
        .allows(
            "an IPv6 group that a rule names",
            hall_to("ff0e::1") / udp(5000, 5000),
        )
        .allows(
            "a broadcast that a rule names",
            hall_to("192.168.60.255") / udp(5000, 5000),
        )
        .allows(
            "an allowed port of a named group",
            hall_to("239.1.3.3") / udp(5000, 6000),
        )
        .drops(
            Port,
            "another port of a named group",
            hall_to("239.1.3.3") / udp(5000, 6001),
        )
        .allows(
            "an allowed port of the limited broadcast",
            hall_to("255.255.255.255") / udp(5000, 6000),
        )
        .drops(
            Fragment,
            "a fragment to a named group with ports",
            ethernet(HALL) / ipv4(HALL_V4, "239.1.3.3").fragment_offset(1) / protocol(17, &[0; 8]),
        )
        .drops(
            IcmpType,
            "a timestamp to a named group",
            hall_to("239.1.2.3") / icmp(13, 0),
        )
        .closes(Threat::OverlappingRules)
        .drops(
            Denied,
            "a denied group in a named prefix",
            hall_to("239.1.2.13") / udp(5000, 5000),
        )
        .drops(
            Denied,
            "a denied IPv6 group",
            hall_to("ff0e::13") / udp(5000, 5000),
        )
        .closes(Threat::GroupAddresses);
}

/// An IP address for one host in a frame for many.
fn disguised(cases: &mut Cases) {
    let everybody = || ethernet(HALL).to(BROADCAST);
    cases
        .drops(
            Multicast,
            "an allowed host, in a frame to everybody",
            everybody() / ipv4(HALL_V4, RECORDER) / udp(5000, 5000),
        )
        .drops(
            Multicast,
            "an allowed host elsewhere, in a frame to everybody",
            everybody() / ipv4(HALL_V4, ARCHIVE) / udp(5000, 5000),
        )
        .drops(
            Multicast,
            "an allowed IPv6 host, in a frame to a group",
            ethernet(HALL).to([0x33, 0x33, 0, 0, 0, 1])
                / ipv6(HALL_V6, ARCHIVE_V6)
                / udp(5000, 5000),
        )
        .drops(
            Denied,
            "a denied host, in a frame to everybody",
            everybody() / ipv4(HALL_V4, "203.0.113.13") / udp(5000, 5000),
        )
        .drops(
            Multicast,
            "an allowed host, in a frame to the group that it would be in",
            ethernet(HALL).to([1, 0, 0x5e, 0x28, 0x32, 0x0a])
                / ipv4(HALL_V4, RECORDER)
                / udp(5000, 5000),
        )
        .drops(
            Multicast,
            "an allowed host, in a frame to all bridges",
            ethernet(HALL).to([1, 0x80, 0xc2, 0, 0, 0]) / ipv4(HALL_V4, ARCHIVE) / udp(5000, 5000),
        )
        .drops(
            Multicast,
            "an allowed host, in a frame to a group of the local kind",
            ethernet(HALL).to([3, 0, 0, 0, 0, 1]) / ipv4(HALL_V4, ARCHIVE) / udp(5000, 5000),
        )
        .drops(
            Multicast,
            "a fragment to an allowed host, in a frame to everybody",
            everybody() / ipv4(HALL_V4, ARCHIVE).fragment_offset(1) / protocol(17, &[0; 8]),
        )
        .drops(
            Multicast,
            "a group, in a frame to one station",
            ethernet(HALL) / ipv4(HALL_V4, "224.0.0.1") / udp(5000, 5000),
        )
        .allows(
            "a named group, in a frame to a group",
            ethernet(HALL).to([1, 0, 0x5e, 1, 2, 3]) / ipv4(HALL_V4, "239.1.2.3") / udp(5000, 5000),
        );
}
