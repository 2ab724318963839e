//! One daemon for one set of directories.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
};

use anyhow::{Context as _, Result};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use crate::directories::Directories;

/// Held for as long as it lives; the kernel lets go of it with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says which process holds it, if that is known.
    pub fn take(directories: &Directories) -> Result<Result<Self, Option<i32>>> {
        let path = directories.lock();
        let context = || path.display().to_string();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            // Whoever may open it can take the lock, and no daemon would start.
            .mode(0o600)
            .open(&path)
            .with_context(context)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).with_context(context)?;
                return Ok(Err(holder.trim().parse().ok()));
            }
            Err(error) => return Err(error).with_context(context),
        }
        file.set_len(0).with_context(context)?;
        file.rewind().with_context(context)?;
        writeln!(file, "{}", std::process::id()).with_context(context)?;
        Ok(Ok(Self { _file: file }))
    }
}
