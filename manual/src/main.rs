//! Writes the manual pages, and what shells need to complete command lines, into a folder: both from
//! the program's own definition of its command line and its policy. `cargo xtask package` calls it.

mod page;
mod policy;
mod verbs;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum as _};
use clap_complete::Shell;
use enforcer::command::completions::completions;
use jiff::Timestamp;

use page::{Edition, Page};

/// Writes `man/` and `completions/`.
#[derive(Parser)]
struct Arguments {
    /// Into this folder
    folder: PathBuf,
    /// What the pages are dated with, in seconds since 1970
    #[arg(long, value_parser = seconds)]
    date: Timestamp,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let man = arguments.folder.join("man");
    let edition = Edition::new(arguments.date);
    let pages = verbs::pages(&edition)?.into_iter();
    for Page { file, text } in pages.chain([policy::page(&edition)?]) {
        write(&man.join(file), &text)?;
    }
    let folder = arguments.folder.join("completions");
    for shell in Shell::value_variants() {
        let mut script = Vec::new();
        completions(*shell, &mut script).context("completions")?;
        write(&folder.join(shell.to_string()), &script)?;
    }
    Ok(())
}

fn seconds(text: &str) -> Result<Timestamp> {
    Ok(Timestamp::from_second(text.parse()?)?)
}

fn write(path: &std::path::Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .with_context(|| path.display().to_string())
}
