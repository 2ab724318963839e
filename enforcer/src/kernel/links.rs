//! The links that keep a program on its interfaces. They are pinned, so that they outlive the
//! daemon, and updated in place, so that every frame sees one whole generation and none sees
//! nothing.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use aya::programs::{
    Xdp,
    links::{FdLink, PinnedLink},
    xdp::XdpLink,
};
use aya_obj::programs::XdpAttachType;
use tracing::warn;

use super::{counters, generation::Proved, object};
use crate::{
    directories::Directories,
    exit::{Exit, Failure},
    policy::Attach,
};

mod attach;

use attach::put_on;

/// An interface that the policy names and that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its index.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// How the program is to be attached.
    pub attach: Attach,
}

/// A pinned link, as the kernel tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinnedProgram {
    /// Index of the interface that it was made for.
    pub index: u32,
    /// Number of the program that it holds.
    pub program: u32,
}

/// What was done to an interface, so that it can be undone.
enum Step {
    /// Its link held another program before.
    Updated(PathBuf),
    /// It had no link before.
    Attached(PathBuf),
}

/// What becomes of the other interfaces if a generation cannot be put in force on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// All are as they were before: for a new policy.
    Undone,
    /// It is put in force there all the same: for the policy in force on other links, of which one
    /// that somebody else holds must not leave all that come later open.
    Done,
}

/// An interface that should be enforced and is not.
#[derive(Debug)]
pub struct Open {
    /// The interface.
    pub interface: Wanted,
    /// Why the program could not be put on it.
    pub error: anyhow::Error,
}

/// A generation that is in force.
pub struct Done {
    /// The generation.
    pub generation: Proved,
    /// The interfaces that it could not be put on; none for [`Elsewhere::Undone`].
    pub open: Vec<Open>,
    /// Indexes of those that are not wanted any more and are not enforced now.
    pub removed: Vec<u32>,
}

/// Puts a proved generation in force on the wanted interfaces and takes it off all others.
pub fn put_in_force(
    mut generation: Proved,
    wanted: &[Wanted],
    elsewhere: Elsewhere,
    directories: &Directories,
) -> Result<Done> {
    let program = generation.program()?;
    let mut done = Vec::new();
    let mut open = Vec::new();
    for interface in wanted {
        match put_on(program, interface, &directories.links()) {
            Ok(step) => done.extend(step),
            Err(error) if elsewhere == Elsewhere::Done => open.push(Open {
                interface: interface.clone(),
                error,
            }),
            Err(error) => {
                undo(done, directories);
                return Err(error);
            }
        }
    }
    if let Err(error) = pin_program(program, directories) {
        undo(done, directories);
        return Err(error);
    }
    let kept: BTreeSet<u32> = wanted.iter().map(|interface| interface.index).collect();
    let mut removed = Vec::new();
    for &index in pinned(directories)?.difference(&kept) {
        remove(&link_path(&directories.links(), index))?;
        removed.push(index);
    }
    Ok(Done {
        generation,
        open,
        removed,
    })
}

/// Puts the generation in force on those of the wanted interfaces that it is missing on. Those that
/// it still could not be put on are returned.
pub fn complete(
    generation: &mut Proved,
    missing: Vec<Wanted>,
    directories: &Directories,
) -> Result<Vec<Open>> {
    let program = generation.program()?;
    let mut open = Vec::new();
    for interface in missing {
        if let Err(error) = put_on(program, &interface, &directories.links()) {
            open.push(Open { interface, error });
        }
    }
    Ok(open)
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
        let name = entry
            .with_context(|| links.display().to_string())?
            .file_name();
        indexes.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
    }
    Ok(indexes)
}

/// The pinned links and the programs that they hold.
pub fn pinned_programs(directories: &Directories) -> Result<Vec<PinnedProgram>> {
    let mut programs = Vec::new();
    for index in pinned(directories)? {
        let link = FdLink::from(open(&link_path(&directories.links(), index))?);
        let program = link.info().context("a pinned link")?.program_id();
        programs.push(PinnedProgram { index, program });
    }
    Ok(programs)
}

/// Ends enforcement: removes every link, program and map.
pub fn detach(directories: &Directories) -> Result<usize> {
    let indexes = pinned(directories)?;
    for index in &indexes {
        remove(&link_path(&directories.links(), *index))?;
    }
    counters::remove(directories)?;
    remove(&directories.maps().join(object::EVENTS))?;
    remove(&directories.program())?;
    remove(&next_program(directories))?;
    for path in [directories.links(), directories.maps()] {
        remove_directory(&path)?;
    }
    Ok(indexes.len())
}

/// Keeps the program at hand for whoever has to go back to it.
fn pin_program(program: &mut Xdp, directories: &Directories) -> Result<()> {
    let path = directories.program();
    let next = next_program(directories);
    remove(&next)?;
    program
        .pin(&next)
        .with_context(|| next.display().to_string())?;
    fs::rename(&next, &path).with_context(|| path.display().to_string())
}

/// Where a program is pinned before it takes the place of the one in force.
fn next_program(directories: &Directories) -> PathBuf {
    directories.bpffs.join("program-next")
}

/// Best effort: each step is tried, and what fails is told.
fn undo(done: Vec<Step>, directories: &Directories) {
    for step in done.into_iter().rev() {
        let undone = match &step {
            Step::Attached(path) => remove(path),
            Step::Updated(path) => put_back(path, directories),
        };
        if let (Err(error), Step::Attached(path) | Step::Updated(path)) = (undone, &step) {
            warn!(
                "{}: the interface stays with the generation that failed elsewhere: {error:#}",
                path.display()
            );
        }
    }
}

fn put_back(path: &Path, directories: &Directories) -> Result<()> {
    let mut previous = Xdp::from_pin(directories.program(), XdpAttachType::Interface)
        .context("the program that was in force")?;
    let link = XdpLink::try_from(FdLink::from(open(path)?)).context("a pinned link")?;
    let id = previous.attach_to_link(link)?;
    drop(previous.take_link(id)?);
    Ok(())
}

fn link_path(links: &Path, index: u32) -> PathBuf {
    links.join(index.to_string())
}

fn open(path: &Path) -> Result<PinnedLink> {
    PinnedLink::from_pin(path).with_context(|| path.display().to_string())
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(error, path)),
        _ => Ok(()),
    }
}

/// Removes a directory; what is in it would be somebody else's.
fn remove_directory(path: &Path) -> Result<()> {
    match fs::remove_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(error, path)),
        _ => Ok(()),
    }
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
