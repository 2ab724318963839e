//! The tarball, for systems that are not Debian's: the binary, and what belongs to it.

use std::{env::consts::ARCH, path::PathBuf, process::Command};

use anyhow::Result;

use super::{Parts, folder::Folder, share, units};
use crate::sh;

/// Builds it.
pub(super) fn build(parts: &Parts) -> Result<PathBuf> {
    let name = format!("enforcer-{}-{ARCH}-linux-gnu", parts.version);
    let folder = Folder::new(parts.output.join("tarball").join(&name))?;
    let source = sh::workspace();
    folder.put(&parts.binary, "bin/enforcer", 0o755)?;
    folder.put(&parts.object, "enforcer.bpf.o", 0o644)?;
    units(&folder, "systemd")?;
    let logrotate = source.join("packaging/logrotate/enforcer");
    folder.put(&logrotate, "logrotate/enforcer", 0o644)?;
    for license in ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"] {
        folder.put(&source.join(license), license, 0o644)?;
    }
    share(&folder, "share/enforcer")?;
    parts.pages(&folder, "share/man")?;
    for shell in ["bash", "zsh", "fish"] {
        let name = format!("share/completions/enforcer.{shell}");
        folder.put(&parts.completions(shell), &name, 0o644)?;
    }
    let values = [
        ("VERSION", parts.version),
        ("MACHINE", ARCH),
        ("GLIBC", &parts.glibc),
    ];
    folder.fill("tarball/README.md", "README.md", 0o644, &values)?;
    let tarball = parts.output.join(format!("{name}.tar.gz"));
    sh::run(
        Command::new("tar")
            .args(["--sort=name", "--format=gnu", "--numeric-owner"])
            .args(["--owner=0", "--group=0"])
            .arg(format!("--mtime=@{}", parts.date))
            .args(["--use-compress-program", "gzip -9 -n"])
            .arg("--directory")
            .arg(parts.output.join("tarball"))
            .arg("--create")
            .arg("--file")
            .args([&tarball, &PathBuf::from(name)]),
    )?;
    Ok(tarball)
}
