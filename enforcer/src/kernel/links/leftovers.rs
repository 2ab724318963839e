//! What is among the pins and is none of ours. Nobody guesses what it is for, and nobody removes it.

use std::{fs, io::ErrorKind, path::PathBuf};

use anyhow::{Context as _, Result};

use super::pins;
use crate::{
    directories::Directories,
    kernel::{counters, hits, ledger, object},
};

/// What is in the directories of pins without being a pin of this program, or of an earlier version of it.
pub fn leftovers(directories: &Directories) -> Result<Vec<PathBuf>> {
    let programs = pins::programs(directories);
    let (links, maps) = (directories.links(), directories.maps());
    let mut leftovers = Vec::new();
    for folder in [&directories.bpffs, &links, &maps] {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries.with_context(|| folder.display().to_string())?,
        };
        for entry in entries {
            let path = entry.with_context(|| folder.display().to_string())?.path();
            let is_ours = if *folder == links {
                pins::index(&path).is_some()
            } else if *folder == maps {
                path == maps.join(object::EVENTS)
                    || counters::is_room(&path)
                    || hits::is_pin(&path)
                    || ledger::generation(&path).is_some()
            } else {
                path == links || path == maps || programs.contains(&path)
            };
            if !is_ours {
                leftovers.push(path);
            }
        }
    }
    leftovers.sort_unstable();
    Ok(leftovers)
}
