//! `mode:`, and beside it `until:`.

use super::Validation;
use super::documents::Documents;
use super::fields::Fields;
use crate::policy::document::Entry;
use crate::policy::place::Located;
use crate::policy::problem::{Problem, Warning, shown};
use crate::policy::schema::ModeWord;
use crate::policy::{Mode, parse_time};

impl Validation<'_, '_> {
    /// The mode of the policy, which one source may say.
    pub(super) fn mode_of_all(&mut self, documents: &Documents<'_>) -> Option<Mode> {
        let mut first = None;
        let mut mode = None;
        for fields in documents.each() {
            let own = self.mode(fields);
            match (fields.find("mode"), first) {
                (Some(Entry { key, .. }), Some(first)) => {
                    let (again, key) = (key.at, key.value.clone());
                    self.problems
                        .report(again, Problem::DuplicateKey { key, first });
                }
                (Some(Entry { key, .. }), None) => (first, mode) = (Some(key.at), own),
                (None, _) => {}
            }
        }
        mode
    }

    /// The mode that is written at a place, with its end.
    pub(super) fn mode(&mut self, fields: &Fields<'_>) -> Option<Mode> {
        let word = fields.find("mode");
        let word = word.map(|word| self.choice::<ModeWord>(word));
        let mode = word.map(|word| word.map(Mode::from));
        let Some(until) = fields.find("until") else {
            return mode.flatten();
        };
        let end = self.until(until);
        match mode {
            Some(Some(Mode::Audit { .. })) => Some(Mode::Audit { until: end }),
            Some(Some(Mode::Enforce)) | None => {
                self.problems
                    .report(until.key.at, Problem::UntilWithoutAudit);
                None
            }
            // A word that is no mode is told as that.
            Some(None) => None,
        }
    }

    fn until(&mut self, entry: &Entry) -> Option<jiff::Timestamp> {
        let text = self.text(&entry.value, "`until`", "a date, or a time with its offset")?;
        let at = entry.value.at;
        match parse_time(text) {
            Ok(until) => {
                let value = Warning::AuditOver { until };
                self.audits.push(Located { value, at });
                Some(until)
            }
            Err(error) => {
                let (text, advice) = (shown(text), error.to_string());
                self.problems.report(at, Problem::BadTime { text, advice });
                None
            }
        }
    }
}
