//! Tags that the program does not see.

use std::collections::BTreeMap;

use super::Case;
use super::router::{camera_port, device, feature, row, tagged};
use crate::doctor::facts::Kind;
use crate::doctor::{Level, Question};
use crate::policy::Unlisted;

pub(super) const CASES: &[Case] = &[
    (
        "tags that are taken off, and nobody asks for them",
        |facts| feature(facts, "rx-vlan-hw-parse"),
        &[],
        "",
    ),
    (
        "tags that are taken off, among strangers",
        |facts| {
            feature(facts, "rx-vlan-hw-parse");
            tagged(facts, &["lan-cam*"]);
            row(facts).unlisted = Unlisted::Pass;
        },
        &[(Question::VlanTags, Level::Error)],
        "ethtool -K lan-cam1 rxvlan off",
    ),
    (
        "tags that are taken off, among cameras",
        |facts| {
            feature(facts, "rx-vlan-hw-parse");
            tagged(facts, &[]);
        },
        &[(Question::VlanTags, Level::Warning)],
        "ethtool -K lan-cam1 rxvlan off",
    ),
    (
        "tags that are taken off, and asked for elsewhere",
        |facts| {
            feature(facts, "rx-vlan-hw-parse");
            tagged(facts, &["lan-cam2"]);
        },
        &[],
        "",
    ),
    ("tags that stay", |facts| tagged(facts, &[]), &[], ""),
    (
        "tags that are taken off, and a policy that is not known",
        |facts| {
            feature(facts, "rx-vlan-hw-parse");
            facts.asked.tagged = None;
        },
        &[(Question::VlanTags, Level::Unknown)],
        "",
    ),
    (
        "a veth whose other end leaves tags beside the frame",
        |facts| {
            let mut peer = device(3, "cam");
            peer.features = Ok(BTreeMap::from([("tx-vlan-hw-insert".to_owned(), true)]));
            facts.devices.push(peer);
            camera_port(facts).kind = Kind::Veth;
            camera_port(facts).parent = Some(3);
            tagged(facts, &[]);
        },
        &[(Question::VlanTags, Level::Warning)],
        "ethtool -K cam txvlan off",
    ),
    (
        "a veth whose other end is elsewhere",
        |facts| {
            camera_port(facts).kind = Kind::Veth;
            tagged(facts, &[]);
        },
        &[(Question::VlanTags, Level::Unknown)],
        "",
    ),
];
