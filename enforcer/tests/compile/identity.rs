//! Who a source is.

use enforcer_common::{
    Source,
    table::{Camera, STRANGERS},
};

use crate::router::{CAM1, CAM2, Router, WAN, address};

#[test]
fn the_most_specific_identity_wins() {
    let router = Router::new(
        "
groups: {g: }
cameras:
  interface: {match: {interface: 'lan*'}, group: g}
  vlan: {match: {vlan: 7}, group: g}
  vlan-there: {match: {vlan: 7, interface: lan-cam2}, group: g}
  wide-ip: {match: {ip: [0.0.0.0/0, '::/0']}, group: g}
  ip: {match: {ip: [192.0.2.0/24, '2001:db8::/32']}, group: g}
  ip-vlan: {match: {ip: 192.0.2.0/24, vlan: 7}, group: g}
  ip-there: {match: {ip: 192.0.2.0/24, interface: lan-cam2}, group: g}
  vendor: {match: {mac: '02:00:00'}, group: g}
  series: {match: {mac: '02:00:00:00:00:00/36'}, group: g}
  whole: {match: {mac: '02:00:00:00:00:01'}, group: g}
",
    );
    for (interface, vlan, mac, address, expected) in [
        (WAN, 0, 9, "", None),
        (CAM1, 0, 9, "", Some("interface")),
        (WAN, 8, 9, "", None),
        (CAM1, 7, 9, "", Some("vlan")),
        (CAM2, 7, 9, "", Some("vlan-there")),
        (CAM2, 7, 9, "198.51.100.1", Some("wide-ip")),
        (WAN, 0, 9, "2001:db7::1", Some("wide-ip")),
        (WAN, 0, 9, "2001:db8::1", Some("ip")),
        (WAN, 0, 9, "192.0.2.255", Some("ip")),
        (CAM2, 0, 9, "192.0.2.255", Some("ip-there")),
        (CAM2, 7, 9, "192.0.2.255", Some("ip-vlan")),
        (CAM2, 7, 0x0200_0010_0000, "192.0.2.1", Some("vendor")),
        (CAM2, 7, 0x0200_000f_ffff, "192.0.2.1", Some("vendor")),
        (CAM2, 7, 0x0200_0000_0fff, "192.0.2.1", Some("series")),
        (CAM2, 7, 0x0200_0000_0001, "192.0.2.1", Some("whole")),
        // Not a link of this router.
        (99, 0, 9, "", None),
    ] {
        let source = source(interface, vlan, mac, address);
        assert_camera(&router, &source, expected.map(|name| (name, false)));
    }
}

#[test]
fn of_interface_patterns_the_narrowest_wins_and_of_equals_the_first() {
    let router = Router::new(
        "
groups: {g: }
cameras:
  any: {match: {interface: '*'}, group: g}
  first: {match: {interface: 'lan-cam*'}, group: g}
  second: {match: {interface: '*an-cam1'}, group: g}
  third: {match: {interface: ['lan-ca?1', 'gone']}, group: g}
  fourth: {match: {interface: ['*', '*-cam2'], vlan: 7}, group: g}
  fifth: {match: {interface: 'l*-cam2', vlan: 7}, group: g}
  sixth: {match: {interface: 'l*-c?m2', vlan: 7}, group: g}
  seventh: {match: {interface: ['*', wan], vlan: 8}, group: g}
  eighth: {match: {interface: 'wa*', vlan: 8}, group: g}
",
    );
    for (interface, vlan, expected) in [
        (WAN, 0, "any"),
        (CAM2, 0, "first"),
        // As many letters, but one of them must be there.
        (CAM1, 0, "third"),
        (WAN, 7, "fourth"),
        (CAM2, 7, "fifth"),
        (WAN, 8, "seventh"),
    ] {
        assert_camera(
            &router,
            &source(interface, vlan, 9, ""),
            Some((expected, false)),
        );
    }
}

#[test]
fn a_mac_address_out_of_its_place_is_misplaced_unless_another_camera_has_it() {
    let router = Router::new(
        "
groups: {g: }
cameras:
  vendor: {match: {mac: '02:00:00'}, group: g}
  first: {match: {mac: ['02:00:00:00:00:01', '02:00:01'], vlan: 7, interface: lan-cam1}, group: g}
  second: {match: {mac: '02:00:00:00:00:01', vlan: 8}, group: g}
  at-home: {match: {mac: '02:00:00:00:00:02', interface: lan-cam1}, group: g}
  anywhere: {match: {mac: '02:00:00:00:00:02'}, group: g}
  gone: {match: {mac: '02:00:00:00:00:03', interface: gone}, group: g}
",
    );
    for (interface, vlan, mac, expected) in [
        (CAM1, 7, 0x0200_0000_0001, Some(("first", false))),
        (CAM2, 8, 0x0200_0000_0001, Some(("second", false))),
        (CAM2, 7, 0x0200_0000_0001, Some(("first", true))),
        (CAM1, 0, 0x0200_0000_0001, Some(("first", true))),
        (99, 0, 0x0200_0000_0001, Some(("first", true))),
        (CAM1, 7, 0x0200_0100_0000, Some(("first", false))),
        // A prefix is many devices'; one of them elsewhere is nobody in particular.
        (CAM2, 7, 0x0200_0100_0000, None),
        (CAM1, 0, 0x0200_0000_0002, Some(("at-home", false))),
        (CAM2, 0, 0x0200_0000_0002, Some(("anywhere", false))),
        (CAM1, 0, 0x0200_0000_0003, Some(("gone", true))),
        (CAM1, 0, 0x0200_0000_0004, Some(("vendor", false))),
    ] {
        assert_camera(&router, &source(interface, vlan, mac, ""), expected);
    }
}

#[test]
fn an_address_beside_a_mac_address_binds_and_does_not_select() {
    let router = Router::new(
        "
groups: {g: }
cameras:
  bound: {match: {mac: '02:00:00:00:00:01', ip: [192.0.2.1, '2001:db8::/64']}, group: g}
  free: {match: {mac: '02:00:00:00:00:02'}, group: g}
  known: {match: {ip: 192.0.2.3}, group: g}
",
    );
    for (mac, address, expected, bound) in [
        (0x0200_0000_0001, "192.0.2.1", "bound", true),
        (0x0200_0000_0001, "192.0.2.3", "bound", true),
        (0x0200_0000_0002, "192.0.2.1", "free", false),
        (9, "192.0.2.3", "known", false),
    ] {
        let source = source(CAM1, 0, mac, address);
        assert_camera(&router, &source, Some((expected, false)));
        router.ask(|who, tables| {
            let camera = tables.camera(&source).unwrap();
            assert_eq!(camera.has(Camera::BOUND), bound, "{who}: {source:?}");
        });
    }
    router.ask(|who, tables| {
        for (camera, text, expected) in [
            (1, "192.0.2.1", true),
            (1, "192.0.2.0", false),
            (1, "2001:db8::ffff", true),
            (1, "2001:db8:0:1::", false),
            (1, "192.0.2.3", false),
            (2, "192.0.2.1", false),
            (3, "192.0.2.3", true),
            (3, "192.0.2.1", false),
            (STRANGERS, "192.0.2.1", true),
            (STRANGERS, "192.0.2.3", false),
            (STRANGERS, "", false),
        ] {
            let bound = tables.is_bound(camera, &address(text));
            assert_eq!(bound, expected, "{who}: {camera} {text}");
        }
    });
}

/// The camera by its name, and whether it is misplaced.
fn assert_camera(router: &Router, source: &Source, expected: Option<(&str, bool)>) {
    router.ask(|who, tables| {
        let camera = tables.camera(source);
        let found = camera.map(|camera| {
            let name = router.ids.name(camera.id).unwrap();
            (name, camera.has(Camera::MISPLACED))
        });
        assert_eq!(found, expected, "{who}: {source:?}");
    });
}

fn source(interface: u32, vlan: u16, mac: u64, text: &str) -> Source {
    let [_, _, mac @ ..] = mac.to_be_bytes();
    Source::new(interface, vlan, mac, address(text))
}
