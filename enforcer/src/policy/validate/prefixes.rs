//! `prefixes:` and every other place where a prefix, or the name of a list, is written.

use ipnet::IpNet;

use super::documents::Documents;
use super::lists::{Item, Lists};
use super::{LIST, Validation};
use crate::policy::Prefixes;
use crate::policy::document::{Entry, Node, Value};
use crate::policy::place::Span;
use crate::policy::prefix::{self, PrefixError};
use crate::policy::problem::{Problem, shown};

impl Validation<'_, '_> {
    pub(super) fn lists<'d>(&mut self, policy: &Documents<'d>) -> Lists<'d> {
        let mut lists = Lists::new();
        let entries = self.named(&policy.sections("prefixes"), LIST);
        for Entry { key, .. } in &entries {
            self.name(key, LIST);
            if prefix::parse(&key.value).is_ok() {
                let (name, why) = (
                    shown(&key.value),
                    "a name that is also an address is ambiguous",
                );
                self.problems.report(
                    key.at,
                    Problem::BadName {
                        kind: LIST,
                        name,
                        why,
                    },
                );
            }
            lists.declare(key);
        }
        for entry in entries {
            let items = self.targets(entry, &mut lists);
            lists.define(&entry.key.value, items);
        }
        lists.resolve(self.problems);
        lists
    }

    /// `to:` or `except:`, resolved.
    pub(super) fn destinations(&mut self, entry: &Entry, lists: &mut Lists<'_>) -> Prefixes {
        let items = self.targets(entry, lists);
        lists.flatten(&items, entry.key.at, self.problems)
    }

    /// A prefix, and nothing else.
    pub(super) fn prefix(&mut self, text: &str, at: Span) -> Option<IpNet> {
        match prefix::parse_among(text, &self.nat64) {
            Ok(prefix) => Some(prefix),
            Err(error) => {
                self.problems.report(at, problem(text, error));
                None
            }
        }
    }

    /// Prefixes and names of lists, as they are written.
    fn targets(&mut self, entry: &Entry, lists: &mut Lists<'_>) -> Vec<Item> {
        let what = format!("`{}`", shown(&entry.key.value));
        let items = self.items(entry).iter();
        items
            .filter_map(|node| self.target(node, &what, lists))
            .collect()
    }

    fn target(&mut self, node: &Node, what: &str, lists: &mut Lists<'_>) -> Option<Item> {
        if let Value::Mapping(entries) = &node.value
            && let Some(file) = entries.iter().find(|entry| entry.key.value == "file")
        {
            return self.list_file(node, file, what, lists);
        }
        let text = self.text(node, what, "an address, a prefix or the name of a list")?;
        if let Some(index) = lists.find(text) {
            return Some(Item::List(index, node.at));
        }
        if prefix::parse(text).is_ok() || prefix::is_likely(text) {
            return self.prefix(text, node.at).map(Item::Prefix);
        }
        let closest = self.problems.closest(text, lists.names());
        self.problems.report(
            node.at,
            Problem::UnknownList {
                name: shown(text),
                closest,
            },
        );
        None
    }
}

/// What is wrong with a text that is no prefix.
pub(super) fn problem(text: &str, error: PrefixError) -> Problem {
    let text = shown(text);
    match error {
        PrefixError::Malformed(advice) => Problem::BadPrefix { text, advice },
        PrefixError::HostBits(meant) => Problem::HostBitsSet {
            text,
            length: meant.prefix_len(),
            meant: meant.to_string(),
        },
        PrefixError::Mapped(meant) => Problem::MappedAddress {
            text,
            meant: short(meant),
        },
        PrefixError::Nat64(meant) => Problem::Nat64Address {
            text,
            meant: short(meant),
        },
    }
}

/// A whole address is written without its length.
fn short(prefix: IpNet) -> String {
    if prefix.prefix_len() == prefix.max_prefix_len() {
        prefix.addr().to_string()
    } else {
        prefix.to_string()
    }
}
