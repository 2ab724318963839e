//! What the daemon and a service manager owe each other: when it is ready, that it lives, where its log
//! goes, and how little it needs.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use enforcer_tests::daemon::{Enforcer, PATIENCE};
use enforcer_tests::site::{POLICY, Site, forbidden};

const NO_OPTIONS: [&str; 0] = [];

const UNIT: &str = include_str!("../../packaging/systemd/enforcer.service");

/// Starts the daemon as systemd would whose journal is elsewhere: at a folder, its first argument.
const WITH_JOURNAL: &str = r#"
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal
mount --bind "$1" /run/systemd/journal
shift
JOURNAL_STREAM=$(stat -L -c %d:%i /dev/stderr)
export JOURNAL_STREAM
exec "$@"
"#;

/// Starts the daemon where `/sys` and the BPF file system, the first argument, may not be written to, as
/// `ProtectKernelTunables=` has it, but for the directory of the pins.
const READ_ONLY: &str = r#"
mount -o remount,bind,ro /sys
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount --bind "$1/enforcer" "$1/enforcer"
mount -o remount,bind,rw "$1/enforcer"
if mkdir "$1/elsewhere" 2>/dev/null; then exit 99; fi
shift
exec "$@"
"#;

#[test]
fn the_service_manager_hears_what_is_in_force_and_not_before_it_is() {
    let site = Site::new("service_notify").unwrap();
    let manager = Socket::listen(&site, "manager");
    let enforcer = told(&site, &manager, &[]);
    let mut daemon = enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    let first = "generation 1 in force on lan-cam1 (native)";
    assert_eq!(manager.hear(), format!("READY=1\nSTATUS={first}"));
    let status = site.enforcer.status().unwrap();
    assert!(status.is_enforcing("lan-cam1"), "{status:#?}");

    let before = now();
    daemon.reload().unwrap();
    let reloading = manager.hear();
    let at = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
    let at: u128 = at.unwrap_or_else(|| panic!("{reloading}")).parse().unwrap();
    assert!((before..=now()).contains(&at), "{at}");
    let second = "generation 2 in force on lan-cam1 (native)";
    assert_eq!(manager.hear(), format!("READY=1\nSTATUS={second}"));

    site.write(&POLICY.replace("to: router", "to: ruoter"))
        .unwrap();
    assert!(manager.hear().starts_with("RELOADING=1\n"));
    let path = site.policy().display();
    assert_eq!(
        manager.hear(),
        format!("READY=1\nSTATUS={second}; refused: {path}: the policy has problems")
    );

    let router = &site.network.router;
    router.ip("link delete lan-cam1\n").unwrap();
    let third = "generation 3 in force on no interface yet";
    assert_eq!(manager.hear(), format!("STATUS={third}"));
    daemon.terminate().unwrap();
    assert_eq!(manager.hear(), format!("STOPPING=1\nSTATUS={third}"));
}

#[test]
fn signs_of_life_come_twice_as_often_as_they_are_asked_for() {
    const MICROSECONDS: u128 = 400_000;
    let site = Site::new("service_watchdog").unwrap();
    let manager = Socket::listen(&site, "manager");
    let wanted = format!("WATCHDOG_USEC={MICROSECONDS}");
    let enforcer = told(&site, &manager, &[&wanted]);
    let _daemon = enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    while manager.hear() != "WATCHDOG=1" {}
    let begun = now();
    for _ in 0..10 {
        assert_eq!(manager.hear(), "WATCHDOG=1");
    }
    // On a busy machine they may be late, and never early: ten, and the first may have waited.
    assert!(now() - begun >= 9 * MICROSECONDS / 2, "{}", now() - begun);
}

#[test]
fn the_journal_gets_the_log_with_its_fields_and_nothing_of_a_drop() {
    let site = Site::new("service_journal").unwrap();
    let folder = site.file("journal");
    fs::create_dir(&folder).unwrap();
    let journal = Socket::listen(&site, "journal/socket");
    let folder = folder.to_str().unwrap();
    let words = [
        "unshare",
        "--mount",
        "sh",
        "-ec",
        WITH_JOURNAL,
        "sh",
        folder,
    ];
    let enforcer = site.enforcer.clone().started_by(&words);
    let mut daemon = enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    let entry = journal.hear();
    for (key, value) in [
        ("MESSAGE", "generation 1 in force on lan-cam1 (native)"),
        ("PRIORITY", "6"),
        ("SYSLOG_IDENTIFIER", "enforcer"),
        ("ENFORCER_GENERATION", "1"),
        ("ENFORCER_INTERFACES", "lan-cam1 (native)"),
    ] {
        assert!(entry.contains(&field(key, value)), "{key}:\n{entry}");
    }
    let wire = site.wire().unwrap();
    for _ in 0..200 {
        wire.send(&forbidden()).unwrap();
    }
    site.status_when(|status| status.dropped() >= 200).unwrap();
    daemon.terminate().unwrap();
    let entry = journal.hear();
    assert!(entry.contains("generation 1 stays in force"), "{entry}");
    assert!(journal.is_silent());
    assert_eq!(daemon.log(), "");
}

#[test]
fn the_capabilities_of_the_unit_are_enough_and_each_is_asked_for() {
    let site = Site::new("service_capabilities").unwrap();
    let line = |line: &'static str| line.strip_prefix("CapabilityBoundingSet=");
    let capabilities = UNIT.lines().find_map(line).unwrap();
    let capabilities: Vec<String> = capabilities
        .split_whitespace()
        .map(|name| name.trim_start_matches("CAP_").to_lowercase())
        .collect();
    let policy = site.policy().to_str().unwrap();
    for missing in &capabilities {
        let rest = capabilities.iter().filter(|name| *name != missing);
        let enforcer = limited(&site, rest);
        let outcome = enforcer.run(&["run", "--policy", policy]).unwrap();
        assert_eq!(outcome.code, Some(5), "without {missing}: {outcome:#?}");
    }
    let enforcer = limited(&site, capabilities.iter());
    let events = site.events();
    let options = ["--events", events.path()];
    let mut daemon = enforcer.start(site.policy(), &options).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    site.wire().unwrap().send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    daemon.terminate().unwrap();
    assert_eq!(events.all().unwrap().len(), 1);
}

#[test]
fn of_the_bpf_file_system_the_directory_of_the_pins_is_enough() {
    let site = Site::new("service_read_only").unwrap();
    let pins = &site.enforcer.directories().bpffs;
    let top = pins.parent().unwrap().to_str().unwrap();
    let words = ["unshare", "--mount", "sh", "-ec", READ_ONLY, "sh", top];
    let enforcer = site.enforcer.clone().started_by(&words);
    let mut daemon = enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    daemon.kill().unwrap();
    // What was pinned there is pinned for everybody.
    let status = site.enforcer.status().unwrap();
    assert!(status.is_enforcing("lan-cam1"), "{status:#?}");
}

/// The program with somebody who listens to what it tells its service manager.
fn told(site: &Site, manager: &Socket, more: &[&str]) -> Enforcer {
    let socket = format!("NOTIFY_SOCKET={}", manager.path.display());
    let words: Vec<&str> = ["env", &socket]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    site.enforcer.clone().started_by(&words)
}

/// The program with these capabilities and no others, as root.
fn limited<'c>(site: &Site, capabilities: impl Iterator<Item = &'c String>) -> Enforcer {
    let mut set = "--bounding-set=-all".to_owned();
    for name in capabilities {
        set.push_str(",+");
        set.push_str(name);
    }
    site.enforcer.clone().started_by(&["setpriv", &set])
}

/// A field of the journal as it is sent: behind its name the length of its value, in eight bytes.
fn field(key: &str, value: &str) -> String {
    let length = char::from(u8::try_from(value.len()).unwrap());
    format!("{key}\n{length}\0\0\0\0\0\0\0{value}\n")
}

/// Microseconds of the monotonic clock.
fn now() -> u128 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u128::try_from(now.tv_sec).unwrap() * 1_000_000 + u128::try_from(now.tv_nsec / 1000).unwrap()
}

/// Where datagrams of text arrive.
struct Socket {
    path: PathBuf,
    socket: UnixDatagram,
}

impl Socket {
    fn listen(site: &Site, name: &str) -> Self {
        let path = site.file(name);
        let socket = UnixDatagram::bind(Path::new(&path)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { path, socket }
    }

    /// The next one.
    fn hear(&self) -> String {
        let mut bytes = [0; 4096];
        loop {
            // An empty one asks whether anybody is there.
            let length = self.socket.recv(&mut bytes).unwrap();
            if length > 0 {
                let heard = bytes.get(..length).unwrap();
                return String::from_utf8_lossy(heard).into_owned();
            }
        }
    }

    /// Whether none waits.
    fn is_silent(&self) -> bool {
        self.socket.set_nonblocking(true).unwrap();
        self.socket.recv(&mut [0; 1]).is_err()
    }
}
