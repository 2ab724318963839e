//! JSON that stays on its line, in a terminal too.

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
    // Nearly all are, and this looks at many bytes at once.
    let is_plain = written.iter().fold(true, |all, byte| all & (*byte <= b'~'));
    if !is_plain && let Some(escaped) = escaped(written) {
        line.truncate(start);
        line.extend_from_slice(escaped.as_bytes());
    }
}

/// JSON that means the same; nothing where nothing has to be escaped. Outside of its strings there is nothing that
/// could have to be, nor is it escaped in them already.
fn escaped(json: &[u8]) -> Option<String> {
    let json = str::from_utf8(json).ok()?;
    if !json.contains(is_steering) {
        return None;
    }
    let mut text = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_steering(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(character);
        }
    }
    Some(text)
}
