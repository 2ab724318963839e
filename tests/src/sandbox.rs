//! A place of its own for each test: network namespaces, a private bpffs, run and state
//! directories, all named after the test and the process, and gone with it.

mod directories;
mod ip;
mod label;
mod leftovers;
mod namespace;

use anyhow::{Context as _, Result, ensure};

pub use directories::Directories;
use label::Label;
pub use namespace::Namespace;

/// Namespaces and directories that vanish when this is dropped, panic or not.
///
/// What a killed process left behind goes when the same test makes its next sandbox.
#[derive(Debug)]
pub struct Sandbox {
    label: Label,
    namespaces: Vec<Namespace>,
    directories: Directories,
}

impl Sandbox {
    /// Makes an empty sandbox for the test of this name. One at a time in each process.
    pub fn new(test: &str) -> Result<Self> {
        ensure!(
            rustix::process::geteuid().is_root(),
            "network namespaces need root: `cargo xtask test` runs the tests, and `cargo xtask \
             lab` the lab, with the privileges that they need"
        );
        let label = Label::new(test);
        leftovers::remove(&label)?;
        let directories = Directories::new(&label)?;
        Ok(Self {
            label,
            namespaces: Vec::new(),
            directories,
        })
    }

    /// Adds a network namespace, `enf-<test>-<pid>-<role>`, with its loopback up.
    pub fn add_namespace(&mut self, role: &str) -> Result<Namespace> {
        let name = self.label.namespace(role);
        let namespace =
            Namespace::new(&name).with_context(|| format!("network namespace {name}"))?;
        self.namespaces.push(namespace.clone());
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    /// Where the daemon under test keeps what it has.
    pub const fn directories(&self) -> &Directories {
        &self.directories
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        for namespace in &self.namespaces {
            tell(leftovers::remove_namespace(namespace.name()));
        }
    }
}

/// Says what could not be cleaned up, where there is nobody to return it to.
#[expect(
    clippy::print_stderr,
    reason = "a leftover that nobody hears of is worse"
)]
fn tell(cleaned: Result<()>) {
    if let Err(error) = cleaned {
        eprintln!("sandbox: {error:#}");
    }
}
