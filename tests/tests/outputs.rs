//! What `-o` and `--pcap` write, and what becomes of what was there: links, pipes, devices, other people's files.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::thread;

use enforcer::ledger::store::Store;
use enforcer_tests::daemon::Outcome;
use enforcer_tests::site::Site;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_remount, unmount};
use serde_json::Value;

const OF_BEFORE: &str = "what the user had there";

/// The numbers of `/dev/null` (`Documentation/admin-guide/devices.txt`).
const NULL: (u32, u32) = (1, 3);

#[test]
fn pipes_and_devices_stay_what_they_are() {
    let (site, home) = kept("outputs_special");
    let pipe = home.join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    assert_done(&report(&site, &pipe, &["--json"]));
    let read: Value = serde_json::from_slice(&reader.join().unwrap()).unwrap();
    assert_eq!(read["calls"], serde_json::json!([]));
    assert!(metadata(&pipe).file_type().is_fifo());

    // Never the machine's own.
    let device = home.join("null");
    let number = makedev(NULL.0, NULL.1);
    let mode = Mode::RUSR | Mode::WUSR;
    mknodat(CWD, &device, FileType::CharacterDevice, mode, number).unwrap();
    assert_done(&report(&site, &device, &["--format", "html"]));
    let link = home.join("link-to-null");
    symlink("null", &link).unwrap();
    assert_done(&report(&site, &link, &[]));
    let path = device.to_str().unwrap();
    let events = site.enforcer.run(&["events", "--pcap", path]).unwrap();
    assert_eq!(events.code, Some(3), "{events:?}");
    let there = metadata(&device);
    assert!(there.file_type().is_char_device());
    assert_eq!((there.rdev(), there.len()), (number, 0));
    assert!(metadata(&link).is_symlink());

    // Whatever it is called.
    for path in ["-", "/dev/stdout", "/proc/self/fd/1"] {
        let outcome = report(&site, Path::new(path), &["--json"]);
        assert_done(&outcome);
        assert!(outcome.stdout.starts_with('{'), "{outcome:?}");
    }
    assert_eq!(names(&home), ["link-to-null", "null", "pipe"]);
}

#[test]
fn a_file_is_its_owners_alone_a_link_stays_and_files_of_others_are_left_alone() {
    let (site, home) = kept("outputs_files");
    let at = |name: &str| home.join(name);
    fs::create_dir(at("kept")).unwrap();
    for name in [
        "kept/week.html",
        "week.partial",
        "kept/week.partial",
        "draft.yaml",
    ] {
        fs::write(at(name), OF_BEFORE).unwrap();
        fs::set_permissions(at(name), Permissions::from_mode(0o644)).unwrap();
    }
    symlink("kept/week.html", at("week.html")).unwrap();
    assert_done(&report(&site, &at("week.html"), &[]));
    assert!(metadata(&at("week.html")).is_symlink());
    let page = fs::read_to_string(at("kept/week.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert_eq!(metadata(&at("kept/week.html")).mode() & 0o777, 0o600);
    for name in ["week.partial", "kept/week.partial"] {
        assert_eq!(fs::read_to_string(at(name)).unwrap(), OF_BEFORE);
        assert_eq!(metadata(&at(name)).mode() & 0o777, 0o644);
    }
    assert_eq!(
        names(&home),
        ["draft.yaml", "kept", "week.html", "week.partial"]
    );
    assert_eq!(names(&at("kept")), ["week.html", "week.partial"]);
    let state = &site.enforcer.directories().state;
    for name in names(state) {
        let mode = metadata(&state.join(&name)).mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn where_nothing_can_be_written_what_was_there_stays_and_nothing_else_is_left() {
    let (site, home) = kept("outputs_refused");
    let path = home.join("week.html");
    let refused = |words: &str| {
        let outcome = report(&site, &path, &[]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let told = format!("error: {}: ", path.display());
        assert!(outcome.stderr.starts_with(&told), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), OF_BEFORE);
        assert!(!site.enforcer.directories().reported().exists());
    };
    fs::write(&path, OF_BEFORE).unwrap();
    {
        mount_bind(&home, &home).unwrap();
        let _mounted = Mounted(&home);
        mount_remount(&home, MountFlags::BIND | MountFlags::RDONLY, "").unwrap();
        let directory = home.display();
        refused(&format!(
            "no file can be made in {directory}: Read-only file system"
        ));
    }
    {
        // Room for the file that is there, and not for the page.
        mount("tmpfs", &home, "tmpfs", MountFlags::empty(), c"size=8192").unwrap();
        let _mounted = Mounted(&home);
        fs::write(&path, OF_BEFORE).unwrap();
        refused("No space left on device");
        assert_eq!(names(&home), ["week.html"]);
    }
    assert_eq!(names(&home), ["week.html"]);
}

/// A router without a daemon, with a ledger in which nothing is, and a directory for what is written.
fn kept(test: &str) -> (Site, PathBuf) {
    let site = Site::new(test).unwrap();
    drop(Store::open(&site.enforcer.directories().ledger(), &|_| ()).unwrap());
    let home = site.file("home");
    fs::create_dir(&home).unwrap();
    (site, home)
}

fn report(site: &Site, path: &Path, options: &[&str]) -> Outcome {
    let verb = [&["report", "-o", path.to_str().unwrap()], options].concat();
    site.enforcer.run(&verb).unwrap()
}

fn assert_done(outcome: &Outcome) {
    assert_eq!(
        (outcome.code, &*outcome.stderr),
        (Some(0), ""),
        "{outcome:?}"
    );
}

/// Of a link, its own.
fn metadata(path: &Path) -> fs::Metadata {
    fs::symlink_metadata(path).unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// What is mounted there until this is dropped.
struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        unmount(self.0, UnmountFlags::DETACH).unwrap();
    }
}
