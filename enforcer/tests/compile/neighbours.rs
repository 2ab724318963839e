//! What is known of an interface and of the addresses behind it.

use enforcer_common::table::{Interface, Neighbour};

use crate::router::{CAM1, CAM2, Router, WAN, address};

#[test]
fn an_interface_that_the_policy_does_not_name_is_unknown() {
    let text = "
version: 1
mode: audit
interfaces: {'lan-cam*': {unlisted: pass}, lan-cam2: }
";
    let router = Router::parse(text);
    let row = |pass_unlisted, audit| Interface {
        pass_unlisted,
        audit,
    };
    router.ask(|who, tables| {
        for (index, expected) in [
            (CAM1, row(1, 1)),
            (CAM2, row(0, 1)),
            (WAN, Interface::UNKNOWN),
            (99, Interface::UNKNOWN),
        ] {
            assert_eq!(tables.interface(index), expected, "{who}: {index}");
        }
    });
}

#[test]
fn the_router_knows_the_addresses_behind_an_interface() {
    let router = Router::new("");
    router.ask(|who, tables| {
        for (index, text, expected) in [
            (CAM1, "192.168.50.1", Neighbour::Router),
            (CAM1, "192.168.50.0", Neighbour::Broadcast),
            (CAM1, "192.168.50.255", Neighbour::Broadcast),
            (CAM1, "192.168.50.254", Neighbour::OnLink),
            (CAM1, "192.168.51.0", Neighbour::Foreign),
            (CAM1, "fd00:50::1", Neighbour::Router),
            (CAM1, "fd00:50::", Neighbour::OnLink),
            (CAM1, "fe80::1", Neighbour::Router),
            (CAM1, "fe80::2", Neighbour::Elsewhere),
            (CAM1, "169.254.0.2", Neighbour::Foreign),
            (CAM1, "2001:db8::2", Neighbour::Foreign),
            // On a VLAN of the bridge.
            (CAM1, "10.7.0.1", Neighbour::Router),
            (CAM1, "10.7.0.2", Neighbour::OnLink),
            (CAM1, "10.7.0.3", Neighbour::Broadcast),
            (CAM1, "127.0.0.1", Neighbour::Foreign),
            (CAM1, "127.255.255.255", Neighbour::Foreign),
            (CAM1, "::1", Neighbour::Foreign),
            (CAM1, "", Neighbour::Elsewhere),
            // Behind another interface only the broadcast addresses are the same.
            (CAM2, "192.168.50.1", Neighbour::Foreign),
            (CAM2, "192.168.50.255", Neighbour::Broadcast),
            (CAM2, "203.0.113.3", Neighbour::Foreign),
            // The router is in no network there that is IPv6.
            (CAM2, "2001:db8::2", Neighbour::Elsewhere),
            (CAM2, "10.9.0.1", Neighbour::Router),
            (CAM2, "10.9.0.0", Neighbour::OnLink),
            (WAN, "203.0.113.2", Neighbour::Elsewhere),
        ] {
            let neighbour = tables.neighbour(index, &address(text));
            assert_eq!(neighbour, expected, "{who}: {index} {text}");
        }
    });
}
