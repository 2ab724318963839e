//! A sandbox keeps to itself and leaves nothing behind.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

use enforcer_tests::sandbox::{Namespace, Sandbox};

#[test]
fn a_socket_belongs_to_the_namespace_that_it_was_made_in() {
    let mut sandbox = Sandbox::new("socket").unwrap();
    let inside = sandbox.add_namespace("inside").unwrap();
    let outside = sandbox.add_namespace("outside").unwrap();
    let listener = inside
        .run(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
        .unwrap();
    let address = listener.local_addr().unwrap();
    let connect = |namespace: &Namespace| namespace.run(|| TcpStream::connect(address)).unwrap();
    assert!(connect(&inside).is_ok());
    assert!(connect(&outside).is_err());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_process_inside_has_another_network_and_the_same_mounts() {
    let mut sandbox = Sandbox::new("process").unwrap();
    let inside = sandbox.add_namespace("inside").unwrap();
    let link = |kind: &str| {
        let path = format!("/proc/self/ns/{kind}");
        let output = inside.output(Command::new("readlink").arg(&path)).unwrap();
        let theirs = String::from_utf8(output.stdout).unwrap();
        let ours = fs::read_link(path).unwrap();
        (PathBuf::from(theirs.trim()), ours)
    };
    let (theirs, ours) = link("net");
    assert_ne!(theirs, ours);
    let (theirs, ours) = link("mnt");
    assert_eq!(theirs, ours);
}

#[test]
fn the_directories_are_for_root_alone_and_the_bpffs_is_its_own() {
    let sandbox = Sandbox::new("directories").unwrap();
    let other = Sandbox::new("directories_other").unwrap();
    let (ours, theirs) = (sandbox.directories(), other.directories());
    for path in [ours.root(), &ours.run, &ours.state, &ours.bpffs] {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", path.display());
    }
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    assert_ne!(device(&ours.bpffs), device(ours.root()));
    assert_ne!(device(&ours.bpffs), device(&theirs.bpffs));
}

#[test]
fn nothing_is_left_after_a_panic() {
    let mut left = Vec::new();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut sandbox = Sandbox::new("panic").unwrap();
        left.push(sandbox.directories().root().to_owned());
        let inside = sandbox.add_namespace("inside").unwrap();
        left.push(named(inside.name()));
        inside.run(|| panic!("a test fails")).unwrap();
    }));
    assert!(panicked.is_err());
    assert_eq!(left.len(), 2);
    for path in left {
        assert_gone(&path);
    }
}

#[test]
fn a_process_inside_ends_with_the_sandbox() {
    let mut sandbox = Sandbox::new("ends").unwrap();
    let inside = sandbox.add_namespace("inside").unwrap();
    let mut child = inside.spawn(Command::new("sleep").arg("60")).unwrap();
    drop(sandbox);
    assert_eq!(child.wait().unwrap().signal(), Some(9));
}

#[test]
fn what_a_killed_process_left_goes_before_the_next_sandbox_of_its_test() {
    let namespace = format!("enf-killed-{}-router", dead_process());
    ip(&["netns", "add", &namespace]);
    let root = std::env::temp_dir().join(format!("enf-killed-{}-x1y2z3", dead_process()));
    let bpffs = root.join("bpf");
    fs::create_dir_all(&bpffs).unwrap();
    let flags = rustix::mount::MountFlags::NOSUID;
    rustix::mount::mount("bpf", &bpffs, "bpf", flags, c"mode=0700").unwrap();
    fs::create_dir(bpffs.join("pins")).unwrap();
    fs::write(root.join("state"), "learned").unwrap();

    let another = Sandbox::new("kill").unwrap();
    assert!(named(&namespace).exists() && bpffs.join("pins").exists());
    drop(another);

    let sandbox = Sandbox::new("killed").unwrap();
    assert_gone(&named(&namespace));
    assert_gone(&root);
    drop(sandbox);
}

/// The process id of somebody who was.
fn dead_process() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status().unwrap();
    assert!(status.success());
}

/// Where a network namespace of this name is.
fn named(namespace: &str) -> PathBuf {
    Path::new("/run/netns").join(namespace)
}

/// Neither there nor mounted.
fn assert_gone(path: &Path) {
    assert!(!path.exists(), "{}", path.display());
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(path.to_str().unwrap()), "{mounts}");
}
