//! `cameras:`.

use super::documents::Documents;
use super::fields::Fields;
use super::groups::Draft;
use super::identity::{Claims, Places};
use super::{CAMERA, Names, Validation};
use crate::policy::document::Entry;
use crate::policy::place::Located;
use crate::policy::problem::{Problem, shown};
use crate::policy::schema::CameraKeys;
use crate::policy::{Camera, Mode};

impl Validation<'_, '_> {
    pub(super) fn cameras(
        &mut self,
        policy: &Documents<'_>,
        mode: Mode,
        groups: &[Draft],
    ) -> (Vec<Camera>, Vec<Places>) {
        let names = groups.iter().enumerate();
        let names: Names<'_> = names
            .map(|(index, draft)| (draft.group.name.as_str(), index))
            .collect();
        let mut claims = Claims::default();
        let mut cameras = Vec::new();
        let mut all_places = Vec::new();
        for Entry {
            key: name,
            value: node,
        } in self.named(&policy.sections("cameras"), CAMERA)
        {
            self.name(name, CAMERA);
            let place = Located {
                value: format!("camera `{}`", shown(&name.value)),
                at: name.at,
            };
            let Some(fields) = self.fields::<CameraKeys>(node, &place) else {
                continue;
            };
            let identity = self.identity(&fields, &name.value, &mut claims);
            let group = self.group(&fields, &names);
            let own_mode = self.mode(&fields);
            let (Some((identity, places)), Some(group)) = (identity, group) else {
                continue;
            };
            all_places.push(places);
            let group_mode = groups.get(group).and_then(|draft| draft.mode);
            cameras.push(Camera {
                name: name.value.clone(),
                identity,
                group,
                mode: own_mode.or(group_mode).unwrap_or(mode),
                at: self.location(name.at),
            });
        }
        (cameras, all_places)
    }

    fn group(&mut self, camera: &Fields<'_>, names: &Names<'_>) -> Option<usize> {
        let entry = camera.required("group", self.problems)?;
        let name = self.text(&entry.value, "`group`", "the name of one group")?;
        let group = names.get(name).copied();
        if group.is_none() {
            let closest = self.problems.closest(name, names.keys().copied());
            let name = shown(name);
            self.problems
                .report(entry.value.at, Problem::UnknownGroup { name, closest });
        }
        group
    }
}
