//! The schema that Suricata publishes of its events, which ours are held to. It is Suricata's own text under its own
//! licence, so it is no part of this tree: Debian's copy of the sources has it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{debian::Apt, sh};

/// A schema of one's own choice, where Debian's sources are out of reach.
pub const OWN_SCHEMA: &str = "ENFORCER_SURICATA_SCHEMA";

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
    sh::say("getting Suricata's sources for the schema of its events (45 MB, into target/tools)");
    let apt = Apt::of(RELEASE, "deb-src", &folder.with_extension("partial"))?;
    let source = ["source", "--download-only", "--tar-only", "suricata"];
    let fetched = sh::run(apt.get().args(source));
    // apt asks for the packager's part too, which nobody here needs; a mirror need not have both.
    let archive = match (apt.file(".orig.tar."), fetched) {
        (Ok(archive), _) => archive,
        (Err(error), fetched) => return fetched.and(Err(error)),
    };
    sh::run(
        Command::new("tar")
            .arg("--extract")
            .arg("--file")
            .arg(archive)
            .args(["--strip-components=2", "--wildcards", "*/etc/schema.json"])
            .current_dir(apt.folder()),
    )?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    fs::rename(apt.folder().join("schema.json"), schema).context("schema.json")?;
    apt.remove()
}
