//! The machine and who looks after it.

use std::path::PathBuf;

use super::router::{daemon_with, name_in_record};
use super::{Case, NOBODY};
use crate::doctor::facts::{Asked, Daemon};
use crate::doctor::{Level, Question};

pub(super) const CASES: &[Case] = &[
    ("nothing", |_| {}, &[], ""),
    (
        "no policy at all",
        |facts| {
            facts.asked = Asked::default();
            facts.record = Ok(None);
        },
        &[(Question::Policy, Level::Error)],
        "enforcer check /etc/enforcer/policy.yaml",
    ),
    (
        "a policy that cannot be read",
        |facts| facts.asked.unreadable = Some("not a valid policy, 1 problem".to_owned()),
        &[(Question::Policy, Level::Warning)],
        "enforcer check /etc/enforcer/policy.yaml",
    ),
    (
        "a policy that is not in force yet",
        |facts| name_in_record(facts, "lan-cam2"),
        &[(Question::Policy, Level::Warning)],
        "kill -HUP 99",
    ),
    (
        "no daemon",
        |facts| facts.daemon = Ok(Daemon::Stopped),
        &[(Question::Daemon, Level::Warning)],
        "enforcer run --policy /etc/enforcer/policy.yaml",
    ),
    (
        "no daemon, and a unit for it",
        |facts| {
            facts.daemon = Ok(Daemon::Stopped);
            facts.host.has_unit = true;
        },
        &[(Question::Daemon, Level::Warning)],
        "systemctl start enforcer",
    ),
    (
        "no daemon on directories of its own",
        |facts| {
            facts.daemon = Ok(Daemon::Stopped);
            facts.host.has_unit = true;
            facts.directories.run = PathBuf::from("/run/my own");
        },
        &[(Question::Daemon, Level::Warning)],
        "enforcer --run-dir '/run/my own' run --policy /etc/enforcer/policy.yaml",
    ),
    (
        "a daemon that nobody may look for",
        |facts| facts.daemon = Err(NOBODY()),
        &[(Question::Daemon, Level::Unknown)],
        "",
    ),
    (
        "a daemon without privileges",
        |facts| daemon_with(facts, 1 << 12 | 1 << 39),
        &[(Question::Privileges, Level::Warning)],
        "kill 99; enforcer run --policy /etc/enforcer/policy.yaml",
    ),
    (
        "a daemon with those that stand for others",
        |facts| daemon_with(facts, 1 << 12 | 1 << 21),
        &[],
        "",
    ),
    (
        "an old kernel",
        |facts| facts.host.release = Ok("5.9.16".to_owned()),
        &[(Question::Kernel, Level::Error)],
        "",
    ),
    (
        "the oldest kernel that will do",
        |facts| facts.host.release = Ok("5.10.0-rc1".to_owned()),
        &[],
        "",
    ),
    (
        "a kernel that says nothing of itself",
        |facts| facts.host.release = Ok("next".to_owned()),
        &[(Question::Kernel, Level::Unknown)],
        "",
    ),
    (
        "no file system for pins",
        |facts| facts.host.bpffs = Ok(false),
        &[(Question::Bpffs, Level::Error)],
        "mount -t bpf bpf /sys/fs/bpf",
    ),
    (
        "a place for pins that nobody may look at",
        |facts| facts.host.bpffs = Err(NOBODY()),
        &[(Question::Bpffs, Level::Unknown)],
        "",
    ),
    (
        "no compiler",
        |facts| facts.host.compiles = Ok(false),
        &[(Question::Interpreter, Level::Warning)],
        "sysctl -w net.core.bpf_jit_enable=1",
    ),
];
