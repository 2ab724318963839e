//! What is pinned: a link for each interface, the program in force, and the one that was before it.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use aya::programs::{Xdp, links::PinnedLink};
use aya_obj::programs::XdpAttachType;
use tracing::warn;

use crate::{
    directories::Directories,
    exit::{Exit, Failure},
};

/// What becomes of the program in force when another takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// It stays loaded, to go back to; the one that has stayed until now is let go.
    Stays,
    /// It is let go: the other is of the same policy. The one that has stayed until now still does.
    Goes,
}

/// Pins a program beside the one in force, and opens it from there.
pub(super) fn pin_next(program: &mut Xdp, directories: &Directories) -> Result<Xdp> {
    let next = next(directories);
    remove(&next)?;
    program
        .pin(&next)
        .with_context(|| next.display().to_string())?;
    open_program(&next)
}

/// Gives up what was pinned beside the one in force.
pub(super) fn forget_next(directories: &Directories) {
    let next = next(directories);
    if let Err(error) = remove(&next) {
        warn!("a program stays loaded that judges nothing: {error:#}");
    }
}

/// Makes the program that is pinned beside the one in force the one in force. Up to the last step, which is
/// one, it is not.
pub(super) fn take_over(before: Before, directories: &Directories) -> Result<()> {
    let (program, kept) = (directories.program(), directories.kept_program());
    if before == Before::Stays {
        remove(&kept)?;
        link(&program, &kept)?;
    }
    rename(&next(directories), &program)
}

/// Exchanges the program in force and the one that was before it. In one step from 5.16 on
/// (`RENAME_EXCHANGE`, commit 6429e46304ac), which is not asked for: where it ends half-way, only the way
/// forward again is lost.
pub(super) fn exchange(directories: &Directories) -> Result<()> {
    let (program, kept) = (directories.program(), directories.kept_program());
    let next = next(directories);
    remove(&next)?;
    link(&program, &next)?;
    rename(&kept, &program)?;
    if let Err(error) = rename(&next, &kept) {
        warn!("it cannot be gone forward again: {error:#}");
    }
    Ok(())
}

/// Opens the program in force, if there is one.
pub fn in_force(directories: &Directories) -> Result<Option<Xdp>> {
    open_if_there(&directories.program())
}

/// Opens the program that was in force before, if it is still loaded.
pub fn kept(directories: &Directories) -> Result<Option<Xdp>> {
    open_if_there(&directories.kept_program())
}

/// Number of the program in force, if there is one.
pub fn in_force_number(directories: &Directories) -> Option<u32> {
    number(in_force(directories))
}

/// Number of the program that was in force before, if it is still loaded.
pub fn kept_number(directories: &Directories) -> Option<u32> {
    number(kept(directories))
}

fn number(program: Result<Option<Xdp>>) -> Option<u32> {
    Some(program.ok()??.info().ok()?.id())
}

/// The interfaces that have a pinned link, by index.
pub fn pinned(directories: &Directories) -> Result<BTreeSet<u32>> {
    let links = directories.links();
    let entries = match fs::read_dir(&links) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(refused(error, &links)),
    };
    let mut indexes = BTreeSet::new();
    for entry in entries {
        let entry = entry.with_context(|| links.display().to_string())?;
        indexes.extend(index(&entry.path()));
    }
    Ok(indexes)
}

/// The index of the interface that a pinned link is for, by its name.
pub(super) fn index(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.parse().ok()
}

/// Where programs are pinned: the one in force, the one before, and the one that is about to be.
pub(super) fn programs(directories: &Directories) -> [PathBuf; 3] {
    [
        directories.program(),
        directories.kept_program(),
        next(directories),
    ]
}

/// Removes every program.
pub(super) fn remove_programs(directories: &Directories) -> Result<()> {
    programs(directories)
        .iter()
        .try_for_each(|path| remove(path))
}

pub(super) fn link_path(links: &Path, index: u32) -> PathBuf {
    links.join(index.to_string())
}

pub(super) fn open(path: &Path) -> Result<PinnedLink> {
    PinnedLink::from_pin(path).with_context(|| path.display().to_string())
}

/// Removes a pin, if it is there.
pub(in crate::kernel) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(error, path)),
        _ => Ok(()),
    }
}

/// Removes a directory; what is in it would be somebody else's.
pub(in crate::kernel) fn remove_directory(path: &Path) -> Result<()> {
    match fs::remove_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(error, path)),
        _ => Ok(()),
    }
}

/// Where a program is pinned before it takes the place of the one in force.
fn next(directories: &Directories) -> PathBuf {
    directories.bpffs.join("program-next")
}

fn open_if_there(path: &Path) -> Result<Option<Xdp>> {
    match fs::symlink_metadata(path) {
        Ok(_) => open_program(path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refused(error, path)),
    }
}

pub(super) fn open_program(path: &Path) -> Result<Xdp> {
    Xdp::from_pin(path, XdpAttachType::Interface).with_context(|| path.display().to_string())
}

/// A second name for what is pinned, if it is there.
fn link(from: &Path, to: &Path) -> Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(error, to)),
        _ => Ok(()),
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| refused(error, to))
}

fn refused(error: io::Error, path: &Path) -> anyhow::Error {
    let denied = error.kind() == io::ErrorKind::PermissionDenied;
    let error = anyhow::Error::new(error);
    if denied {
        let words = format!("{}: only root may look there", path.display());
        error.context(Failure::new(Exit::Privilege, words))
    } else {
        error.context(path.display().to_string())
    }
}
