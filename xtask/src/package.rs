//! Packages: what ships, as routers take it. The same from the same tree, byte by byte.

mod deb;
mod folder;
mod glibc;
mod tarball;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{build, ebpf, sh};
use folder::Folder;

/// Makes the Debian package, the tarball and the kernel program by itself, in `target/package`.
pub fn run() -> Result<()> {
    let parts = Parts::new()?;
    let made = [deb::build(&parts)?, tarball::build(&parts)?, parts.object];
    for path in made {
        sh::say(&format!("made {}", path.display()));
    }
    Ok(())
}

/// What every package is put together from.
struct Parts {
    /// Where packages go.
    output: PathBuf,
    /// As Cargo has it.
    version: &'static str,
    /// What everything is dated with, in seconds since 1970.
    date: String,
    /// The binary, without symbols.
    binary: PathBuf,
    /// The oldest glibc that the binary runs with.
    glibc: String,
    /// The kernel program by itself.
    object: PathBuf,
    /// Holds `man/` and `completions/`.
    manual: PathBuf,
}

impl Parts {
    fn new() -> Result<Self> {
        let version = env!("CARGO_PKG_VERSION");
        let output = sh::workspace().join("target/package");
        let parts = output.join("parts");
        if parts.exists() {
            fs::remove_dir_all(&parts).with_context(|| parts.display().to_string())?;
        }
        fs::create_dir_all(&parts).with_context(|| parts.display().to_string())?;
        let built = build::release()?;
        let binary = parts.join("enforcer");
        sh::say("packaging");
        sh::run(
            Command::new("strip")
                .args(["--strip-all", "-o"])
                .args([&binary, &built]),
        )?;
        let date = date()?;
        sh::run(
            build::cargo()?
                .args([
                    "run",
                    "--quiet",
                    "--release",
                    "--package",
                    "enforcer-manual",
                ])
                .args(["--", "--date", &date])
                .arg(&parts),
        )?;
        let object = output.join(format!("enforcer-{version}.bpf.o"));
        fs::copy(ebpf::build()?, &object).with_context(|| object.display().to_string())?;
        Ok(Self {
            glibc: glibc::oldest(&binary)?,
            output,
            version,
            date,
            binary,
            object,
            manual: parts,
        })
    }

    /// The pages of the manual, for a folder that is called `man`.
    fn pages(&self, folder: &Folder, man: &str) -> Result<()> {
        for page in files(&self.manual.join("man"))? {
            let name = file_name(&page)?;
            let section = name.rsplit('.').next().context("a section")?;
            folder.put_zipped(&page, &format!("{man}/man{section}/{name}.gz"))?;
        }
        Ok(())
    }

    fn completions(&self, shell: &str) -> PathBuf {
        self.manual.join("completions").join(shell)
    }
}

/// Puts in the policies and their schema, the description of the control interface, settings to start from, and what
/// monitors take, below a folder that stands for `share`.
fn share(folder: &Folder, share: &str) -> Result<()> {
    let source = sh::workspace();
    // Beside each other as in the sources: the policies name their schema by a relative path.
    for schema in ["schema/policy.v1.json", "schema/control.v1.json"] {
        folder.put(&source.join(schema), &format!("{share}/{schema}"), 0o644)?;
    }
    for policy in files(&source.join("policies"))? {
        let name = file_name(&policy)?;
        folder.put(&policy, &format!("{share}/policies/{name}"), 0o644)?;
    }
    for name in [
        "enforcer.yaml",
        "prometheus/enforcer.rules.yml",
        "grafana/enforcer.json",
    ] {
        let source = source.join("packaging").join(name);
        folder.put(&source, &format!("{share}/{name}"), 0o644)?;
    }
    Ok(())
}

/// Puts in the service, and what looks every hour how large its files of events are.
fn units(folder: &Folder, at: &str) -> Result<()> {
    let source = sh::workspace().join("packaging/systemd");
    for unit in [
        "enforcer.service",
        "enforcer-logrotate.service",
        "enforcer-logrotate.timer",
    ] {
        folder.put(&source.join(unit), &format!("{at}/{unit}"), 0o644)?;
    }
    Ok(())
}

/// The time of the last commit, unless the environment says another.
fn date() -> Result<String> {
    if let Ok(date) = std::env::var("SOURCE_DATE_EPOCH") {
        return Ok(date);
    }
    let mut git = Command::new("git");
    git.current_dir(sh::workspace());
    let date = sh::output(git.args(["log", "-1", "--format=%ct"]));
    let date = date.context("no git repository: set SOURCE_DATE_EPOCH, in seconds since 1970")?;
    Ok(date.trim().to_owned())
}

/// The files of a folder, in order; folders in it are left out.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let context = || folder.display().to_string();
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn file_name(path: &Path) -> Result<&str> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.with_context(|| path.display().to_string())
}
