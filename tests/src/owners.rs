//! Files that say whose addresses are, as the daemon's setting `owners` names them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use maxminddb_writer::{Database, paths::IpAddrWithMask};
use serde::Serialize;

/// Whose a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its addresses: `203.0.113.0/24`.
    pub prefix: &'static str,
    /// Two letters (ISO 3166).
    pub country: &'static str,
    /// The number of its autonomous system.
    pub system: u32,
    /// Who runs that.
    pub organization: &'static str,
}

/// The network that tests take for a cloud's, in the hands of a carrier that a state owns.
pub const CHINANET: Owner = Owner {
    prefix: "203.0.113.0/24",
    country: "CN",
    system: 4134,
    organization: "CHINANET-BACKBONE",
};

/// What such a file says of an address, in the layout of `MaxMind`'s.
#[derive(Serialize)]
struct Record {
    country: Country,
    autonomous_system_number: u32,
    autonomous_system_organization: &'static str,
}

#[derive(Serialize)]
struct Country {
    iso_code: &'static str,
}

/// Puts a file that says this, and nothing of all other addresses, in its place in one step.
pub fn write(path: &Path, owners: &[Owner]) -> Result<()> {
    let mut database = Database::default();
    database.metadata.binary_format_major_version = 2;
    for owner in owners {
        let record = Record {
            country: Country {
                iso_code: owner.country,
            },
            autonomous_system_number: owner.system,
            autonomous_system_organization: owner.organization,
        };
        let value = database.insert_value(record);
        let value = value.with_context(|| format!("{owner:?}"))?;
        let prefix: IpAddrWithMask = owner.prefix.parse().context(owner.prefix)?;
        database.insert_node(prefix, value);
    }
    let next = path.with_extension("next");
    fs::write(&next, database.write_to(Vec::new())?)?;
    fs::rename(next, path).with_context(|| path.display().to_string())
}
