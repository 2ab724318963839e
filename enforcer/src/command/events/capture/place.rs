//! Where the file is: on the disk, for its owner alone, or in whoever reads the output.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{ErrorKind, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// The path that stands for the output.
const OUTPUT: &str = "-";

/// It has what frames hold.
const OWNER_ALONE: u32 = 0o600;

pub(super) enum Place<'a, W> {
    Output(&'a mut W),
    File(OnDisk),
}

/// A file, or a pipe that has a name.
pub(super) struct OnDisk {
    path: PathBuf,
    file: File,
    /// It was made here.
    is_new: bool,
    /// It can be cut.
    is_regular: bool,
    /// How long it is, in whole blocks.
    whole: u64,
}

impl<'a, W: Write> Place<'a, W> {
    pub(super) fn open(path: &Path, out: &'a mut W) -> Result<Self> {
        if path.as_os_str() == OUTPUT {
            return Ok(Self::Output(out));
        }
        let opened = OnDisk::open(path).with_context(|| path.display().to_string())?;
        Ok(Self::File(opened))
    }

    /// Takes away what was there.
    pub(super) fn clear(&self) -> Result<()> {
        match self {
            Self::File(on_disk) if on_disk.is_regular => on_disk.cut(),
            Self::Output(_) | Self::File(_) => Ok(()),
        }
    }

    /// Writes whole blocks.
    pub(super) fn put(&mut self, blocks: &[u8]) -> Result<()> {
        match self {
            Self::Output(out) => Ok(out.write_all(blocks)?),
            Self::File(on_disk) => on_disk.put(blocks),
        }
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        match self {
            Self::Output(out) => Ok(out.flush()?),
            // Nothing of it is held back.
            Self::File(_) => Ok(()),
        }
    }

    /// What it is called, if it is a file.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Output(_) => None,
            Self::File(on_disk) => Some(&on_disk.path),
        }
    }
}

impl<W: AsFd> AsFd for Place<'_, W> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Output(out) => out.as_fd(),
            Self::File(on_disk) => on_disk.file.as_fd(),
        }
    }
}

impl OnDisk {
    fn open(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).mode(OWNER_ALONE);
        let made = options.clone().create_new(true).open(path);
        let (file, is_new) = match made {
            Ok(file) => (file, true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => (options.open(path)?, false),
            Err(error) => return Err(error.into()),
        };
        let is_regular = file.metadata()?.is_file();
        if is_regular {
            let alone = Permissions::from_mode(OWNER_ALONE);
            file.set_permissions(alone)
                .context("it cannot be made one that its owner alone may read")?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            is_new,
            is_regular,
            whole: 0,
        })
    }

    fn put(&mut self, blocks: &[u8]) -> Result<()> {
        let written = self.file.write_all(blocks);
        if written.is_err() && self.is_regular {
            // Else it would end in the middle of a block. If that fails, too, readers say so, and read what is before.
            drop(self.cut());
        }
        written.with_context(|| self.path.display().to_string())?;
        self.whole += u64::try_from(blocks.len())?;
        Ok(())
    }

    /// Leaves whole blocks alone.
    fn cut(&self) -> Result<()> {
        let cut = self.file.set_len(self.whole);
        cut.with_context(|| self.path.display().to_string())
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        if self.is_new && self.whole == 0 {
            // Nobody has a use for an empty one.
            drop(fs::remove_file(&self.path));
        }
    }
}
