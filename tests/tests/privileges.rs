//! What a router need not have: BTF of its kernel, and a daemon with the rights of root.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::PathBuf;

use enforcer_tests::daemon::Daemon;
use enforcer_tests::executable;
use enforcer_tests::site::{POLICY, Site, allowed, forbidden};

const NO_OPTIONS: [&str; 0] = [];

/// Nobody in particular.
const USER: u32 = 65_534;

/// Frames enough to tell whether they are judged.
const SOME: u64 = 20;

#[test]
fn a_kernel_that_shows_no_btf_enforces() {
    let mut site = Site::new("privileges_no_btf").unwrap();
    // In a mount namespace of the daemon's own: an empty file system over the kernel's.
    let start = start_with(
        &site,
        "if [ -d /sys/kernel/btf ]; then mount -t tmpfs none /sys/kernel/btf; fi\n\
         [ ! -e /sys/kernel/btf/vmlinux ] || exit 99\n",
        "unshare --mount",
    );
    site.enforcer = site.enforcer.with_program(&start);
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_enforced(&site, &mut daemon);
    let mounts = fs::read_to_string(format!("/proc/{}/mountinfo", daemon.id())).unwrap();
    assert!(mounts.contains(" /sys/kernel/btf ") || !PathBuf::from("/sys/kernel/btf").exists());
}

#[test]
fn three_capabilities_and_no_other_are_enough_for_everything() {
    let mut site = Site::new("privileges_dropped").unwrap();
    let root = site.sandbox.directories().root().to_owned();
    // Whoever is not root has to get to what is theirs.
    for passage in [root.clone(), root.join("bpf")] {
        fs::set_permissions(passage, Permissions::from_mode(0o711)).unwrap();
    }
    let paths = site.enforcer.directories();
    for own in [&paths.run, &paths.state, &paths.bpffs] {
        chown(own, Some(USER), Some(USER)).unwrap();
    }
    let capabilities = "-all,+bpf,+net_admin,+perfmon";
    let dropped = format!(
        "setpriv --reuid {USER} --regid {USER} --clear-groups --bounding-set {capabilities} \
         --inh-caps {capabilities} --ambient-caps {capabilities}"
    );
    let start = start_with(&site, "", &dropped);
    site.enforcer = site.enforcer.with_program(&start);
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_enforced(&site, &mut daemon);
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    // `linux/capability.h`: 12, 38 and 39.
    for set in ["CapPrm", "CapEff", "CapBnd"] {
        assert!(
            status.contains(&format!("{set}:\t000000c000001000\n")),
            "{status}"
        );
    }
    assert!(status.contains(&format!("Uid:\t{USER}\t")), "{status}");

    let wider = POLICY.replace("udp/123", "udp/124");
    site.write(&wider).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_enforced(&site, &mut daemon);
    daemon.kill().unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_enforced(&site, &mut daemon);
    drop(daemon);
    assert_eq!(
        site.enforcer.run(&["detach", "--yes"]).unwrap().code,
        Some(0)
    );
}

/// A program that starts ours, by another and after some shell commands; both where anybody can start them.
fn start_with(site: &Site, before: &str, by: &str) -> PathBuf {
    let program = site.file("enforcer");
    executable::copy(site.enforcer.program(), &program).unwrap();
    let inner = site.file("inner");
    let outer = site.file("outer");
    let words = format!("{before}exec {} \"$@\"\n", program.display());
    executable::script(&inner, &words).unwrap();
    let words = format!("exec {by} {} \"$@\"\n", inner.display());
    executable::script(&outer, &words).unwrap();
    outer
}

/// It comes in force, drops what is forbidden and lets pass what is allowed.
fn assert_enforced(site: &Site, daemon: &mut Daemon) {
    daemon.wait_in_force().unwrap();
    let (leaks, arrivals) = (site.leaks().unwrap(), site.arrivals().unwrap());
    let before = site.enforcer.status().unwrap().dropped();
    let wire = site.wire().unwrap();
    for _ in 0..SOME {
        wire.send(&forbidden()).unwrap();
        wire.send(&allowed()).unwrap();
    }
    assert_eq!(arrivals.wait_for(SOME), SOME);
    assert_eq!(leaks.settled(), 0);
    assert_eq!(site.enforcer.status().unwrap().dropped(), before + SOME);
}
