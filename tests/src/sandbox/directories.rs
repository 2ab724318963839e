//! The directories of one sandbox: run, state, and a bpffs of its own.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rustix::mount::{MountFlags, UnmountFlags};
use tempfile::TempDir;

use super::label::Label;
use super::tell;

/// The name of the mount point inside the temporary directory.
const BPFFS: &str = "bpf";

/// Three directories for root alone under one temporary directory.
#[derive(Debug)]
pub struct Directories {
    /// For sockets and what is gone after a boot.
    pub run: PathBuf,
    /// For what outlives a boot.
    pub state: PathBuf,
    /// For pins, on a bpf filesystem of its own, as `/sys/fs/bpf/enforcer` is on the machine's. (At
    /// its top the kernel puts files of its own, `progs.debug` and `maps.debug`.)
    pub bpffs: PathBuf,
    root: TempDir,
}

impl Directories {
    pub(super) fn new(label: &Label) -> Result<Self> {
        let root = tempfile::Builder::new()
            .prefix(&format!("{label}-"))
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .context("temporary directory")?;
        let directories = Self {
            run: make(root.path(), "run")?,
            state: make(root.path(), "state")?,
            bpffs: root.path().join(BPFFS).join("enforcer"),
            root,
        };
        make(directories.root(), BPFFS)?;
        mount_bpffs(directories.root())?;
        Ok(directories)
    }

    /// Unmounts the bpffs, and with it go the pins, and mounts an empty one.
    pub fn remount_bpffs(&self) -> Result<()> {
        self.unmount_bpffs()?;
        self.mount_bpffs()
    }

    /// Unmounts the bpffs, and with it go the pins.
    pub fn unmount_bpffs(&self) -> Result<()> {
        unmount_bpffs(self.root())
    }

    /// Mounts an empty one.
    pub fn mount_bpffs(&self) -> Result<()> {
        mount_bpffs(self.root())
    }

    /// What all three are in; gone with the sandbox.
    pub fn root(&self) -> &Path {
        self.root.path()
    }
}

impl Drop for Directories {
    fn drop(&mut self) {
        let unmounted = unmount_bpffs(self.root.path());
        if unmounted.is_err() {
            // Deleting through the mount would detach what somebody may want to look at.
            self.root.disable_cleanup(true);
        }
        tell(unmounted);
    }
}

fn mount_bpffs(root: &Path) -> Result<()> {
    let bpffs = root.join(BPFFS);
    rustix::mount::mount("bpf", &bpffs, "bpf", MountFlags::NOSUID, c"mode=0700")
        .with_context(|| format!("bpf filesystem on {}", bpffs.display()))?;
    make(&bpffs, "enforcer").map(drop)
}

/// Unmounts the bpffs under a sandbox's temporary directory, even one in use; and with it go the
/// pins.
pub(super) fn unmount_bpffs(root: &Path) -> Result<()> {
    let bpffs = root.join(BPFFS);
    match rustix::mount::unmount(&bpffs, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
        // INVAL: not mounted, NOENT: not even made.
        Ok(()) | Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOENT) => Ok(()),
        Err(error) => Err(error).with_context(|| format!("unmount {}", bpffs.display())),
    }
}

fn make(root: &Path, name: &str) -> Result<PathBuf> {
    let path = root.join(name);
    DirBuilder::new()
        .mode(0o700)
        .create(&path)
        .with_context(|| path.display().to_string())?;
    Ok(path)
}
