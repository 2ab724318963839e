//! Ports: those that a camera may open, and those that it may answer from.

use enforcer_common::DropReason::{NotAllowed, NotAnAnswer, Port};

use super::network::{
    ARCHIVE, ARCHIVE_V6, ELSEWHERE, ELSEWHERE_V6, HALL, HALL_V4, HALL_V6, RECORDER, RECORDER_V6,
    ROUTER, ROUTER_LINK_LOCAL, ROUTER_V6, packet, under,
};
use super::{Cases, Ports, Suite};
use crate::frame::{Layers, data, icmp, icmpv6, tcp, udp};
use crate::threats::Threat;

const POLICY: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  recorded:
    allow:
      - to: [192.168.50.10, "fd00:50::10"]
        answer: [tcp/554, tcp/80, udp/8000-8010]
      - to: [192.168.50.1, "fd00:50::1"]
        ports: [udp/53, udp/123, tcp/8000-8003]
      - to: [203.0.113.0/24, "2001:db8:a::/48"]
      - to: 192.168.50.3
        ports: [tcp/7660]
        answer: [tcp/554]
cameras:
  hall: {match: {mac: "02:00:00:00:50:22"}, group: recorded}
"#;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("hall", ports.cameras);
    opens(&mut cases);
    answers(&mut cases);
    both(&mut cases);
    cases.closes(Threat::CarveOuts);
    anywhere(&mut cases);
    under(POLICY, "ports and answers", ports, cases)
}

fn opens(cases: &mut Cases) {
    cases
        .allows("a question about a name", to(ROUTER) / udp(40000, 53))
        .allows(
            "a question about the time, by IPv6",
            to(ROUTER_V6) / udp(40000, 123),
        )
        .allows("first of a range", to(ROUTER) / tcp(40000, 8000).syn())
        .allows("last of a range", to(ROUTER) / tcp(40000, 8003).syn())
        .drops(
            Port,
            "one below a range",
            to(ROUTER) / tcp(40000, 7999).syn(),
        )
        .drops(
            Port,
            "one above a range",
            to(ROUTER) / tcp(40000, 8004).syn(),
        )
        .drops(
            Port,
            "a port of the other protocol",
            to(ROUTER) / tcp(40000, 53).syn(),
        )
        .drops(
            Port,
            "a range of the other protocol",
            to(ROUTER) / udp(40000, 8001),
        )
        .drops(
            Port,
            "an allowed port as the camera's own",
            to(ROUTER) / udp(53, 40000),
        )
        .drops(Port, "port zero", to(ROUTER) / udp(40000, 0))
        .drops(Port, "the last port", to(ROUTER) / udp(40000, 65535))
        .allows(
            "any port where none is named",
            to(ARCHIVE) / udp(40000, 65535),
        )
        .allows(
            "port zero where none is named",
            to(ARCHIVE_V6) / tcp(0, 0).syn(),
        );
    cases.closes(Threat::RouterServices);
    for (name, port) in [
        ("ssh to the router", 22),
        ("the router's web", 443),
        ("a proxy", 3128),
        ("a proxy for anything (SOCKS)", 1080),
        ("the router's mail", 25),
        ("the router's submission of mail", 587),
        ("the router's files", 445),
        ("names over TLS at the router", 853),
        ("names by TCP at the router, where UDP is allowed", 53),
    ] {
        cases.drops(Port, name, to(ROUTER) / tcp(40000, port).syn());
    }
    cases.everyday();
}

fn answers(cases: &mut Cases) {
    cases
        .allows(
            "it agrees to open a connection",
            to(RECORDER) / tcp(554, 40000).syn_ack(),
        )
        .allows(
            "it sends video",
            to(RECORDER) / tcp(554, 40000).ack() / data(&[0x47; 188]),
        )
        .allows(
            "it refuses a connection",
            to(RECORDER) / tcp(80, 40000).flags(0x04),
        )
        .allows(
            "it ends a connection",
            to(RECORDER_V6) / tcp(80, 40000).flags(0x11),
        )
        .allows(
            "first of a range of answers",
            to(RECORDER) / udp(8000, 40000),
        )
        .allows(
            "last of a range of answers",
            to(RECORDER_V6) / udp(8010, 40000),
        );
    cases
        .drops(
            NotAnAnswer,
            "it opens a connection",
            to(RECORDER) / tcp(554, 40000).syn(),
        )
        .drops(
            NotAnAnswer,
            "it opens a connection by IPv6",
            to(RECORDER_V6) / tcp(80, 40000).syn(),
        )
        .drops(
            NotAnAnswer,
            "it opens a connection with congestion control",
            to(RECORDER) / tcp(554, 40000).flags(0xc2),
        )
        .drops(
            NotAnAnswer,
            "it opens and ends a connection at once",
            to(RECORDER) / tcp(554, 40000).flags(0x03),
        )
        .drops(
            NotAnAnswer,
            "it opens a connection with data",
            to(RECORDER) / tcp(554, 40000).syn() / data(b"hello"),
        )
        .drops(
            Port,
            "it answers from another port",
            to(RECORDER) / tcp(555, 40000).ack(),
        )
        .drops(
            Port,
            "one below a range of answers",
            to(RECORDER) / udp(7999, 40000),
        )
        .drops(
            Port,
            "one above a range of answers",
            to(RECORDER) / udp(8011, 40000),
        )
        .drops(
            Port,
            "it answers by the other protocol",
            to(RECORDER) / udp(554, 40000),
        )
        .drops(
            Port,
            "it asks a port that it may answer from",
            to(RECORDER) / tcp(40000, 554).ack(),
        );
}

/// One rule with ports to open and ports to answer from.
fn both(cases: &mut Cases) {
    let recorder = "192.168.50.3";
    cases
        .allows("an alarm", to(recorder) / tcp(40000, 7660).syn())
        .allows("an answer", to(recorder) / tcp(554, 40000).ack())
        .allows(
            "an alarm from a port to answer from",
            to(recorder) / tcp(554, 7660).syn(),
        )
        .drops(Port, "neither", to(recorder) / tcp(40000, 40001).ack())
        .drops(
            NotAnAnswer,
            "nearly an answer",
            to(recorder) / tcp(554, 40000).syn(),
        );
}

fn anywhere(cases: &mut Cases) {
    for (name, port) in [
        ("a name server of its own", 53),
        ("a time server of its own", 123),
        ("a vendor's relay", 6123),
        ("a vendor's peer-to-peer server", 8800),
        ("a STUN server", 6002),
    ] {
        cases.drops(NotAllowed, name, to(ELSEWHERE) / udp(40000, port));
    }
    cases
        .drops(
            NotAllowed,
            "names over TLS",
            to(ELSEWHERE) / tcp(40000, 853).syn(),
        )
        .drops(
            NotAllowed,
            "a vendor's cloud",
            to(ELSEWHERE) / tcp(40000, 443).syn(),
        )
        .drops(
            NotAllowed,
            "an answer to someone else",
            to(ELSEWHERE) / tcp(554, 40000).ack(),
        )
        .drops(NotAllowed, "a ping to anywhere", to(ELSEWHERE) / icmp(8, 0))
        .closes(Threat::OtherFamily)
        .drops(
            NotAllowed,
            "a ping to anywhere by IPv6",
            to(ELSEWHERE_V6) / icmpv6(128, 0),
        )
        .drops(
            NotAllowed,
            "a name server by IPv6",
            to(ELSEWHERE_V6) / udp(40000, 53),
        )
        .drops(
            NotAllowed,
            "a vendor's cloud by IPv6",
            to(ELSEWHERE_V6) / tcp(40000, 443).syn(),
        )
        .drops(
            NotAllowed,
            "an answer to someone else by IPv6",
            to(ELSEWHERE_V6) / tcp(554, 40000).ack(),
        )
        .drops(
            NotAllowed,
            "a neighbour by its link-local address",
            to("fe80::99") / udp(40000, 5000),
        )
        .drops(
            NotAllowed,
            "the router by its link-local address, where another is allowed",
            to(ROUTER_LINK_LOCAL) / udp(40000, 53),
        );
}

fn to(destination: &str) -> Layers {
    packet(HALL, [HALL_V4, HALL_V6], destination)
}
