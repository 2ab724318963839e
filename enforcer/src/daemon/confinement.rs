//! What the daemon takes from itself before it begins (Landlock, Linux 5.13): files change in its own
//! directories alone, nothing is executed but what asks systemd for a timer, and nobody is connected to but
//! syslog servers that are named.
//! Reading stays: a policy may name lists anywhere tomorrow.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, NetPort, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope, make_bitflags,
    path_beneath_rules,
};
use tracing::{debug, warn};

use crate::{configuration::Sink, directories::Directories};

/// The newest that this was tried with. What a kernel does not know of it stays open there.
const TRIED: ABI = ABI::V7;

/// What is done in the daemon's own directories.
const OWN: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    WriteFile | Truncate | MakeReg | MakeSock | MakeDir | RemoveFile | RemoveDir | Refer
});

/// What it takes to open a file of events, be it a new one of the same name.
const EVENTS: BitFlags<AccessFs> = make_bitflags!(AccessFs::{WriteFile | Truncate | MakeReg});

/// What it takes to pin again what was pinned, once there is another BPF file system in the place of the one
/// that was there: that is under nothing that could be named now but what it is mounted in.
const PINS: BitFlags<AccessFs> =
    make_bitflags!(AccessFs::{MakeReg | MakeDir | RemoveFile | RemoveDir | Refer});

/// What runs where systemd does (`sd_booted(3)`), for a timer that outlives the daemon.
const SYSTEMD: &str = "/run/systemd/system";
const STARTED: [&str; 2] = ["/usr/bin/systemd-run", "/usr/bin/systemctl"];

/// What runs first for every program that is linked dynamically.
const LOADERS: [&str; 4] = [
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-linux-armhf.so.3",
    "/lib/ld-linux.so.2",
];

/// Confines this thread and all that it starts from now on. Whoever cannot be confined enforces all the same.
pub(super) fn confine(directories: &Directories, sinks: &[Sink]) {
    let programs: &[&str] = if Path::new(SYSTEMD).is_dir() {
        &STARTED
    } else {
        &[]
    };
    match try_confine(directories, sinks, programs) {
        Ok((RulesetStatus::NotEnforced, landlock)) => {
            debug!("not confined: {}", missing(landlock));
        }
        Ok((RulesetStatus::PartiallyEnforced, _)) => {
            debug!("confined by Landlock, as far as this kernel can");
        }
        Ok((RulesetStatus::FullyEnforced, _)) => debug!("confined by Landlock"),
        Err(error) => warn!("not confined: Landlock: {error}"),
    }
}

fn try_confine(
    Directories { run, state, bpffs }: &Directories,
    sinks: &[Sink],
    programs: &[&str],
) -> Result<(RulesetStatus, LandlockStatus), RulesetError> {
    let events = sinks.iter().filter_map(Sink::file).map(opened_anew);
    let ports = sinks.iter().filter_map(Sink::tcp_port);
    let servers =
        ports.map(|port| Ok::<_, RulesetError>(NetPort::new(port, AccessNet::ConnectTcp)));
    let loaders: &[&str] = if programs.is_empty() { &[] } else { &LOADERS };
    let programs = programs.iter().chain(loaders);
    let status = Ruleset::default()
        .handle_access(AccessFs::from_write(TRIED) | AccessFs::Execute)?
        .handle_access(AccessNet::from_all(TRIED))?
        .scope(Scope::from_all(TRIED))?
        .create()?
        .add_rules(path_beneath_rules([run, state, bpffs], OWN))?
        .add_rules(path_beneath_rules(mounted_in(bpffs), PINS))?
        .add_rules(path_beneath_rules(events, EVENTS))?
        .add_rules(servers)?
        .add_rules(path_beneath_rules(programs, AccessFs::Execute))?
        .restrict_self()?;
    Ok((status.ruleset, status.landlock))
}

/// What has to be open for a file to be opened again: its directory, since it may be another file then.
/// What is no file, as a pipe or the standard output, is itself; so is a file at the top, where everything
/// would be open.
fn opened_anew(events: &Path) -> &Path {
    // One that could not be opened yet shall be one.
    let is_file = events.is_file() || !events.exists();
    match events.parent() {
        Some(parent) if is_file && parent.parent().is_some() => parent,
        _ => events,
    }
}

/// The directory that the file system of another is mounted in.
fn mounted_in(directory: &Path) -> Option<PathBuf> {
    let device = |path: &Path| fs::metadata(path).ok().map(|it| it.dev());
    let directory = directory.canonicalize().ok()?;
    let own = device(&directory)?;
    let mut ancestors = directory.ancestors();
    let outside = ancestors.find(|ancestor| device(ancestor) != Some(own));
    outside.map(Path::to_owned)
}

const fn missing(landlock: LandlockStatus) -> &'static str {
    match landlock {
        LandlockStatus::NotEnabled => "this kernel has Landlock, and it is not enabled (`lsm=`)",
        LandlockStatus::NotImplemented => {
            "this kernel has no Landlock, or whoever started this filters its system calls"
        }
        LandlockStatus::Available { .. } => "Landlock does nothing here",
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, OpenOptions},
        io::ErrorKind,
        net::{TcpListener, TcpStream},
        path::PathBuf,
        process::Command,
        thread,
    };

    use super::*;
    use crate::configuration::{Server, To};
    use crate::events::{Format, syslog::Facility};

    #[test]
    fn a_confined_thread_changes_its_own_directories_and_reads_everything_and_no_more() {
        let root = tempfile::tempdir().unwrap();
        let directory = |name: &str| {
            let path = root.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let directories = Directories {
            run: directory("run"),
            state: directory("state"),
            bpffs: directory("bpffs"),
        };
        let (log, elsewhere) = (directory("log"), directory("elsewhere"));
        let events = log.join("events.json");
        let theirs = elsewhere.join("theirs");
        fs::write(&events, "").unwrap();
        fs::write(&theirs, "theirs").unwrap();
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let named = TcpListener::bind("127.0.0.1:0").unwrap();
        let syslog = named.local_addr().unwrap();
        let sinks = [
            Sink::of_command_line(&events, Format::Eve),
            Sink {
                to: To::Syslog(Server::Tcp(syslog), Facility::Daemon),
                ..Sink::of_command_line(Path::new("-"), Format::Eve)
            },
        ];
        // Only a thread is confined: the other tests go on.
        let confined = move || {
            let confined = try_confine(&directories, &sinks, &["/bin/true"]);
            let (status, landlock) = confined.unwrap();
            let LandlockStatus::Available { effective_abi, .. } = landlock else {
                assert_eq!(status, RulesetStatus::NotEnforced);
                return;
            };
            assert_eq!(
                status == RulesetStatus::FullyEnforced,
                effective_abi >= ABI::V6
            );
            for own in [&directories.run, &directories.state, &directories.bpffs] {
                let (old, new) = (own.join("a"), own.join("b"));
                fs::write(&old, "1").unwrap();
                fs::rename(&old, &new).unwrap();
                fs::hard_link(&new, &old).unwrap();
                fs::remove_file(&new).unwrap();
                fs::create_dir(&new).unwrap();
                fs::remove_dir(&new).unwrap();
            }
            fs::rename(&events, events.with_extension("old")).unwrap_err();
            OpenOptions::new().append(true).open(&events).unwrap();
            fs::write(log.join("another.json"), "").unwrap();

            assert_eq!(fs::read_to_string(&theirs).unwrap(), "theirs");
            assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
            let refused = |done: std::io::Result<()>| done.unwrap_err().kind();
            let denied = ErrorKind::PermissionDenied;
            assert_eq!(refused(fs::write(&theirs, "ours")), denied);
            assert_eq!(refused(fs::write(elsewhere.join("ours"), "")), denied);
            assert_eq!(refused(fs::remove_file(&theirs)), denied);
            assert_eq!(refused(fs::create_dir(elsewhere.join("ours"))), denied);
            assert!(Command::new("/bin/true").status().unwrap().success());
            assert_eq!(refused(Command::new("/bin/sh").status().map(drop)), denied);
            if effective_abi >= ABI::V4 {
                assert_eq!(refused(TcpListener::bind("127.0.0.1:0").map(drop)), denied);
                assert_eq!(refused(TcpStream::connect(address).map(drop)), denied);
                TcpStream::connect(syslog).unwrap();
            }
        };
        thread::spawn(confined).join().unwrap();
        TcpStream::connect(address).unwrap();
    }

    #[test]
    fn a_file_system_is_mounted_in_the_directory_above_it() {
        assert_eq!(mounted_in(Path::new("/proc/self/")), Some("/".into()));
        assert_eq!(mounted_in(Path::new("/proc/sys/net")), Some("/".into()));
        assert_eq!(mounted_in(Path::new("/")), None);
        assert_eq!(mounted_in(Path::new("/no-such-directory")), None);
    }

    #[test]
    fn a_file_is_opened_anew_by_its_name_and_everything_else_as_itself() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("events.json");
        fs::write(&file, "").unwrap();
        assert_eq!(opened_anew(&file), root.path());
        for itself in ["/dev/null", "-", "/no-such-file"] {
            assert_eq!(opened_anew(Path::new(itself)), PathBuf::from(itself));
        }
    }
}
