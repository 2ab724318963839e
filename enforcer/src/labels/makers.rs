//! Who made what has a MAC address: `data/makers.csv`, which `cargo xtask makers` writes.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::shipped;
use crate::policy::MacPrefix;

const TABLE: &str = include_str!("../../../data/makers.csv");

/// The lengths that the registry assigns, the most specific first.
const LENGTHS: [u8; 3] = [36, 28, 24];

static MAKERS: LazyLock<FxHashMap<MacPrefix, &str>> = LazyLock::new(|| {
    let lines = shipped::lines(TABLE);
    let rows = lines.filter_map(|line| {
        let (prefix, maker) = line.split_once(',')?;
        Some((prefix.parse().ok()?, maker))
    });
    rows.collect()
});

/// Who made what has this address, or any that begins so, if it is a maker of cameras.
pub fn maker(mac: MacPrefix) -> Option<&'static str> {
    let mut lengths = LENGTHS.into_iter().filter(|bits| *bits <= mac.bits);
    lengths.find_map(|bits| MAKERS.get(&MacPrefix::of(mac.address, bits)).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_address_says_whose_it_is() {
        for (mac, expected) in [
            ("44:19:b6:01:02:03", Some("Hikvision")),
            ("44:19:b6", Some("Hikvision")),
            ("3c:ef:8c:01:02:03", Some("Dahua")),
            ("02:00:00:01:02:03", None),
        ] {
            assert_eq!(maker(mac.parse().unwrap()), expected, "{mac}");
        }
    }

    #[test]
    fn what_a_longer_prefix_is_needed_for_is_not_guessed_by_a_shorter_one() {
        let longest = MAKERS.keys().max_by_key(|prefix| prefix.bits).unwrap();
        assert_eq!(maker(*longest), MAKERS.get(longest).copied());
        let shorter = MacPrefix::of(longest.address, 24);
        assert_eq!(maker(shorter), MAKERS.get(&shorter).copied());
    }

    #[test]
    fn every_line_has_a_prefix_and_a_maker_in_order() {
        let mut before = None;
        for line in shipped::lines(TABLE) {
            let (prefix, name) = line.split_once(',').unwrap_or_else(|| panic!("{line}"));
            let prefix: MacPrefix = prefix.parse().unwrap_or_else(|_| panic!("{line}"));
            assert!(LENGTHS.contains(&prefix.bits) && !name.is_empty(), "{line}");
            assert!(Some(prefix) > before, "{line} is not in order");
            before = Some(prefix);
        }
        let head = TABLE.lines().nth(1).unwrap_or_default();
        assert!(
            head.starts_with("# Source: ") && head.contains("ieee-data 20"),
            "{head}"
        );
    }
}
