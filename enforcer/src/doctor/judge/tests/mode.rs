//! Where the program runs.

use super::Case;
use super::router::{camera_port, feature, in_mode, row};
use crate::doctor::facts::Untold;
use crate::doctor::{Level, Question};
use crate::netlink::AttachMode;
use crate::policy::Attach;

pub(super) const CASES: &[Case] = &[
    (
        "generic mode",
        |facts| in_mode(facts, AttachMode::Generic, Ok(false)),
        &[(Question::AttachMode, Level::Note)],
        "",
    ),
    (
        "generic mode that is asked for",
        |facts| {
            in_mode(facts, AttachMode::Generic, Ok(true));
            row(facts).attach = Attach::Generic;
        },
        &[],
        "",
    ),
    (
        "native mode that is asked for and not to be had",
        |facts| {
            camera_port(facts).xdp = None;
            camera_port(facts).native = Ok(false);
            row(facts).attach = Attach::Native;
        },
        &[
            (Question::Enforced, Level::Error),
            (Question::AttachMode, Level::Warning),
        ],
        "  lan-cam1: {}",
    ),
    (
        "no program yet, and a driver that does not say",
        |facts| {
            camera_port(facts).xdp = None;
            camera_port(facts).native = Err(Untold::new("Linux tells since 6.3"));
        },
        &[
            (Question::Enforced, Level::Error),
            (Question::AttachMode, Level::Unknown),
        ],
        "",
    ),
    (
        "long frames and generic mode",
        |facts| {
            in_mode(facts, AttachMode::Generic, Ok(true));
            camera_port(facts).mtu = 9000;
        },
        &[
            (Question::AttachMode, Level::Note),
            (Question::Mtu, Level::Note),
        ],
        "ip link set dev lan-cam1 mtu 1500",
    ),
    (
        "long frames, and a driver that hands them over in pieces",
        |facts| {
            in_mode(facts, AttachMode::Generic, Ok(true));
            camera_port(facts).mtu = 9000;
            camera_port(facts).in_pieces = Ok(true);
        },
        &[(Question::AttachMode, Level::Note)],
        "",
    ),
    (
        "long frames, and a driver that has no native mode at all",
        |facts| {
            in_mode(facts, AttachMode::Generic, Ok(false));
            camera_port(facts).mtu = 9000;
        },
        &[(Question::AttachMode, Level::Note)],
        "",
    ),
    (
        "long frames, and only native mode will do",
        |facts| {
            camera_port(facts).xdp = None;
            camera_port(facts).mtu = 9000;
            row(facts).attach = Attach::Native;
        },
        &[
            (Question::Enforced, Level::Error),
            (Question::Mtu, Level::Warning),
        ],
        "ip link set dev lan-cam1 mtu 1500",
    ),
    (
        "long frames in native mode",
        |facts| camera_port(facts).mtu = 9000,
        &[],
        "",
    ),
    (
        "frames that the card merges",
        |facts| {
            in_mode(facts, AttachMode::Generic, Ok(true));
            feature(facts, "rx-lro");
        },
        &[
            (Question::Merging, Level::Warning),
            (Question::AttachMode, Level::Note),
        ],
        "ethtool -K lan-cam1 lro off",
    ),
];
