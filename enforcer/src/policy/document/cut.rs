//! How far a value reaches in the text, quotes included, so that carets underline it exactly.

use std::ops::Range;

/// The span of the scalar that begins at `start`, of which `value` is the text without escapes, if
/// known. Of a scalar over several lines, its part on the first.
pub(super) fn scalar(text: &str, start: usize, value: Option<&str>) -> Range<usize> {
    let start = skip_properties(text, start);
    let rest = text.get(start..).unwrap_or_default();
    let length = match rest.bytes().next() {
        Some(b'"') => double_quoted(rest),
        Some(b'\'') => single_quoted(rest),
        Some(b'|' | b'>') => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        _ => match value {
            Some(value) if rest.starts_with(value) => value.len(),
            Some(_) => first_line(rest).trim_end().len(),
            None => word(rest),
        },
    };
    let cut = rest.get(..length).unwrap_or(rest);
    start..start + first_line(cut).len()
}

/// The span of an empty list or mapping that is the next thing after `end`.
pub(super) fn empty_container(text: &str, end: usize) -> Option<Range<usize>> {
    let mut at = end;
    loop {
        let rest = text.get(at..)?;
        match rest.bytes().next()? {
            b'#' => at += first_line(rest).len(),
            b'[' => return Some(at..at + rest.find(']')? + 1),
            b'{' => return Some(at..at + rest.find('}')? + 1),
            b'&' | b'!' => at = skip_properties(text, at),
            b':' | b',' | b'-' | b'?' | b']' | b'}' => at += 1,
            byte if byte.is_ascii_whitespace() => at += 1,
            _ => return None,
        }
    }
}

/// Anchors and tags stand before the value they belong to.
fn skip_properties(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        if !rest.starts_with(['&', '!']) {
            return at;
        }
        let property = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (_, after) = rest.split_at(property);
        at += property + after.len() - after.trim_start().len();
    }
}

fn double_quoted(rest: &str) -> usize {
    let mut escaped = false;
    let close = rest.bytes().skip(1).position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    close.map_or(rest.len(), |close| close + 2)
}

fn single_quoted(rest: &str) -> usize {
    let mut at = 1;
    while let Some(quote) = rest.get(at..).and_then(|rest| rest.find('\'')) {
        at += quote + 1;
        if !rest.get(at..).is_some_and(|rest| rest.starts_with('\'')) {
            return at;
        }
        at += 1;
    }
    rest.len()
}

/// A number, boolean or null.
fn word(rest: &str) -> usize {
    rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"+-._~".contains(letter))
        .unwrap_or(rest.len())
}

fn first_line(rest: &str) -> &str {
    rest.split(['\n', '\r']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_is_cut_with_its_quotes() {
        for (text, value, expected) in [
            ("10.0.0.0/8, b", Some("10.0.0.0/8"), "10.0.0.0/8"),
            (r#""a \" b" c"#, Some("a \" b"), r#""a \" b""#),
            (r#""a \\" c"#, Some("a \\"), r#""a \\""#),
            ("'it''s' c", Some("it's"), "'it''s'"),
            ("0x10}", None, "0x10"),
            ("~, a", None, "~"),
            ("&a !b  word c", Some("word"), "word"),
            ("two\n  lines", Some("two lines"), "two"),
            ("'two\r\n  lines'", Some("two lines"), "'two"),
            ("|-\n  block", Some("block"), "|-"),
            ("\"open", Some("open"), "\"open"),
        ] {
            assert_eq!(&text[scalar(text, 0, value)], expected, "{text}");
        }
    }

    #[test]
    fn an_empty_list_is_found_after_the_key() {
        for (text, expected) in [
            (": []", Some("[]")),
            (": # [no]\n  {  }", Some("{  }")),
            ("], []", Some("[]")),
            (": &a []", Some("[]")),
            (": *a", None),
            (":", None),
        ] {
            assert_eq!(
                empty_container(text, 0).map(|at| &text[at]),
                expected,
                "{text}"
            );
        }
    }
}
