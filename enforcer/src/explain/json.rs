//! An explanation for programs: names that stay.

use std::fmt::Write as _;

use enforcer_common::Verdict;
use jiff::Timestamp;
use serde::Serialize;

use super::Explanation;
use super::quote::Quote;

#[derive(Serialize)]
struct Document<'e> {
    /// `allow`, `drop` or `ignore`.
    verdict: &'static str,
    reason: Option<&'static str>,
    meaning: Option<&'static str>,
    /// It would be dropped, and passes.
    audit: bool,
    /// When it will be dropped, of an audit that ends.
    until: Option<Timestamp>,
    camera: Option<&'e str>,
    group: Option<&'e str>,
    interface: &'e str,
    /// In the words of an event.
    what: String,
    /// The bytes, in hexadecimal.
    frame: String,
    /// The rule that allows, denies or came nearest.
    rule: Option<&'e Quote>,
    missing: Option<&'e str>,
    /// The rule that would allow, where it is not `rule`.
    nearest: Option<&'e Quote>,
    notes: &'e [String],
}

impl Explanation<'_> {
    /// As one JSON document.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let (verdict, reason, audit) = match self.verdict {
            Verdict::Ignore => ("ignore", None, false),
            Verdict::Allow { .. } => ("allow", None, false),
            Verdict::Drop { reason, audit, .. } => ("drop", Some(reason), audit),
        };
        let missing = self.missing.as_ref();
        let frame = self.frame.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string does not fail.
            write!(hex, "{byte:02x}").ok();
            hex
        });
        serde_json::to_string(&Document {
            verdict,
            reason: reason.map(enforcer_common::DropReason::name),
            meaning: reason.map(|reason| reason.meaning().trim()),
            audit,
            until: self.mode.until().filter(|_| audit),
            camera: self.camera.map(|camera| camera.name.as_str()),
            group: self.group,
            interface: &self.interface,
            what: self.what(),
            frame,
            rule: self.rule.as_ref(),
            missing: missing.map(|missing| missing.words.as_str()),
            nearest: missing.and_then(|missing| missing.nearest.as_ref()),
            notes: &self.notes,
        })
    }
}
