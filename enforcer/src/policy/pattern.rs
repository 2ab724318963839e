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

    fn pattern(text: &str) -> NamePattern {
        text.parse().unwrap()
    }
}
