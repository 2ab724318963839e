//! What the service manager is told: systemd's notification protocol (`sd_notify(3)`), over the
//! socket that the environment names. Where none is named, nobody is told.

use std::{
    env,
    ffi::{OsStr, OsString},
    future, io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            ffi::OsStrExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    },
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tracing::{debug, warn};

/// How much of a status is told; the rest is in the log.
const STATUS: usize = 400;

/// The service manager, if one started this.
#[derive(Debug)]
pub(super) struct Manager {
    socket: Option<UnixDatagram>,
    /// When it wants the next sign of life.
    watchdog: Option<Interval>,
    /// What of the daemon's settings does not hold, which stands behind every status.
    amiss: Option<String>,
    /// The status that it was told last.
    told: String,
    /// Whether it waits to hear that a policy is in force, or refused.
    is_waiting: bool,
}

impl Manager {
    /// As the environment says. What of the daemon's settings does not hold is told with whatever is.
    pub(super) fn find(amiss: Option<String>) -> Self {
        let socket = env::var_os("NOTIFY_SOCKET").map(|name| connect(&name));
        // Who runs without its service manager still enforces.
        let socket = socket.and_then(|connected| {
            connected
                .map_err(|error| warn!("the service manager is not told anything: {error}"))
                .ok()
        });
        let pause = watchdog(env::var_os("WATCHDOG_USEC"), env::var_os("WATCHDOG_PID"));
        let watchdog = pause.filter(|_| socket.is_some()).map(|pause| {
            let mut ticks = interval(pause);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        Self {
            socket,
            watchdog,
            amiss,
            told: String::new(),
            is_waiting: true,
        }
    }

    /// A policy is read; what becomes of it is told by [`Manager::settled`].
    pub(super) fn reloading(&mut self) {
        self.is_waiting = true;
        let now = clock_gettime(ClockId::Monotonic);
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
    }

    /// This is in force now. It may be what was in force before, if that is what the status says.
    pub(super) fn settled(&mut self, status: &str) {
        let status = self.line(status);
        if self.is_waiting {
            self.tell(&format!("READY=1\nSTATUS={status}"));
        } else if status != self.told {
            self.tell(&format!("STATUS={status}"));
        }
        self.is_waiting = false;
        self.told = status;
    }

    /// The daemon ends; what is in force does not.
    pub(super) fn stopping(&self, status: &str) {
        self.tell(&format!("STOPPING=1\nSTATUS={}", self.line(status)));
    }

    /// Waits until a sign of life is due; for ever where nobody wants one.
    pub(super) async fn due(&mut self) {
        match &mut self.watchdog {
            Some(ticks) => drop(ticks.tick().await),
            None => future::pending().await,
        }
    }

    /// Gives a sign of life.
    pub(super) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// A status in one line.
    fn line(&self, status: &str) -> String {
        match &self.amiss {
            Some(amiss) => line(&format!("{}; {amiss}", line(status))),
            None => line(status),
        }
    }

    fn tell(&self, words: &str) {
        let Some(socket) = &self.socket else {
            return;
        };
        if let Err(error) = socket.send(words.as_bytes()) {
            debug!("the service manager was not told {words:?}: {error}");
        }
    }
}

/// A path, or an abstract name behind an `@`.
fn connect(name: &OsStr) -> io::Result<UnixDatagram> {
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address)?;
    // A manager that does not listen must not hold up the daemon.
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// How often a sign of life is wanted of this process: twice as often as systemd looks.
fn watchdog(microseconds: Option<OsString>, process: Option<OsString>) -> Option<Duration> {
    let number = |text: OsString| text.to_str()?.parse::<u64>().ok();
    let is_ours = process.is_none_or(|process| number(process) == Some(std::process::id().into()));
    let microseconds = number(microseconds?).filter(|_| is_ours)?;
    let pause = Duration::from_micros(microseconds / 2);
    (!pause.is_zero()).then_some(pause)
}

/// The first line: what stands behind a line break would be another message.
fn line(words: &str) -> String {
    let line = words.lines().next().unwrap_or_default();
    line.chars().take(STATUS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_of_life_is_given_twice_as_often_as_wanted_and_only_by_who_is_asked() {
        let pause = |microseconds: &str, process: Option<String>| {
            watchdog(Some(microseconds.into()), process.map(Into::into))
        };
        let own = std::process::id().to_string();
        let second = Some(Duration::from_secs(1));
        assert_eq!(pause("2000000", None), second);
        assert_eq!(pause("2000000", Some(own)), second);
        assert_eq!(pause("2000000", Some("1".to_owned())), None);
        assert_eq!(pause("0", None), None);
        assert_eq!(pause("soon", None), None);
        assert_eq!(watchdog(None, None), None);
    }

    #[test]
    fn a_status_is_one_line_of_some_length() {
        assert_eq!(line("policy.yaml: wrong\nREADY=1"), "policy.yaml: wrong");
        assert_eq!(line(&"é".repeat(1000)).chars().count(), STATUS);
    }

    #[test]
    fn an_abstract_name_is_reached_like_a_path() {
        let name = format!("enforcer-manager-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let manager = UnixDatagram::bind_addr(&address).unwrap();
        let socket = connect(OsStr::new(&format!("@{name}"))).unwrap();
        socket.send(b"READY=1").unwrap();
        let mut heard = [0; 16];
        let length = manager.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1");
    }
}
