//! What contradicts itself, what ends too early, and what is no IP at all.

use enforcer_common::DropReason::{Ethertype, Malformed, Truncated};

use super::network::{ARCHIVE, ARCHIVE_V6, GATE, GATE_V4, GATE_V6, RECORDER, gate_to, home};
use super::{Cases, Ports, Suite};
use crate::frame::{BROADCAST, data, ethernet, ipv4, ipv6, protocol, tcp, udp, vlan};
use crate::threats::Threat;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::Ethertypes);
    not_ip(&mut cases);
    cases.closes(Threat::Contradictions);
    versions(&mut cases);
    lengths(&mut cases);
    transports(&mut cases);
    padding(&mut cases);
    home("contradictions", ports, cases)
}

fn not_ip(cases: &mut Cases) {
    for (name, ethertype) in [
        ("PPPoE discovery", 0x8863),
        ("PPPoE", 0x8864),
        ("MPLS", 0x8847),
        ("MPLS multicast", 0x8848),
        ("EAPOL", 0x888e),
        ("LLDP", 0x88cc),
        ("flow control", 0x8808),
        ("IPX", 0x8137),
        ("MACsec", 0x88e5),
        ("Ethernet in Ethernet", 0x6558),
        ("a mesh's own routing", 0x4305),
        ("a switch chip's own protocol", 0x8899),
        ("a test of the line", 0x9000),
        ("a disk on the wire", 0x88a2),
        ("clocks", 0x88f7),
        ("home networking (1905.1)", 0x893a),
        ("the last EtherType that is a length", 0x05dc),
        ("IPv4 by its bytes in the wrong order", 0x0008),
        ("IPv6 by its bytes in the wrong order", 0xdd86),
        ("another tag protocol", 0x9200),
        ("Novell's raw 802.3", 0xffff),
        ("an EtherType that nobody has", 0x1234),
        ("the first EtherType", 0x0600),
        ("no EtherType", 0x0000),
    ] {
        cases.drops(
            Ethertype,
            name,
            ethernet(GATE).ethertype(ethertype) / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000),
        );
    }
    // LLC and SNAP (IEEE 802.2): unnumbered information, then the EtherType of IPv4.
    let snap = data(&[0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00]);
    cases
        .drops(
            Ethertype,
            "IPv4 in SNAP",
            ethernet(GATE).ethertype(36) / snap / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000),
        )
        .drops(
            Ethertype,
            "a spanning tree's LLC",
            ethernet(GATE).to([1, 0x80, 0xc2, 0, 0, 0]).ethertype(38)
                / data(&[0x42, 0x42, 0x03])
                / data(&[0; 35]),
        )
        .drops(
            Ethertype,
            "a broadcast of something else",
            ethernet(GATE).to(BROADCAST) / data(&[0; 46]),
        )
        .drops(
            Ethertype,
            "nothing but an Ethernet header",
            ethernet(GATE) / data(&[]),
        );
}

fn versions(cases: &mut Cases) {
    for (name, version) in [
        ("version 6 where the EtherType says IPv4", 6),
        ("version 0 where the EtherType says IPv4", 0),
        ("version 5 where the EtherType says IPv4", 5),
        ("version 15 where the EtherType says IPv4", 15),
    ] {
        let ip = ipv4(GATE_V4, ARCHIVE).version(version);
        cases.drops(Malformed, name, ethernet(GATE) / ip / udp(5000, 5000));
    }
    for (name, version) in [
        ("version 4 where the EtherType says IPv6", 4),
        ("version 7 where the EtherType says IPv6", 7),
        ("version 0 where the EtherType says IPv6", 0),
    ] {
        let ip = ipv6(GATE_V6, ARCHIVE_V6).version(version);
        cases.drops(Malformed, name, ethernet(GATE) / ip / udp(5000, 5000));
    }
    cases
        .drops(
            Malformed,
            "all of an IPv6 packet where the EtherType says IPv4",
            ethernet(GATE).ethertype(0x0800) / ipv6(GATE_V6, ARCHIVE_V6) / udp(5000, 5000),
        )
        .drops(
            Malformed,
            "all of an IPv4 packet where the EtherType says IPv6",
            ethernet(GATE).ethertype(0x86dd) / ipv4(GATE_V4, ARCHIVE) / udp(1, 2) / data(&[0; 16]),
        )
        .drops(
            Malformed,
            "an IPv4 packet where the EtherType says ARP",
            ethernet(GATE).ethertype(0x0806) / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000),
        );
}

fn lengths(cases: &mut Cases) {
    let long = || udp(5000, 5000).length(8);
    for (name, length) in [
        ("no total length", 0),
        ("a total length within the header", 19),
        ("a total length without a transport header", 20),
        ("a total length within the transport header", 27),
        ("a total length past the frame", 29),
        ("the longest total length", 65535),
    ] {
        let ip = ipv4(GATE_V4, ARCHIVE).total_length(length);
        cases.drops(Malformed, name, ethernet(GATE) / ip / long());
    }
    for (name, length) in [
        ("no payload length", 0),
        ("a payload length within the transport header", 7),
        ("a payload length past the frame", 9),
        ("the longest payload length", 65535),
    ] {
        let ip = ipv6(GATE_V6, ARCHIVE_V6).payload_length(length);
        cases.drops(Malformed, name, ethernet(GATE) / ip / long());
    }
}

fn transports(cases: &mut Cases) {
    for (name, length) in [
        ("no UDP length", 0),
        ("a UDP length within the header", 7),
        ("a UDP length past the packet", 13),
    ] {
        let udp = udp(5000, 5000).length(length);
        cases.drops(Malformed, name, gate_to(ARCHIVE) / udp / data(&[0; 4]));
    }
    for (name, words) in [
        ("no TCP data offset", 0),
        ("a TCP data offset within the header", 4),
        ("a TCP data offset past the packet", 7),
        ("the longest TCP data offset", 15),
    ] {
        let tcp = tcp(40000, 443).syn().data_offset(words);
        cases.drops(Malformed, name, gate_to(ARCHIVE) / tcp / data(&[0; 4]));
    }
    cases
        .drops(
            Malformed,
            "half a TCP header",
            gate_to(ARCHIVE) / protocol(6, &[0; 19]),
        )
        .drops(
            Malformed,
            "half a UDP header",
            gate_to(ARCHIVE_V6) / protocol(17, &[0; 7]),
        )
        .drops(
            Malformed,
            "no transport header",
            gate_to(ARCHIVE_V6) / protocol(6, &[]),
        )
        .drops(
            Malformed,
            "a UDP length of zero, as of a jumbogram",
            gate_to(ARCHIVE_V6) / udp(5000, 5000).length(0) / data(&[0; 4]),
        )
        .drops(
            Malformed,
            "an IPv6 UDP length past the packet",
            gate_to(ARCHIVE_V6) / udp(5000, 5000).length(13) / data(&[0; 4]),
        )
        .drops(
            Malformed,
            "an IPv6 TCP data offset within the header",
            gate_to(ARCHIVE_V6) / tcp(40000, 443).syn().data_offset(4) / data(&[0; 4]),
        )
        .allows(
            "a UDP length short of the packet",
            gate_to(ARCHIVE) / udp(5000, 5000).length(8) / data(&[0; 4]),
        )
        .allows(
            "TCP options to the end of the packet",
            gate_to(ARCHIVE) / tcp(40000, 443).syn().options(&[2, 4, 5, 0xb4]),
        );
}

fn padding(cases: &mut Cases) {
    let short = || gate_to(RECORDER) / tcp(554, 40000).ack();
    cases
        .everyday()
        .allows("padding behind a short packet", short().padded())
        .allows(
            "something else than zeroes behind a packet",
            short().with_trailer(&[0xee; 40]),
        )
        .allows(
            "padding behind a tagged packet",
            (ethernet(GATE) / vlan(7) / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000)).padded(),
        )
        .closes(Threat::Contradictions)
        .drops(
            Malformed,
            "a transport header that only the padding completes",
            (gate_to(ARCHIVE) / protocol(17, &[0x13, 0x88]))
                .with_trailer(&[0x13, 0x88, 0, 8, 0, 0]),
        )
        .drops(
            Malformed,
            "TCP options that only the padding completes",
            (gate_to(ARCHIVE) / tcp(40000, 443).syn().data_offset(6)).with_trailer(&[0; 4]),
        );
}

/// A frame that ends within each of its headers, which is what a header past the linear part of a
/// long frame looks like too.
pub(super) fn truncated(ports: &Ports) -> Suite {
    let v4 = || gate_to(ARCHIVE) / udp(5000, 5000) / data(&[0; 4]);
    let v6 = || gate_to(ARCHIVE_V6) / udp(5000, 5000) / data(&[0; 4]);
    let tagged = || ethernet(GATE) / vlan(7) / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000);
    let mut cases = Cases::of("gate", ports.cameras);
    cases
        .closes(Threat::CutShort)
        .drops(
            Truncated,
            "nothing behind the EtherType of IPv4",
            v4().first(14),
        )
        .drops(Truncated, "one byte of IPv4", v4().first(15))
        .drops(Truncated, "all but one byte of IPv4", v4().first(33))
        .drops(Malformed, "all of IPv4 and nothing else", v4().first(34))
        .drops(
            Malformed,
            "a frame that ends within its UDP header",
            v4().first(41),
        )
        .drops(
            Malformed,
            "a frame that ends behind its UDP header",
            v4().first(42),
        )
        .drops(
            Malformed,
            "a frame without its last byte",
            v4().without_last(1),
        )
        .drops(
            Truncated,
            "nothing behind the EtherType of IPv6",
            v6().first(14),
        )
        .drops(Truncated, "all but one byte of IPv6", v6().first(53))
        .drops(Malformed, "all of IPv6 and nothing else", v6().first(54))
        .drops(
            Malformed,
            "an IPv6 frame without its last byte",
            v6().without_last(1),
        )
        .drops(Truncated, "nothing behind a tag", tagged().first(18))
        .drops(
            Truncated,
            "all but one byte of IPv4 behind a tag",
            tagged().first(37),
        );
    home("frames that end too early", ports, cases)
}
