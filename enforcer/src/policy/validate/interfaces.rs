//! `interfaces:` and every other place where an interface is named.

use super::documents::Documents;
use super::{INTERFACE, Validation};
use crate::policy::document::Entry;
use crate::policy::pattern::PatternError;
use crate::policy::place::{Located, Span};
use crate::policy::problem::{Problem, shown};
use crate::policy::schema::InterfaceKeys;
use crate::policy::{Interface, NamePattern};

impl Validation<'_, '_> {
    pub(super) fn interfaces(&mut self, policy: &Documents<'_>) -> Vec<Interface> {
        let sections = policy.sections("interfaces");
        let problems_before = self.problems.len();
        let rows = self.named(&sections, INTERFACE);
        if rows.is_empty() && self.problems.len() == problems_before {
            let section = sections.first().map(|entry| entry.key.at);
            let at = section.unwrap_or_else(|| policy.at());
            self.problems.report(at, Problem::NoInterfaces);
        }
        let mut interfaces = Vec::with_capacity(rows.len());
        for Entry { key, value: node } in rows {
            let name = self.pattern(&key.value, key.at);
            let place = Located {
                value: format!("interface `{}`", shown(&key.value)),
                at: key.at,
            };
            let Some(fields) = self.fields::<InterfaceKeys>(node, &place) else {
                continue;
            };
            let attach = fields.find("attach").and_then(|attach| self.choice(attach));
            let unlisted = fields.find("unlisted");
            let unlisted = unlisted.and_then(|unlisted| self.choice(unlisted));
            if let Some(name) = name {
                interfaces.push(Interface {
                    name,
                    attach: attach.unwrap_or_default(),
                    unlisted: unlisted.unwrap_or_default(),
                    at: self.location(key.at),
                });
            }
        }
        interfaces
    }

    /// An interface's name, perhaps with wildcards.
    pub(super) fn pattern(&mut self, text: &str, at: Span) -> Option<NamePattern> {
        let why = match text.parse() {
            Ok(pattern) => return Some(pattern),
            Err(error) => PatternError::to_string(&error),
        };
        self.problems.report(
            at,
            Problem::BadInterface {
                text: shown(text),
                why,
            },
        );
        None
    }
}
