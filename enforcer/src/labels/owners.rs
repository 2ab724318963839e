//! Whose an address is: from MMDB files that the operator has, of `MaxMind`, DB-IP or `IPinfo`. They are looked at now
//! and then by whoever asks, and read anew when they have changed.

mod file;
mod record;

use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

pub use record::Country;

use file::{Change, File};
use record::Database;

/// How often it is looked whether the files have changed.
const LOOK: Duration = Duration::from_millis(500);

/// Whose an address is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) country: Option<Country>,
    pub(super) asn: Option<u32>,
    pub(super) organization: Option<Arc<str>>,
}

/// The files.
#[derive(Debug)]
pub(super) struct Owners {
    files: Vec<Kept>,
    begun: Instant,
    /// When it is looked at them again, in milliseconds since then.
    due: AtomicU64,
}

/// A file, and what is in it.
#[derive(Debug)]
struct Kept {
    file: Mutex<File>,
    database: RwLock<Option<Arc<Database>>>,
}

impl Default for Owners {
    fn default() -> Self {
        Self::of_files(&[])
    }
}

impl Owners {
    /// Reads nothing yet: whoever has enforcement to begin with does not wait for large files.
    pub(super) fn of_files(paths: &[PathBuf]) -> Self {
        let files = paths.iter().map(|path| Kept {
            file: Mutex::new(File::new(path.clone())),
            database: RwLock::default(),
        });
        Self {
            files: files.collect(),
            begun: Instant::now(),
            due: AtomicU64::default(),
        }
    }

    /// Reads them now.
    pub(super) fn require(paths: &[PathBuf]) -> Result<Self> {
        let owners = Self::of_files(paths);
        for (path, kept) in paths.iter().zip(&owners.files) {
            let database = Database::read(path).with_context(|| path.display().to_string())?;
            let mut place = kept
                .database
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            *place = Some(Arc::new(database));
        }
        owners.due.store(u64::MAX, Ordering::Relaxed);
        Ok(owners)
    }

    pub(super) const fn is_any(&self) -> bool {
        !self.files.is_empty()
    }

    /// Each file adds what those before it do not say.
    pub(super) fn of(&self, address: IpAddr) -> Owner {
        let mut owner = Owner::default();
        if self.files.is_empty() {
            return owner;
        }
        self.look();
        for kept in &self.files {
            let database = kept.database.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(database) = &*database {
                database.add(address, &mut owner);
            }
        }
        owner
    }

    /// Looks at the files if it is time: the first time, and twice a second at most. Whoever comes meanwhile goes on with what there is.
    pub(super) fn look(&self) {
        let now = milliseconds(self.begun.elapsed());
        let due = self.due.load(Ordering::Relaxed);
        let next = now + milliseconds(LOOK);
        if now < due
            || self
                .due
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_err()
        {
            return;
        }
        for kept in &self.files {
            let mut file = kept.file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Change::New(database) = file.read_if_changed() {
                let mut place = kept
                    .database
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                *place = database.map(Arc::new);
            }
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}
