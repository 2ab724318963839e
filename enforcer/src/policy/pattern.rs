//! Interface names with wildcards.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The kernel's IFNAMSIZ, less the closing zero.
const MAX_NAME: usize = 15;

/// An interface name in which `*` stands for any characters and `?` for one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamePattern(String);

/// How narrowly a pattern describes the names it matches; of several that match, the greatest holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity {
    literals: usize,
    singles: usize,
    exact: bool,
}

/// Why no interface can have such a name.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PatternError {
    /// There is nothing.
    #[error("a name has at least one character; `*` stands for all names")]
    Empty,
    /// More characters than the kernel has room for.
    #[error("the kernel allows {MAX_NAME} characters")]
    TooLong,
    /// A character that the kernel refuses.
    #[error("the kernel does not allow {0:?} in a name")]
    Character(char),
    /// `.` or `..`.
    #[error("the kernel does not allow this name")]
    Reserved,
}

impl NamePattern {
    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for one name, without wildcards.
    pub fn is_exact(&self) -> bool {
        !self.0.contains(['*', '?'])
    }

    /// Whether an interface's name is one that this pattern stands for.
    pub fn matches(&self, name: &str) -> bool {
        let (mut pattern, mut rest) = (self.0.as_str(), name);
        // Where to go on when what follows the last `*` does not fit: let it stand for one more.
        let mut retry: Option<(&str, &str)> = None;
        loop {
            let (wanted, after) = split(pattern);
            let (letter, left) = split(rest);
            match (wanted, letter) {
                (None, None) => return true,
                (Some('*'), _) => {
                    retry = Some((after, rest));
                    pattern = after;
                }
                (Some(wanted), Some(letter)) if wanted == '?' || wanted == letter => {
                    (pattern, rest) = (after, left);
                }
                (_, _) => {
                    let Some((after, from)) = retry else {
                        return false;
                    };
                    let (Some(_), from) = split(from) else {
                        return false;
                    };
                    retry = Some((after, from));
                    (pattern, rest) = (after, from);
                }
            }
        }
    }

    /// Whether an interface may have a name that both patterns stand for.
    pub fn shares_a_name(&self, other: &Self) -> bool {
        let (rows, columns) = (self.pieces(), other.pieces());
        // What is left of both patterns, from their ends on: the fewest bytes that both stand for.
        let mut below: Vec<Option<usize>> = vec![None; columns.len() + 1];
        for row in (0..=rows.len()).rev() {
            let wanted = rows.get(row).copied();
            let mut line: Vec<Option<usize>> = vec![None; columns.len() + 1];
            let mut right = None;
            for column in (0..=columns.len()).rev() {
                let down = below.get(column).copied().flatten();
                let both = below.get(column + 1).copied().flatten();
                let fewest = match (wanted, columns.get(column).copied()) {
                    (None, None) => Some(0),
                    (Some('*'), Some('*')) => fewer(down, right),
                    (Some('*'), None) => down,
                    (None, Some('*')) => right,
                    (Some('*'), Some(letter)) => fewer(down, longer(right, letter)),
                    (Some(letter), Some('*')) => fewer(right, longer(down, letter)),
                    (Some('?'), Some(letter)) | (Some(letter), Some('?')) => longer(both, letter),
                    (Some(one), Some(other)) if one == other => longer(both, one),
                    (_, _) => None,
                };
                if let Some(slot) = line.get_mut(column) {
                    *slot = fewest;
                }
                right = fewest;
            }
            below = line;
        }
        let fewest = below.first().copied().flatten();
        fewest.is_some_and(|bytes| bytes <= MAX_NAME)
    }

    /// Its characters; `*` after `*` says nothing more.
    fn pieces(&self) -> Vec<char> {
        let mut pieces: Vec<char> = self.0.chars().collect();
        pieces.dedup_by(|one, other| (*one, *other) == ('*', '*'));
        pieces
    }

    /// How narrow it is: by characters that stand for themselves, then by `?`; a name without
    /// wildcards before one with.
    pub fn specificity(&self) -> Specificity {
        let count =
            |wanted: fn(char) -> bool| self.0.chars().filter(|&letter| wanted(letter)).count();
        Specificity {
            literals: count(|letter| !matches!(letter, '*' | '?')),
            singles: count(|letter| letter == '?'),
            exact: self.is_exact(),
        }
    }
}

impl FromStr for NamePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if matches!(text, "." | "..") {
            return Err(PatternError::Reserved);
        }
        let refused = |letter: char| {
            letter.is_whitespace() || letter.is_control() || matches!(letter, '/' | ':')
        };
        if let Some(letter) = text.chars().find(|&letter| refused(letter)) {
            return Err(PatternError::Character(letter));
        }
        if text.bytes().filter(|&byte| byte != b'*').count() > MAX_NAME {
            return Err(PatternError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn fewer(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// With one more character, which `?` leaves open.
fn longer(bytes: Option<usize>, letter: char) -> Option<usize> {
    bytes.map(|bytes| bytes + letter.len_utf8())
}

fn split(text: &str) -> (Option<char>, &str) {
    let mut letters = text.chars();
    let first = letters.next();
    (first, letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_characters() {
        for (text, name, expected) in [
            ("lan1", "lan1", true),
            ("lan1", "lan10", false),
            ("lan-cam*", "lan-cam", true),
            ("lan-cam*", "lan-cam2", true),
            ("lan-cam*", "lan", false),
            ("lan?", "lan2", true),
            ("lan?", "lan", false),
            ("*", "anything", true),
            ("*.50", "eth0.50", true),
            ("*.50", "eth0.501", false),
            ("e*h*0", "eth1.eth0", true),
            ("e*h*0", "eth01", false),
            ("**?", "a", true),
            ("?*", "", false),
        ] {
            assert_eq!(pattern(text).matches(name), expected, "{text} {name}");
        }
    }

    #[test]
    fn a_name_is_narrower_than_a_pattern() {
        let narrow_to_wide = ["lan1", "lan1*", "lan?", "lan*", "l*", "*"];
        for pair in narrow_to_wide.windows(2) {
            assert!(
                pattern(pair[0]).specificity() > pattern(pair[1]).specificity(),
                "{pair:?}"
            );
        }
    }

    #[test]
    fn a_name_that_the_kernel_refuses_is_refused() {
        for (text, error) in [
            ("", PatternError::Empty),
            ("..", PatternError::Reserved),
            ("a/b", PatternError::Character('/')),
            ("lan 1", PatternError::Character(' ')),
            ("eth0:1", PatternError::Character(':')),
            ("abcdefghijklmnop", PatternError::TooLong),
        ] {
            assert_eq!(text.parse::<NamePattern>(), Err(error), "{text}");
        }
        assert!("abcdefghijklmno*".parse::<NamePattern>().is_ok());
    }

    #[test]
    fn patterns_share_a_name_or_do_not() {
        for (one, other, expected) in [
            ("lan1", "lan1", true),
            ("lan1", "lan2", false),
            ("lan*", "lan-cam1", true),
            ("lan*", "wan*", false),
            ("lan*", "*1", true),
            ("lan?", "lan", false),
            ("l?n", "la?", true),
            ("a*b", "*c", false),
            ("*.50", "eth*", true),
            ("eth?.50", "eth*.5?", true),
            ("eth?", "eth??", false),
            ("a*b*c", "*b*a*", true),
            ("***", "?", true),
            ("?*", "*?", true),
            ("é*", "?", true),
            // Only together longer than a name may be.
            ("abcdefgh*", "*ijklmno", true),
            ("abcdefgh*", "*ijklmnop", false),
            ("abcdefgh*", "*ghijklmno", true),
            ("éééé*", "*éééé", true),
        ] {
            let (one, other) = (pattern(one), pattern(other));
            assert_eq!(one.shares_a_name(&other), expected, "{one} {other}");
            assert_eq!(other.shares_a_name(&one), expected, "{other} {one}");
        }
    }

    #[test]
    fn patterns_share_a_name_just_where_some_name_matches_both() {
        let words = |letters: &str, most: usize| {
            let mut words = vec![String::new()];
            let mut from = 0;
            for _ in 0..most {
                let longest: Vec<String> = words[from..].to_vec();
                from = words.len();
                for word in longest {
                    words.extend(letters.chars().map(|letter| format!("{word}{letter}")));
                }
            }
            words.remove(0);
            words
        };
        let names = words("ab", 6);
        let patterns: Vec<_> = words("ab?*", 3).iter().map(|word| pattern(word)).collect();
        for one in &patterns {
            let names: Vec<_> = names.iter().filter(|name| one.matches(name)).collect();
            for other in &patterns {
                let expected = names.iter().any(|name| other.matches(name));
                assert_eq!(one.shares_a_name(other), expected, "{one} {other}");
            }
        }
    }

    fn pattern(text: &str) -> NamePattern {
        text.parse().unwrap()
    }
}
