//! `data/makers.csv` says what the registry of the IEEE says.

use std::collections::BTreeSet;
use std::fs;

use xtask::makers::{self, Registry};

/// Of a newer registry: how much of a hundred may have changed hands meanwhile.
const CHANGED: usize = 3;

#[test]
fn prefixes_are_those_of_the_registry() {
    let registry = Registry::get().unwrap();
    let now = registry.makers().unwrap();
    let kept = fs::read_to_string(makers::file()).unwrap();
    let source = format!("ieee-data {}.\n", registry.version);
    if kept.contains(&source) {
        assert!(now == kept, "run `cargo xtask makers`");
        return;
    }
    // Debian has a newer one than the file was made of.
    let (now, kept) = (lines(&now), lines(&kept));
    let gone: Vec<_> = kept.difference(&now).collect();
    assert!(
        gone.len() * 100 <= kept.len() * CHANGED,
        "run `cargo xtask makers`: {gone:#?}"
    );
}

fn lines(text: &str) -> BTreeSet<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}
