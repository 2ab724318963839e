//! JSON that stays on its line, in a terminal too.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use super::is_steering;

/// Appends a value as JSON in which no character steers a terminal.
#[expect(
    clippy::expect_used,
    reason = "a vector takes all bytes, and records have string keys and finite numbers"
)]
pub(super) fn write(value: &impl Serialize, line: &mut Vec<u8>) {
    value
        .serialize(&mut Serializer::with_formatter(line, Escaping::default()))
        .expect("records are JSON");
}

/// Compact, and escapes what JSON lets through: delete, the second set of control characters,
/// line separators, and marks that turn the direction of writing.
#[derive(Default)]
struct Escaping {
    is_key: bool,
}

impl Formatter for Escaping {
    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        is_first: bool,
    ) -> io::Result<()> {
        self.is_key = true;
        CompactFormatter.begin_object_key(writer, is_first)
    }

    fn end_object_key<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.is_key = false;
        CompactFormatter.end_object_key(writer)
    }

    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // They are names of fields, and nobody else's.
        if self.is_key {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        // As nearly all are: this looks at many bytes at once, and the other way at one character after the
        // other, which took a quarter of the time of a record.
        let is_plain = |byte: u8| byte.wrapping_sub(b' ') <= b'~' - b' ';
        if fragment
            .bytes()
            .fold(true, |all, byte| all & is_plain(byte))
        {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        let mut rest = fragment;
        while let Some((start, character)) = rest.char_indices().find(|(_, c)| is_steering(*c)) {
            let (before, from) = rest.split_at(start);
            CompactFormatter.write_string_fragment(writer, before)?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = from.strip_prefix(character).unwrap_or_default();
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}
