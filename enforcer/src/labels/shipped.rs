//! The tables that ship: lines of fields between commas, of which the last may have commas itself.

/// The lines of a table, without what is said about it at its head.
pub(super) fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::civil::Date;

    /// What each line says besides whatever its first fields are: when the source was read, and what it is.
    pub(crate) fn assert_sourced(line: &str, date: &str, source: &str) {
        let date: Date = date.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(date.year() >= 2026, "{line}");
        assert!(source.len() > 10 && source.trim() == source, "{line}");
    }
}
