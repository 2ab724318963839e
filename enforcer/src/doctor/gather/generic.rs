//! What generic netlink says of links: whether their driver has native XDP, and what they are in a
//! radio network.

use std::collections::BTreeMap;

use rustix::io::Errno;
use rustix::net::netlink::GENERIC;
use zerocopy::{FromBytes, Immutable, KnownLayout};

use crate::doctor::facts::{Device, Known, Radio, Untold};
use crate::netlink::request::{all, ask, attribute, dump, find};

// linux/genetlink.h
const GENL_ID_CTRL: u16 = 0x10;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;
/// `struct genlmsghdr`: the command, a version, and nothing.
const HEADER: usize = 4;

// linux/netdev.h
const NETDEV_CMD_DEV_GET: u8 = 1;
const NETDEV_A_DEV_IFINDEX: u16 = 1;
const NETDEV_A_DEV_XDP_FEATURES: u16 = 3;
const NETDEV_XDP_ACT_BASIC: u64 = 1;
const NETDEV_XDP_ACT_RX_SG: u64 = 32;

// linux/nl80211.h
const NL80211_CMD_GET_INTERFACE: u8 = 5;
const NL80211_ATTR_IFINDEX: u16 = 3;
const NL80211_ATTR_IFTYPE: u16 = 5;
const NL80211_IFTYPE_AP: u32 = 3;
const NL80211_IFTYPE_AP_VLAN: u32 = 4;
const NL80211_IFTYPE_MESH_POINT: u32 = 7;
const NL80211_IFTYPE_P2P_GO: u32 = 9;

/// Adds it to the devices.
pub(super) fn add(devices: &mut [Device]) {
    let native = native();
    let radios = radios();
    for device in devices {
        let features = native.as_ref().map_err(Clone::clone).and_then(|native| {
            let features = native.get(&device.index).copied();
            features.ok_or_else(|| Untold::new("the kernel does not list the interface"))
        });
        device.native = features
            .clone()
            .map(|bits| bits & NETDEV_XDP_ACT_BASIC != 0);
        device.in_pieces = features.map(|bits| bits & NETDEV_XDP_ACT_RX_SG != 0);
        device.radio = radios
            .as_ref()
            .map_err(Clone::clone)
            .map(|radios| radios.get(&device.index).copied());
    }
}

/// The XDP features of each driver, since Linux 6.3 (d3d854fd6a1d, "netdev-genl: create a simple family for netdev stuff").
fn native() -> Known<BTreeMap<u32, u64>> {
    let messages = match of_family("netdev", NETDEV_CMD_DEV_GET) {
        Ok(messages) => messages,
        Err(Errno::NOENT) => {
            let words = "whether the driver has native XDP, Linux tells since 6.3";
            return Err(Untold::new(words));
        }
        Err(error) => return Err(Untold::new(format!("generic netlink: {error}"))),
    };
    let rows = messages.iter().filter_map(|message| {
        let index = value(message, NETDEV_A_DEV_IFINDEX)?;
        Some((index, value(message, NETDEV_A_DEV_XDP_FEATURES)?))
    });
    Ok(rows.collect())
}

fn radios() -> Known<BTreeMap<u32, Radio>> {
    let messages = match of_family("nl80211", NL80211_CMD_GET_INTERFACE) {
        Ok(messages) => messages,
        // A kernel without it has no radio.
        Err(Errno::NOENT) => Vec::new(),
        Err(error) => return Err(Untold::new(format!("nl80211: {error}"))),
    };
    let rows = messages.iter().filter_map(|message| {
        let index = value(message, NL80211_ATTR_IFINDEX)?;
        let radio = match value(message, NL80211_ATTR_IFTYPE)? {
            NL80211_IFTYPE_AP
            | NL80211_IFTYPE_AP_VLAN
            | NL80211_IFTYPE_MESH_POINT
            | NL80211_IFTYPE_P2P_GO => Radio::AccessPoint,
            _ => Radio::Other,
        };
        Some((index, radio))
    });
    Ok(rows.collect())
}

/// Everything that a command of a family lists; `NOENT` if there is no such family.
fn of_family(name: &str, command: u8) -> Result<Vec<Vec<u8>>, Errno> {
    let mut request = vec![CTRL_CMD_GETFAMILY, 1, 0, 0];
    let name = format!("{name}\0");
    request.extend(attribute(CTRL_ATTR_FAMILY_NAME, name.as_bytes()));
    let answer = match ask(GENERIC, GENL_ID_CTRL, &request) {
        // No generic netlink at all, so none of its families either.
        Err(Errno::PROTONOSUPPORT) => return Err(Errno::NOENT),
        answer => answer?,
    };
    let family: u16 = value(&answer, CTRL_ATTR_FAMILY_ID).ok_or(Errno::BADMSG)?;
    dump(GENERIC, family, &[command, 1, 0, 0])
}

fn value<T: FromBytes + Immutable + KnownLayout>(message: &[u8], kind: u16) -> Option<T> {
    let attributes = message.get(HEADER..)?;
    debug_assert!(all(attributes).count() > 0, "a message without attributes");
    T::read_from_bytes(find(attributes, kind)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_that_nobody_has_is_not_there() {
        assert_eq!(of_family("no-such-family", 1), Err(Errno::NOENT));
    }

    #[test]
    fn the_loopback_has_no_radio_and_the_kernel_says_whether_it_has_native_xdp() {
        assert_eq!(radios().map(|radios| radios.get(&1).copied()), Ok(None));
        match native() {
            Ok(native) => assert_eq!(native.get(&1), Some(&0)),
            Err(untold) => assert!(untold.words.contains("since 6.3"), "{untold:?}"),
        }
    }
}
