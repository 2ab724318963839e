//! What is remarkable in the policy as a whole: groups and lists that nothing uses, cameras that no
//! frame will be known as, or too few.

use std::collections::{HashMap, HashSet};

use super::Validation;
use super::groups::Draft;
use super::identity::Places;
use super::lists::Lists;
use crate::policy::problem::Warning;
use crate::policy::{Camera, Interface, NamePattern, Policy, Unlisted};

/// Pairs of patterns that are compared, the whole policy taken together. What comes after that is
/// not told: nothing rests on it.
const MAX_COMPARED: usize = 200_000;

/// The rows of `interfaces:`, as cameras ask for them.
struct Rows<'p> {
    all: &'p [Interface],
    exact: HashMap<&'p str, &'p Interface>,
    patterns: Vec<&'p Interface>,
    room: usize,
}

impl Validation<'_, '_> {
    pub(super) fn warn_unused(&mut self, policy: &Policy, groups: &[Draft], lists: &Lists<'_>) {
        let used: HashSet<usize> = policy.cameras.iter().map(|camera| camera.group).collect();
        for (index, draft) in groups.iter().enumerate() {
            if !used.contains(&index) {
                let group = draft.group.name.clone();
                self.warn(draft.at, Warning::UnusedGroup { group });
            }
        }
        for list in lists.unused() {
            let list_name = list.value.clone();
            self.warn(list.at, Warning::UnusedList { list: list_name });
        }
    }

    /// `places` are those of the cameras, in the same order.
    pub(super) fn warn_of_cameras(&mut self, policy: &Policy, places: &[Places]) {
        let mut rows = Rows::new(&policy.interfaces);
        for (camera, places) in policy.cameras.iter().zip(places) {
            let name = || camera.name.clone();
            if let Some(at) = places.interface
                && rows.can_name(camera) == Some(false)
            {
                self.warn(at, Warning::NeverSeen { camera: name() });
            } else if let Some(at) = places.ip
                && camera.identity.mac.is_empty()
                && let Some(row) = rows.passing(policy, camera)
            {
                let (camera, interface) = (name(), row.name.to_string());
                self.warn(at, Warning::KnownByAddress { camera, interface });
            }
        }
    }
}

impl<'p> Rows<'p> {
    fn new(rows: &'p [Interface]) -> Self {
        let (exact, patterns): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.name.is_exact());
        let exact = exact.into_iter().map(|row| (row.name.as_str(), row));
        Self {
            all: rows,
            exact: exact.collect(),
            patterns,
            room: MAX_COMPARED,
        }
    }

    /// Whether an interface that some row names may be one of a camera's; nothing where there is no
    /// room to find out.
    fn can_name(&mut self, camera: &Camera) -> Option<bool> {
        for wanted in &camera.identity.interface {
            if self.exact.contains_key(wanted.as_str()) {
                return Some(true);
            }
            let rows = if wanted.is_exact() {
                self.patterns.len()
            } else {
                self.all.len()
            };
            self.room = self.room.checked_sub(rows)?;
            let mut rows = self.all.iter();
            if rows.any(|row| row.name.shares_a_name(wanted)) {
                return Some(true);
            }
        }
        Some(false)
    }

    /// A row with `unlisted: pass` that may hold for a camera.
    fn passing(&mut self, policy: &'p Policy, camera: &Camera) -> Option<&'p Interface> {
        let is_passing = |row: &&Interface| row.unlisted == Unlisted::Pass;
        let wanted = &camera.identity.interface;
        if wanted.is_empty() {
            self.room = self.room.checked_sub(1)?;
            return self.all.iter().find(is_passing);
        }
        let cost = self.all.len().saturating_mul(wanted.len());
        self.room = self.room.checked_sub(cost)?;
        let holds = |wanted: &NamePattern| {
            if wanted.is_exact() {
                policy.interface_for(wanted.as_str()).filter(is_passing)
            } else {
                let mut passing = self.all.iter().filter(is_passing);
                passing.find(|row| row.name.shares_a_name(wanted))
            }
        };
        wanted.iter().find_map(holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_that_no_row_can_name_is_told_and_any_other_is_not() {
        for (rows, wanted, expected) in [
            ("lan1: ", "lan2", true),
            ("lan1: ", "lan1", false),
            ("lan*: ", "lan2", false),
            ("lan1: ", "lan*", false),
            ("lan*: ", "'*2'", false),
            ("lan*: ", "wan*", true),
            ("lan*: ", "[wan*, lan3]", false),
            ("lan?: , eth0: ", "[lan10, eth?1]", true),
            ("'*': ", "wan*", false),
        ] {
            let told = told(rows, &format!("vlan: 1, interface: {wanted}"));
            let expected: &[_] = if expected { &["never-seen"] } else { &[] };
            assert_eq!(told, expected, "{rows} {wanted}");
        }
    }

    #[test]
    fn a_camera_known_by_address_is_told_where_others_pass() {
        let rows = "lan*: {unlisted: pass}, lan-cam1: {unlisted: drop}";
        for (rows, identity, expected) in [
            (rows, "ip: 192.0.2.1", true),
            (rows, "ip: 192.0.2.1, interface: lan2", true),
            (rows, "ip: 192.0.2.1, interface: lan-cam1", false),
            (rows, "ip: 192.0.2.1, interface: '*2'", true),
            (rows, "ip: 192.0.2.1, mac: '44:19:b6'", false),
            (rows, "mac: '44:19:b6'", false),
            ("lan1: ", "ip: 192.0.2.1", false),
        ] {
            let expected: &[_] = if expected { &["known-by-address"] } else { &[] };
            assert_eq!(told(rows, identity), expected, "{rows} {identity}");
        }
    }

    fn told(rows: &str, identity: &str) -> Vec<&'static str> {
        let text = format!(
            "version: 1\ninterfaces: {{{rows}}}\ngroups: {{g: {{allow: [{{to: 192.0.2.9}}]}}}}\n\
             cameras: {{a: {{match: {{{identity}}}, group: g}}}}\n"
        );
        let policy = Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
        policy.warnings().told().map(|told| told.code).collect()
    }
}
