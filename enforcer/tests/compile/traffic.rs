//! Any source, and any flow.

use enforcer_common::{Address, Flow, Source, flow::Piece};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::world::LAST_INDEX;

/// A source whose address is still to be chosen.
#[derive(Clone, Debug)]
pub(crate) struct AnySource(Source, Index);

impl AnySource {
    pub(crate) fn among(self, addresses: &[Address]) -> Source {
        let Self(source, address) = self;
        let Source {
            interface,
            vlan,
            mac,
            ..
        } = source;
        Source::new(interface, vlan, mac, *address.get(addresses))
    }
}

pub(crate) fn sources() -> impl Strategy<Value = Vec<AnySource>> {
    let macs = [
        [2, 0, 0, 0, 0, 0],
        [2, 0, 0, 0, 0, 1],
        [2, 0, 0, 0, 0, 2],
        [2, 0, 0, 0, 0, 3],
        [2, 0, 0, 0, 0x0f, 0xff],
        [2, 0, 0, 0, 0x10, 0],
        [2, 0, 0, 0x0f, 0xff, 0xff],
        [2, 0, 0, 0x10, 0, 0],
        [2, 0, 1, 0, 0, 1],
        [2, 0, 2, 0, 0, 1],
    ];
    let source = (
        0..=LAST_INDEX,
        select(&[0, 1, 7, 8, 50][..]),
        select(macs.to_vec()),
        any::<Index>(),
    );
    let source = source.prop_map(|(interface, vlan, mac, address)| {
        AnySource(Source::new(interface, vlan, mac, Address::NONE), address)
    });
    vec(source, 100)
}

/// Flows to nowhere yet.
pub(crate) fn flows() -> impl Strategy<Value = Vec<Flow>> {
    let port = || {
        select(
            &[
                0, 1, 52, 53, 54, 80, 554, 555, 7999, 8000, 8010, 8011, 65535,
            ][..],
        )
    };
    let flow = (
        select(&[1, 6, 17, 47, 58, 132][..]),
        (port(), port()),
        select(&[0x02, 0x10, 0x12][..]),
        select(&[0, 3, 5, 8, 128, 137][..]),
        select(&[Piece::Whole, Piece::Whole, Piece::First, Piece::Later][..]),
        any::<bool>(),
    );
    let flow = flow.prop_map(
        |(protocol, ports, tcp_flags, icmp_type, fragment, to_group)| Flow {
            protocol,
            source_port: ports.0,
            destination_port: ports.1,
            tcp_flags,
            icmp_type,
            fragment,
            to_group,
            ..Flow::default()
        },
    );
    vec(flow, 1..6)
}
