//! The shapes that a policy is made of: mappings with known keys, mappings of names, one value or a
//! list, one word of a few.

use std::collections::HashMap;

use serde::de::DeserializeOwned;

use super::Validation;
use crate::policy::document::{Entry, Node, Value};
use crate::policy::place::{Located, Span};
use crate::policy::problem::{Problem, Problems, shown};
use crate::policy::schema::{names, words};

/// A mapping with known keys, each at most once.
pub(super) struct Fields<'d> {
    entries: Vec<&'d Entry>,
    written: usize,
    place: Located<String>,
}

impl<'d> Fields<'d> {
    pub(super) fn find(&self, key: &str) -> Option<&'d Entry> {
        self.entries
            .iter()
            .copied()
            .find(|entry| entry.key.value == key)
    }

    pub(super) fn required(&self, key: &'static str, problems: &mut Problems) -> Option<&'d Entry> {
        let found = self.find(key);
        if found.is_none() {
            let place = self.place.value.clone();
            problems.report(self.place.at, Problem::MissingKey { key, place });
        }
        found
    }

    pub(super) const fn at(&self) -> Span {
        self.place.at
    }

    /// Whether nothing was written, not even a key that is unknown.
    pub(super) const fn is_empty(&self) -> bool {
        self.written == 0
    }
}

impl Validation<'_, '_> {
    /// Reads a mapping with the keys of `T`. Nothing at all is a mapping without keys.
    pub(super) fn fields<'d, T: DeserializeOwned>(
        &mut self,
        node: &'d Node,
        place: &Located<String>,
    ) -> Option<Fields<'d>> {
        let known = names::<T>();
        let all = self.mapping(node, &place.value)?;
        let mut entries: Vec<&Entry> = Vec::new();
        for entry in all {
            let Located { value: key, at } = &entry.key;
            if let Some(first) = entries.iter().find(|first| first.key.value == *key) {
                let (key, first) = (key.clone(), first.key.at);
                self.problems
                    .report(*at, Problem::DuplicateKey { key, first });
            } else if known.contains(&key.as_str()) {
                entries.push(entry);
            } else {
                let closest = self.problems.closest(key, known.iter().copied());
                let (key, place) = (shown(key), place.value.clone());
                self.problems.report(
                    *at,
                    Problem::UnknownKey {
                        key,
                        place,
                        closest,
                        known,
                    },
                );
            }
        }
        Some(Fields {
            entries,
            written: all.len(),
            place: place.clone(),
        })
    }

    /// Reads a section, which is mappings whose keys are names of things of one `kind`: each once,
    /// in file order.
    pub(super) fn named<'d>(
        &mut self,
        section: &[&'d Entry],
        kind: &'static str,
    ) -> Vec<&'d Entry> {
        let mut all: Vec<&Entry> = Vec::new();
        for entry in section {
            let what = format!("`{}`", entry.key.value);
            all.extend(self.mapping(&entry.value, &what).unwrap_or_default());
        }
        let mut firsts: HashMap<&str, Span> = HashMap::with_capacity(all.len());
        let mut entries = Vec::with_capacity(all.len());
        for entry in all {
            let Located { value: name, at } = &entry.key;
            if let Some(&first) = firsts.get(name.as_str()) {
                let name = shown(name);
                self.problems
                    .report(*at, Problem::DuplicateName { kind, name, first });
            } else {
                firsts.insert(name, *at);
                entries.push(entry);
            }
        }
        entries
    }

    /// Names go into labels, commands and file names.
    pub(super) fn name(&mut self, name: &Located<String>, kind: &'static str) {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let why = match name.value.len() {
            0 => "a name has at least one character",
            1..=63 if name.value.bytes().all(allowed) => return,
            1..=63 => "a name is made of A-Z, a-z, 0-9, `.`, `_` and `-`",
            _ => "a name has 63 characters at most",
        };
        let name_ = shown(&name.value);
        self.problems.report(
            name.at,
            Problem::BadName {
                kind,
                name: name_,
                why,
            },
        );
    }

    /// One value or a list of them; an empty list is reported.
    pub(super) fn items<'d>(&mut self, entry: &'d Entry) -> &'d [Node] {
        let items = match &entry.value.value {
            Value::Null => &[],
            Value::Text(_) | Value::Mapping(_) => std::slice::from_ref(&entry.value),
            Value::List(nodes) => nodes.as_slice(),
        };
        if items.is_empty() {
            let what = format!("`{}`", shown(&entry.key.value));
            let at = if entry.value.at.start == entry.value.at.end {
                entry.key.at
            } else {
                entry.value.at
            };
            self.problems.report(at, Problem::EmptyList { what });
        }
        items
    }

    /// The text of a single value.
    pub(super) fn text<'d>(
        &mut self,
        node: &'d Node,
        what: &str,
        expected: &'static str,
    ) -> Option<&'d str> {
        if let Value::Text(text) = &node.value {
            return Some(text);
        }
        self.wrong_type(node, what, expected);
        None
    }

    /// One word of a few: those of `T`.
    pub(super) fn choice<T: DeserializeOwned + Copy>(&mut self, entry: &Entry) -> Option<T> {
        self.choice_at(
            &entry.key.value,
            &entry.value,
            "a single word",
            &words::<T>(),
        )
    }

    /// One word of a few, as a value or in a list of values of a key.
    pub(super) fn choice_at<T: Copy>(
        &mut self,
        key: &str,
        node: &Node,
        expected: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let text = self.text(node, &format!("`{key}`"), expected)?;
        if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*choice);
        }
        let words: Vec<&'static str> = choices.iter().map(|(word, _)| *word).collect();
        let closest = self
            .problems
            .closest(text, words.iter().copied())
            .or_else(|| translated(text, &words).map(str::to_owned));
        let (key, text) = (key.to_owned(), shown(text));
        self.problems.report(
            node.at,
            Problem::BadValue {
                key,
                text,
                closest,
                choices: words,
            },
        );
        None
    }

    pub(super) fn wrong_type(&mut self, node: &Node, what: &str, expected: &'static str) {
        let (what, found) = (what.to_owned(), node.value.kind());
        let unquoted = unquoted(&node.value);
        self.problems.report(
            node.at,
            Problem::WrongType {
                what,
                expected,
                found,
                unquoted,
            },
        );
    }

    fn mapping<'d>(&mut self, node: &'d Node, what: &str) -> Option<&'d [Entry]> {
        match &node.value {
            Value::Null => Some(&[]),
            Value::Mapping(entries) => Some(entries),
            Value::Text(_) | Value::List(_) => {
                self.wrong_type(node, what, "a mapping");
                None
            }
        }
    }
}

/// The address that YAML takes for a mapping: `fd00:50::` is the key `fd00:50:` of nothing.
fn unquoted(value: &Value) -> Option<String> {
    let Value::Mapping(entries) = value else {
        return None;
    };
    let [entry] = entries.as_slice() else {
        return None;
    };
    let key = &entry.key.value;
    let is_address = key.contains(':') && entry.value.value == Value::Null;
    is_address.then(|| format!("{}:", shown(key)))
}

/// What other programs say where `allow`, `drop`, `enforce` and `audit` are the words.
fn translated(text: &str, words: &[&'static str]) -> Option<&'static str> {
    let meant: &[&str] = match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => &["allow", "enforce"],
        "accept" | "permit" => &["allow", "pass"],
        "false" | "no" | "off" => &["drop"],
        "deny" | "block" | "reject" => &["drop", "enforce"],
        "monitor" | "permissive" | "report" | "log" => &["audit"],
        _ => return None,
    };
    words.iter().copied().find(|word| meant.contains(word))
}
