//! YAML text to nodes, in one pass.
//!
//! The reader tells a place only in its errors. Most scalars it lends from the text itself, and
//! then the pointer tells. For the others (numbers, nothing, escapes) the visitor keeps the value
//! and fails: by then the scalar is consumed, so the walk goes on after the error, and the error
//! says where the scalar was.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer as _, Error};

use super::mark::{Mark, Marks};
use super::visit::Load;
use super::{Node, Value, cut};
use crate::policy::place::{Located, Span};
use crate::policy::problem::{Problem, Problems, shown};

/// No policy needs more than seven; the walk itself is recursive.
const MAX_DEPTH: usize = 32;

/// A million prefixes and much besides; aliases could make a small file endlessly more.
const MAX_NODES: usize = 2_000_000;

/// The tree that the text of a source holds, or problems. Some problems leave a tree behind.
/// `nodes` counts the values of all sources.
pub(in crate::policy) fn load(
    source: u16,
    text: &str,
    nodes: &mut usize,
    problems: &mut Problems,
) -> Option<Node> {
    if *nodes > MAX_NODES {
        // Another source has said so.
        return None;
    }
    let mut loader = Loader {
        source,
        text,
        marks: Marks::new(text),
        problems,
        kept: None,
        tag: None,
        stop: None,
        end: 0,
        depth: 0,
        nodes,
    };
    if let Some((start, found)) = text.char_indices().find(|&(_, letter)| !is_allowed(letter)) {
        let at = loader.span(start..start + found.len_utf8());
        let problem = Problem::ControlCharacter { found };
        loader.problems.report(at, problem);
        return None;
    }
    if let Some((start, problem)) = beyond_reading(text) {
        let at = loader.span(start..start + 1);
        loader.problems.report(at, problem);
        return None;
    }
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let root = documents
        .next()
        .and_then(|document| loader.document(document))?;
    if let Some(second) = documents.next() {
        let second = loader.document(second)?;
        let problem = Problem::SecondDocument;
        loader.problems.report(second.at, problem);
        return None;
    }
    if root.value == Value::Null {
        let at = loader.span(0..0);
        loader.problems.report(at, Problem::EmptyDocument);
        return None;
    }
    Some(root)
}

/// The characters that YAML allows.
pub(in crate::policy) const fn is_allowed(letter: char) -> bool {
    matches!(
        letter,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..
    )
}

/// A place that is nested far too deep, or that too many values come before. The reader takes time
/// with the square of the depth, and much room for each value, so it must not see these; what it does
/// see, the walk counts.
fn beyond_reading(text: &str) -> Option<(usize, Problem)> {
    let mut depth = 0_usize;
    let mut values = 0_usize;
    let mut comment = false;
    let mut before = b'\n';
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' => comment = false,
            b'#' if before.is_ascii_whitespace() => comment = true,
            b'[' | b'{' if !comment => depth += 1,
            b']' | b'}' if !comment => depth = depth.saturating_sub(1),
            b',' if !comment => values += 1,
            _ => {}
        }
        // These separate values only before white space: neither in addresses nor in names.
        if byte.is_ascii_whitespace() && matches!(before, b'-' | b':' | b'?') && !comment {
            values += 1;
        }
        if depth > 4 * MAX_DEPTH {
            return Some((at, Problem::TooDeep { limit: MAX_DEPTH }));
        }
        if values > MAX_NODES {
            return Some((at, too_many()));
        }
        before = byte;
    }
    None
}

fn too_many() -> Problem {
    Problem::TooLarge {
        what: "the policy holds too many values".to_owned(),
        limit: MAX_NODES,
    }
}

/// What the walk carries with it.
pub(super) struct Loader<'t, 'p> {
    source: u16,
    text: &'t str,
    marks: Marks<'t>,
    problems: &'p mut Problems,
    /// The scalar that the visitor has just failed with.
    pub(super) kept: Option<Kept>,
    /// The tag of the value that was just read.
    pub(super) tag: Option<String>,
    /// Why the walk ends early.
    stop: Option<Problem>,
    /// Where the last scalar ended.
    pub(super) end: usize,
    depth: usize,
    nodes: &'p mut usize,
}

/// A scalar that is to be located.
pub(super) enum Kept {
    /// Nothing.
    Null,
    /// A number or boolean, to be taken from the text as written.
    Word,
    /// A text with escapes, or over several lines.
    Text(String),
}

impl<'t> Loader<'t, '_> {
    fn document(&mut self, document: serde_yaml::Deserializer<'t>) -> Option<Node> {
        let outcome = document.deserialize_any(Load(self)).map(Some);
        match self.settle(outcome) {
            Ok(node) => node,
            Err(error) => {
                let start = match error.location() {
                    Some(location) => location.index().min(self.text.len()),
                    None => self.end,
                };
                let problem = self
                    .stop
                    .take()
                    .unwrap_or_else(|| Problem::yaml_syntax(&error, self.text, start));
                let at = self.span(start..start);
                self.problems.report(at, problem);
                None
            }
        }
    }

    /// Turns the failure that carries a scalar back into that scalar.
    pub(super) fn settle<E: fmt::Display>(
        &mut self,
        outcome: Result<Option<Node>, E>,
    ) -> Result<Option<Node>, E> {
        let node = match (outcome, self.kept.take()) {
            (Err(error), Some(kept)) => self.locate(kept, &error),
            (Err(error), None) => return Err(error),
            (Ok(None), _) => return Ok(None),
            (Ok(Some(node)), _) => node,
        };
        if let Some(tag) = self.tag.take() {
            let what = format!("the tag `!{}`", shown(&tag));
            self.problems
                .report(node.at, Problem::YamlUnsupported { what });
        }
        Ok(Some(node))
    }

    fn locate(&mut self, kept: Kept, error: &impl fmt::Display) -> Node {
        let start = self.marks.offset(Mark::of(&error.to_string()));
        let (value, at) = match kept {
            Kept::Word => {
                let at = cut::scalar(self.text, start, None);
                (Value::Text(self.cut(&at).to_owned()), at)
            }
            Kept::Text(text) => {
                let at = cut::scalar(self.text, start, Some(&text));
                (Value::Text(text), at)
            }
            Kept::Null => {
                let at = cut::scalar(self.text, start, None);
                let written = matches!(self.cut(&at), "null" | "Null" | "NULL" | "~");
                (Value::Null, if written { at } else { start..start })
            }
        };
        self.end = at.end;
        let at = self.span(at);
        Node { value, at }
    }

    fn cut(&self, at: &Range<usize>) -> &'t str {
        self.text.get(at.clone()).unwrap_or_default()
    }

    const fn span(&self, at: Range<usize>) -> Span {
        Span {
            source: self.source,
            start: at.start,
            end: at.end,
        }
    }

    /// The place of a scalar that the reader lent from the text, with its quotes.
    pub(super) fn place(&self, value: &str) -> Option<Span> {
        let start = value
            .as_ptr()
            .addr()
            .checked_sub(self.text.as_ptr().addr())?;
        let end = start + value.len();
        (self.text.get(start..end)? == value).then_some(())?;
        let before = self.text.get(..start)?.bytes().next_back();
        let after = self.text.get(end..)?.bytes().next();
        let quoted = matches!(before, Some(b'"' | b'\'')) && before == after;
        Some(self.span(if quoted {
            start - 1..end + 1
        } else {
            start..end
        }))
    }

    pub(super) fn empty(&mut self, value: Value) -> Node {
        let at = cut::empty_container(self.text, self.end).unwrap_or(self.end..self.end);
        self.end = at.end;
        let at = self.span(at);
        Node { value, at }
    }

    pub(super) fn key(&mut self, node: Node) -> Option<Located<String>> {
        match node.value {
            Value::Text(key) if key == "<<" => {
                let what = "the merge key `<<`".to_owned();
                self.problems
                    .report(node.at, Problem::YamlUnsupported { what });
                None
            }
            Value::Text(value) => Some(Located { value, at: node.at }),
            Value::Null | Value::List(_) | Value::Mapping(_) => {
                let found = node.value.kind();
                self.problems.report(
                    node.at,
                    Problem::WrongType {
                        what: "a key".to_owned(),
                        expected: "a name",
                        found,
                        unquoted: None,
                    },
                );
                None
            }
        }
    }

    /// Goes one list or mapping deeper.
    pub(super) fn enter<E: Error>(&mut self) -> Result<(), E> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.stop = Some(Problem::TooDeep { limit: MAX_DEPTH });
            return Err(E::custom("too deep"));
        }
        Ok(())
    }

    /// Comes back out.
    pub(super) const fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Takes room for one more node.
    pub(super) fn count<E: Error>(&mut self) -> Result<(), E> {
        *self.nodes += 1;
        if *self.nodes > MAX_NODES {
            self.stop = Some(too_many());
            return Err(E::custom("too large"));
        }
        Ok(())
    }
}
