//! The section of the page: what was measured, and what grows with what.

use std::fmt::Write as _;

use super::super::goal::Goal;
use super::{Case, Size, What};

/// The whole section.
pub(super) fn section(machine: &str, rounds: usize, cases: &[Case], goals: &[Goal]) -> String {
    let goals: Vec<String> = goals.iter().map(|goal| format!("- {goal}\n")).collect();
    let measured: String = cases.iter().flat_map(Case::rows).collect();
    let growth: String = cases.iter().filter_map(Case::growth).collect();
    format!(
        "\
## Large policies

How long the command line takes for large policies, and how much memory. {machine}

Whole processes, the median of {rounds} rounds; memory is the most that was resident at once. Goals are about
processor time, which other work on the machine hardly changes; what the elapsed time is longer by was spent
waiting for it. To repeat it: `cargo xtask bench policy`.

{}
`explain` shows what compiling takes: it reads, checks and compiles the policy to ranges, then asks
these for one address that no rule is for. Lists have nine IPv4 prefixes (/20 to /32, some within
others) for one of IPv6 (/40 to /64), in no order.

| | size | processor | elapsed | memory |
|---|--:|--:|--:|--:|
{measured}
What one more of them adds, from the middle size to the largest. Memory grows in step with prefixes and
cameras, and time a little faster than prefixes, which are sorted and outgrow the processor's caches.

| | processor | memory |
|---|--:|--:|
{growth}
",
        goals.concat()
    )
}

impl Case {
    fn rows(&self) -> Vec<String> {
        let rows = self.sizes.iter().map(|size| {
            let (usage, count) = (size.usage(), grouped(size.count));
            let mebibytes = usage.memory.div_ceil(1 << 20);
            format!(
                "| {self} | {count} | {} ms | {} ms | {mebibytes} MiB |\n",
                usage.cpu.as_millis(),
                usage.wall.as_millis(),
            )
        });
        rows.collect()
    }

    /// What one more costs.
    fn growth(&self) -> Option<String> {
        let [.., middle, last] = self.sizes.as_slice() else {
            return None;
        };
        let more = u64::try_from(last.count.checked_sub(middle.count)?).ok()?;
        let [before, after] = [middle, last].map(Size::usage);
        let time = after.cpu.saturating_sub(before.cpu).as_nanos();
        let time = u64::try_from(time).ok()?.checked_div(more)?;
        let memory = after.memory.saturating_sub(before.memory);
        let memory = memory.checked_div(more)?;
        let mut row = format!("| {self}, for each {} | ", self.unit);
        let written = if time < 10_000 {
            writeln!(row, "{time} ns | {memory} B |")
        } else {
            writeln!(row, "{} µs | {memory} B |", time / 1000)
        };
        written.ok().map(|()| row)
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.what {
            What::Check => "check",
            What::Explain => "explain",
            What::Diff => "diff",
        };
        write!(f, "`{what}` of {}", self.of)
    }
}

/// `1,000,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::super::super::process::Usage;
    use super::*;

    #[test]
    fn growth_is_what_the_last_step_adds_for_each() {
        let size = |count, milliseconds, memory| Size {
            runs: vec![Usage {
                wall: Duration::ZERO,
                cpu: Duration::from_millis(milliseconds),
                memory,
            }],
            ..Size::new(count, Command::new("true"), 0)
        };
        let case = Case {
            what: What::Check,
            of: "a list file",
            unit: "prefix",
            sizes: vec![
                size(10, 9, 9),
                size(1000, 100, 1 << 20),
                size(2000, 103, 2 << 20),
            ],
        };
        assert_eq!(
            case.growth().unwrap(),
            "| `check` of a list file, for each prefix | 3000 ns | 1048 B |\n"
        );
        assert_eq!(
            case.rows()[2],
            "| `check` of a list file | 2,000 | 103 ms | 0 ms | 2 MiB |\n"
        );
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let numbers = [0, 999, 1000, 123_456, 1_000_000].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "123,456", "1,000,000"]);
    }
}
