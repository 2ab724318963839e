//! Debian's archive, without touching the system's package lists: for what is in another release than the system's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::sh;

/// Signs what Debian publishes.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// apt with lists and sources of its own, in a folder of its own.
pub(crate) struct Apt(PathBuf);

impl Apt {
    /// One that knows what is in a release: packages (`deb`) or sources (`deb-src`).
    pub(crate) fn of(release: &str, kind: &str, folder: &Path) -> Result<Self> {
        ensure!(
            Path::new(KEYRING).is_file() && sh::is_there("apt-get"),
            "Debian's archive: this is no Debian"
        );
        if folder.is_dir() {
            fs::remove_dir_all(folder).context("what an earlier try left")?;
        }
        for directory in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(folder.join(directory)).with_context(|| directory.to_owned())?;
        }
        let sources = format!(
            "{kind} [signed-by={KEYRING}] {} {release} main\n",
            mirror()?
        );
        fs::write(folder.join("sources.list"), sources).context("sources.list")?;
        let apt = Self(folder.to_owned());
        sh::run(apt.get().arg("update"))?;
        Ok(apt)
    }

    /// `apt-get`, which leaves what it gets in the folder.
    pub(crate) fn get(&self) -> Command {
        let mut apt = Command::new("apt-get");
        apt.args(["--quiet=2", "-o", "APT::Sandbox::User="]);
        for (option, value) in [
            ("Dir::Etc::sourcelist", self.0.join("sources.list")),
            ("Dir::Etc::sourceparts", PathBuf::from("-")),
            ("Dir::State", self.0.join("state")),
            ("Dir::Cache", self.0.join("cache")),
        ] {
            apt.arg("-o").arg(format!("{option}={}", value.display()));
        }
        apt.current_dir(&self.0);
        apt
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// The file that was left there whose name has this in it.
    pub(crate) fn file(&self, part: &str) -> Result<PathBuf> {
        fs::read_dir(&self.0)?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.to_string_lossy().contains(part))
            .with_context(|| format!("apt-get left nothing with {part}"))
    }

    /// Removes the folder.
    pub(crate) fn remove(self) -> Result<()> {
        fs::remove_dir_all(&self.0).with_context(|| self.0.display().to_string())
    }
}

/// Where the system gets its packages from.
fn mirror() -> Result<String> {
    let mut targets = Command::new("apt-get");
    let format = "$(ORIGIN) $(COMPONENT) $(SITE)";
    let words = sh::output(targets.args(["indextargets", "--format", format]))?;
    let site = words
        .lines()
        .filter_map(|line| line.strip_prefix("Debian main "))
        .find(|site| !site.contains("security"));
    Ok(site
        .context("no mirror in the system's sources")?
        .to_owned())
}
