//! The links, as route netlink tells them.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what the kernel may say of a link is an open set"
)]

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::link::{
    AfSpecBridge, BridgeMode, InfoBridgePort, InfoData, InfoDsa, InfoKind, InfoPortData,
    LinkAttribute, LinkExtentMask, LinkInfo, LinkMessage,
};
use tokio::runtime;

use crate::doctor::facts::{Device, Kind, Running, Untold};
use crate::netlink;

/// Every link of this network namespace.
pub(super) fn devices() -> Result<Vec<Device>> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime")?;
    let (links, bridged) = runtime.block_on(async {
        let (requests, handle, _) = rtnetlink::new_connection().context("netlink")?;
        tokio::spawn(requests);
        // Of virtual functions the kernel tells only if it is asked.
        let links = handle.link().get();
        let links = links.set_filter_mask(AddressFamily::Unspec, vec![LinkExtentMask::Vf]);
        let links: Vec<LinkMessage> = netlink::answer("links", links.execute()).await?;
        let ports = handle.link().get();
        let ports = ports.set_filter_mask(AddressFamily::Bridge, Vec::new());
        let ports: Vec<LinkMessage> = netlink::answer("bridge ports", ports.execute()).await?;
        Ok::<_, anyhow::Error>((links, ports))
    })?;
    let switching: BTreeSet<u32> = bridged.iter().filter_map(switches_in_card).collect();
    let mut devices: Vec<Device> = links.iter().map(device).collect();
    for device in &mut devices {
        device.embedded_switch = switching.contains(&device.index);
    }
    devices.sort_by_key(|device| device.index);
    Ok(devices)
}

/// The index of a link whose card forwards between its functions (`IFLA_BRIDGE_MODE`).
fn switches_in_card(message: &LinkMessage) -> Option<u32> {
    let mut attributes = message.attributes.iter();
    let switches = attributes.any(|attribute| match attribute {
        LinkAttribute::AfSpecBridge(specs) => specs.contains(&AfSpecBridge::Mode(BridgeMode::Veb)),
        _ => false,
    });
    switches.then_some(message.header.index)
}

fn device(message: &LinkMessage) -> Device {
    let not_asked = || Untold::new("not asked");
    let mut device = Device {
        index: message.header.index,
        name: String::new(),
        kind: Kind::default(),
        mtu: 0,
        master: None,
        parent: None,
        switch: None,
        isolated: false,
        embedded_switch: false,
        virtual_functions: 0,
        xdp: netlink::attached(message).map(|attached| Running {
            attached,
            program: Err(not_asked()),
            links: Err(not_asked()),
        }),
        features: Err(not_asked()),
        native: Err(not_asked()),
        in_pieces: Err(not_asked()),
        radio: Err(not_asked()),
    };
    let mut elsewhere = false;
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => device.name.clone_from(name),
            LinkAttribute::Mtu(mtu) => device.mtu = *mtu,
            LinkAttribute::Controller(master) => device.master = Some(*master),
            LinkAttribute::Link(parent) => device.parent = Some(*parent),
            LinkAttribute::LinkNetNsId(_) => elsewhere = true,
            LinkAttribute::PhysSwitchId(id) => {
                device.switch = id.id.get(..id.len).map(<[u8]>::to_vec);
            }
            LinkAttribute::NumVf(number) => device.virtual_functions = *number,
            LinkAttribute::LinkInfo(infos) => infos.iter().for_each(|info| add(&mut device, info)),
            _ => {}
        }
    }
    if elsewhere {
        device.parent = None;
    }
    device
}

fn add(device: &mut Device, info: &LinkInfo) {
    match info {
        LinkInfo::Kind(InfoKind::Bridge) => device.kind = Kind::Bridge,
        LinkInfo::Kind(InfoKind::Dsa) => device.kind = Kind::Dsa,
        LinkInfo::Kind(InfoKind::Vlan) => device.kind = Kind::Vlan,
        LinkInfo::Kind(InfoKind::MacVlan | InfoKind::MacVtap | InfoKind::IpVlan) => {
            device.kind = Kind::Macvlan;
        }
        LinkInfo::Kind(InfoKind::Veth) => device.kind = Kind::Veth,
        LinkInfo::Data(InfoData::Dsa(infos)) => {
            let conduit = infos.iter().find_map(|info| match info {
                InfoDsa::Conduit(conduit) => Some(*conduit),
                _ => None,
            });
            device.parent = conduit.or(device.parent);
        }
        LinkInfo::PortData(InfoPortData::BridgePort(infos)) => {
            device.isolated = infos.contains(&InfoBridgePort::Isolated(true));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use rtnetlink::packet_route::link::{LinkHeader, LinkPhysId};

    use super::*;

    #[test]
    fn a_port_of_a_switch_chip_is_read_with_its_conduit_its_chip_and_its_bridge() {
        let mut id = [0; 32];
        id[..3].copy_from_slice(&[7, 8, 9]);
        let message = message(vec![
            LinkAttribute::IfName("lan3".to_owned()),
            LinkAttribute::Mtu(1500),
            LinkAttribute::Controller(9),
            LinkAttribute::PhysSwitchId(phys_id(id)),
            LinkAttribute::LinkInfo(vec![
                LinkInfo::Kind(InfoKind::Dsa),
                LinkInfo::Data(InfoData::Dsa(vec![InfoDsa::Conduit(2)])),
                LinkInfo::PortData(InfoPortData::BridgePort(vec![InfoBridgePort::Isolated(
                    true,
                )])),
            ]),
        ]);
        let device = device(&message);
        assert_eq!(
            (device.index, device.name.as_str(), device.mtu),
            (5, "lan3", 1500)
        );
        assert_eq!(device.kind, Kind::Dsa);
        assert_eq!((device.parent, device.master), (Some(2), Some(9)));
        assert_eq!(device.switch.as_deref(), Some(&[7, 8, 9][..]));
        assert!(device.isolated);
    }

    #[test]
    fn a_parent_in_another_namespace_is_none_and_functions_of_a_card_are_counted() {
        let device = device(&message(vec![
            LinkAttribute::Link(3),
            LinkAttribute::LinkNetNsId(0),
            LinkAttribute::NumVf(4),
        ]));
        assert_eq!((device.parent, device.virtual_functions), (None, 4));
    }

    #[test]
    fn a_card_that_forwards_between_its_functions_says_so() {
        for (mode, expected) in [(BridgeMode::Veb, Some(5)), (BridgeMode::Vepa, None)] {
            let spec = LinkAttribute::AfSpecBridge(vec![AfSpecBridge::Mode(mode)]);
            assert_eq!(switches_in_card(&message(vec![spec])), expected);
        }
    }

    fn message(attributes: Vec<LinkAttribute>) -> LinkMessage {
        let mut message = LinkMessage::default();
        message.header = LinkHeader::default();
        message.header.index = 5;
        message.attributes = attributes;
        message
    }

    fn phys_id(id: [u8; 32]) -> LinkPhysId {
        use rtnetlink::packet_core::Parseable as _;
        LinkPhysId::parse(&id[..3]).unwrap()
    }
}
