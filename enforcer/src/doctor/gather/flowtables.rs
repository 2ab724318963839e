//! The flow tables of nftables.

use rustix::io::Errno;
use rustix::net::netlink::NETFILTER;

use crate::doctor::facts::{Flowtable, Known, Untold};
use crate::netlink::request::{all, dump, find, text};

// linux/netfilter/nfnetlink.h and nf_tables.h
const NFNL_SUBSYS_NFTABLES: u16 = 10;
const NFT_MSG_GETFLOWTABLE: u16 = 23;
/// `struct nfgenmsg`: the family, a version, and a number.
const HEADER: usize = 4;
const NFTA_FLOWTABLE_TABLE: u16 = 1;
const NFTA_FLOWTABLE_NAME: u16 = 2;
const NFTA_FLOWTABLE_HOOK: u16 = 3;
const NFTA_FLOWTABLE_FLAGS: u16 = 7;
const NFTA_FLOWTABLE_HOOK_DEVS: u16 = 3;
const NFTA_DEVICE_NAME: u16 = 1;
const NFT_FLOWTABLE_HW_OFFLOAD: u32 = 1;

const NFPROTO_INET: u8 = 1;
const NFPROTO_IPV4: u8 = 2;
const NFPROTO_IPV6: u8 = 10;

/// Every flow table of this network namespace.
pub(super) fn flowtables() -> Known<Vec<Flowtable>> {
    let kind = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETFLOWTABLE;
    match dump(NETFILTER, kind, &[0; HEADER]) {
        Ok(messages) => Ok(messages
            .iter()
            .filter_map(|message| parse(message))
            .collect()),
        // A kernel without nftables has no flow tables: the protocol is not there, or nobody in it
        // answers to this.
        Err(Errno::PROTONOSUPPORT | Errno::INVAL | Errno::OPNOTSUPP) => Ok(Vec::new()),
        Err(Errno::PERM) => Err(Untold::for_root(
            "nftables tells its flow tables to those with CAP_NET_ADMIN only",
        )),
        Err(error) => Err(Untold::new(format!("nftables: {error}"))),
    }
}

fn parse(message: &[u8]) -> Option<Flowtable> {
    let family = match *message.first()? {
        NFPROTO_INET => "inet",
        NFPROTO_IPV4 => "ip",
        NFPROTO_IPV6 => "ip6",
        _ => "netdev",
    };
    let attributes = message.get(HEADER..)?;
    let flags = find(attributes, NFTA_FLOWTABLE_FLAGS).and_then(|flags| flags.first_chunk());
    let flags = flags.map_or(0, |&flags| u32::from_be_bytes(flags));
    let hook = find(attributes, NFTA_FLOWTABLE_HOOK).unwrap_or_default();
    let devices = find(hook, NFTA_FLOWTABLE_HOOK_DEVS).unwrap_or_default();
    let devices = all(devices).filter(|(kind, _)| *kind == NFTA_DEVICE_NAME);
    Some(Flowtable {
        family,
        table: text(find(attributes, NFTA_FLOWTABLE_TABLE)?),
        name: text(find(attributes, NFTA_FLOWTABLE_NAME)?),
        hardware: flags & NFT_FLOWTABLE_HW_OFFLOAD != 0,
        devices: devices.map(|(_, name)| text(name)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::request::attribute;

    #[test]
    fn a_flow_table_is_read_with_its_devices_and_whether_hardware_takes_over() {
        for (flags, hardware) in [(None, false), (Some(2), false), (Some(1_u32), true)] {
            let device = |name: &[u8]| attribute(NFTA_DEVICE_NAME, name);
            let devices = [device(b"lan1\0"), device(b"wan\0")].concat();
            let hook = [
                attribute(1, &0_u32.to_be_bytes()),
                attribute(NFTA_FLOWTABLE_HOOK_DEVS, &devices),
            ];
            let mut message = vec![NFPROTO_INET, 0, 0, 0];
            message.extend(attribute(NFTA_FLOWTABLE_TABLE, b"fw4\0"));
            message.extend(attribute(NFTA_FLOWTABLE_NAME, b"ft\0"));
            message.extend(attribute(NFTA_FLOWTABLE_HOOK, &hook.concat()));
            if let Some(flags) = flags {
                message.extend(attribute(NFTA_FLOWTABLE_FLAGS, &flags.to_be_bytes()));
            }
            let expected = Flowtable {
                family: "inet",
                table: "fw4".to_owned(),
                name: "ft".to_owned(),
                hardware,
                devices: vec!["lan1".to_owned(), "wan".to_owned()],
            };
            assert_eq!(parse(&message), Some(expected));
        }
        assert_eq!(parse(&[]), None);
        assert_eq!(parse(&[1, 0, 0, 0]), None);
    }
}
