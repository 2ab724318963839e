//! What a daemon holds beside the pins: it stays where the pins are taken away, and they can be put back.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use aya::{
    maps::MapData,
    programs::{
        Xdp,
        links::{FdLink, PinnedLink},
    },
};

use super::pins::{self, link_path, open, pinned, remove};
use crate::{directories::Directories, kernel::ledger};

/// Everything that is pinned, for as long as it is held.
#[derive(Debug, Default)]
pub struct Held {
    /// By interface index.
    links: BTreeMap<u32, PinnedLink>,
    programs: BTreeMap<PathBuf, Xdp>,
    /// That all generations share, and those of rules.
    maps: BTreeMap<PathBuf, MapData>,
}

/// How many pins were put back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Of links.
    pub links: usize,
    /// Of programs and maps.
    pub others: usize,
}

impl Held {
    /// Holds what is pinned now, and nothing else. Where there are no pins because their file system is gone,
    /// what was held stays so. Ledgers of other generations than those that are loaded are about to go.
    pub fn update(&mut self, directories: &Directories, loaded: &BTreeSet<u32>) -> Result<()> {
        if !directories.links().exists() {
            return Ok(());
        }
        let mut held = Self::default();
        for index in pinned(directories)? {
            let link = open(&link_path(&directories.links(), index))?;
            held.links.insert(index, link);
        }
        for path in [directories.program(), directories.kept_program()] {
            if path.is_file() {
                let program = pins::open_program(&path)?;
                held.programs.insert(path, program);
            }
        }
        let goes = |path: &Path| {
            let generation = path.parent().and_then(ledger::generation);
            generation.is_some_and(|generation| !loaded.contains(&generation))
        };
        for path in files_below(&directories.maps())? {
            if goes(&path) {
                continue;
            }
            let map = MapData::from_pin(&path).with_context(|| path.display().to_string())?;
            held.maps.insert(path, map);
        }
        *self = held;
        Ok(())
    }

    /// Whether a link is held that was made for this interface; it need not be on it any more.
    pub fn has(&self, index: u32) -> bool {
        self.links.contains_key(&index)
    }

    /// Pins again that whose pins somebody has taken away, also with the whole of their file system, if one is there
    /// again. An error says that there is none.
    pub fn restore(&mut self, program: &mut Xdp, directories: &Directories) -> Result<Restored> {
        let links = directories.links();
        let lost = self.links.keys().copied();
        let lost: Vec<u32> = lost
            .filter(|&index| !link_path(&links, index).exists())
            .collect();
        let others = self.programs.keys().chain(self.maps.keys());
        let others = others.filter(|path| !path.exists()).count();
        if lost.is_empty() && others == 0 {
            return Ok(Restored::default());
        }
        directories.create()?;
        for (path, program) in &mut self.programs {
            if !path.exists() {
                let pinned = program.pin(path);
                pinned.with_context(|| path.display().to_string())?;
            }
        }
        for (path, map) in &self.maps {
            if !path.exists() {
                let folder = path.parent().unwrap_or(Path::new(""));
                fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
                let pinned = map.pin(path);
                pinned.with_context(|| path.display().to_string())?;
            }
        }
        // A link that cannot be pinned is let go, and ends with that. So first something else is.
        let trial = links.join("trial");
        remove(&trial)?;
        let pinned = program.pin(&trial);
        pinned.with_context(|| trial.display().to_string())?;
        remove(&trial)?;
        for index in &lost {
            let path = link_path(&links, *index);
            if let Some(link) = self.links.remove(index) {
                let pinned = FdLink::from(link).pin(&path);
                let pinned = pinned.with_context(|| path.display().to_string())?;
                self.links.insert(*index, pinned);
            }
        }
        Ok(Restored {
            links: lost.len(),
            others,
        })
    }
}

/// The files in a folder, and in the folders in it. A folder may go meanwhile.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(files),
        entries => entries.with_context(|| folder.display().to_string())?,
    };
    for entry in entries {
        let entry = entry.with_context(|| folder.display().to_string())?;
        let kind = entry.file_type();
        if kind.with_context(|| folder.display().to_string())?.is_dir() {
            files.extend(files_below(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    Ok(files)
}
