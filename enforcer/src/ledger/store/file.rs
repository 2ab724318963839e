//! The file of the store: opened, made, or put aside for another if it is damaged.

use std::{
    cell::Cell,
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Error, Result};
use redb::{Builder, Database, backends::FileBackend};

use super::{
    DAYS, HOURS, TAKEN,
    damage::{caught, is_damage},
};

/// What the library itself keeps in memory.
const CACHE: usize = 1 << 20;

/// The file, open.
pub(super) struct File {
    /// Taken out to be closed.
    database: Option<Database>,
    path: PathBuf,
    is_damaged: Cell<bool>,
}

impl File {
    /// Opens it, or makes it. One that cannot be read is put aside, which is told.
    pub(super) fn open(path: &Path, tell: &dyn Fn(&str)) -> Result<Self> {
        let database = match caught(|| open(path)) {
            Err(error) if is_damage(&error) => {
                put_aside(path, &error, tell)?;
                caught(|| open(path))
            }
            opened => opened,
        };
        Ok(Self {
            database: Some(database.with_context(|| path.display().to_string())?),
            path: path.to_owned(),
            is_damaged: Cell::new(false),
        })
    }

    /// What the library answers. Once the file has shown that it is damaged, nothing is asked of it any more.
    pub(super) fn ask<T>(&self, ask: impl FnOnce(&Database) -> Result<T>) -> Result<T> {
        let asked = match &self.database {
            Some(database) if !self.is_damaged.get() => caught(|| ask(database)),
            _ => Err(Error::msg("it is damaged")),
        };
        if let Err(error) = &asked
            && is_damage(error)
        {
            self.is_damaged.set(true);
        }
        asked.with_context(|| self.path.display().to_string())
    }

    /// Whether it has shown to be damaged since it was opened.
    pub(super) const fn is_damaged(&self) -> bool {
        self.is_damaged.get()
    }

    /// Closes it and puts it aside, which is told.
    pub(super) fn put_aside(self, tell: &dyn Fn(&str)) -> Result<()> {
        put_aside(&self.path, &Error::msg("it is damaged"), tell)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let database = self.database.take();
        // It writes to it once more when it closes it, and what then fails is found when it is opened anew.
        drop(caught(|| {
            drop(database);
            Ok(())
        }));
    }
}

/// Nobody else may know what cameras do; the library alone would leave that to the umask. And alone it trusts what
/// stands in the file, and panics where that is damaged.
fn open(path: &Path) -> Result<Database> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    let database = Builder::new()
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(true)
        .create_with_backend(FileBackend::new(file)?)?;
    let write = database.begin_write()?;
    write.open_table(HOURS)?;
    write.open_table(DAYS)?;
    write.open_table(TAKEN)?;
    write.commit()?;
    Ok(database)
}

fn put_aside(path: &Path, error: &Error, tell: &dyn Fn(&str)) -> Result<()> {
    let aside = path.with_extension("unreadable");
    fs::rename(path, &aside).with_context(|| aside.display().to_string())?;
    tell(&format!(
        "the ledger {}: {error}; it is put aside as {}, and a new one begun",
        path.display(),
        aside.display()
    ));
    Ok(())
}
