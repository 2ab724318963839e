//! Scalars of YAML: plain where nothing can be taken for anything else, and in quotes everywhere else.

use std::fmt::Write as _;

/// Words that some reader of YAML takes for a boolean or for nothing.
const WORDS: [&str; 10] = [
    "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan",
];

/// A text as a scalar, at any place.
pub(super) fn scalar(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/*?".contains(letter);
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if begins && !is_word && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// In double quotes, all but printable ASCII escaped (YAML 1.2.2, section 5.7).
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            ' '..='~' => quoted.push(letter),
            _ => {
                let number = u32::from(letter);
                let written = if number > 0xffff {
                    write!(quoted, "\\U{number:08x}")
                } else {
                    write!(quoted, "\\u{number:04x}")
                };
                debug_assert!(written.is_ok(), "a text takes all");
            }
        }
    }
    quoted.push('"');
    quoted
}

/// What stands in a comment: one line, whatever is in it.
pub(super) fn comment(text: &str) -> String {
    let letters = text.chars().map(|letter| {
        if letter.is_control() || !letter.is_ascii() && !letter.is_alphanumeric() {
            '?'
        } else {
            letter
        }
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_like_something_else_is_in_quotes() {
        for (text, expected) in [
            ("recorder", "recorder"),
            ("lan-cam*", "lan-cam*"),
            ("tcp/554", "tcp/554"),
            ("True", "\"True\""),
            ("12", "\"12\""),
            ("1e3", "\"1e3\""),
            ("-", "\"-\""),
            ("*", "\"*\""),
            ("fd00:50::10", "\"fd00:50::10\""),
            ("a: b # c", "\"a: b # c\""),
            ("", "\"\""),
            ("é\"\\\n", "\"\\u00e9\\\"\\\\\\u000a\""),
        ] {
            assert_eq!(scalar(text), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was(text in any::<String>(), key in any::<String>()) {
            let document = format!("{}: [{}, x]\n# {}\n", scalar(&key), scalar(&text), comment(&text));
            let read: std::collections::BTreeMap<String, Vec<String>> =
                serde_yaml::from_str(&document).map_err(|error| {
                    TestCaseError::fail(format!("{document}: {error}"))
                })?;
            prop_assert_eq!(read, [(key, vec![text, "x".to_owned()])].into());
        }
    }
}
