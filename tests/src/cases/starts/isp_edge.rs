//! `policies/isp-edge.yaml`.

use enforcer::topology::{Kind, Link, Topology};

use super::{Cases, Device, Ports, Suite, in_order, link, shipped};

mod camera_vlans;
mod others;

const POLICY: &str = include_str!("../../../../policies/isp-edge.yaml");

/// In the provider's cloud, in each of its prefixes.
const RECORDERS: [&str; 2] = ["198.18.5.7", "203.0.113.7"];
const RECORDER_V6: &str = "2001:db8:10::7";
/// What runs the cloud, in the same prefixes.
const MANAGEMENT: [&str; 2] = ["198.19.255.7", "203.0.113.250"];
const MANAGEMENT_V6: &str = "2001:db8:ff::7";
/// Another customer.
const CUSTOMER: &str = "100.80.0.9";
const CUSTOMER_V6: &str = "2001:db8:8123::9";
const RESOLVER: &str = "198.51.100.53";
const RESOLVER_V6: &str = "3fff:53::53";
const OFFICE: &str = "192.0.2.71";
const OFFICE_V6: &str = "3fff:4711::71";
/// Where a vendor might be.
const ELSEWHERE: &str = "192.0.2.7";
const ELSEWHERE_V6: &str = "3fff:c::7";

/// In a VLAN of cameras; of no maker that is listed.
const PORCH: Device = Device {
    mac: [2, 0, 0, 0, 0x70, 0x01],
    vlan: Some(701),
    v4: "100.64.0.21",
    v6: "2001:db8:8701::21",
    link_local: "fe80::21",
    router: "100.64.0.1",
};
/// In the VLAN of the customer with an office.
const SHOP: Device = Device {
    vlan: Some(711),
    v4: "100.71.0.21",
    v6: "2001:db8:8711::21",
    router: "100.71.0.1",
    ..PORCH
};
/// In the VLAN for everything else; of a maker that is listed.
const ATTIC: Device = Device {
    mac: [0x44, 0x19, 0xb6, 1, 2, 3],
    vlan: Some(100),
    v4: "100.80.0.21",
    v6: "2001:db8:8100::21",
    router: "100.80.0.1",
    ..PORCH
};
/// Behind a port of cameras.
const YARD: Device = Device {
    vlan: None,
    v4: "100.96.0.21",
    v6: "2001:db8:8960::21",
    router: "100.96.0.1",
    ..PORCH
};

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("in-camera-vlans", ports.trunk);
    camera_vlans::write(&mut cases, ports);
    others::write(&mut cases, ports);
    shipped("isp-edge.yaml", POLICY, router(ports), cases)
}

/// Two access nodes with VLANs, and a port of cameras.
fn router(ports: &Ports) -> Topology {
    let tagged = |index, name, parent, addresses: &[&str]| Link {
        kind: Kind::Vlan,
        parent: Some(parent),
        ..link(index, name, addresses)
    };
    in_order(vec![
        link(
            ports.cameras,
            "cam-0001",
            &["100.96.0.1/24", "2001:db8:8960::1/64", "fe80::1/64"],
        ),
        link(ports.trunk, "olt1", &[]),
        tagged(
            ports.vlan,
            "olt1.701",
            ports.trunk,
            &["100.64.0.1/20", "2001:db8:8701::1/64", "fe80::1/64"],
        ),
        // No frame comes in on these themselves.
        tagged(
            ports.vlan + 100,
            "olt1.100",
            ports.trunk,
            &["100.80.0.1/20", "2001:db8:8100::1/64", "fe80::1/64"],
        ),
        tagged(
            ports.vlan + 101,
            "olt2.711",
            ports.mixed,
            &["100.71.0.1/24", "2001:db8:8711::1/64", "fe80::1/64"],
        ),
        tagged(
            ports.vlan + 102,
            "olt2.701",
            ports.mixed,
            &["100.64.16.1/20", "2001:db8:8702::1/64", "fe80::1/64"],
        ),
        link(ports.mixed, "olt2", &[]),
        link(
            ports.uplink,
            "core0",
            &["198.51.100.2/24", "2001:db8:1::2/64", "fe80::1/64"],
        ),
    ])
}
