//! What a router need not have: BTF of its kernel, and a daemon with the rights of root.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::PathBuf;
use std::time::Instant;

use enforcer_tests::actor::Wire;
use enforcer_tests::daemon::{Daemon, PATIENCE, TICK};
use enforcer_tests::executable;
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::network::{CLOUD_V4, STRANGER};
use enforcer_tests::resolver;
use enforcer_tests::site::{EventFile, FLOODER, POLICY, ROUTER, Site, allowed, forbidden};

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
    let start = start_as_user(&site, "-all,+bpf,+net_admin,+perfmon");
    site.enforcer = site.enforcer.with_program(&start);
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_enforced(&site, &mut daemon);
    // `linux/capability.h`: 12, 38 and 39.
    assert_has_only(&daemon, "000000c000001000");

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

#[test]
fn a_fourth_capability_and_no_other_is_enough_to_hear_names() {
    let mut site = Site::new("privileges_names").unwrap();
    let start = start_as_user(&site, "-all,+bpf,+net_admin,+perfmon,+net_raw");
    site.enforcer = site.enforcer.with_program(&start);
    let config = site.file("enforcer.yaml");
    fs::write(&config, "names: true\nsinks: [{stdout: {}}]\n").unwrap();
    chown(&config, Some(USER), Some(USER)).unwrap();
    let options = ["--config", config.to_str().unwrap()];
    let mut daemon = site.enforcer.start(site.policy(), &options).unwrap();
    daemon.wait_for_names().unwrap();
    // And 13.
    assert_has_only(&daemon, "000000c000003000");

    let router = Wire::open(&site.network.router, "lan-cam1").unwrap();
    let packet = ipv4("192.168.50.1", "192.168.50.99");
    let name = resolver::answer("cloud.example", CLOUD_V4);
    let answer = (ethernet(ROUTER).to(FLOODER) / packet / udp(53, 40_000) / data(&name)).build();
    let wire = site.wire().unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        router.send(&answer).unwrap();
        wire.send(&forbidden()).unwrap();
        let event = daemon.event(TICK).unwrap_or_default();
        if event.contains("\"dest_domain\":[\"cloud.example\"]") {
            break;
        }
        assert!(Instant::now() < deadline, "{event}");
    }
}

#[test]
fn without_the_right_to_look_at_programs_the_number_of_another_is_told() {
    let mut site = Site::new("privileges_held").unwrap();
    site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    let theirs = site.file("theirs.yaml");
    fs::write(&theirs, POLICY.replace("lan-cam*", "lan-cam2")).unwrap();
    let other = site.enforcer.beside("other");
    let mut holder = other.start(&theirs, &NO_OPTIONS).unwrap();
    holder.wait_in_force().unwrap();
    let number = site.program_on("lan-cam2").unwrap().unwrap();

    let capabilities = "-all,+bpf,+net_admin,+perfmon";
    let dropped = format!("setpriv --bounding-set {capabilities}");
    let start = start_with(&site, "", &dropped);
    site.enforcer = site.enforcer.with_program(&start);
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    let told = daemon.wait_for("lan-cam2 is NOT ENFORCED").unwrap();
    let named = format!(
        "another XDP program is on it: program {number} (its name is not known without CAP_SYS_ADMIN)"
    );
    assert!(told.contains(&named), "{told}");
    assert!(site.enforcer.status().unwrap().is_enforcing("lan-cam1"));
}

#[test]
fn a_daemon_is_confined_to_its_directories_and_does_all_that_it_has_to() {
    let site = Site::new("privileges_confined").unwrap();
    // In a directory of its own: what is beside it may be written to.
    fs::create_dir(site.file("log")).unwrap();
    let events = EventFile::at(&site.file("log/events.json"));
    let options = ["-v", "--events", events.path()];
    let mut daemon = site.enforcer.start(site.policy(), &options).unwrap();
    let told = daemon.wait_for("confined").unwrap();
    let is_confined = told.contains("confined by Landlock");
    assert!(is_confined || told.contains("not confined: "), "{told}");
    assert_enforced(&site, &mut daemon);
    for thread in fs::read_dir(format!("/proc/{}/task", daemon.id())).unwrap() {
        let status = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        let has_no_new = status.contains("NoNewPrivs:\t1\n");
        assert!(has_no_new || !is_confined, "{status}");
    }
    events.once(1).unwrap();
    // A list from elsewhere, which nobody knew of at the start.
    let elsewhere = tempfile::tempdir().unwrap();
    let list = elsewhere.path().join("list.txt");
    fs::write(&list, "192.168.50.1\n").unwrap();
    let from_list = format!("[{{file: {}}}]", list.display());
    site.rename_over(&POLICY.replace("[192.168.50.1]", &from_list))
        .unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_enforced(&site, &mut daemon);

    // Root may write to a directory of this name, and a confined daemon to the one that was there.
    let state = &site.enforcer.directories().state;
    fs::rename(state, state.with_extension("old")).unwrap();
    fs::create_dir(state).unwrap();
    site.write(&POLICY.replace("udp/123", "udp/124")).unwrap();
    if is_confined {
        let told = daemon
            .wait_for("`enforcer status` cannot know of it")
            .unwrap();
        assert!(told.contains("Permission denied"), "{told}");
        assert!(told.contains("start the daemon anew"), "{told}");
        // And with that it is done.
        daemon.wait_for("as the last good policy").unwrap();
    } else {
        daemon.wait_in_force().unwrap();
    }
    // Of the pins it is another file system that is in the same place.
    site.sandbox.directories().remount_bpffs().unwrap();
    fs::create_dir(site.enforcer.directories().links()).unwrap();
    daemon.wait_for("are back; enforcement went on").unwrap();
}

#[test]
fn what_is_in_force_may_be_read_by_a_group_and_all_else_by_its_owner_alone() {
    let site = Site::new("privileges_modes").unwrap();
    let enforcer = site.enforcer.beside("fresh");
    let mut daemon = enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_in_force().unwrap();
    let paths = enforcer.directories();
    for (path, expected) in [
        (paths.run.clone(), 0o750),
        (paths.state.clone(), 0o700),
        (paths.bpffs.clone(), 0o700),
        (paths.links(), 0o700),
        (paths.maps(), 0o700),
        (paths.lock(), 0o600),
    ] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{}", path.display());
    }
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

/// A program that starts ours as somebody who has these capabilities and to whom its directories belong.
fn start_as_user(site: &Site, capabilities: &str) -> PathBuf {
    let root = site.sandbox.directories().root();
    // Whoever is not root has to get to what is theirs.
    for passage in [root.to_owned(), root.join("bpf")] {
        fs::set_permissions(passage, Permissions::from_mode(0o711)).unwrap();
    }
    let paths = site.enforcer.directories();
    for own in [&paths.run, &paths.state, &paths.bpffs] {
        chown(own, Some(USER), Some(USER)).unwrap();
    }
    let dropped = format!(
        "setpriv --reuid {USER} --regid {USER} --clear-groups --bounding-set {capabilities} \
         --inh-caps {capabilities} --ambient-caps {capabilities}"
    );
    start_with(site, "", &dropped)
}

/// It runs as nobody in particular, with these capabilities and no others.
fn assert_has_only(daemon: &Daemon, capabilities: &str) {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    for set in ["CapPrm", "CapEff", "CapBnd"] {
        let expected = format!("{set}:\t{capabilities}\n");
        assert!(status.contains(&expected), "{status}");
    }
    assert!(status.contains(&format!("Uid:\t{USER}\t")), "{status}");
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
