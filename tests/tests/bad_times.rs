//! What is in force stays in force when the machine runs out of something, and what is wrong is one line.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use enforcer::good::Good;
use enforcer_tests::daemon::{PATIENCE, Status, TICK};
use enforcer_tests::site::{POLICY, Site, forbidden, wider};
use enforcer_tests::unreliable::Unreliable;
use jiff::Timestamp;
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_remount, unmount};

const NO_OPTIONS: [&str; 0] = [];

/// Frames enough to tell by which policy they are judged.
const SOME: u64 = 20;

/// Longer than it takes until what failed is tried again.
const AGAIN: Duration = Duration::from_secs(6);

/// What the directories of a test's daemon hold, in bytes: some policies of some kilobytes.
const DISK: usize = 256 << 10;

const HOUR: i64 = 3600;

#[test]
fn a_full_disk_is_told_once_and_a_policy_goes_in_force_all_the_same_and_is_kept_when_there_is_room()
{
    let site = Site::new("bad_times_full").unwrap();
    let directories = site.enforcer.directories();
    let disk = Mounted::disk(&directories.state);
    let _run = Mounted::disk(&directories.run);
    let mut daemon = site.started(&[]).unwrap();
    wait_good(&site, POLICY);
    disk.fill();
    site.write(&large(&wider())).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    let told = daemon
        .wait_for("it cannot be kept as the last good policy")
        .unwrap();
    assert!(
        told.ends_with("last-good.jsonl: No space left on device (os error 28)"),
        "{told}"
    );
    assert_judged(&site, true);
    assert_eq!(daemon.in_force_within(AGAIN).unwrap(), None);
    assert_eq!(
        daemon.log().matches("kept as the last good").count(),
        1,
        "{}",
        daemon.log()
    );
    let left = fs::read_dir(&directories.state).unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().ends_with(".partial")),
        "{left:?}"
    );

    disk.empty();
    daemon
        .wait_for("the policy in force is kept as the last good one now")
        .unwrap();
    wait_good(&site, &large(&wider()));
    assert_judged(&site, true);
}

#[test]
fn where_nothing_can_be_written_at_all_a_policy_goes_in_force_and_the_status_catches_up() {
    let site = Site::new("bad_times_run_full").unwrap();
    let directories = site.enforcer.directories();
    let disk = Mounted::disk(&directories.run);
    let mut daemon = site.started(&[]).unwrap();
    disk.fill();
    site.write(&wider()).unwrap();
    let told = daemon
        .wait_for("generation 2 is in force and `enforcer status` cannot know")
        .unwrap();
    assert!(
        told.ends_with("in-force.json: No space left on device (os error 28)"),
        "{told}"
    );
    assert_eq!(site.enforcer.status().unwrap().generation, 1);
    let (leaks, wire) = (site.leaks().unwrap(), site.wire().unwrap());
    for _ in 0..SOME {
        wire.send(&forbidden()).unwrap();
    }
    assert_eq!(leaks.wait_for(SOME), SOME, "the new policy allows them");
    disk.empty();
    site.status_when(|status| status.generation == 2).unwrap();
}

#[test]
fn a_state_directory_that_is_read_only_is_told_and_nothing_else_is_missing() {
    let site = Site::new("bad_times_read_only").unwrap();
    let directories = site.enforcer.directories();
    let _state = Mounted::read_only(&directories.state);
    let mut daemon = site.started(&[]).unwrap();
    let told = daemon
        .wait_for("it cannot be kept as the last good policy")
        .unwrap();
    assert!(
        told.ends_with("-good.jsonl: Read-only file system (os error 30)"),
        "{told}"
    );
    assert_judged(&site, false);
    site.write(&wider()).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    let status = site.status_when(|status| status.generation == 2).unwrap();
    assert!(status.is_enforcing("lan-cam1"));
    assert_judged(&site, true);
    daemon.terminate().unwrap();
    assert_judged(&site, true);
}

#[test]
fn a_policy_that_the_kernel_has_no_memory_for_leaves_what_was_in_force() {
    let site = Site::new("bad_times_memory").unwrap();
    let unreliable = Unreliable::new(&site.file("unreliable")).unwrap();
    let enforcer = unreliable.under(&site.enforcer);
    let mut daemon = enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_in_force().unwrap();
    // BPF_MAP_CREATE, BPF_MAP_UPDATE_ELEM, BPF_PROG_LOAD, BPF_OBJ_PIN, BPF_LINK_UPDATE
    for (command, what) in [
        (0, "map"),
        (2, "element"),
        (5, "program"),
        (6, "pin"),
        (29, "link"),
    ] {
        unreliable.refuse(command).unwrap();
        site.write(&format!("{}# {what}\n", wider())).unwrap();
        let told = daemon.wait_for("what was in force stays in force").unwrap();
        assert!(
            told.contains("annot allocate memory (os error 12)"),
            "{what}: {told}"
        );
        assert!(!told.contains("5.10 or later"), "{what}: {told}");
        assert_judged(&site, false);
        unreliable.accept().unwrap();
    }
    assert_eq!(site.enforcer.status().unwrap().generation, 1);
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    assert_judged(&site, true);
}

#[test]
fn a_clock_that_is_set_back_undoes_no_end_of_an_audit() {
    let site = Site::new("bad_times_clock").unwrap();
    let unreliable = Unreliable::new(&site.file("unreliable")).unwrap();
    let enforcer = unreliable.under(&site.enforcer);
    let until = Timestamp::from_second(Timestamp::now().as_second() + HOUR).unwrap();
    let group = "    group: timed\n";
    let audit = format!("{group}    mode: audit\n    until: {until}\n");
    site.write(&POLICY.replacen(group, &audit, 1)).unwrap();
    let mut daemon = enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_in_force().unwrap();
    let mode = |status: &Status| status.camera("flooder").unwrap().mode.clone();
    assert_eq!(mode(&site.enforcer.status().unwrap()), "audit");

    unreliable.set_clock(2 * HOUR).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    daemon
        .wait_for(&format!(
            "audit of camera `flooder` ended at {until}: enforcing"
        ))
        .unwrap();
    assert_judged(&site, false);
    for (generation, clock) in [(3, 0), (4, -24 * HOUR)] {
        unreliable.set_clock(clock).unwrap();
        another_address(&site, generation);
        assert_eq!(daemon.wait_in_force().unwrap(), generation);
        assert_eq!(mode(&site.enforcer.status().unwrap()), "enforce");
        assert_judged(&site, false);
    }
}

#[test]
fn a_clock_that_is_behind_at_boot_does_not_undo_what_was_over_when_the_policy_became_good() {
    let site = Site::new("bad_times_boot").unwrap();
    let unreliable = Unreliable::new(&site.file("unreliable")).unwrap();
    let enforcer = unreliable.under(&site.enforcer);
    let until = Timestamp::from_second(Timestamp::now().as_second() - HOUR).unwrap();
    let group = "    group: timed\n";
    let audit = format!("{group}    mode: audit\n    until: {until}\n");
    let policy = POLICY.replacen(group, &audit, 1);
    site.write(&policy).unwrap();
    let mut daemon = enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_in_force().unwrap();
    wait_good(&site, &policy);
    daemon.kill().unwrap();
    site.sandbox.directories().remount_bpffs().unwrap();
    fs::remove_file(site.policy()).unwrap();
    unreliable.set_clock(-24 * HOUR).unwrap();
    let mut daemon = enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("this is the last good policy").unwrap();
    let status = site.enforcer.status().unwrap();
    assert_eq!(status.camera("flooder").unwrap().mode, "enforce");
    assert_judged(&site, false);
}

/// A file system of a test's own over a directory, until it is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn disk(over: &Path) -> Self {
        let options = std::ffi::CString::new(format!("size={DISK},mode=0700")).unwrap();
        mount(
            "tmpfs",
            over,
            "tmpfs",
            MountFlags::empty(),
            options.as_c_str(),
        )
        .unwrap();
        Self(over.to_owned())
    }

    fn read_only(over: &Path) -> Self {
        mount_bind(over, over).unwrap();
        mount_remount(over, MountFlags::BIND | MountFlags::RDONLY, "").unwrap();
        Self(over.to_owned())
    }

    /// Leaves no room, not even for a byte.
    fn fill(&self) {
        let Self(directory) = self;
        let mut file = File::create(directory.join("filler")).unwrap();
        let page = [0_u8; 4096];
        while file.write_all(&page).is_ok() {}
    }

    fn empty(&self) {
        let Self(directory) = self;
        fs::remove_file(directory.join("filler")).unwrap();
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let Self(directory) = self;
        unmount(&*directory, UnmountFlags::DETACH).unwrap();
    }
}

/// Waits until this is the last good policy.
fn wait_good(site: &Site, text: &str) {
    let expected = enforcer::policy::Policy::parse(&site.policy().display().to_string(), text);
    let expected = expected.unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let good = Good::last(site.enforcer.directories()).unwrap();
        if good.is_some_and(|good| good.texts.policy().unwrap() == expected) {
            return;
        }
        assert!(Instant::now() < deadline, "not kept");
        thread::sleep(TICK);
    }
}

/// More than fits where there is no room; longer than what stood there before.
fn large(policy: &str) -> String {
    format!("{policy}{}", "# a comment\n".repeat(2000))
}

/// The router takes one more, and another generation comes of it.
fn another_address(site: &Site, number: u32) {
    let address = format!("address add 192.168.50.{}/24 dev br-lan", 200 + number);
    site.network.router.ip(&address).unwrap();
}

/// Frames that [`POLICY`] forbids and [`wider`] allows, and what becomes of them.
fn assert_judged(site: &Site, passes: bool) {
    let leaks = site.leaks().unwrap();
    let sent = || {
        site.enforcer
            .status()
            .unwrap()
            .camera("flooder")
            .unwrap()
            .sent()
    };
    let before = sent();
    let wire = site.wire().unwrap();
    for _ in 0..SOME {
        wire.send(&forbidden()).unwrap();
    }
    site.status_when(|status| status.camera("flooder").unwrap().sent() == before + SOME)
        .unwrap();
    let expected = if passes { leaks.wait_for(SOME) } else { 0 };
    assert_eq!(
        (expected, leaks.settled()),
        if passes { (SOME, SOME) } else { (0, 0) }
    );
}
