//! Each protocol of discovery allowed alone.

use enforcer_common::DropReason::Discovery;

use super::{IPV4_REPORTS, IPV6_REPORTS, SEARCHES};
use crate::cases::network::{hall_to, under};
use crate::cases::{Cases, Ports, Suite};
use crate::frame::{data, icmpv6, igmp, udp};

/// The start of a suite in which `hall` may look for others by one protocol alone: the word for the
/// protocol, the suite's name, its policy, and the port; none for reports.
macro_rules! alone {
    ($word:literal, $port:expr) => {
        (
            concat!("discovery by ", $word, " alone"),
            concat!(
                r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  seekers:
    allow: [{to: 203.0.113.0/24}]
    link: {discovery: ["#,
                $word,
                r#"]}
cameras:
  hall: {match: {mac: "02:00:00:00:50:22"}, group: seekers}
"#
            ),
            $port,
        )
    };
}

const ALONE: [(&str, &str, Option<u16>); 7] = [
    alone!("ssdp", Some(1900)),
    alone!("ws-discovery", Some(3702)),
    alone!("mdns", Some(5353)),
    alone!("llmnr", Some(5355)),
    alone!("sadp", Some(37020)),
    alone!("dhip", Some(37810)),
    alone!("igmp", None),
];

/// Of each protocol alone that it passes, and no other.
pub(in crate::cases) fn suites(ports: &Ports) -> impl Iterator<Item = Suite> {
    ALONE.into_iter().map(|(name, policy, allowed)| {
        let mut cases = Cases::of("hall", ports.cameras);
        for (name, destination, port) in SEARCHES {
            let frame = hall_to(destination) / udp(40000, port) / data(b"?");
            if allowed == Some(port) {
                cases.allows(name, frame);
            } else {
                cases.drops(Discovery, name, frame);
            }
        }
        let v4 = IPV4_REPORTS.map(|(name, kind, group)| (name, hall_to(group) / igmp(kind)));
        let v6 = IPV6_REPORTS.map(|(name, kind, group)| (name, hall_to(group) / icmpv6(kind, 0)));
        for (name, frame) in v4.into_iter().chain(v6) {
            if allowed.is_none() {
                cases.allows(name, frame);
            } else {
                cases.drops(Discovery, name, frame);
            }
        }
        under(policy, name, ports, cases)
    })
}
