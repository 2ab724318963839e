//! The text format of Prometheus (0.0.4), for whoever does not ask for `OpenMetrics`: there a counter is described under
//! the whole name of its numbers, and nothing says where the text ends.

/// What is told as `OpenMetrics`, in that form.
pub(in crate::control) fn plain(told: &str) -> String {
    let mut plain = String::with_capacity(told.len());
    let mut lines = told.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "# EOF" {
            continue;
        }
        let is_of_counter = |line: &str| line.starts_with("# TYPE ") && line.ends_with(" counter");
        let describes =
            line.starts_with("# HELP ") && lines.peek().copied().is_some_and(is_of_counter);
        if describes || is_of_counter(line) {
            push_whole_name(line, &mut plain);
        } else {
            plain.push_str(line);
        }
        plain.push('\n');
    }
    plain
}

/// `# TYPE name counter` with `name_total`.
fn push_whole_name(line: &str, plain: &mut String) {
    let mut words = line.splitn(4, ' ');
    for word in words.by_ref().take(2) {
        plain.push_str(word);
        plain.push(' ');
    }
    plain.push_str(words.next().unwrap_or_default());
    plain.push_str("_total ");
    plain.push_str(words.next().unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_described_under_the_name_of_its_numbers_and_nothing_else_is_changed() {
        let told = "# HELP a Some words.\n# TYPE a counter\na_total{b=\"# TYPE c counter\"} 1\n\
                    # HELP d More.\n# TYPE d gauge\nd 2\n# EOF\n";
        let expected = "# HELP a_total Some words.\n# TYPE a_total counter\na_total{b=\"# TYPE c counter\"} 1\n\
                        # HELP d More.\n# TYPE d gauge\nd 2\n";
        assert_eq!(plain(told), expected);
    }
}
