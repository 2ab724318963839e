//! The Debian package, by `dpkg-deb`: every Debian has it, and it is the reference for its own format.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{Parts, file_name, files, folder::Folder, share, units};
use crate::sh;

/// Builds it, and asks lintian what it thinks where that is installed.
pub(super) fn build(parts: &Parts) -> Result<PathBuf> {
    let root = Folder::new(parts.output.join("deb"))?;
    contents(parts, &root)?;
    let architecture = sh::output(Command::new("dpkg").arg("--print-architecture"))?;
    let architecture = architecture.trim();
    let version = version(parts.version);
    control(parts, &root, &version, architecture)?;
    let name = format!("enforcer_{version}_{architecture}.deb");
    let package = parts.output.join(name);
    sh::output(
        Command::new("dpkg-deb")
            .env("SOURCE_DATE_EPOCH", &parts.date)
            // What several threads make depends on how many.
            .env("DPKG_DEB_THREADS_MAX", "1")
            .args(["--root-owner-group", "-Zxz", "--build"])
            .args([root.path(), &package]),
    )?;
    lint(&package)?;
    Ok(package)
}

/// `0.2.0-rc.1` is older than `0.2.0`, and what stands behind a hyphen is a revision to Debian.
fn version(of_cargo: &str) -> String {
    of_cargo.replacen('-', "~", 1)
}

fn contents(parts: &Parts, root: &Folder) -> Result<()> {
    let source = sh::workspace();
    let packaging = source.join("packaging");
    root.put(&parts.binary, "usr/bin/enforcer", 0o755)?;
    units(root, "usr/lib/systemd/system")?;
    root.put(
        &packaging.join("logrotate/enforcer"),
        "etc/logrotate.d/enforcer",
        0o644,
    )?;
    root.put(
        &packaging.join("debian/lintian-overrides"),
        "usr/share/lintian/overrides/enforcer",
        0o644,
    )?;
    // Empty: a policy of somebody else's would lock the router's owner out.
    root.make("etc/enforcer")?;
    share(root, "usr/share/enforcer")?;
    parts.pages(root, "usr/share/man")?;
    for (shell, path) in [
        ("bash", "usr/share/bash-completion/completions/enforcer"),
        ("zsh", "usr/share/zsh/vendor-completions/_enforcer"),
        ("fish", "usr/share/fish/vendor_completions.d/enforcer.fish"),
    ] {
        root.put(&parts.completions(shell), path, 0o644)?;
    }
    let documents = "usr/share/doc/enforcer";
    for document in files(&source.join("docs"))? {
        let name = file_name(&document)?;
        root.put(&document, &format!("{documents}/docs/{name}"), 0o644)?;
    }
    root.put_zipped(
        &source.join("CHANGELOG.md"),
        &format!("{documents}/CHANGELOG.md.gz"),
    )?;
    root.link("../../enforcer/policies", &format!("{documents}/examples"))
}

fn control(parts: &Parts, root: &Folder, version: &str, architecture: &str) -> Result<()> {
    let date = format!("@{}", parts.date);
    let date = sh::output(Command::new("date").args(["-u", "-R", "-d", &date]))?;
    let documents = "usr/share/doc/enforcer";
    let changelog = [("VERSION", version), ("DATE", date.trim())];
    let unzipped = format!("{documents}/changelog");
    root.fill("debian/changelog", &unzipped, 0o644, &changelog)?;
    let unzipped = root.path().join(unzipped);
    sh::run(Command::new("gzip").args(["-9", "-n"]).arg(unzipped))?;
    let license = fs::read_to_string(sh::workspace().join("LICENSE-MIT"))?;
    root.fill(
        "debian/copyright",
        &format!("{documents}/copyright"),
        0o644,
        &[("MIT", &quoted(&license))],
    )?;
    let files = root.files()?;
    let sums = Command::new("md5sum")
        .current_dir(root.path())
        .args(files.iter().filter(|name| !name.starts_with("etc/")))
        .output()
        .context("md5sum")?;
    let size = installed_size(root.path(), &files)?;
    let values = [
        ("VERSION", version),
        ("ARCHITECTURE", architecture),
        ("GLIBC", &parts.glibc),
        ("INSTALLED_SIZE", &size.to_string()),
    ];
    root.fill("debian/control", "DEBIAN/control", 0o644, &values)?;
    root.write("DEBIAN/md5sums", &sums.stdout, 0o644)?;
    let debian = sh::workspace().join("packaging/debian");
    for (name, mode) in [
        ("conffiles", 0o644),
        ("postinst", 0o755),
        ("prerm", 0o755),
        ("postrm", 0o755),
    ] {
        root.put(&debian.join(name), &format!("DEBIAN/{name}"), mode)?;
    }
    Ok(())
}

/// A text within a field: indented, and a dot where a line is empty.
fn quoted(text: &str) -> String {
    let lines = text.trim_end().lines().map(|line| match line.trim() {
        "" => " .".to_owned(),
        words => format!(" {words}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// In KiB, each file rounded up, as `dpkg-gencontrol` counts.
fn installed_size(root: &Path, files: &[String]) -> Result<u64> {
    let sizes = files.iter().map(|name| {
        let size = fs::metadata(root.join(name))
            .with_context(|| name.clone())?
            .len();
        Ok(size.div_ceil(1024))
    });
    sizes.sum()
}

fn lint(package: &Path) -> Result<()> {
    if !sh::is_there("lintian") {
        sh::say("no lintian here: the package is not linted");
        return Ok(());
    }
    let mut lintian = Command::new("lintian");
    if sh::is_root()? {
        lintian.arg("--allow-root");
    }
    let strict = ["--profile", "debian", "--fail-on", "error,warning"];
    sh::run(lintian.args(strict).arg(package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_is_older_than_its_release() {
        assert_eq!(version("0.2.0"), "0.2.0");
        assert_eq!(version("0.2.0-rc.1"), "0.2.0~rc.1");
    }

    #[test]
    fn a_text_within_a_field_has_no_empty_lines() {
        assert_eq!(quoted("one\n\ntwo \n"), " one\n .\n two");
    }
}
