//! The sources of a policy side by side: each with its version, and what they say together.

use super::Validation;
use super::fields::Fields;
use crate::policy::document::{Entry, Node};
use crate::policy::place::{Located, Span};
use crate::policy::problem::{Problem, shown};
use crate::policy::schema::Document;

/// The keys of each source, in order. A section is all that stands under one key of them.
pub(super) struct Documents<'d>(Vec<Fields<'d>>);

impl<'d> Documents<'d> {
    /// Where the first begins.
    pub(super) fn at(&self) -> Span {
        self.0.first().map(Fields::at).unwrap_or_default()
    }

    /// The keys of each.
    pub(super) fn each(&self) -> impl Iterator<Item = &Fields<'d>> {
        self.0.iter()
    }

    pub(super) fn sections(&self, key: &str) -> Vec<&'d Entry> {
        self.0
            .iter()
            .filter_map(|fields| fields.find(key))
            .collect()
    }
}

impl Validation<'_, '_> {
    pub(super) fn documents<'d>(&mut self, roots: &'d [Node]) -> Option<Documents<'d>> {
        let mut documents = Vec::with_capacity(roots.len());
        for root in roots {
            let place = Located {
                value: "the policy".to_owned(),
                at: root.at,
            };
            let fields = self.fields::<Document>(root, &place);
            if let Some(fields) = &fields {
                self.version(fields);
            }
            documents.push(fields);
        }
        documents
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .map(Documents)
    }

    fn version(&mut self, fields: &Fields<'_>) {
        let Some(version) = fields.required("version", self.problems) else {
            return;
        };
        let Some(text) = self.text(&version.value, "`version`", "the number 1") else {
            return;
        };
        if text != "1" {
            let text = shown(text);
            self.problems
                .report(version.value.at, Problem::UnsupportedVersion { text });
        }
    }

    /// A key that one source may have.
    pub(super) fn said_once<'d>(
        &mut self,
        documents: &Documents<'d>,
        key: &str,
    ) -> Option<&'d Entry> {
        let mut entries = documents.sections(key).into_iter();
        let first = entries.next()?;
        for again in entries {
            let (key, first) = (again.key.value.clone(), first.key.at);
            self.problems
                .report(again.key.at, Problem::DuplicateKey { key, first });
        }
        Some(first)
    }
}
