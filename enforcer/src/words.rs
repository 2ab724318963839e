//! Numbers and prefixes as people write them.

use std::fmt;

use ipnet::IpNet;

/// `1 rule`, `1,200 rules`.
pub(crate) struct Count(pub(crate) usize, pub(crate) &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, noun) = self;
        let plural = if *number == 1 { "" } else { "s" };
        write!(f, "{} {noun}{plural}", Grouped(*number))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_and_nouns_a_plural() {
        assert_eq!(Count(1, "rule").to_string(), "1 rule");
        assert_eq!(Count(0, "rule").to_string(), "0 rules");
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
    fn a_whole_address_has_no_length() {
        for text in ["192.0.2.1", "2001:db8::1"] {
            let prefix = IpNet::from(text.parse::<std::net::IpAddr>().unwrap());
            assert_eq!(Shown(prefix).to_string(), text);
        }
        let prefix = "192.0.2.0/31".parse().unwrap();
        assert_eq!(Shown(prefix).to_string(), "192.0.2.0/31");
    }
}
