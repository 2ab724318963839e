//! The small network of `policies/recorder-only.yaml`: a router whose bridge holds the recorder and
//! the ports for cameras, and a cloud behind it.
//!
//! ```text
//!  camera ── lan-cam1 ┐
//! another ── lan-cam2 ┼ br-lan ── router ── wan0 ── cloud
//! recorder ─ lan-rec1 ┘
//! ```

use std::net::{Ipv4Addr, Ipv6Addr};

use anyhow::{Context as _, Result};

use crate::sandbox::{Namespace, Sandbox};

/// Something with one network interface, `eth0`, on the router's bridge.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// What its namespace is called.
    pub name: &'static str,
    /// The router's port that it is plugged into; at most 15 bytes (`IFNAMSIZ`).
    pub port: &'static str,
    /// Its MAC address.
    pub mac: &'static str,
    /// Its address in the /24 of [`ROUTER_V4`].
    pub v4: Ipv4Addr,
    /// Its address in the /64 of [`ROUTER_V6`].
    pub v6: Ipv6Addr,
}

/// The camera `gate` of the policy.
pub const CAMERA: Device = Device {
    name: "camera",
    port: "lan-cam1",
    mac: "02:00:00:00:50:21",
    v4: Ipv4Addr::new(192, 168, 50, 21),
    v6: lan_v6(0x21),
};

/// The recorder of the policy.
pub const RECORDER: Device = Device {
    name: "recorder",
    port: "lan-rec1",
    mac: "02:00:00:00:50:10",
    v4: Ipv4Addr::new(192, 168, 50, 10),
    v6: lan_v6(0x10),
};

/// A device that the policy does not know, on a port for cameras.
pub const STRANGER: Device = Device {
    name: "stranger",
    port: "lan-cam2",
    mac: "02:00:00:00:50:66",
    v4: Ipv4Addr::new(192, 168, 50, 66),
    v6: lan_v6(0x66),
};

/// The router on the bridge.
pub const ROUTER_V4: Ipv4Addr = Ipv4Addr::new(192, 168, 50, 1);
/// The router on the bridge.
pub const ROUTER_V6: Ipv6Addr = lan_v6(1);
/// The vendor's server.
pub const CLOUD_V4: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
/// The vendor's server.
pub const CLOUD_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7);

/// The router and the cloud; devices are plugged in.
#[derive(Debug)]
pub struct Network {
    /// Where enforcement happens.
    pub router: Namespace,
    /// Holds [`CLOUD_V4`] and [`CLOUD_V6`], and knows the way back.
    pub cloud: Namespace,
}

impl Network {
    /// Makes the router, its empty bridge, and the cloud behind it.
    pub fn new(sandbox: &mut Sandbox) -> Result<Self> {
        let router = host(sandbox, "router")?;
        let cloud = host(sandbox, "cloud")?;
        router.sysctl(&[
            ("ipv4/ip_forward", "1"),
            ("ipv6/conf/all/forwarding", "1"),
            ("ipv6/conf/default/forwarding", "1"),
        ])?;
        router.ip(&format!(
            "link add br-lan address 02:00:00:00:50:01 type bridge mcast_snooping 0\n\
             link set br-lan up\n\
             address add {ROUTER_V4}/24 dev br-lan\n\
             address add {ROUTER_V6}/64 dev br-lan nodad\n\
             link add wan0 type veth peer name eth0 netns {cloud}\n\
             link set wan0 up\n\
             address add 203.0.113.1/24 dev wan0\n\
             address add 2001:db8::1/64 dev wan0 nodad\n",
            cloud = cloud.name(),
        ))?;
        cloud.ip(&format!(
            "link set eth0 up\n\
             address add {CLOUD_V4}/24 dev eth0\n\
             address add {CLOUD_V6}/64 dev eth0 nodad\n\
             route add default via 203.0.113.1\n\
             route add default via 2001:db8::1\n"
        ))?;
        Ok(Self { router, cloud })
    }

    /// Makes a device and plugs it into its port of the bridge.
    pub fn plug_in(&self, sandbox: &mut Sandbox, device: &Device) -> Result<Namespace> {
        let namespace = host(sandbox, device.name)?;
        let Device {
            name,
            port,
            mac,
            v4,
            v6,
        } = device;
        self.router
            .ip(&format!(
                "link add {port} type veth peer name eth0 address {mac} netns {peer}\n\
                 link set {port} addrgenmode none\n\
                 link set {port} master br-lan up\n",
                peer = namespace.name(),
            ))
            .and_then(|()| {
                namespace.ip(&format!(
                    "link set eth0 up\n\
                     address add {v4}/24 dev eth0\n\
                     address add {v6}/64 dev eth0 nodad\n\
                     route add default via {ROUTER_V4}\n\
                     route add default via {ROUTER_V6}\n"
                ))
            })
            .with_context(|| format!("plug {name} into {port}"))?;
        Ok(namespace)
    }
}

/// A namespace that is ready at once and quiet afterwards.
fn host(sandbox: &mut Sandbox, name: &str) -> Result<Namespace> {
    let namespace = sandbox.add_namespace(name)?;
    namespace.sysctl(&[
        // Addresses are usable without the second of duplicate address detection.
        ("ipv6/conf/all/accept_dad", "0"),
        ("ipv6/conf/default/accept_dad", "0"),
        // Routes are those given here; nobody asks for a router.
        ("ipv6/conf/default/accept_ra", "0"),
        // Multicast memberships are reported at once, not again a second later.
        ("ipv6/conf/default/mldv2_unsolicited_report_interval", "10"),
        ("ipv4/igmp_qrv", "1"),
        // Echo requests without raw sockets.
        ("ipv4/ping_group_range", "0 2147483647"),
    ])?;
    Ok(namespace)
}

const fn lan_v6(host: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfd00, 0x50, 0, 0, 0, 0, 0, host)
}
