//! The machine.

use std::path::Path;

use anyhow::Error;

use super::{read, untold};
use crate::directories::{self, Directories};
use crate::doctor::facts::{Host, Known};

/// Where systemd looks for units.
const UNITS: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

pub(super) fn host(directories: &Directories) -> Host {
    let release = read(Path::new("/proc/sys/kernel/osrelease"));
    let compiles = read(Path::new("/proc/sys/net/core/bpf_jit_enable"));
    Host {
        release: release.map(|release| release.trim().to_owned()),
        bpffs: bpffs(&directories.bpffs),
        compiles: compiles.map(|switch| switch.trim() != "0"),
        has_unit: UNITS
            .iter()
            .any(|units| Path::new(units).join("enforcer.service").exists()),
    }
}

/// Whether the pins are on a BPF file system. What nobody may look into is not simply missing.
fn bpffs(directory: &Path) -> Known<bool> {
    for ancestor in directory.ancestors() {
        match ancestor.try_exists() {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => {
                let error = Error::new(error).context(ancestor.display().to_string());
                return Err(untold(&error));
            }
        }
    }
    directories::is_on_bpffs(directory).map_err(|error| untold(&error))
}
