//! Near-misses: frames of the right shape in which one thing or another is a little off.

use proptest::{
    collection::vec,
    option,
    prelude::{BoxedStrategy, Just, Strategy, any},
    prop_oneof,
    sample::select,
};

use crate::frame::{Ethernet, Layers, Mac, ethernet, vlan};

mod shape;

use shape::{Field, Header, Inside, Packet};

/// Addresses around those of the cases' policies: own, bound, the router's, allowed, denied, their
/// neighbours, and those that mean something special.
pub(super) const ADDRESSES_V4: [&str; 32] = [
    "192.168.50.21",
    "192.168.50.20",
    "192.168.50.22",
    "192.168.50.1",
    "192.168.50.10",
    "192.168.50.11",
    "192.168.50.13",
    "192.168.50.0",
    "192.168.50.255",
    "192.168.51.21",
    "192.168.51.255",
    "192.168.70.21",
    "192.168.70.1",
    "203.0.112.255",
    "203.0.113.0",
    "203.0.113.7",
    "203.0.113.12",
    "203.0.113.13",
    "203.0.113.14",
    "203.0.113.128",
    "203.0.113.255",
    "203.0.114.0",
    "198.18.5.0",
    "198.18.64.7",
    "198.51.100.255",
    "0.0.0.0",
    "127.0.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "239.1.2.3",
    "240.0.0.1",
    "255.255.255.255",
];

pub(super) const ADDRESSES_V6: [&str; 36] = [
    "fd00:50::21",
    "fd00:50::20",
    "fd00:50::22",
    "fd00:50::1",
    "fd00:50::10",
    "fd00:50::99",
    "fd00:70::21",
    "2001:db8:9:ffff:ffff:ffff:ffff:ffff",
    "2001:db8:a::",
    "2001:db8:a::7",
    "2001:db8:a::12",
    "2001:db8:a::13",
    "2001:db8:a:8000::1",
    "2001:db8:a:ffff:ffff:ffff:ffff:ffff",
    "2001:db8:b::7",
    "2001:db8:ffff::7",
    "fe80::1",
    "fe80::21",
    "fe80::22",
    "ff02::1",
    "ff02::2",
    "ff02::16",
    "ff02::c",
    "ff02::1:2",
    "ff02::1:ff00:1",
    "ff02::1:ff00:21",
    "ff0e::1",
    "::",
    "::1",
    "::ffff:203.0.113.7",
    "64:ff9b::203.0.113.7",
    "64:ff9b::203.0.113.13",
    "2001:db8:64::203.0.113.7",
    "2001:db8:122:cb00:71:700::",
    "2001:db8:122:cb00:71:d00::",
    "2001:db8:122:cb00:171:700::",
];

/// Ports that the cases' policies name, those beside them, and those of well-known services.
pub(super) const PORTS: [u16; 26] = [
    0, 53, 54, 67, 68, 80, 123, 443, 546, 547, 553, 554, 555, 1900, 3702, 5000, 5351, 5353, 5355,
    6000, 7660, 8000, 8010, 37020, 37810, 40000,
];

/// A frame that is nearly one of the cases.
pub(super) fn frame() -> impl Strategy<Value = Layers> {
    (link(), tags(), packet()).prop_map(|(link, tags, packet)| {
        let link: Layers = tags
            .into_iter()
            .fold(link.into(), |link, (identifier, tpid)| {
                link / vlan(identifier).tpid(tpid)
            });
        packet.onto(link)
    })
}

// The parts are boxed where they meet: as values, one within the other, they are too much for the
// stack of a test's thread.

fn link() -> impl Strategy<Value = Ethernet> {
    let destination = select(vec![
        [2, 0, 0, 0, 0, 1],
        [0xff; 6],
        [0x33, 0x33, 0, 0, 0, 1],
        [1, 0, 0x5e, 0, 0, 1],
    ]);
    (mac(), destination).prop_map(|(source, destination)| ethernet(source).to(destination))
}

/// The cameras' MAC addresses, those next to them, and others.
fn mac() -> impl Strategy<Value = Mac> {
    prop_oneof![
        12 => Just([2, 0, 0, 0, 0x50, 0x21]),
        12 => Just([2, 0, 0, 0, 0x50, 0x22]),
        2 => Just([2, 0, 0, 0, 0x70, 0x21]),
        1 => (0..=4_u8).prop_map(|last| [2, 0, 0, 0, 0, last]),
        2 => select(vec![[2, 0, 0x5e, 0x10, 0, 1], [2, 0, 0x5e, 0x10, 0, 2], [2, 0, 0x5e, 0, 0, 1]]),
        1 => Just([2, 0, 0, 0, 0x50, 0x20]),
        1 => Just([3, 0, 0, 0, 0x50, 0x21]),
        1 => any::<Mac>(),
    ]
}

/// No tag to three of them.
fn tags() -> impl Strategy<Value = Vec<(u16, u16)>> {
    let identifier = select(vec![0, 7, 49, 50, 51, 4095]);
    let tpid = select(vec![
        0x8100, 0x8100, 0x8100, 0x8100, 0x88a8, 0x88a8, 0x9100, 0x9200,
    ]);
    prop_oneof![
        3 => Just(Vec::new()),
        2 => vec((identifier, tpid), 0..=3),
    ]
}

fn packet() -> impl Strategy<Value = Packet> {
    prop_oneof![
        1 => arp(),
        4 => packet_v4(),
        4 => packet_v6(),
    ]
}

fn arp() -> BoxedStrategy<Packet> {
    (mac(), address_v4(), address_v4(), 1..=3_u16)
        .prop_map(|(sender_mac, sender, target, operation)| Packet::Arp {
            sender_mac,
            sender,
            target,
            operation,
        })
        .boxed()
}

fn packet_v4() -> BoxedStrategy<Packet> {
    let option_bytes = select(vec![0, 1, 2, 3, 4, 7, 68, 131, 137, 148, 40, 41]);
    let options = prop_oneof![3 => Just(Vec::new()), 1 => vec(option_bytes, 0..=40)];
    let piece = prop_oneof![
        4 => Just((0, false)),
        1 => (select(vec![0, 1, 2, 185, 8191]), any::<bool>()),
    ];
    let field = select(vec![
        Field::Version,
        Field::HeaderLength,
        Field::TotalLength,
    ]);
    let broken = option::weighted(0.1, (field, 0..80_u16));
    (source_v4(), address_v4(), options, piece, broken, inside())
        .prop_map(
            |(source, destination, options, piece, broken, inside)| Packet::V4 {
                source,
                destination,
                options,
                piece,
                broken,
                inside,
            },
        )
        .boxed()
}

fn packet_v6() -> BoxedStrategy<Packet> {
    let hop_limit = select(vec![255, 255, 254, 64, 1]);
    let chain = prop_oneof![3 => Just(Vec::new()), 2 => vec(header(), 0..=6)];
    let payload_length = option::weighted(0.1, 0..100_u16);
    (
        source_v6(),
        address_v6(),
        hop_limit,
        chain,
        payload_length,
        inside(),
    )
        .prop_map(
            |(source, destination, hop_limit, chain, payload_length, inside)| Packet::V6 {
                source,
                destination,
                hop_limit,
                chain,
                payload_length,
                inside,
            },
        )
        .boxed()
}

fn address_v4() -> impl Strategy<Value = &'static str> {
    select(&ADDRESSES_V4[..])
}

fn address_v6() -> impl Strategy<Value = &'static str> {
    select(&ADDRESSES_V6[..])
}

/// Most often an address that one of the cameras has.
fn source_v4() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => Just("192.168.50.21"), 1 => address_v4()]
}

fn source_v6() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => Just("fd00:50::21"), 1 => Just("fe80::21"), 1 => address_v6()]
}

fn header() -> BoxedStrategy<Header> {
    let option = || select(vec![0, 0, 1, 1, 5, 30, 0xc2, 201]);
    prop_oneof![
        2 => option().prop_map(Header::HopByHop),
        3 => option().prop_map(Header::Destination),
        2 => (select(vec![0, 0, 1, 185]), any::<bool>(), select(vec![0, 0, 0, 1]))
            .prop_map(|(offset, more, reserved)| Header::Fragment(offset, more, reserved)),
        1 => (0..=5_u8).prop_map(Header::Routing),
        1 => Just(Header::Authentication),
    ]
    .boxed()
}

fn inside() -> BoxedStrategy<Inside> {
    let port = || prop_oneof![4 => select(&PORTS[..]), 1 => any::<u16>()];
    let flags = select(vec![0x02, 0x12, 0x10, 0x04, 0x11, 0x03, 0x00, 0xff]);
    let words = option::weighted(0.1, 0..16_u8);
    let length = option::weighted(0.1, 0..40_u16);
    let target = || select(&ADDRESSES_V6[..]);
    let kind = || prop_oneof![3 => select(vec![0, 3, 5, 8, 9, 11, 12, 13]), 1 => any::<u8>()];
    let kind_v6 = || prop_oneof![3 => 126..=144_u8, 1 => 0..=5_u8, 1 => any::<u8>()];
    let number = select(vec![
        0, 2, 4, 41, 43, 44, 47, 48, 50, 51, 59, 60, 89, 132, 135, 253, 17, 6,
    ]);
    prop_oneof![
        4 => (port(), port(), flags, words)
            .prop_map(|(source, destination, flags, words)| {
                Inside::Tcp(source, destination, flags, words)
            }),
        5 => (port(), port(), length)
            .prop_map(|(source, destination, length)| Inside::Udp(source, destination, length)),
        1 => (kind(), 0..=1_u8).prop_map(|(kind, code)| Inside::Icmp(kind, code)),
        1 => select(vec![0x11, 0x12, 0x16, 0x17, 0x22, 0x30]).prop_map(Inside::Igmp),
        2 => (kind_v6(), 0..=1_u8).prop_map(|(kind, code)| Inside::IcmpV6(kind, code)),
        2 => (target(), option::of(mac())).prop_map(|(to, mac)| Inside::Solicitation(to, mac)),
        1 => (target(), option::of(mac())).prop_map(|(to, mac)| Inside::Advertisement(to, mac)),
        1 => Just(Inside::RouterSolicitation),
        1 => Just(Inside::RouterAdvertisement),
        1 => (number, vec(any::<u8>(), 0..40)).prop_map(|(number, bytes)| {
            Inside::Other(number, bytes)
        }),
    ]
    .boxed()
}
