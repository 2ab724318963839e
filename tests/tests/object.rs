//! The object has what the daemon will ask of it, and nothing in it says where it was built.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::{fs, path::PathBuf, sync::LazyLock};

static OBJECT: LazyLock<(PathBuf, Vec<u8>)> = LazyLock::new(|| {
    let path = xtask::ebpf::build().unwrap();
    let bytes = fs::read(&path).unwrap();
    (path, bytes)
});

#[test]
fn the_object_holds_every_map_and_constant_by_name() {
    let (_, object) = &*OBJECT;
    for name in [
        "INTERFACES",
        "SOURCES",
        "V4",
        "V6",
        "DEPTHS",
        "LINES",
        "PARTS",
        "PLANS",
        "CELLS",
        "SERVICES",
        "TRANSLATORS",
        "SCRATCH",
        "PROOF",
        "COUNTERS",
        "BUCKETS",
        "EVENTS",
        "AYA_LOGS",
        "FRAGS",
        "GENERATION",
        "MASKS",
        "MASK_COUNT",
        "ROUNDS",
        "INTERFACES_MASK",
        "INTERFACES_SEED",
        "SOURCES_MASK",
        "SOURCES_SEED",
        "V4_MASK",
        "V4_SEED",
        "V6_MASK",
        "V6_SEED",
        "TRANSLATOR_COUNT",
        "EVENT_COST",
        "EVENT_BURST",
        "AYA_LOG_LEVEL",
    ] {
        let quoted = [b"\0", name.as_bytes(), b"\0"].concat();
        assert!(contains(object, &quoted), "no {name}");
    }
}

#[test]
fn the_object_does_not_say_where_it_was_built() {
    let (path, object) = &*OBJECT;
    let workspace = xtask::sh::workspace();
    let home = std::env::home_dir().unwrap();
    for place in [workspace, home.join(".cargo")] {
        let place = place.to_str().unwrap();
        assert!(
            !contains(object, place.as_bytes()),
            "{} names {place}",
            path.display()
        );
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
