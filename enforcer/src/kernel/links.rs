//! The links that keep a program on its interfaces. They are pinned, so that they outlive the
//! daemon, and updated in place, so that every frame sees one whole generation and none sees
//! nothing.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use aya::programs::{Xdp, links::FdLink, xdp::XdpLink};

use super::{counters, generation::Proved, hits, ledger, object};
use crate::{
    directories::Directories,
    exit::{Exit, Failure, exit_of},
    policy::Attach,
};

mod attach;
mod held;
mod leftovers;
mod pins;

pub use held::{Held, Restored};
pub use leftovers::leftovers;
pub use pins::{Before, in_force, in_force_number, kept, kept_number, pinned};

use attach::put_on;
use pins::{link_path, open};
pub(super) use pins::{remove, remove_directory};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// All are as they were before: for a new policy. Not so for the interfaces of these indexes: what is
    /// in force now is not on them either, and that must not keep every policy after it from the others.
    Undone(BTreeSet<u32>),
    /// It is put in force there all the same if somebody else holds that one and not every one: for the
    /// first policy of a daemon. Nothing would be gained by leaving the others open as well.
    Free,
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
    /// Its program.
    pub program: Xdp,
    /// The interfaces that it could not be put on.
    pub open: Vec<Open>,
    /// What became of the interfaces that are not wanted any more.
    pub released: Released,
}

/// The interfaces that had a link and are not wanted any more.
#[derive(Debug, Default)]
pub struct Released {
    /// Indexes of those that are not enforced now.
    pub removed: Vec<u32>,
    /// Why others still are, by whatever was in force there.
    pub stuck: Vec<anyhow::Error>,
}

impl Elsewhere {
    /// Whether the others go on without an interface that this went wrong on.
    fn goes_on(&self, interface: &Wanted, error: &anyhow::Error) -> bool {
        match self {
            Self::Undone(open) => open.contains(&interface.index),
            Self::Free => exit_of(error) == Exit::Busy,
            Self::Done => true,
        }
    }
}

/// A generation was refused on one interface, and others that had it already keep it.
#[derive(Debug)]
struct NotUndone(Vec<String>);

/// Puts a proved generation in force on the wanted interfaces and takes it off all others. An error means
/// that nothing has changed; what goes wrong once it is in force is told in [`Done`].
pub fn put_in_force(
    mut generation: Proved,
    wanted: &[Wanted],
    elsewhere: &Elsewhere,
    before: Before,
    directories: &Directories,
) -> Result<Done> {
    let mut program = pins::pin_next(generation.program()?, directories)?;
    let open = update(&mut program, wanted, elsewhere, directories, || {
        pins::take_over(before, directories)
    });
    if open.is_err() {
        pins::forget_next(directories);
    }
    Ok(Done {
        open: open?,
        program,
        released: release(wanted, directories),
    })
}

/// Puts the program that was in force before in force again: nothing is compiled, loaded or proved, and on
/// an error nothing has changed. What was in force until now is what can be gone back to.
///
/// What is in force now is not on the interfaces of the indexes in `open`, and what was before need not be
/// either.
pub fn go_back(wanted: &[Wanted], open: BTreeSet<u32>, directories: &Directories) -> Result<Done> {
    let program = kept(directories)?;
    let mut program = program.context(NOTHING_KEPT)?;
    let elsewhere = Elsewhere::Undone(open);
    let open = update(&mut program, wanted, &elsewhere, directories, || {
        pins::exchange(directories)
    })?;
    Ok(Done {
        program,
        open,
        released: release(wanted, directories),
    })
}

/// For whoever wants to go back.
pub const NOTHING_KEPT: &str = "there is no generation to go back to";

/// Puts a program on those of the wanted interfaces that it is missing on. Those that it still could not
/// be put on are returned.
pub fn complete(program: &mut Xdp, missing: Vec<Wanted>, directories: &Directories) -> Vec<Open> {
    let mut open = Vec::new();
    for interface in missing {
        if let Err(error) = put_on(program, &interface, &directories.links()) {
            open.push(Open { interface, error });
        }
    }
    open
}

/// Takes whatever is in force off the interfaces that are not wanted.
pub fn release(wanted: &[Wanted], directories: &Directories) -> Released {
    let mut released = Released::default();
    let wanted: BTreeSet<u32> = wanted.iter().map(|interface| interface.index).collect();
    let pinned = match pinned(directories) {
        Ok(pinned) => pinned,
        Err(error) => {
            released.stuck.push(error);
            return released;
        }
    };
    for &index in pinned.difference(&wanted) {
        match remove(&link_path(&directories.links(), index)) {
            Ok(()) => released.removed.push(index),
            Err(error) => released.stuck.push(error),
        }
    }
    released
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
    hits::forget(directories, |_| false)?;
    ledger::remove(directories)?;
    remove(&directories.maps().join(object::EVENTS))?;
    pins::remove_programs(directories)?;
    for path in [directories.links(), directories.maps()] {
        remove_directory(&path)?;
    }
    Ok(indexes.len())
}

/// Puts a program on the wanted interfaces, and then does what makes it the one in force. On an error
/// the interfaces hold again what they held.
fn update(
    program: &mut Xdp,
    wanted: &[Wanted],
    elsewhere: &Elsewhere,
    directories: &Directories,
    take_over: impl FnOnce() -> Result<()>,
) -> Result<Vec<Open>> {
    let mut done = Vec::new();
    let mut open = Vec::new();
    for interface in wanted {
        match put_on(program, interface, &directories.links()) {
            Ok(step) => done.extend(step),
            Err(error) if elsewhere.goes_on(interface, &error) => open.push(Open {
                interface: interface.clone(),
                error,
            }),
            Err(error) => return Err(undo(error, done, directories)),
        }
    }
    if *elsewhere == Elsewhere::Free && !open.is_empty() && open.len() == wanted.len() {
        return Err(all_held(&open));
    }
    match take_over() {
        Ok(()) => Ok(open),
        Err(error) => Err(undo(error, done, directories)),
    }
}

fn all_held(open: &[Open]) -> anyhow::Error {
    let words: Vec<String> = open.iter().map(|it| format!("{:#}", it.error)).collect();
    Failure::new(Exit::Busy, words.join("\n")).into()
}

/// Each step is tried, and what fails is told with the error that made it necessary.
fn undo(error: anyhow::Error, done: Vec<Step>, directories: &Directories) -> anyhow::Error {
    let mut failures = Vec::new();
    for step in done.into_iter().rev() {
        let undone = match &step {
            Step::Attached(path) => remove(path),
            Step::Updated(path) => put_back(path, directories),
        };
        if let (Err(error), Step::Attached(path) | Step::Updated(path)) = (undone, &step) {
            failures.push(format!("{} ({error:#})", path.display()));
        }
    }
    if failures.is_empty() {
        error
    } else {
        error.context(NotUndone(failures))
    }
}

fn put_back(path: &Path, directories: &Directories) -> Result<()> {
    let program = in_force(directories)?;
    let mut program = program.context("the program that was in force is not pinned")?;
    let link = XdpLink::try_from(FdLink::from(open(path)?)).context("a pinned link")?;
    let id = program.attach_to_link(link)?;
    drop(program.take_link(id)?);
    Ok(())
}

/// Whether a failure to put something in force left some interfaces with it.
pub fn is_half_done(error: &anyhow::Error) -> bool {
    error.downcast_ref::<NotUndone>().is_some()
}

impl fmt::Display for NotUndone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(links) = self;
        write!(
            f,
            "these links could not be put back and hold what was refused elsewhere: {}",
            links.join(", ")
        )
    }
}
