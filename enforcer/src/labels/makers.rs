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

/// Who made what has this address, if it is a maker of cameras.
pub fn maker(address: [u8; 6]) -> Option<&'static str> {
    let mut prefixes = LENGTHS.map(|bits| MacPrefix::of(address, bits)).into_iter();
    prefixes.find_map(|prefix| MAKERS.get(&prefix).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_address_says_whose_it_is() {
        assert_eq!(maker([0x44, 0x19, 0xb6, 1, 2, 3]), Some("Hikvision"));
        assert_eq!(maker([0x3c, 0xef, 0x8c, 1, 2, 3]), Some("Dahua"));
        assert_eq!(maker([2, 0, 0, 1, 2, 3]), None);
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
