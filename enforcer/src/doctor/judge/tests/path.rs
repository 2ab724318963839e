//! Ways that do not come past the program.

use super::Case;
use super::router::{camera_port, conduit, device, dsa, enforce, port_of, rename, row};
use crate::doctor::facts::{Kind, Radio, Untold};
use crate::doctor::{Level, Question};
use crate::policy::Unlisted;

pub(super) const CASES: &[Case] = &[
    (
        "a bridge in place of its ports",
        |facts| {
            rename(facts, "br-lan", Kind::Bridge);
            port_of(facts, 3, "lan1", 2);
            port_of(facts, 4, "lan2", 2);
        },
        &[(Question::Bridge, Level::Error)],
        "  lan2: {}",
    ),
    (
        "a bridge beside its ports",
        |facts| {
            rename(facts, "br-lan", Kind::Bridge);
            port_of(facts, 3, "lan1", 2);
            enforce(facts, 3, "lan1");
        },
        &[(Question::Bridge, Level::Warning)],
        "  lan1: {}",
    ),
    (
        "a bridge without ports",
        |facts| rename(facts, "br-lan", Kind::Bridge),
        &[],
        "",
    ),
    (
        "ports of one switch chip in one bridge",
        |facts| {
            dsa(facts);
            port_of(facts, 3, "lan2", 9);
            facts.devices[2].kind = Kind::Dsa;
            facts.devices[2].parent = Some(8);
        },
        &[(Question::SwitchChip, Level::Error)],
        "ip link set dev lan-cam1 nomaster",
    ),
    (
        "ports of one switch chip in one bridge, isolated on one side only",
        |facts| {
            dsa(facts);
            port_of(facts, 3, "lan2", 9);
            camera_port(facts).switch = Some(vec![1]);
            camera_port(facts).isolated = true;
            facts.devices[2].switch = Some(vec![1]);
        },
        &[(Question::SwitchChip, Level::Error)],
        "",
    ),
    (
        "ports of one switch chip in one bridge, isolated from each other",
        |facts| {
            dsa(facts);
            port_of(facts, 3, "lan2", 9);
            camera_port(facts).isolated = true;
            facts.devices[2].kind = Kind::Dsa;
            facts.devices[2].parent = Some(8);
            facts.devices[2].isolated = true;
        },
        &[],
        "",
    ),
    (
        "ports of two chips in one bridge",
        |facts| {
            dsa(facts);
            port_of(facts, 3, "lan2", 9);
            camera_port(facts).switch = Some(vec![1]);
            facts.devices[2].kind = Kind::Dsa;
            facts.devices[2].parent = Some(8);
            facts.devices[2].switch = Some(vec![2]);
        },
        &[],
        "",
    ),
    (
        "a switch port by itself",
        |facts| {
            dsa(facts);
            camera_port(facts).master = None;
        },
        &[],
        "",
    ),
    (
        "a switch that may route",
        |facts| camera_port(facts).switch = Some(vec![1, 2]),
        &[(Question::SwitchChip, Level::Warning)],
        "",
    ),
    (
        "a conduit for cameras alone",
        conduit,
        &[(Question::Conduit, Level::Warning)],
        "  lan2: {}",
    ),
    (
        "a conduit for all",
        |facts| {
            conduit(facts);
            row(facts).unlisted = Unlisted::Pass;
        },
        &[(Question::Conduit, Level::Error)],
        "  lan2: {}",
    ),
    (
        "one VLAN of an interface",
        |facts| {
            let mut parent = device(3, "eth0");
            parent.xdp = None;
            facts.devices.push(parent);
            rename(facts, "eth0.50", Kind::Vlan);
            camera_port(facts).parent = Some(3);
        },
        &[(Question::SubInterface, Level::Note)],
        "  eth0: {}",
    ),
    (
        "one MAC address of an interface that the policy names too",
        |facts| {
            rename(facts, "macvlan0", Kind::Macvlan);
            enforce(facts, 3, "eth0");
            camera_port(facts).parent = Some(3);
        },
        &[],
        "",
    ),
    (
        "an access point",
        |facts| camera_port(facts).radio = Ok(Some(Radio::AccessPoint)),
        &[(Question::Wireless, Level::Note)],
        "",
    ),
    (
        "a station",
        |facts| camera_port(facts).radio = Ok(Some(Radio::Other)),
        &[],
        "",
    ),
    (
        "a radio that does not answer",
        |facts| camera_port(facts).radio = Err(Untold::new("nl80211: busy")),
        &[(Question::Wireless, Level::Unknown)],
        "",
    ),
    (
        "virtual functions",
        |facts| camera_port(facts).virtual_functions = 4,
        &[(Question::EmbeddedSwitch, Level::Warning)],
        "echo 0 > /sys/class/net/lan-cam1/device/sriov_numvfs",
    ),
    (
        "a card that switches",
        |facts| camera_port(facts).embedded_switch = true,
        &[(Question::EmbeddedSwitch, Level::Warning)],
        "bridge link set dev lan-cam1 hwmode vepa",
    ),
];
