//! A place for a program that judges and enforces nothing: pins where nobody else looks, on a BPF file system that is
//! mounted nowhere, so that nothing of it is left, however the process ends.

use std::{
    os::fd::{AsRawFd as _, OwnedFd},
    path::Path,
};

use anyhow::Result;
use rustix::{
    io::Errno,
    mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount,
        fsopen,
    },
};

use crate::{
    directories::Directories,
    exit::{Exit, Failure},
};

/// Such a place, until it is dropped.
#[derive(Debug)]
pub struct Apart {
    directories: Directories,
    /// What the directories are reached by.
    _pins: OwnedFd,
}

impl Apart {
    /// Makes one.
    pub fn new() -> Result<Self> {
        let pins = pins().map_err(|error| match error {
            Errno::PERM | Errno::ACCESS => anyhow::Error::new(error).context(Failure::new(
                Exit::Privilege,
                "needs root, or CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and CAP_SYS_ADMIN",
            )),
            _ => anyhow::Error::new(error).context(Failure::new(
                Exit::Kernel,
                "this kernel gives no BPF file system",
            )),
        })?;
        let root = format!("/proc/self/fd/{}", pins.as_raw_fd());
        let root = Path::new(&root);
        let directories = Directories {
            run: root.join("run"),
            state: root.join("state"),
            bpffs: root.join("enforcer"),
        };
        directories.create()?;
        Ok(Self {
            directories,
            _pins: pins,
        })
    }

    /// Where things are in it.
    pub const fn directories(&self) -> &Directories {
        &self.directories
    }
}

fn pins() -> rustix::io::Result<OwnedFd> {
    let context = fsopen("bpf", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_set_string(&context, "mode", "0700")?;
    fsconfig_create(&context)?;
    fsmount(
        &context,
        FsMountFlags::FSMOUNT_CLOEXEC,
        MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV,
    )
}
