//! Which vendor's cloud a name belongs to: `data/clouds.csv`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::shipped;

const TABLE: &str = include_str!("../../../data/clouds.csv");

static VENDORS: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| {
    let lines = shipped::lines(TABLE);
    let rows = lines.filter_map(|line| {
        let mut fields = line.splitn(3, ',');
        Some((fields.next()?, fields.next()?))
    });
    rows.collect()
});

/// The vendor whose cloud a name belongs to, written in lower case and without a dot at its end.
pub fn vendor(domain: &str) -> Option<&'static str> {
    let mut rest = Some(domain);
    while let Some(domain) = rest {
        if let Some(vendor) = VENDORS.get(domain) {
            return Some(vendor);
        }
        rest = above(domain);
    }
    None
}

/// A name without its first label. A dot behind `\` stands in a label and ends none: earlier versions wrote it so.
fn above(domain: &str) -> Option<&str> {
    let mut is_escaped = false;
    let end = domain.bytes().position(|byte| {
        let is_end = byte == b'.' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    domain.get(end? + 1..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_the_cloud_that_it_is_under() {
        for (name, expected) in [
            ("dev.hik-connect.com", Some("Hikvision")),
            ("hik-connect.com", Some("Hikvision")),
            ("www.easy4ipcloud.com", Some("Dahua")),
            ("en.ezcloud.uniview.com", Some("Uniview")),
            ("p2p3.reolink.com", Some("Reolink")),
            ("de.ot.io.mi.com", Some("Xiaomi")),
            ("n-device-api.tplinkcloud.com", Some("TP-Link")),
            ("a1.tuyaeu.com", Some("Tuya")),
            // Only whole labels count.
            ("nothik-connect.com", None),
            ("hik-connect.com.example", None),
            (r"evil\.hik-connect.com", None),
            (r"evil\046hik-connect.com", None),
            (r"dev\.1.hik-connect.com", Some("Hikvision")),
            (r"dev\\.hik-connect.com", Some("Hikvision")),
            ("com", None),
            ("", None),
        ] {
            assert_eq!(vendor(name), expected, "{name}");
        }
    }

    #[test]
    fn every_line_has_a_domain_a_vendor_a_date_and_a_source() {
        for line in shipped::lines(TABLE) {
            let fields: Vec<_> = line.splitn(4, ',').collect();
            let [domain, vendor, date, source] = fields[..] else {
                panic!("{line}");
            };
            let is_name = |label: &str| {
                let mut letters = label.bytes();
                !label.is_empty()
                    && letters
                        .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
            };
            assert!(
                domain.contains('.') && domain.split('.').all(is_name),
                "{line}"
            );
            assert!(!vendor.is_empty(), "{line}");
            assert_eq!(VENDORS.get(domain), Some(&vendor), "{line} stands twice");
            shipped::tests::assert_sourced(line, date, source);
        }
        for vendor in [
            "Hikvision",
            "EZVIZ",
            "Dahua",
            "Imou",
            "Uniview",
            "Reolink",
            "Xiaomi",
        ] {
            assert!(VENDORS.values().any(|known| *known == vendor), "{vendor}");
        }
    }
}
