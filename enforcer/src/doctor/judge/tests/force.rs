//! Whether the policy is in force.

use super::router::{audit, camera_port, device, name, name_in_record, program, running};
use super::{Case, NOBODY};
use crate::doctor::facts::{Daemon, Kind, Row};
use crate::doctor::{Level, Question};
use crate::kernel::links::PinnedProgram;
use crate::netlink::AttachMode;
use crate::policy::Mode;

pub(super) const CASES: &[Case] = &[
    (
        "no program",
        |facts| camera_port(facts).xdp = None,
        &[(Question::Enforced, Level::Error)],
        "kill -HUP 99",
    ),
    (
        "no program, because the bridge has one",
        |facts| {
            let mut bridge = device(9, "br-lan");
            bridge.kind = Kind::Bridge;
            bridge.xdp = Some(running(50, AttachMode::Generic));
            facts.devices.push(bridge);
            camera_port(facts).master = Some(9);
            camera_port(facts).xdp = None;
        },
        &[(Question::Enforced, Level::Error)],
        "ip link set dev br-lan xdpgeneric off",
    ),
    (
        "a link that the daemon alone holds",
        |facts| {
            facts.pins = Ok(Vec::new());
            facts.record.as_mut().unwrap().as_mut().unwrap().program = 7;
        },
        &[(Question::Enforced, Level::Warning)],
        "kill -HUP 99",
    ),
    (
        "nobody may look",
        |facts| facts.pins = Err(NOBODY()),
        &[(Question::Enforced, Level::Unknown)],
        "",
    ),
    (
        "another's program, put on without a link",
        |facts| camera_port(facts).xdp = Some(running(50, AttachMode::Native)),
        &[(Question::OtherProgram, Level::Error)],
        "ip link set dev lan-cam1 xdpdrv off",
    ),
    (
        "another's program, held by a link",
        |facts| {
            let mut other = running(50, AttachMode::Generic);
            other.links = Ok(vec![12]);
            camera_port(facts).xdp = Some(other);
        },
        &[
            (Question::OtherProgram, Level::Error),
            (Question::AttachMode, Level::Note),
        ],
        "bpftool link detach id 12",
    ),
    (
        "another's program, in our link",
        |facts| {
            camera_port(facts).xdp = Some(running(50, AttachMode::Native));
            facts.pins = Ok(vec![PinnedProgram {
                index: 2,
                program: 50,
            }]);
        },
        &[
            (Question::OtherProgram, Level::Error),
            (Question::Generation, Level::Warning),
        ],
        "kill -HUP 99",
    ),
    (
        "an older generation",
        |facts| {
            let mut older = running(50, AttachMode::Native);
            older.program = Ok(program(50, "enforce"));
            camera_port(facts).xdp = Some(older);
            facts.pins = Ok(vec![PinnedProgram {
                index: 2,
                program: 50,
            }]);
        },
        &[(Question::Generation, Level::Warning)],
        "kill -HUP 99",
    ),
    (
        "no pinned program",
        |facts| facts.program = Ok(None),
        &[(Question::Generation, Level::Warning)],
        "kill -HUP 99",
    ),
    (
        "a pinned program that nobody may look at",
        |facts| facts.program = Err(NOBODY()),
        &[(Question::Generation, Level::Unknown)],
        "",
    ),
    (
        "an interface that is not there",
        |facts| {
            name(facts, "lan-cam9", Row::default());
            name_in_record(facts, "lan-cam9");
        },
        &[(Question::Absent, Level::Note)],
        "ip -brief link",
    ),
    (
        "an interface that is not there, and no daemon",
        |facts| {
            name(facts, "lan-cam9", Row::default());
            name_in_record(facts, "lan-cam9");
            facts.daemon = Ok(Daemon::Stopped);
        },
        &[
            (Question::Daemon, Level::Warning),
            (Question::Absent, Level::Warning),
        ],
        "enforcer run --policy /etc/enforcer/policy.yaml",
    ),
    (
        "a link of an interface that is gone",
        |facts| {
            let mut pins = facts.pins.clone().unwrap();
            pins.push(PinnedProgram {
                index: 77,
                program: 7,
            });
            facts.pins = Ok(pins);
        },
        &[(Question::StaleLink, Level::Note)],
        "kill -HUP 99",
    ),
    (
        "an audit",
        |facts| audit(facts, Mode::AUDIT),
        &[(Question::Audit, Level::Note)],
        "",
    ),
    (
        "an audit that is over",
        |facts| {
            audit(
                facts,
                Mode::Audit {
                    until: Some("2029-12-31T00:00:00Z".parse().unwrap()),
                },
            );
        },
        &[(Question::Audit, Level::Error)],
        "kill -HUP 99",
    ),
    (
        "an audit that ends later",
        |facts| {
            audit(
                facts,
                Mode::Audit {
                    until: Some("2030-01-02T00:00:00Z".parse().unwrap()),
                },
            );
        },
        &[(Question::Audit, Level::Note)],
        "",
    ),
];
