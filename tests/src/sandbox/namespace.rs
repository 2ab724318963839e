//! One network namespace, and how to do something inside it.

use std::fs::{self, File};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result};
use rustix::thread::LinkNameSpaceType;

use super::ip;

/// Where `ip netns` keeps the names.
pub(super) const DIRECTORY: &str = "/run/netns";

/// A network namespace of a [`super::Sandbox`]; clones are the same one.
#[derive(Clone, Debug)]
pub struct Namespace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    file: File,
}

impl Namespace {
    pub(super) fn new(name: &str) -> Result<Self> {
        ip::run(&["netns", "add", name])?;
        let path = Path::new(DIRECTORY).join(name);
        let file = File::open(&path).with_context(|| path.display().to_string())?;
        Ok(Self(Arc::new(Inner {
            name: name.to_owned(),
            file,
        })))
    }

    /// Its name, as `ip netns` shows it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Runs a closure on a thread inside the namespace and waits for it; its panic is the caller's.
    ///
    /// A socket belongs to the namespace that it was made in, whichever thread uses it later, and
    /// a process to that of the thread that started it. Nothing else changes: the mounts, with
    /// `/sys` and every bpffs, stay the caller's.
    pub fn run<T: Send>(&self, task: impl FnOnce() -> T + Send) -> Result<T> {
        let inside = || {
            let network = Some(LinkNameSpaceType::Network);
            rustix::thread::move_into_link_name_space(self.0.file.as_fd(), network)
                .with_context(|| format!("enter {}", self.name()))?;
            Ok(task())
        };
        thread::scope(|scope| scope.spawn(inside).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Starts a process inside the namespace, with the mounts of the caller.
    pub fn spawn(&self, command: &mut Command) -> Result<Child> {
        let program = command.get_program().to_string_lossy().into_owned();
        self.run(|| command.spawn())?
            .with_context(|| format!("start {program}"))
    }

    /// Runs a process inside the namespace to its end, for what it says.
    pub fn output(&self, command: &mut Command) -> Result<Output> {
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.spawn(piped.stdin(Stdio::null()))?;
        child.wait_with_output().context("wait for a process")
    }

    /// Runs `ip` commands inside the namespace, one a line, each without the word `ip`.
    pub fn ip(&self, lines: &str) -> Result<()> {
        ip::batch(self.name(), lines)
    }

    /// What one `ip` command says inside the namespace, the command without the word `ip`.
    pub fn ask_ip(&self, command: &str) -> Result<String> {
        let arguments = ["-netns", self.name()].into_iter();
        let arguments: Vec<&str> = arguments.chain(command.split_whitespace()).collect();
        ip::output(&arguments)
    }

    /// Sets kernel parameters of the namespace, such as `("ipv4/ip_forward", "1")`.
    pub fn sysctl(&self, parameters: &[(&str, &str)]) -> Result<()> {
        self.run(|| {
            parameters.iter().try_for_each(|(parameter, value)| {
                // Which namespace's this is, the kernel decides by who opens it.
                fs::write(Path::new("/proc/sys/net").join(parameter), value)
                    .with_context(|| format!("kernel parameter net/{parameter}"))
            })
        })?
    }
}
