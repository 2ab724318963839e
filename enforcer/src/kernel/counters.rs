//! What the program has counted. Read from the pinned maps, so it needs no daemon.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use aya::maps::{HashMap, Map, MapData, PerCpuHashMap};
use enforcer_common::{
    counter::{Bucket, Counter, Counters, Slot},
    table::{CameraId, STRANGERS},
};

use super::object;
use crate::directories::Directories;

/// The tallies of one camera, all CPUs together.
#[derive(Clone, Copy, Debug)]
pub struct Tally(Counters);

impl Tally {
    /// Frames and bytes of one kind.
    pub fn of(&self, slot: Slot) -> Counter {
        let Self(Counters { slots }) = self;
        slots.get(slot.index()).copied().unwrap_or_default()
    }
}

/// The tallies of every camera; of strangers under
/// [`enforcer_common::table::STRANGERS`].
pub fn read(directories: &Directories) -> Result<BTreeMap<CameraId, Tally>> {
    let counters: PerCpuHashMap<MapData, CameraId, Counters> = open(directories)?;
    let mut tallies = BTreeMap::new();
    for row in &counters {
        let (camera, cpus) = row.context("the counters")?;
        let mut sum = Counters::ZERO;
        for cpu in cpus.iter() {
            for (total, counter) in sum.slots.iter_mut().zip(cpu.slots) {
                total.packets += counter.packets;
                total.bytes += counter.bytes;
            }
        }
        tallies.insert(camera, Tally(sum));
    }
    Ok(tallies)
}

/// The greatest number that anything is counted under; that of strangers, if nothing is yet.
pub fn greatest(directories: &Directories) -> Result<CameraId> {
    if !directories.maps().join(object::COUNTERS).exists() {
        return Ok(STRANGERS);
    }
    let cameras: Vec<CameraId> = open(directories)?.keys().collect::<Result<_, _>>()?;
    Ok(cameras.into_iter().max().unwrap_or(STRANGERS))
}

/// Removes the rows of cameras that no program counts any more.
pub fn forget(directories: &Directories, keep: impl Fn(CameraId) -> bool) -> Result<()> {
    let mut counters: PerCpuHashMap<MapData, CameraId, Counters> = open(directories)?;
    let path = directories.maps().join(object::BUCKETS);
    let buckets = MapData::from_pin(&path).with_context(|| path.display().to_string())?;
    let mut buckets: HashMap<MapData, CameraId, Bucket> = Map::HashMap(buckets).try_into()?;
    let cameras: Vec<CameraId> = counters.keys().collect::<Result<_, _>>()?;
    for camera in cameras.iter().filter(|camera| !keep(**camera)) {
        counters.remove(camera)?;
        buckets.remove(camera)?;
    }
    Ok(())
}

fn open(directories: &Directories) -> Result<PerCpuHashMap<MapData, CameraId, Counters>> {
    let path = directories.maps().join(object::COUNTERS);
    let data = MapData::from_pin(&path).with_context(|| path.display().to_string())?;
    Ok(Map::PerCpuHashMap(data).try_into()?)
}
