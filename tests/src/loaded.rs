//! What is loaded in the kernel: programs and maps, by their numbers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use aya::maps::{MapInfo, loaded_maps};
use aya::programs::loaded_programs;
use enforcer::directories::Directories;
use enforcer::record::Record;

use crate::daemon::{PATIENCE, TICK};

/// What one generation has in the kernel for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Its program.
    pub program: u32,
    /// Its maps, without those that all generations share.
    pub maps: BTreeSet<u32>,
}

impl Loaded {
    /// The generation in force.
    pub fn in_force(directories: &Directories) -> Result<Self> {
        let record = Record::read(directories)?.context("nothing is in force")?;
        let program = record.program;
        let mut programs = loaded_programs().filter_map(Result::ok);
        let info = programs.find(|info| info.id() == program);
        let info = info.with_context(|| format!("program {program} is not loaded"))?;
        let maps = info.map_ids()?.context("a kernel that tells its maps")?;
        let mut maps: BTreeSet<u32> = maps.into_iter().collect();
        for path in shared_in(&directories.maps())? {
            let map = MapInfo::from_pin(&path).with_context(|| path.display().to_string())?;
            maps.remove(&map.id());
        }
        Ok(Self { program, maps })
    }
}

/// An error, unless of all these generations the last two are all that is loaded before long.
pub fn ensure_two_left(all: &[Loaded]) -> Result<()> {
    let programs: BTreeSet<u32> = all.iter().map(|loaded| loaded.program).collect();
    let maps = all.iter().flat_map(|loaded| &loaded.maps).copied();
    let maps: BTreeSet<u32> = maps.collect();
    let two = all.get(all.len().saturating_sub(2)..).unwrap_or(all);
    let expected = (
        two.iter().map(|loaded| loaded.program).collect(),
        two.iter()
            .flat_map(|loaded| &loaded.maps)
            .copied()
            .collect(),
    );
    // The kernel frees what is unused a little later.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let there = (
            alive(&programs, programs_there()),
            alive(&maps, maps_there()),
        );
        if there == expected {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "{there:?} is loaded instead of {expected:?}"
        );
        std::thread::sleep(TICK);
    }
}

fn alive(of: &BTreeSet<u32>, there: impl Iterator<Item = u32>) -> BTreeSet<u32> {
    there.filter(|id| of.contains(id)).collect()
}

/// Others come and go meanwhile.
fn programs_there() -> impl Iterator<Item = u32> {
    let programs = loaded_programs().filter_map(Result::ok);
    programs.map(|info| info.id())
}

fn maps_there() -> impl Iterator<Item = u32> {
    let maps = loaded_maps().filter_map(Result::ok);
    maps.map(|info| info.id())
}

/// What a generation has for itself comes and goes, and is not looked into.
fn shared_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        if ["rules-", "ledger-"]
            .iter()
            .any(|own| name.starts_with(own))
        {
            continue;
        }
        if path.is_dir() {
            files.extend(shared_in(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}
