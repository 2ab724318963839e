//! The peers' own programs: which are there, and where the others come from.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use xtask::sh;

/// Programs that one way to drop frames needs, each with the Debian package that has it.
pub(super) type Tools = &'static [(&'static str, &'static str)];

/// What the table says where a peer cannot be measured at all.
pub(super) const NOT_PACKAGED: &str = "not in this system's packages";
const NOT_INSTALLED: &str = "not installed";

/// Where apt keeps what there is.
const LISTS: &str = "/var/lib/apt/lists";

/// Makes sure that they are there, from the system's packages if need be; or says why not.
pub(super) fn get(tools: Tools) -> Result<Result<(), &'static str>> {
    for &(program, package) in tools {
        if sh::is_there(program) {
            continue;
        }
        if !sh::is_there("apt-get") {
            return Ok(Err(NOT_INSTALLED));
        }
        if knows_no_packages()? {
            sh::run(Command::new("apt-get").args(["--quiet=2", "update"]))?;
        }
        if !is_packaged(package)? {
            return Ok(Err(NOT_PACKAGED));
        }
        sh::say(&format!("installing {package}"));
        let mut install = Command::new("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive");
        install.args(["--quiet=2", "install", "--yes", "--no-install-recommends"]);
        sh::run(install.arg(package))?;
    }
    Ok(Ok(()))
}

/// Nobody has asked yet what there is, as in a fresh container.
fn knows_no_packages() -> Result<bool> {
    let mut lists = fs::read_dir(LISTS).context(LISTS)?.flatten();
    Ok(!lists.any(|list| list.file_name().to_string_lossy().contains("_Packages")))
}

fn is_packaged(package: &str) -> Result<bool> {
    let policy = sh::output(Command::new("apt-cache").args(["policy", package]))?;
    Ok(has_candidate(&policy))
}

/// Of a package that others only name, `apt-cache` says that there is none to install; of one that
/// nobody knows, nothing.
fn has_candidate(policy: &str) -> bool {
    let mut lines = policy.lines().map(str::trim);
    lines.any(|line| line.starts_with("Candidate:") && !line.ends_with("(none)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_installed_is_in_the_packages() {
        assert!(has_candidate(
            "ipset:\n  Installed: (none)\n  Candidate: 7.17-1\n"
        ));
        assert!(!has_candidate(
            "named:\n  Installed: (none)\n  Candidate: (none)\n"
        ));
        assert!(!has_candidate(""));
    }
}
