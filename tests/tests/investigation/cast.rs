//! Who takes part: the cameras, vendors by the names of their clouds, and those whose networks these are in.

use enforcer_tests::frame::Mac;
use enforcer_tests::owners::Owner;

/// A camera.
#[derive(Debug)]
pub(crate) struct Camera {
    pub(crate) name: &'static str,
    pub(crate) mac: Mac,
    pub(crate) address: &'static str,
    /// Who made it, as its MAC address says.
    pub(crate) maker: &'static str,
}

pub(crate) const CAMERAS: [Camera; 5] = [
    camera(
        "door",
        [0x44, 0x19, 0xb6, 0, 0, 0x31],
        "192.168.50.31",
        "Hikvision",
    ),
    camera(
        "yard",
        [0x44, 0x19, 0xb6, 0, 0, 0x32],
        "192.168.50.32",
        "Hikvision",
    ),
    camera(
        "till",
        [0x3c, 0xef, 0x8c, 0, 0, 0x33],
        "192.168.50.33",
        "Dahua",
    ),
    camera(
        "hall",
        [0x3c, 0xef, 0x8c, 0, 0, 0x34],
        "192.168.50.34",
        "Dahua",
    ),
    camera(
        "gate",
        [0xec, 0x71, 0xdb, 0, 0, 0x35],
        "192.168.50.35",
        "Reolink",
    ),
];

const fn camera(
    name: &'static str,
    mac: Mac,
    address: &'static str,
    maker: &'static str,
) -> Camera {
    Camera {
        name,
        mac,
        address,
        maker,
    }
}

/// Names that are asked for, and whose cloud each is.
pub(crate) const VENDORS: [(&str, Option<&str>); 6] = [
    ("litedev.ezvizlife.com", Some("EZVIZ")),
    ("dev.hik-connect.com", Some("Hikvision")),
    ("time.example", None),
    ("www.easy4ipcloud.com", Some("Dahua")),
    ("p2p.reolink.com", Some("Reolink")),
    ("apis.reolink.com", Some("Reolink")),
];

/// Whose networks these are, and how a report says that.
pub(crate) const OWNERS: [(Owner, &str); 4] = [
    (
        owner("203.0.113.0/24", "IE", 64_500, "Example Hosting"),
        "AS64500 Example Hosting",
    ),
    (
        owner("198.51.100.0/25", "DE", 64_501, "Example Relays"),
        "AS64501 Example Relays",
    ),
    (
        owner("198.51.100.128/25", "US", 64_502, "Example Transit"),
        "AS64502 Example Transit",
    ),
    (
        owner("192.0.2.0/24", "CN", 4134, "CHINANET-BACKBONE"),
        "AS4134 China Telecom (a state's)",
    ),
];

const fn owner(
    prefix: &'static str,
    country: &'static str,
    system: u32,
    organization: &'static str,
) -> Owner {
    Owner {
        prefix,
        country,
        system,
        organization,
    }
}
