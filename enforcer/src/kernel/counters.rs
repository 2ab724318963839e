//! What the program has counted. Read from the pinned maps, so it needs no daemon.
//!
//! A camera's tallies stand in the row of its number. An array cannot grow: when there are more cameras
//! than rows, the next generation counts in larger arrays, and those before them stay for what they
//! hold. Sizes double, so that all together take less than twice the largest.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder},
    io::ErrorKind,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use aya::{
    maps::{Array, Map, MapData, PerCpuArray, PerCpuValues},
    util::nr_cpus,
};
use enforcer_common::{
    counter::{Bucket, Counters},
    table::{CameraId, STRANGERS},
};

use super::{
    links::{remove as remove_pin, remove_directory},
    object,
};
use crate::directories::Directories;

/// Rows that there are at least, so that a house never needs others.
const FEWEST: u32 = 64;

/// Rows that there are at most.
const MOST: u32 = 65_536;

/// What the folders of the arrays are called, before the number of their rows.
const FOLDER: &str = "cameras-";

/// Arrays with a row for every camera up to some number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// How many rows they have.
    pub(super) rows: u32,
    folder: PathBuf,
}

impl Room {
    /// The largest arrays that there are, or the place for larger ones if they have no row for the
    /// camera with the greatest number.
    pub(super) fn new(directories: &Directories, greatest: CameraId) -> Result<Self> {
        if let Some(largest) = rooms(directories)?.pop()
            && largest.rows > greatest
        {
            return Ok(largest);
        }
        ensure!(
            greatest < MOST,
            "cameras: {greatest}, those counted that were there before the last change; room for {}",
            MOST - 1
        );
        let rows = (greatest + 1).next_power_of_two().max(FEWEST);
        let folder = directories.maps().join(format!("{FOLDER}{rows}"));
        let made = DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| folder.display().to_string())?;
        Ok(Self { rows, folder })
    }

    /// Where one of the arrays is pinned.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn counters(&self) -> Result<PerCpuArray<MapData, Counters>> {
        let data = open(&self.path(object::COUNTERS))?;
        Ok(Map::PerCpuArray(data).try_into()?)
    }

    /// The tallies that are not zero, of the cameras that are asked for.
    fn tallies(&self, of: impl Fn(CameraId) -> bool) -> Result<BTreeMap<CameraId, Counters>> {
        let counters = self.counters()?;
        let mut tallies = BTreeMap::new();
        for camera in (0..counters.len()).filter(|camera| of(*camera)) {
            let mut tally = Counters::default();
            for cpu in counters.get(&camera, 0).context("the counters")?.iter() {
                tally += *cpu;
            }
            if tally != Counters::default() {
                tallies.insert(camera, tally);
            }
        }
        Ok(tallies)
    }
}

/// The tallies of every camera of which a frame was counted, all CPUs together; of strangers under [`STRANGERS`].
pub fn read(directories: &Directories) -> Result<BTreeMap<CameraId, Counters>> {
    read_of(directories, |_| true)
}

/// The same of some cameras: the kernel is asked for each by itself.
pub fn read_of(
    directories: &Directories,
    of: impl Fn(CameraId) -> bool,
) -> Result<BTreeMap<CameraId, Counters>> {
    let mut all: BTreeMap<CameraId, Counters> = BTreeMap::new();
    for room in rooms(directories)? {
        for (camera, tally) in room.tallies(&of)? {
            *all.entry(camera).or_default() += tally;
        }
    }
    Ok(all)
}

/// The greatest number that anything is counted under; that of strangers, if nothing is yet.
pub fn greatest(directories: &Directories) -> Result<CameraId> {
    let counted = read(directories)?;
    Ok(counted.into_keys().next_back().unwrap_or(STRANGERS))
}

/// Clears the rows of cameras that no program counts any more.
pub fn forget(directories: &Directories, keep: impl Fn(CameraId) -> bool) -> Result<()> {
    let cpus = nr_cpus().map_err(|(_, error)| error)?;
    for room in rooms(directories)? {
        let mut counters = room.counters()?;
        let buckets = open(&room.path(object::BUCKETS))?;
        let mut buckets: Array<MapData, Bucket> = Map::Array(buckets).try_into()?;
        for camera in room.tallies(|camera| !keep(camera))?.into_keys() {
            let zero = PerCpuValues::try_from(vec![Counters::default(); cpus])?;
            counters.set(camera, zero, 0)?;
            buckets.set(camera, Bucket::default(), 0)?;
        }
    }
    Ok(())
}

/// Takes all that was counted away.
pub(super) fn remove(directories: &Directories) -> Result<()> {
    for room in rooms(directories)? {
        for name in [object::COUNTERS, object::BUCKETS] {
            remove_pin(&room.path(name))?;
        }
        remove_directory(&room.folder)?;
    }
    Ok(())
}

/// All arrays that there are, the largest last.
fn rooms(directories: &Directories) -> Result<Vec<Room>> {
    let maps = directories.maps();
    let entries = match fs::read_dir(&maps) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| maps.display().to_string())?,
    };
    let mut rooms = Vec::new();
    for entry in entries {
        let folder = entry.with_context(|| maps.display().to_string())?.path();
        if let Some(rows) = rows(&folder) {
            rooms.push(Room { rows, folder });
        }
    }
    // A load that failed half-way leaves a folder without arrays, or with the first alone.
    rooms
        .retain(|room| room.path(object::COUNTERS).exists() && room.path(object::BUCKETS).exists());
    rooms.sort_by_key(|room| room.rows);
    Ok(rooms)
}

/// Whether a path is one of a folder of arrays.
pub(super) fn is_room(path: &Path) -> bool {
    rows(path).is_some()
}

/// How many rows the arrays in a folder have, by its name.
fn rows(folder: &Path) -> Option<u32> {
    let name = folder.file_name()?.to_str()?;
    name.strip_prefix(FOLDER)?.parse().ok()
}

fn open(path: &Path) -> Result<MapData> {
    MapData::from_pin(path).with_context(|| path.display().to_string())
}
