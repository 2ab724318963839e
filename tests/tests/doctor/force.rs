//! Is the policy in force, and does somebody look after it?

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use enforcer_tests::network::{Device, STRANGER};
use enforcer_tests::site::{POLICY, Site};
use jiff::Timestamp;
use rustix::mount::UnmountFlags;

use crate::{NO_OPTIONS, examine, examine_until, paste};

/// How long the audit here lasts: long enough to be in force before it ends, on a busy machine too.
const AUDIT: Duration = Duration::from_secs(5);

#[test]
fn a_router_that_enforces_has_nothing_wrong() {
    let site = Site::new("doctor_sound").unwrap();
    let daemon = site.started(&[]).unwrap();
    let (diagnosis, code) = examine(&site);
    assert_eq!(code, Some(0), "{diagnosis:#?}");
    assert_eq!(diagnosis.wrong(), []);
    assert_eq!(diagnosis.policy.as_deref(), site.policy().to_str());
    assert_eq!(diagnosis.generation, Some(1));
    assert_eq!(diagnosis.interfaces, ["lan-cam1"]);
    let enforced = diagnosis.to("enforced").unwrap();
    assert_eq!(enforced.message, "enforced, in native mode");
    assert_eq!(enforced.interface.as_deref(), Some("lan-cam1"));
    let process = format!("the daemon runs (process {})", daemon.id());
    assert_eq!(diagnosis.to("daemon").unwrap().message, process);
    assert_eq!(diagnosis.findings.len(), 4, "{diagnosis:#?}");

    // The policy of the daemon is the one that is looked at if none is given.
    let (by_default, _) = site.enforcer.doctor(&NO_OPTIONS).unwrap();
    assert_eq!(by_default, diagnosis);
}

#[test]
fn an_interface_that_is_not_enforced_is_found_and_the_command_puts_it_in_force() {
    let mut site = Site::new("doctor_open").unwrap();
    site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    let both = POLICY.replace("lan-cam*: {}", "lan-cam1: {}\n  lan-cam2: {}");
    site.write(&both.replace("  lan-cam2: {}\n", "")).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    // What the daemon does not follow, it is told of by the command.
    let meant = site.file("meant.yaml");
    fs::write(&meant, &both).unwrap();
    let options = ["--policy", meant.to_str().unwrap()];
    let (diagnosis, code) = site.enforcer.doctor(&options).unwrap();
    assert_eq!(code, Some(1));
    let changed = ("policy", "warning", None);
    let open = ("enforced", "error", Some("lan-cam2"));
    assert_eq!(diagnosis.wrong(), [open, changed]);
    let found = diagnosis.findings.first().unwrap();
    assert_eq!(found.run, [format!("kill -HUP {}", daemon.id())]);

    // The same for people.
    let outcome = site
        .enforcer
        .run(&["doctor", options[0], options[1]])
        .unwrap();
    assert_eq!(outcome.code, Some(1));
    for line in [
        format!("error[enforced]: lan-cam2: {}", found.message),
        format!("  {}", found.meaning),
        format!("  run      kill -HUP {}", daemon.id()),
        "2 interfaces: 1 error, 1 warning, 4 ok".to_owned(),
    ] {
        let mut lines = outcome.stdout.lines();
        assert!(lines.any(|told| told == line), "{line}: {outcome:?}");
    }
    assert!(!outcome.stdout.contains('\x1b'), "{outcome:?}");

    fs::rename(&meant, site.policy()).unwrap();
    paste(&site, found);
    daemon.wait_in_force().unwrap();
    examine_until(&site, &[]);
}

#[test]
fn what_the_daemon_alone_holds_is_enforced_and_a_warning_and_open_once_that_is_dead() {
    let site = Site::new("doctor_unmounted").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    // A daemon that answers has opened all that it needs of the file system.
    daemon.reload().unwrap();
    daemon.wait_in_force().unwrap();
    let bpffs = site.enforcer.directories().bpffs.clone();
    let mount_point = bpffs.parent().unwrap();
    rustix::mount::unmount(mount_point, UnmountFlags::DETACH).unwrap();
    let bpffs = ("bpffs", "error", None);
    let held = ("enforced", "warning", Some("lan-cam1"));
    examine_until(&site, &[bpffs, held]);
    daemon.kill().unwrap();
    let open = ("enforced", "error", Some("lan-cam1"));
    let diagnosis = examine_until(&site, &[bpffs, open, ("daemon", "warning", None)]);
    let command = diagnosis.to("bpffs").unwrap().run.first().unwrap();
    let mount = format!("mount -t bpf bpf {}", mount_point.display());
    assert_eq!(command, &mount);
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    examine_until(&site, &[open, ("daemon", "warning", None)]);
}

#[test]
fn a_dead_daemon_is_a_warning_and_the_command_starts_another() {
    let site = Site::new("doctor_dead").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    daemon.kill().unwrap();
    let diagnosis = examine_until(&site, &[("daemon", "warning", None)]);
    let [command] = diagnosis.to("daemon").unwrap().run.as_slice() else {
        panic!("{diagnosis:#?}")
    };
    let mut shell = Command::new("sh");
    let beside = site.enforcer.program().parent().unwrap_or(Path::new("/"));
    let path = format!("{}:{}", beside.display(), env!("PATH"));
    shell.args(["-c", &format!("exec {command}")]);
    shell.env("PATH", path).stdin(Stdio::null());
    let started = shell.stdout(Stdio::null()).stderr(Stdio::null());
    let mut started = site.network.router.spawn(started).unwrap();
    let diagnosis = examine_until(&site, &[]);
    started.kill().unwrap();
    started.wait().unwrap();
    let process = format!("the daemon runs (process {})", started.id());
    assert_eq!(diagnosis.to("daemon").unwrap().message, process);
}

#[test]
fn the_program_of_another_is_named_and_the_command_takes_it_off() {
    let mut site = Site::new("doctor_other").unwrap();
    let spare = Device {
        port: "spare",
        ..STRANGER
    };
    site.network.plug_in(&mut site.sandbox, &spare).unwrap();
    // Another installation has a program that is good enough to be in the way.
    let other = site.enforcer.beside("other");
    let theirs = site.file("theirs.yaml");
    fs::write(&theirs, POLICY.replace("lan-cam*", "wan0")).unwrap();
    let mut their_daemon = other.start(&theirs, &NO_OPTIONS).unwrap();
    their_daemon.wait_in_force().unwrap();
    let program = other.directories().program();
    let router = &site.network.router;
    router
        .ip(&format!(
            "link set spare xdpgeneric pinned {}\nlink set spare down\nlink set spare name lan-cam2 up\n",
            program.display()
        ))
        .unwrap();
    site.write(&POLICY.replace("lan-cam*", "lan-cam2")).unwrap();

    let (diagnosis, code) = examine(&site);
    assert_eq!(code, Some(1));
    let found = diagnosis.to("other-program").unwrap();
    assert_eq!(
        (found.level.as_str(), found.interface.as_deref()),
        ("error", Some("lan-cam2"))
    );
    let told = format!("(`enforce`, tag {})", tag_of(their_daemon.id()));
    assert!(found.message.contains(&told), "{told}: {found:?}");
    assert!(found.message.contains("in generic mode"), "{found:?}");
    assert_eq!(found.run.len(), 1, "{found:?}");

    // What a link holds comes off by its link, on `wan0` as the other's daemon put it there.
    site.write(&POLICY.replace("lan-cam*", "wan0")).unwrap();
    let (diagnosis, _) = examine(&site);
    let found = diagnosis.to("other-program").unwrap();
    let command = found.run.first().unwrap();
    assert!(command.starts_with("bpftool link detach id "), "{command}");
    their_daemon.terminate().unwrap();
    paste(&site, found);
    let (diagnosis, _) = examine(&site);
    assert!(diagnosis.to("other-program").is_err(), "{diagnosis:#?}");

    other.detach().unwrap();
    site.write(&POLICY.replace("lan-cam*", "lan-cam2")).unwrap();
    let (diagnosis, _) = examine(&site);
    let found = diagnosis.to("other-program").unwrap();
    assert_eq!(found.run, ["ip link set dev lan-cam2 xdpgeneric off"]);
    paste(&site, found);
    let _daemon = site.started(&[]).unwrap();
    examine_until(&site, &[]);
}

#[test]
fn an_audit_that_is_over_and_goes_on_is_an_error_until_a_daemon_ends_it() {
    let site = Site::new("doctor_audit").unwrap();
    let until = Timestamp::now() + AUDIT;
    let group = "    group: timed\n";
    let audit = format!("{group}    mode: audit\n    until: {until}\n");
    site.write(&POLICY.replacen(group, &audit, 1)).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let diagnosis = examine_until(&site, &[("audit", "note", None)]);
    let told = format!("in audit mode: camera flooder until {until}");
    assert_eq!(diagnosis.to("audit").unwrap().message, told);
    daemon.kill().unwrap();

    examine_until(
        &site,
        &[("audit", "error", None), ("daemon", "warning", None)],
    );
    let _daemon = site.started(&[]).unwrap();
    examine_until(&site, &[]);
}

#[test]
fn an_interface_that_is_gone_leaves_a_link_and_is_waited_for_only_by_a_daemon() {
    let site = Site::new("doctor_gone").unwrap();
    site.write(&POLICY.replace("lan-cam*", "lan-cam1")).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    daemon.kill().unwrap();
    site.network.router.ip("link del lan-cam1").unwrap();
    let daemon = ("daemon", "warning", None);
    let absent = ("absent", "warning", None);
    let diagnosis = examine_until(&site, &[daemon, absent, ("stale-link", "note", None)]);
    assert_eq!(diagnosis.interfaces, [""; 0]);

    let _daemon = site.started(&[]).unwrap();
    examine_until(&site, &[("absent", "warning", None)]);
}

/// The tag of the program that a process has open.
fn tag_of(process: u32) -> String {
    let files = fs::read_dir(format!("/proc/{process}/fdinfo")).unwrap();
    let told = files.filter_map(|file| fs::read_to_string(file.unwrap().path()).ok());
    let mut tags = told.filter_map(|told| {
        let mut lines = told.lines();
        let tag = lines.find_map(|line| line.strip_prefix("prog_tag:"));
        tag.map(|tag| tag.trim().to_owned())
    });
    tags.next().unwrap()
}
