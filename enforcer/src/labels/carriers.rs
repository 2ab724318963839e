//! Which carrier that a state owns an autonomous system belongs to: `data/carriers.csv`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::shipped;

const TABLE: &str = include_str!("../../../data/carriers.csv");

static CARRIERS: LazyLock<FxHashMap<u32, &str>> = LazyLock::new(|| {
    let lines = shipped::lines(TABLE);
    let rows = lines.filter_map(|line| {
        let mut fields = line.splitn(3, ',');
        Some((fields.next()?.parse().ok()?, fields.next()?))
    });
    rows.collect()
});

/// The carrier that an autonomous system belongs to, if a state owns it.
pub fn carrier(system: u32) -> Option<&'static str> {
    CARRIERS.get(&system).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinanet_is_a_state_s() {
        assert_eq!(carrier(4134), Some("China Telecom"));
        assert_eq!(carrier(4837), Some("China Unicom"));
        assert_eq!(carrier(9808), Some("China Mobile"));
        assert_eq!(carrier(64_496), None);
    }

    #[test]
    fn every_line_has_a_number_a_carrier_a_state_a_date_and_a_source() {
        let mut before = 0;
        for line in shipped::lines(TABLE) {
            let fields: Vec<_> = line.splitn(5, ',').collect();
            let [system, name, state, date, source] = fields[..] else {
                panic!("{line}");
            };
            let system = system.parse().unwrap_or_else(|_| panic!("{line}"));
            assert!(system > before, "{line} is not in order");
            before = system;
            assert_eq!(carrier(system), Some(name), "{line}");
            assert!(state.len() == 2 && !name.is_empty(), "{line}");
            shipped::tests::assert_sourced(line, date, source);
        }
    }
}
