//! `{file: branches.txt}`: a list in a file of its own, one prefix a line.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Validation;
use super::lists::{Item, Lists};
use super::prefixes::problem;
use crate::policy::document::{Entry, Node};
use crate::policy::place::{Located, Span};
use crate::policy::prefix;
use crate::policy::problem::{Problem, shown};
use crate::policy::schema::ListFile;
use crate::policy::source::Source;

/// Lines in one list file.
const MAX_LINES: usize = 1_000_000;

/// What is known of the list files that were named so far: for each its index in [`Lists`], if it
/// can be read; and else what is wrong with it, which is told at every place that names it.
pub(super) type Known = HashMap<PathBuf, Result<usize, Problem>>;

impl Validation<'_, '_> {
    /// An item that names a list file.
    pub(super) fn list_file(
        &mut self,
        node: &Node,
        file: &Entry,
        what: &str,
        lists: &mut Lists<'_>,
    ) -> Option<Item> {
        let place = Located {
            value: format!("`file` in {what}"),
            at: file.key.at,
        };
        let fields = self.fields::<ListFile>(node, &place)?;
        let file = fields.find("file")?;
        let written = self.text(&file.value, "`file`", "the path of a list file")?;
        let path = self.files.locate(written);
        let known = if let Some(known) = self.known.get(&path) {
            known.clone()
        } else {
            let read = self.read_list(&path, lists);
            self.known.insert(path, read.clone());
            read
        };
        match known {
            Ok(index) => Some(Item::File(index)),
            Err(problem) => {
                self.problems.report(file.value.at, problem);
                None
            }
        }
    }

    fn read_list(&mut self, path: &Path, lists: &mut Lists<'_>) -> Result<usize, Problem> {
        let name = path.display().to_string();
        let text = self
            .files
            .read_list(path)
            .map_err(|error| Problem::UnreadableFile {
                path: format!("{}{}", shown(&name), error.place()),
                why: error.to_string(),
                advice: error.advice(),
            })?;
        let lines = text.lines().count();
        if lines > MAX_LINES {
            let what = format!("`{}` has {lines} lines", shown(&name));
            let limit = MAX_LINES;
            return Err(Problem::TooLarge { what, limit });
        }
        let source = Source::shared(name, text);
        let number = u16::try_from(self.sources.len()).unwrap_or(u16::MAX);
        let problems_before = self.problems.len();
        let mut prefixes = Vec::with_capacity(lines);
        for (start, text) in entries(&source.text) {
            match prefix::parse_among(text, &self.nat64) {
                Ok(prefix) => prefixes.push(prefix),
                Err(error) => {
                    let at = Span {
                        source: number,
                        start,
                        end: start + text.len(),
                    };
                    self.problems.report_line(at, || problem(text, error));
                }
            }
        }
        if prefixes.is_empty() && self.problems.len() == problems_before {
            let what = format!("`{}`", shown(&source.path));
            return Err(Problem::EmptyList { what });
        }
        self.sources.push(source);
        Ok(lists.add_file(prefixes))
    }
}

/// What stands on each line before its comment, with the byte that it begins at. A `#` begins a
/// comment where it stands first or after white space.
fn entries(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = next;
        next += line.len();
        let comment = line.bytes().enumerate().position(|(at, byte)| {
            byte == b'#'
                && (at == 0
                    || line
                        .as_bytes()
                        .get(at - 1)
                        .is_some_and(u8::is_ascii_whitespace))
        });
        let written = line
            .get(..comment.unwrap_or(line.len()))
            .unwrap_or_default();
        let entry = written.trim_start();
        let start = start + written.len() - entry.len();
        Some((start, entry.trim_end())).filter(|(_, entry)| !entry.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blank_lines_and_white_space_are_no_entries() {
        let text = "# branches\r\n\r\n  192.0.2.1 \t# one\r\n\t\n10.0.0.0/8#x\n#\n2001:db8::1";
        let found: Vec<(&str, &str)> = entries(text)
            .map(|(start, entry)| (entry, &text[start..start + entry.len()]))
            .collect();
        let expected = ["192.0.2.1", "10.0.0.0/8#x", "2001:db8::1"];
        assert_eq!(found, expected.map(|entry| (entry, entry)));
        assert_eq!(entries("").count(), 0);
    }
}
