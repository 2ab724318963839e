//! A terminal for a program: a pseudo-terminal, keys that are pressed in it, and an emulator that knows what is to be
//! seen on it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use vt100::{Parser, Screen};

use crate::daemon::{PATIENCE, TICK};
use crate::sandbox::Namespace;

/// Columns and rows.
pub type Size = (u16, u16);

/// The size of the first terminals, and still of many.
pub const USUAL: Size = (80, 24);

/// Makes the terminal that of the program and of nobody else, and then becomes the program.
pub const STARTER: [&str; 2] = ["setsid", "--ctty"];

/// A terminal with a program in it. Dropping it kills the program.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    master: File,
    /// The side of the program: whoever looks at how it was left must keep it open.
    slave: OwnedFd,
    screen: Arc<Mutex<Emulator>>,
}

struct Emulator(Parser);

impl Terminal {
    /// Starts a command in it, which [`STARTER`] must start.
    pub fn start(namespace: &Namespace, mut command: Command, size: Size) -> Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).context("a pseudo-terminal")?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let slave = ioctl_tiocgptpeer(&master, flags).context("its other side")?;
        tcsetwinsize(&master, winsize(size))?;
        let copy = || slave.try_clone().map(Stdio::from);
        command.stdin(copy()?).stdout(copy()?).stderr(copy()?);
        let child = namespace.spawn(&mut command)?;
        // It has copies of the other side.
        drop(command);
        let screen = Arc::new(Mutex::new(Emulator::new(size)));
        let master = File::from(master);
        let mut drawn = master.try_clone()?;
        let seen = Arc::clone(&screen);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end is an error (EIO), which is none.
            while let Ok(length @ 1..) = drawn.read(&mut bytes) {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.0.process(bytes.get(..length).unwrap_or_default());
            }
        });
        Ok(Self {
            child,
            master,
            slave,
            screen,
        })
    }

    /// Presses keys, all at once.
    pub fn press(&self, keys: &str) -> Result<()> {
        (&self.master).write_all(keys.as_bytes()).context("keys")
    }

    /// Gives it another size, as who pulls at a window does.
    pub fn resize(&self, size: Size) -> Result<()> {
        let (columns, rows) = nonzero(size);
        self.emulator().0.screen_mut().set_size(rows, columns);
        tcsetwinsize(&self.master, winsize(size)).context("another size")
    }

    /// What is to be seen.
    pub fn text(&self) -> String {
        self.emulator().0.screen().contents()
    }

    /// Something of what the emulator knows.
    pub fn look<T>(&self, look: impl FnOnce(&Screen) -> T) -> T {
        look(self.emulator().0.screen())
    }

    /// Waits until the screen is as it should be; what is to be seen then.
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if is_so(&text) {
                return Ok(text);
            }
            ensure!(
                Instant::now() < deadline,
                "not within {PATIENCE:?}: {what}:\n{text}"
            );
            thread::sleep(TICK);
        }
    }

    /// Waits until these words are to be seen.
    pub fn wait_for(&self, words: &str) -> Result<String> {
        self.wait_until(words, |text| text.contains(words))
    }

    /// The program's process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        rustix::process::kill_process(process.context("a process id")?, signal)?;
        Ok(())
    }

    /// Waits for the program's end.
    pub fn wait_end(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().context("wait for the program")? {
                return Ok(status);
            }
            ensure!(
                Instant::now() < deadline,
                "it does not end:\n{}",
                self.text()
            );
            thread::sleep(TICK);
        }
    }

    /// Whether the terminal takes lines and shows what is typed, as a shell wants it.
    pub fn is_cooked(&self) -> Result<bool> {
        let modes = tcgetattr(&self.slave)?.local_modes;
        Ok(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG))
    }

    fn emulator(&self) -> MutexGuard<'_, Emulator> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Emulator {
    fn new(size: Size) -> Self {
        let (columns, rows) = nonzero(size);
        Self(Parser::new(rows, columns, 0))
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.screen().contents())
    }
}

fn nonzero((columns, rows): Size) -> (NonZeroU16, NonZeroU16) {
    let at_least_one = |size| NonZeroU16::new(size).unwrap_or(NonZeroU16::MIN);
    (at_least_one(columns), at_least_one(rows))
}

const fn winsize((columns, rows): Size) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
