//! What is known of an address that cameras send to, and of who made a camera: labels for people. No verdict asks
//! them, and nothing in a policy can name them.
//!
//! Some of it ships ([`clouds`], [`carriers`], [`makers`]: `data/`), the rest is in files that the operator has
//! ([`owners`]).

pub mod carriers;
pub mod clouds;
pub mod makers;
pub mod owners;

mod shipped;

use std::{fmt, net::IpAddr, path::PathBuf, sync::Arc};

use anyhow::Result;

pub use owners::Country;

use owners::Owners;

/// All that labels are taken from. What it costs to have is what the operator's files take.
#[derive(Debug, Default)]
pub struct Labels {
    owners: Owners,
}

/// What is known of a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Where its owner says that it is.
    pub country: Option<Country>,
    /// The autonomous system that it belongs to.
    pub asn: Option<u32>,
    /// Whose that system is.
    pub organization: Option<Arc<str>>,
    /// The vendor of cameras whose cloud its name belongs to.
    pub cloud: Option<&'static str>,
    /// The carrier that the system belongs to, if a state owns that.
    pub carrier: Option<&'static str>,
}

impl Labels {
    /// With owners from these files, which are read when they are first asked. One that cannot be read is told,
    /// once, and read when it can be.
    pub fn of_files(files: &[PathBuf]) -> Self {
        Self {
            owners: Owners::of_files(files),
        }
    }

    /// The same for whoever names the files just now: an error if one cannot be read.
    pub fn require(files: &[PathBuf]) -> Result<Self> {
        let owners = Owners::require(files)?;
        Ok(Self { owners })
    }

    /// Whether there are files to look owners up in.
    pub const fn knows_owners(&self) -> bool {
        self.owners.is_any()
    }

    /// Reads the files, if that was not done or they have changed.
    pub fn look(&self) {
        self.owners.look();
    }

    /// What is known of an address, and of the name that a camera knows it by.
    pub fn of(&self, address: IpAddr, domain: Option<&str>) -> Label {
        let owner = self.owners.of(address);
        Label {
            country: owner.country,
            asn: owner.asn,
            organization: owner.organization,
            cloud: domain.and_then(clouds::vendor),
            carrier: owner.asn.and_then(carriers::carrier),
        }
    }
}

/// For people: `Hikvision's cloud, CN, AS4134 China Telecom (a state's)`.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let country = self.country.as_ref().map(Country::as_str);
        let organization = self.organization.as_deref();
        let system = self.asn.map(|system| (system, organization, self.carrier));
        f.write_str(&in_words(self.cloud, country, system))
    }
}

/// Stands behind a carrier that a state owns.
pub(crate) const STATE: &str = " (a state's)";

/// `Hikvision's cloud, CN, AS4134 China Telecom (a state's)`; nothing where nothing is known. Of the system it says the
/// organization, or the carrier if a state owns it.
pub(crate) fn in_words(
    cloud: Option<&str>,
    country: Option<&str>,
    system: Option<(u32, Option<&str>, Option<&str>)>,
) -> String {
    let cloud = cloud.map(|vendor| format!("{vendor}'s cloud"));
    let system = system.map(|(system, organization, carrier)| {
        let carrier = carrier.map(|carrier| format!(" {carrier}{STATE}"));
        let organization = organization.map(|name| format!(" {name}"));
        format!("AS{system}{}", carrier.or(organization).unwrap_or_default())
    });
    let words = [cloud, country.map(str::to_owned), system];
    let words: Vec<_> = words.into_iter().flatten().collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_files_a_destination_has_the_labels_that_its_name_gives() {
        let labels = Labels::default();
        let address = IpAddr::from([198, 51, 100, 7]);
        assert!(!labels.knows_owners());
        assert_eq!(labels.of(address, None), Label::default());
        let label = labels.of(address, Some("litedev.ezvizlife.com"));
        let expected = Label {
            cloud: Some("EZVIZ"),
            ..Label::default()
        };
        assert_eq!(label, expected);
    }
}
