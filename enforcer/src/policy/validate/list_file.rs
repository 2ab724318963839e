//! `{file: branches.txt}`: a list in a file of its own, one prefix a line.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Validation;
use super::lists::{Item, Lists};
use super::prefixes::problem;
use crate::policy::document::{Entry, Node};
use crate::policy::place::{Located, Span};
use crate::policy::plain;
use crate::policy::prefix;
use crate::policy::problem::{Problem, shown};
use crate::policy::schema::ListFile;
use crate::policy::source::Source;
use crate::words::Count;

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
        // Some editors begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let lines = count_lines(text);
        if lines > MAX_LINES {
            let what = format!("`{}` has {}", shown(&name), Count(lines, "line"));
            let limit = MAX_LINES;
            return Err(Problem::TooLarge { what, limit });
        }
        let number = u16::try_from(self.sources.len()).unwrap_or(u16::MAX);
        let problems_before = self.problems.len();
        let mut prefixes = Vec::with_capacity(lines);
        let mut next = 0;
        while let Some(rest) = text.get(next..).filter(|rest| !rest.is_empty()) {
            if let Some((prefix, length)) = plain::first_line(rest.as_bytes()) {
                prefixes.push(prefix.into());
                next += length;
                continue;
            }
            let line = rest.split_inclusive('\n').next().unwrap_or(rest);
            let (before, entry) = entry(line);
            let start = next + before;
            next += line.len();
            match prefix::parse_among(entry, &self.nat64) {
                _ if entry.is_empty() => {}
                Ok(prefix) => prefixes.push(prefix),
                Err(error) => {
                    let at = Span {
                        source: number,
                        start,
                        end: start + entry.len(),
                    };
                    self.problems.report_line(at, || problem(entry, error));
                }
            }
        }
        let is_right = self.problems.len() == problems_before;
        if prefixes.is_empty() && is_right {
            let what = format!("`{}`", shown(&name));
            return Err(Problem::EmptyList { what });
        }
        // Kept where something is to be shown of it.
        let text = if is_right { "" } else { text };
        self.sources.push(Source {
            path: name,
            text: text.into(),
        });
        Ok(lists.add_file(prefixes))
    }
}

/// How many lines a text has, the last one too if nothing ends it.
fn count_lines(text: &str) -> usize {
    let ends = text.bytes().filter(|&byte| byte == b'\n').count();
    ends + usize::from(!text.is_empty() && !text.ends_with('\n'))
}

/// What stands on a line before its comment, after the byte that it begins at. A `#` begins a comment where
/// it stands first or after white space.
fn entry(line: &str) -> (usize, &str) {
    let mut before = b' ';
    let comment = line.bytes().position(|byte| {
        let begins = byte == b'#' && before.is_ascii_whitespace();
        before = byte;
        begins
    });
    let written = line
        .get(..comment.unwrap_or(line.len()))
        .unwrap_or_default();
    let entry = written.trim_start();
    (written.len() - entry.len(), entry.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_white_space_are_no_entries() {
        for (line, expected) in [
            ("# branches\r\n", ""),
            ("\r\n", ""),
            ("\t\n", ""),
            ("#\n", ""),
            ("  192.0.2.1 \t# one\r\n", "192.0.2.1"),
            ("10.0.0.0/8#x\n", "10.0.0.0/8#x"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            let (before, found) = entry(line);
            assert_eq!(found, expected, "{line:?}");
            assert_eq!(&line[before..before + found.len()], expected, "{line:?}");
        }
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        for text in ["", "\n", "a", "a\n", "a\nb", "a\n\n", "a\r\nb\r\n"] {
            assert_eq!(count_lines(text), text.lines().count(), "{text:?}");
        }
    }
}
