//! Names, numbers and prefixes as people write them.

pub(crate) mod table;

use std::fmt::{self, Write as _};

use ipnet::IpNet;

use crate::events::is_steering;

/// Of more names than this, the others are counted.
pub(crate) const MOST_NAMES: usize = 3;

/// `` `a`, `b` and `c` ``
pub(crate) fn names<N: fmt::Display>(names: &[N]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(MOST_NAMES)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    if more > 0 {
        shown.push(format!("{} more", Grouped(more)));
    }
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// `1 rule`, `1,200 rules`, `2 addresses`.
pub(crate) struct Count<'n, N>(pub(crate) N, pub(crate) &'n str);

impl<N: fmt::Display + PartialEq + From<u8>> fmt::Display for Count<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, noun) = self;
        let plural = if *number == N::from(1) {
            ""
        } else if noun.ends_with('s') {
            "es"
        } else {
            "s"
        };
        write!(f, "{} {noun}{plural}", Grouped(number))
    }
}

/// `65,536`
pub(crate) struct Grouped<N>(pub(crate) N);

impl<N: fmt::Display> fmt::Display for Grouped<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// A text that others made up, with what would steer a terminal escaped.
pub(crate) struct Harmless<'t>(pub(crate) &'t str);

impl fmt::Display for Harmless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            if is_steering(letter) {
                write!(f, "{}", letter.escape_unicode())?;
            } else {
                f.write_char(letter)?;
            }
        }
        Ok(())
    }
}

/// A prefix; a whole address without its length.
pub(crate) struct Shown(pub(crate) IpNet);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(prefix) = self;
        if prefix.prefix_len() == prefix.max_prefix_len() {
            write!(f, "{}", prefix.addr())
        } else {
            write!(f, "{prefix}")
        }
    }
}

/// The name that a text looks like.
pub(crate) fn closest<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let text = text.to_lowercase();
    let mut closest = None;
    for name in names {
        let slips = 1 + name.len().min(text.len()) / 4;
        if name.len().abs_diff(text.len()) > slips {
            continue;
        }
        let distance = strsim::osa_distance(&text, &name.to_lowercase());
        if distance <= slips && closest.is_none_or(|closest| (distance, name) < closest) {
            closest = Some((distance, name));
        }
    }
    closest.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_and_nouns_a_plural() {
        assert_eq!(Count(1, "rule").to_string(), "1 rule");
        assert_eq!(Count(0, "rule").to_string(), "0 rules");
        assert_eq!(Count(1_u64, "more address").to_string(), "1 more address");
        assert_eq!(Count(1_200_u64, "address").to_string(), "1,200 addresses");
        for (number, expected) in [
            (999_u64, "999"),
            (1_000, "1,000"),
            (65_536, "65,536"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(Grouped(number).to_string(), expected);
        }
    }

    #[test]
    fn of_many_names_a_few_are_said() {
        for (given, expected) in [
            (&["a"][..], "`a`"),
            (&["a", "b"], "`a` and `b`"),
            (&["a", "b", "c"], "`a`, `b` and `c`"),
            (&["a", "b", "c", "d", "e"], "`a`, `b`, `c` and 2 more"),
        ] {
            assert_eq!(names(given), expected);
        }
    }

    #[test]
    fn a_whole_address_has_no_length() {
        for text in ["192.0.2.1", "2001:db8::1"] {
            let prefix = IpNet::from(text.parse::<std::net::IpAddr>().unwrap());
            assert_eq!(Shown(prefix).to_string(), text);
        }
        let prefix = "192.0.2.0/31".parse().unwrap();
        assert_eq!(Shown(prefix).to_string(), "192.0.2.0/31");
    }
}
