//! The schema that Suricata publishes of its events, which ours are held to. It is Suricata's own text under its own
//! licence, so it is no part of this tree: Debian's copy of the sources has it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::sh;

/// A schema of one's own choice, where Debian's sources are out of reach.
pub const OWN_SCHEMA: &str = "ENFORCER_SURICATA_SCHEMA";

/// Signs what Debian publishes.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Debian's release of which the sources are taken: Debian's stable one leaves the schema out of them.
const RELEASE: &str = "testing";

/// Where the schema is, after getting it if it is missing. The system's package lists stay as they are.
pub fn schema() -> Result<PathBuf> {
    if let Some(schema) = env::var_os(OWN_SCHEMA) {
        return Ok(schema.into());
    }
    let folder = sh::workspace().join("target/tools/suricata");
    let schema = folder.join("schema.json");
    if !schema.is_file() {
        let words = format!("{OWN_SCHEMA} may name etc/schema.json of Suricata's sources");
        get(&folder, &schema).context(words)?;
    }
    Ok(schema)
}

fn get(folder: &Path, schema: &Path) -> Result<()> {
    ensure!(
        Path::new(KEYRING).is_file() && sh::is_there("apt-get"),
        "Debian's sources of Suricata: this is no Debian"
    );
    sh::say("getting Suricata's sources for the schema of its events (45 MB, into target/tools)");
    let partial = folder.with_extension("partial");
    if partial.is_dir() {
        fs::remove_dir_all(&partial).context("what an earlier try left")?;
    }
    for directory in ["state/lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(partial.join(directory)).with_context(|| directory.to_owned())?;
    }
    let sources = format!(
        "deb-src [signed-by={KEYRING}] {} {RELEASE} main\n",
        mirror()?
    );
    fs::write(partial.join("sources.list"), sources).context("sources.list")?;
    sh::run(apt(&partial).arg("update"))?;
    let source = ["source", "--download-only", "--tar-only", "suricata"];
    let fetched = sh::run(apt(&partial).args(source));
    // apt asks for the packager's part too, which nobody here needs; a mirror need not have both.
    let archive = fs::read_dir(&partial)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().contains(".orig.tar."));
    let archive = match (archive, fetched) {
        (Some(archive), _) => archive,
        (None, fetched) => return fetched.and(Err(anyhow::anyhow!("apt-get source left nothing"))),
    };
    sh::run(
        Command::new("tar")
            .arg("--extract")
            .arg("--file")
            .arg(archive)
            .args(["--strip-components=2", "--wildcards", "*/etc/schema.json"])
            .current_dir(&partial),
    )?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    fs::rename(partial.join("schema.json"), schema).context("schema.json")?;
    fs::remove_dir_all(&partial).with_context(|| partial.display().to_string())
}

/// apt with lists and sources of its own.
fn apt(partial: &Path) -> Command {
    let mut apt = Command::new("apt-get");
    apt.args(["--quiet=2", "-o", "APT::Sandbox::User="]);
    for (option, value) in [
        ("Dir::Etc::sourcelist", partial.join("sources.list")),
        ("Dir::Etc::sourceparts", PathBuf::from("-")),
        ("Dir::State", partial.join("state")),
        ("Dir::Cache", partial.join("cache")),
    ] {
        apt.arg("-o").arg(format!("{option}={}", value.display()));
    }
    apt.current_dir(partial);
    apt
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
