//! Where the pins of ledgers are.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder},
    io::ErrorKind,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    directories::Directories,
    kernel::{
        links::{remove as remove_pin, remove_directory},
        object,
    },
};

/// What the folders of the pins are called, before the number of the generation.
const FOLDER: &str = "ledger-";

/// Where the pins of a generation's ledger are.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Place(PathBuf);

impl Place {
    /// For a generation that is being made; what one that never came in force left there is gone.
    pub(in crate::kernel) fn new(directories: &Directories, generation: u32) -> Result<Self> {
        let folder = directories.maps().join(format!("{FOLDER}{generation}"));
        remove_folder(&folder)?;
        let made = DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| folder.display().to_string())?;
        Ok(Self(folder))
    }

    /// Where a map of it is pinned.
    pub(in crate::kernel) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// Takes all ledgers away.
pub(in crate::kernel) fn remove(directories: &Directories) -> Result<()> {
    let folders = folders(directories)?;
    folders
        .values()
        .try_for_each(|folder| remove_folder(folder))
}

/// The folders of pins that there are, by generation.
pub(super) fn folders(directories: &Directories) -> Result<BTreeMap<u32, PathBuf>> {
    let maps = directories.maps();
    let entries = match fs::read_dir(&maps) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.with_context(|| maps.display().to_string())?,
    };
    let mut folders = BTreeMap::new();
    for entry in entries {
        let folder = entry.with_context(|| maps.display().to_string())?.path();
        if let Some(generation) = generation(&folder) {
            folders.insert(generation, folder);
        }
    }
    Ok(folders)
}

/// What is pinned of a ledger.
const PINS: [&str; 3] = [object::LEDGER, object::BOOK, object::NAMES];

/// Whether all of a ledger is pinned, which is not so while it is being made or removed.
pub(super) fn is_whole(folder: &Path) -> bool {
    PINS.iter().all(|name| folder.join(name).exists())
}

pub(super) fn remove_folder(folder: &Path) -> Result<()> {
    for name in PINS {
        remove_pin(&folder.join(name))?;
    }
    remove_directory(folder)
}

/// The generation whose pins are in a folder, if it is one of those.
pub(in crate::kernel) fn generation(folder: &Path) -> Option<u32> {
    let name = folder.file_name()?.to_str()?;
    name.strip_prefix(FOLDER)?.parse().ok()
}
