//! Where the socket is, and who may connect.

use std::{
    ffi::OsStr,
    fs::{self, Permissions},
    io::ErrorKind,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _, net::UnixListener},
    path::Path,
};

use anyhow::{Context as _, Result};

use crate::{
    directories::Directories,
    exit::{Exit, Failure},
};

/// The longest path of a socket (`sun_path` in `unix(7)`, less the zero at its end).
const LONGEST: usize = 107;

/// Root, and whoever is in the socket's group.
const MODE: u32 = 0o660;

/// Listens at the control socket. Whoever calls holds the daemon's lock: a socket that is there already was left
/// by one that is dead.
pub(super) fn listen(directories: &Directories) -> Result<UnixListener> {
    let path = directories.control();
    require_short(&path)?;
    // Nobody connects before the mode is right, and the old one goes in the same step.
    let next = path.with_extension("new");
    let listen = || {
        match fs::remove_file(&next) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&next)?;
        fs::set_permissions(&next, Permissions::from_mode(MODE))?;
        fs::rename(&next, &path)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    listen().with_context(|| path.display().to_string())
}

/// A path that the kernel takes for a socket's.
pub(super) fn require_short(path: &Path) -> Result<()> {
    let length = OsStr::as_bytes(path.as_os_str()).len();
    if length <= LONGEST {
        return Ok(());
    }
    let words = format!(
        "{}: {length} bytes, and the path of a socket has {LONGEST} at most; give a shorter --run-dir",
        path.display()
    );
    Err(Failure::new(Exit::Usage, words).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::exit_of;

    #[test]
    fn a_path_is_as_long_as_the_kernel_takes_and_no_longer() {
        let directory = tempfile::tempdir().unwrap();
        let most = LONGEST - directory.path().as_os_str().len() - "//control.sock".len();
        for (length, is_taken) in [(most, true), (most + 1, false)] {
            let run = directory.path().join("x".repeat(length));
            fs::create_dir(&run).unwrap();
            let directories = Directories {
                run: run.clone(),
                state: run.clone(),
                bpffs: run,
            };
            let listener = listen(&directories);
            assert_eq!(listener.is_ok(), is_taken, "{length}: {listener:?}");
            if let Err(error) = listener {
                assert_eq!(exit_of(&error), Exit::Usage);
                assert!(format!("{error:#}").contains("108 bytes"), "{error:#}");
            }
        }
    }
}
