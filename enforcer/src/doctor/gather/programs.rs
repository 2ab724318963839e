//! The programs on interfaces: their names, and the links that hold them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Error};
use aya::programs::links::LinkType;
use aya::programs::loaded_links;

use super::untold;
use crate::directories::Directories;
use crate::doctor::facts::{Device, Known, Program, Untold};
use crate::kernel::programs;

/// Adds to each program that runs what it is, and which links hold it.
pub(super) fn add(devices: &mut [Device]) {
    let mut running = devices
        .iter_mut()
        .filter_map(|device| device.xdp.as_mut())
        .peekable();
    if running.peek().is_none() {
        return;
    }
    let programs = programs::loaded().map_err(|error| untold(&error));
    let links = links();
    for running in running {
        let id = running.attached.program;
        running.program = programs
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|programs| {
                let program = programs.get(&id).cloned();
                program.ok_or_else(|| Untold::new(format!("program {id} is gone")))
            });
        running.links = links
            .as_ref()
            .map_err(Clone::clone)
            .map(|links| links.get(&id).cloned().unwrap_or_default());
    }
}

/// The program that is pinned as the one in force.
pub(super) fn pinned(directories: &Directories) -> Known<Option<Program>> {
    let path = directories.program();
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(error) => {
            return Err(untold(
                &Error::new(error).context(path.display().to_string()),
            ));
        }
    }
    Program::pinned(&path)
        .map(Some)
        .map_err(|error| untold(&error))
}

/// The links that hold each program on interfaces.
fn links() -> Known<BTreeMap<u32, Vec<u32>>> {
    let mut links: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for info in loaded_links() {
        let info = info
            .context("links of the kernel")
            .map_err(|error| untold(&error))?;
        if info.link_type().is_ok_and(|kind| kind == LinkType::Xdp) {
            links.entry(info.program_id()).or_default().push(info.id());
        }
    }
    Ok(links)
}
