//! JSON that stays on its line, in a terminal too.

use std::io::Write as _;

use serde::Serialize;

use super::is_steering;

/// Appends a value as JSON in which no character steers a terminal: what JSON lets through is escaped as well, which
/// is delete, the second set of control characters, line separators, and marks that turn the direction of writing.
#[expect(
    clippy::expect_used,
    reason = "a vector takes all bytes, and records have string keys and finite numbers"
)]
pub(super) fn write(value: &impl Serialize, line: &mut Vec<u8>) {
    let start = line.len();
    serde_json::to_writer(&mut *line, value).expect("records are JSON");
    let written = line.get(start..).unwrap_or_default();
    // Nearly all are plain, and this looks at many bytes at once.
    let greatest = written.iter().fold(0, |greatest, &byte| byte.max(greatest));
    if greatest <= b'~' {
        return;
    }
    // Outside of strings there is nothing that could steer, nor is it escaped in them already.
    let written = String::from_utf8_lossy(written).into_owned();
    if !written.contains(is_steering) {
        return;
    }
    line.truncate(start);
    for character in written.chars() {
        if is_steering(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(line, "\\u{unit:04x}").expect("it has room");
            }
        } else {
            line.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}
