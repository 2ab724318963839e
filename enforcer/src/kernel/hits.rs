//! How often each rule of a generation decided. Pinned beside its program, so reading needs no daemon.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use aya::maps::{Map, MapData, PerCpuArray};
use enforcer_common::{counter::Counter, rule::RuleId};

use super::links::remove;
use crate::directories::Directories;

/// What the pins are called, before the number of the generation.
const NAME: &str = "rules-";

/// Frames that a rule let through or denied, by its number, since the generation was first put in force;
/// under zero what passed as link housekeeping. Rules that decided nothing are left out.
pub fn read(directories: &Directories, generation: u32) -> Result<BTreeMap<RuleId, Counter>> {
    let path = path(directories, generation);
    if !path.exists() {
        // A program of a version that had none, taken over.
        return Ok(BTreeMap::new());
    }
    let data = MapData::from_pin(&path).with_context(|| path.display().to_string())?;
    let rules: PerCpuArray<MapData, Counter> = Map::PerCpuArray(data).try_into()?;
    let mut hits = BTreeMap::new();
    for rule in 0..rules.len() {
        let cpus = rules.get(&rule, 0).context("the hits of rules")?;
        let total: Counter = cpus.iter().copied().sum();
        if total.packets > 0 {
            hits.insert(rule, total);
        }
    }
    Ok(hits)
}

/// Lets go of what generations counted that are gone.
pub fn forget(directories: &Directories, keep: impl Fn(u32) -> bool) -> Result<()> {
    let maps = directories.maps();
    let entries = match fs::read_dir(&maps) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| maps.display().to_string())?,
    };
    for entry in entries {
        let path = entry.with_context(|| maps.display().to_string())?.path();
        if generation(&path).is_some_and(|generation| !keep(generation)) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Where a generation that is being made counts; what one that never came in force left there is gone.
pub(super) fn place(directories: &Directories, generation: u32) -> Result<PathBuf> {
    let path = path(directories, generation);
    remove(&path)?;
    Ok(path)
}

fn path(directories: &Directories, generation: u32) -> PathBuf {
    directories.maps().join(format!("{NAME}{generation}"))
}

/// Whether a path is one where a generation counts.
pub(super) fn is_pin(path: &Path) -> bool {
    generation(path).is_some()
}

fn generation(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix(NAME)?.parse().ok()
}
