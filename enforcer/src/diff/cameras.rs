//! Cameras of both policies side by side, and those with the same change together.

use std::collections::{BTreeMap, HashMap};

use super::reach::{Reach, Side};
use super::{Change, Kind, identity};
use crate::numbering::group_id;
use crate::policy::{Camera, Policy};
use crate::ranges::Ranges;

/// Both policies.
pub(super) struct Pairs<'p> {
    old: (&'p Policy, &'p Ranges),
    new: (&'p Policy, &'p Ranges),
    /// Every distinct change of what is reached.
    reaches: Vec<Reach>,
    /// Which of them lies between two groups.
    known: HashMap<[Option<usize>; 2], usize>,
}

/// What cameras that are told together have in common.
type Key = (Kind, Vec<String>, usize);

impl<'p> Pairs<'p> {
    pub(super) fn new(
        old: &'p Policy,
        new: &'p Policy,
        old_ranges: &'p Ranges,
        new_ranges: &'p Ranges,
    ) -> Self {
        Self {
            old: (old, old_ranges),
            new: (new, new_ranges),
            reaches: vec![Reach::default()],
            known: HashMap::new(),
        }
    }

    pub(super) fn changes(&mut self) -> Vec<Change> {
        let ((old, _), (new, _)) = (self.old, self.new);
        let before = by_name(old);
        let after = by_name(new);
        let mut changes = Changes::default();
        for camera in &new.cameras {
            let group = Some(camera.group);
            if let Some(was) = before.get(camera.name.as_str()) {
                let words = identity::words((old, was), (new, camera));
                let reach = self.reach([Some(was.group), group]);
                // Apart, so that one more difference does not tell the same destinations twice.
                if reach != 0 {
                    changes.add((Kind::Changed, Vec::new(), reach), new, camera);
                }
                if !words.is_empty() {
                    changes.add((Kind::Changed, words, 0), new, camera);
                }
            } else {
                let reach = self.reach([None, group]);
                changes.add((Kind::Added, Vec::new(), reach), new, camera);
            }
        }
        // Its frames are a stranger's now: what of them passes, no rule says.
        let gone = old.cameras.iter();
        for camera in gone.filter(|camera| !after.contains_key(camera.name.as_str())) {
            changes.add((Kind::Removed, Vec::new(), 0), old, camera);
        }
        changes.told(&self.reaches)
    }

    /// The number of what changes between two groups; zero where nothing does.
    fn reach(&mut self, groups: [Option<usize>; 2]) -> usize {
        if let Some(&known) = self.known.get(&groups) {
            return known;
        }
        let [old, new] = groups;
        let side = |(policy, ranges): (&'p Policy, &'p Ranges), group: Option<usize>| Side {
            nat64: &policy.nat64,
            ranges,
            group: group.and_then(|index| ranges.group(group_id(index))),
        };
        let reach = Reach::new(side(self.old, old), side(self.new, new));
        let same = self.reaches.iter().position(|known| *known == reach);
        let number = same.unwrap_or_else(|| {
            self.reaches.push(reach);
            self.reaches.len() - 1
        });
        self.known.insert(groups, number);
        number
    }
}

fn by_name(policy: &Policy) -> HashMap<&str, &Camera> {
    let cameras = policy.cameras.iter();
    cameras
        .map(|camera| (camera.name.as_str(), camera))
        .collect()
}

/// Changes in the order in which they are met.
#[derive(Default)]
struct Changes {
    changes: Vec<(Key, Vec<String>, Vec<String>)>,
    known: BTreeMap<Key, usize>,
}

impl Changes {
    fn add(&mut self, key: Key, policy: &Policy, camera: &Camera) {
        let next = self.changes.len();
        let index = *self.known.entry(key.clone()).or_insert(next);
        if index == next {
            self.changes.push((key, Vec::new(), Vec::new()));
        }
        let group = policy.groups.get(camera.group);
        if let Some((_, cameras, groups)) = self.changes.get_mut(index) {
            cameras.push(camera.name.clone());
            let name = group.map_or("", |group| group.name.as_str());
            if groups.iter().all(|known| known != name) {
                groups.push(name.to_owned());
            }
        }
    }

    fn told(self, reaches: &[Reach]) -> Vec<Change> {
        let changes = self.changes.into_iter();
        let changes = changes.map(|((kind, words, reach), cameras, groups)| Change {
            kind,
            cameras,
            groups,
            words,
            reach: reaches.get(reach).cloned().unwrap_or_default(),
        });
        changes.collect()
    }
}
