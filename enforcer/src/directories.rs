//! Where everything that outlives a process is kept.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use rustix::{fs::statfs, io::Errno};
use serde::de::DeserializeOwned;

use crate::exit::{Exit, Failure};

/// Magic number of a BPF file system (`linux/magic.h`).
const BPF_FS_MAGIC: u64 = 0xcafe_4a11;

/// Where everything that outlives a process is kept. Each can be moved, so that many instances run
/// beside each other.
#[derive(Clone, Debug, clap::Args)]
pub struct Directories {
    /// For the daemon's lock and control socket, and for what is in force, in words; gone after a reboot
    #[arg(
        long = "run-dir",
        env = "ENFORCER_RUN_DIR",
        default_value = "/run/enforcer",
        value_name = "DIR",
        global = true
    )]
    pub run: PathBuf,
    /// For the ledger and the last good policy, which survive a reboot, and for what `enforcer revert` goes back to, which
    /// does not
    #[arg(
        long = "state-dir",
        env = "ENFORCER_STATE_DIR",
        default_value = "/var/lib/enforcer",
        value_name = "DIR",
        global = true
    )]
    pub state: PathBuf,
    /// For what goes on in the kernel without a daemon; on a BPF file system
    #[arg(
        long = "bpffs",
        env = "ENFORCER_BPFFS",
        default_value = "/sys/fs/bpf/enforcer",
        value_name = "DIR",
        global = true
    )]
    pub bpffs: PathBuf,
}

impl Directories {
    /// Makes those that are missing, for nobody else to look into. The group of the run directory may connect to the
    /// control socket, which is all that it gets there.
    pub fn create(&self) -> Result<()> {
        require_bpffs(&self.bpffs)?;
        self.create_run()?;
        for directory in [&self.state, &self.bpffs, &self.links(), &self.maps()] {
            make(directory, 0o700)?;
        }
        Ok(())
    }

    /// Makes the run directory, which a boot takes away, for who takes the lock that is in it.
    pub fn create_run(&self) -> Result<()> {
        make(&self.run, 0o750)
    }

    /// What is in force, in words.
    pub fn record(&self) -> PathBuf {
        self.run.join("in-force.json")
    }

    /// What of the daemon's settings does not hold, in words.
    pub fn amiss(&self) -> PathBuf {
        self.run.join("settings-amiss.json")
    }

    /// Held by the daemon for as long as it lives; its process id is in it.
    pub fn lock(&self) -> PathBuf {
        self.run.join("daemon.lock")
    }

    /// Where the daemon listens.
    pub fn control(&self) -> PathBuf {
        self.run.join("control.sock")
    }

    /// The policy that waits for `enforcer confirm`, or that nobody confirmed.
    pub fn unconfirmed(&self) -> PathBuf {
        self.state.join("unconfirmed.json")
    }

    /// The maps that all generations share.
    pub fn maps(&self) -> PathBuf {
        self.bpffs.join("maps")
    }

    /// The links that keep the program on its interfaces, named by interface index: a name may
    /// hold a dot, which this file system refuses.
    pub fn links(&self) -> PathBuf {
        self.bpffs.join("links")
    }

    /// The program in force.
    pub fn program(&self) -> PathBuf {
        self.bpffs.join("program")
    }

    /// The program that was in force before, of another policy.
    pub fn kept_program(&self) -> PathBuf {
        self.bpffs.join("program-previous")
    }

    /// What that was, in words.
    pub fn kept_record(&self) -> PathBuf {
        self.state.join("previous.json")
    }

    /// What each camera sent where.
    pub fn ledger(&self) -> PathBuf {
        self.state.join("ledger.redb")
    }

    /// When the last report was made.
    pub fn reported(&self) -> PathBuf {
        self.state.join("reported.json")
    }

    /// The policy that was put in force last, with all that it was read from.
    pub fn last_good(&self) -> PathBuf {
        self.state.join("last-good.jsonl")
    }

    /// The same of the one before it.
    pub fn previous_good(&self) -> PathBuf {
        self.state.join("previous-good.jsonl")
    }
}

/// Whether a directory is on a BPF file system, or would be if it were made.
pub fn is_on_bpffs(directory: &Path) -> Result<bool> {
    let there = directory.ancestors().find(|ancestor| ancestor.exists());
    let there = there.unwrap_or(Path::new("/"));
    let kind = statfs(there).with_context(|| there.display().to_string())?;
    Ok(u64::try_from(kind.f_type).is_ok_and(|magic| magic & 0xffff_ffff == BPF_FS_MAGIC))
}

fn make(directory: &Path, mode: u32) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(directory)
        .map_err(|error| explain(directory, error))
}

fn require_bpffs(directory: &Path) -> Result<()> {
    if is_on_bpffs(directory)? {
        return Ok(());
    }
    let words = format!(
        "{}: not on a BPF file system; run `mount -t bpf bpf /sys/fs/bpf`",
        directory.display()
    );
    Err(Failure::new(Exit::Kernel, words).into())
}

fn explain(directory: &Path, error: io::Error) -> anyhow::Error {
    let refused = error.raw_os_error().map(Errno::from_raw_os_error);
    let error = anyhow::Error::new(error).context(directory.display().to_string());
    if matches!(refused, Some(Errno::ACCESS | Errno::PERM | Errno::ROFS)) {
        let words = format!("the directory {} cannot be made", directory.display());
        error.context(Failure::new(Exit::Privilege, words))
    } else {
        error
    }
}

/// What a file of JSON holds; nothing where it is not there.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let read = serde_json::from_str(&text);
    read.map(Some).with_context(|| path.display().to_string())
}

/// Writes a file of the daemon's own in one step: whoever reads it sees all of the old or all of the new. Nobody else
/// may read it, whoever might read the old one.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = partial(path);
    let write = || -> Result<()> {
        // What somebody left who was killed, with whatever mode.
        remove(&partial)?;
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(fs::rename(&partial, path)?)
    };
    let written = write();
    if written.is_err() {
        // Where there is no room, this would take some of it. Why it could not be written is told.
        drop(fs::remove_file(&partial));
    }
    written.with_context(|| path.display().to_string())
}

/// Where a file is written until it is whole. The name is always the same, so that however often somebody is killed
/// meanwhile one is left at most.
fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().display();
    path.with_file_name(format!(".{name}.partial"))
}

/// Removes a file, if it is there.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| path.display().to_string())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_whole_is_for_its_owner_alone_and_touches_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let path = at("in-force.json");
        for name in [
            "in-force.json",
            "in-force.partial",
            ".in-force.json.partial",
        ] {
            fs::write(at(name), "of before").unwrap();
            fs::set_permissions(at(name), fs::Permissions::from_mode(0o644)).unwrap();
        }
        write_whole(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read(at("in-force.partial")).unwrap(), b"of before");
        assert!(!at(".in-force.json.partial").exists());

        fs::create_dir(at(".in-force.json.partial")).unwrap();
        let error = write_whole(&path, b"newer").unwrap_err();
        assert!(
            format!("{error:#}").contains("in-force.json: "),
            "{error:#}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
