//! Paths of this machine stay out of what is built, so that it is the same wherever it is built.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::sh;

/// Flags for rustc that write the workspace as `.` and the crates of a registry as `crates`.
pub fn unnamed() -> Result<Vec<String>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let mut flags = vec![format!(
        "--remap-path-prefix={}=.",
        sh::workspace().display()
    )];
    let sources = home.map(|home| home.join("registry/src"));
    for registry in sources.iter().filter_map(|path| fs::read_dir(path).ok()) {
        for folder in registry {
            let folder = folder.context("cargo's registry folder")?.path();
            flags.push(format!("--remap-path-prefix={}=crates", folder.display()));
        }
    }
    Ok(flags)
}
