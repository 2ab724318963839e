//! Takes sandboxes down: one's own, and those of processes that could not.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal};

use super::directories::unmount_bpffs;
use super::ip;
use super::label::Label;
use super::namespace;

/// Removes what dead processes of the same test left behind.
pub(super) fn remove(label: &Label) -> Result<()> {
    let namespaces = Path::new(namespace::DIRECTORY);
    for name in leftovers(namespaces, label)? {
        gone(&namespaces.join(&name), remove_namespace(&name))?;
    }
    let temporary = std::env::temp_dir();
    for name in leftovers(&temporary, label)? {
        let root = temporary.join(name);
        gone(&root, remove_directories(&root))?;
    }
    Ok(())
}

/// A failure to remove what another process of the same test has just removed is none.
fn gone(path: &Path, removed: Result<()>) -> Result<()> {
    removed.or_else(|error| if path.exists() { Err(error) } else { Ok(()) })
}

/// Removes a network namespace and kills what still runs in it: it would live on with them.
pub(super) fn remove_namespace(name: &str) -> Result<()> {
    let processes = ip::output(&["netns", "pids", name])?;
    for process in processes.lines().filter_map(|line| line.parse().ok()) {
        kill(process).with_context(|| format!("process {process} in {name}"))?;
    }
    ip::run(&["netns", "delete", name])
}

fn kill(process: i32) -> Result<()> {
    let own = rustix::process::getpid();
    let Some(process) = Pid::from_raw(process).filter(|process| *process != own) else {
        return Ok(());
    };
    match rustix::process::kill_process(process, Signal::KILL) {
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Removes a sandbox's temporary directory, unless somebody else made it.
fn remove_directories(root: &Path) -> Result<()> {
    let metadata = fs::symlink_metadata(root).with_context(|| root.display().to_string())?;
    let own = rustix::process::geteuid().as_raw();
    if !metadata.is_dir() || metadata.uid() != own {
        return Ok(());
    }
    unmount_bpffs(root)?;
    fs::remove_dir_all(root).with_context(|| format!("remove {}", root.display()))
}

/// The names of leftovers in a directory; none if there is no such directory.
fn leftovers(directory: &Path, label: &Label) -> Result<Vec<String>> {
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(directory).with_context(|| directory.display().to_string())?;
    Ok(entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| label.is_leftover(name))
        .collect())
}
