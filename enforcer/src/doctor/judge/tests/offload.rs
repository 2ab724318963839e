//! Hardware that takes frames first.

use super::router::{camera_port, device, feature, flowtable};
use super::{Case, NOBODY};
use crate::doctor::facts::Untold;
use crate::doctor::{Level, Question};

pub(super) const CASES: &[Case] = &[
    (
        "a flow table in hardware, as OpenWrt makes it",
        |facts| flowtable(facts, "fw4", true, "lan-cam1"),
        &[(Question::FlowOffload, Level::Error)],
        "uci set firewall.@defaults[0].flow_offloading_hw=0",
    ),
    (
        "a flow table in hardware, on the bridge of the port",
        |facts| {
            flowtable(facts, "filter", true, "br-lan");
            facts.devices.push(device(9, "br-lan"));
            camera_port(facts).master = Some(9);
        },
        &[(Question::FlowOffload, Level::Error)],
        "nft list flowtable inet filter ft",
    ),
    (
        "a flow table in hardware elsewhere",
        |facts| flowtable(facts, "fw4", true, "wan"),
        &[],
        "",
    ),
    (
        "a flow table in software",
        |facts| flowtable(facts, "fw4", false, "lan-cam1"),
        &[],
        "",
    ),
    (
        "flow tables that nobody may look at",
        |facts| facts.flowtables = Err(NOBODY()),
        &[(Question::FlowOffload, Level::Unknown)],
        "",
    ),
    (
        "rules of tc in hardware",
        |facts| feature(facts, "hw-tc-offload"),
        &[(Question::TcOffload, Level::Note)],
        "ethtool -K lan-cam1 hw-tc-offload off",
    ),
    (
        "a driver that tells nothing",
        |facts| camera_port(facts).features = Err(Untold::new("ethtool: no such device")),
        &[(Question::TcOffload, Level::Unknown)],
        "",
    ),
    (
        "filters in the card",
        |facts| feature(facts, "rx-ntuple-filter"),
        &[(Question::Ntuple, Level::Note)],
        "ethtool -K lan-cam1 ntuple off",
    ),
];
