//! A difference for people, bounded however large it is.

use std::fmt;

use ipnet::IpNet;

use super::reach::{Part, Span};
use super::{Change, Diff, Kind};
use crate::ranges::Number;
use crate::words::{Count, Grouped, MOST_NAMES, Shown, names};

/// Of each list of prefixes so many are shown.
const MOST_PREFIXES: usize = 16;

/// So many changes are shown.
const MOST_CHANGES: usize = 100;

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "{} and {} mean the same", self.old, self.new);
        }
        for word in &self.policy {
            writeln!(f, "{word}")?;
        }
        let mut is_first = self.policy.is_empty();
        for change in self.changes.iter().take(MOST_CHANGES) {
            if !std::mem::take(&mut is_first) {
                writeln!(f)?;
            }
            write_change(f, change)?;
        }
        let more = self.changes.get(MOST_CHANGES..).unwrap_or_default();
        if !more.is_empty() {
            let cameras: usize = more.iter().map(|change| change.cameras.len()).sum();
            writeln!(
                f,
                "\nand {} of {}",
                Count(more.len(), "more change"),
                Count(cameras, "camera")
            )?;
        }
        Ok(())
    }
}

fn write_change(f: &mut fmt::Formatter<'_>, change: &Change) -> fmt::Result {
    writeln!(f, "{}", subject(change))?;
    if change.kind == Kind::Removed {
        return writeln!(f, "  ~ what it sends is judged as a stranger's");
    }
    for word in &change.words {
        writeln!(f, "  ~ {word}")?;
    }
    for part in &change.reach.gained {
        write_part(f, "+", "more", part)?;
    }
    for part in &change.reach.lost {
        write_part(f, "-", "fewer", part)?;
    }
    if change.kind == Kind::Added && change.reach.is_empty() {
        writeln!(f, "  ~ it reaches nothing")?;
    }
    Ok(())
}

/// 12 cameras of group `recorded`
fn subject(change: &Change) -> String {
    let number = change.cameras.len();
    let kind = match change.kind {
        Kind::Changed => "",
        Kind::Added => "new: ",
        Kind::Removed => "gone: ",
    };
    let cameras = if number <= MOST_NAMES {
        let noun = if number == 1 { "camera" } else { "cameras" };
        format!("{noun} {}", names(&change.cameras))
    } else {
        Count(number, "camera").to_string()
    };
    let groups = if change.groups.len() == 1 {
        "group"
    } else {
        "groups"
    };
    format!("{kind}{cameras} of {groups} {}", names(&change.groups))
}

/// `+ tcp/443 to 256 more addresses`, and which.
fn write_part(f: &mut fmt::Formatter<'_>, sign: &str, more: &str, part: &Part) -> fmt::Result {
    if !part.v4.is_empty() || !part.v6.is_empty() {
        writeln!(f, "  {sign} {} to {}", part.services, part.size(more))?;
        write_prefixes(f, part.prefixes())?;
    }
    for (by, to) in part.other_ways() {
        if to.is_empty() {
            writeln!(f, "      not by way of NAT64 ({by})")?;
        } else {
            writeln!(f, "  {sign} {} by way of NAT64 ({by}) to", part.services)?;
            write_prefixes(f, prefixes(to))?;
        }
    }
    Ok(())
}

fn write_prefixes(
    f: &mut fmt::Formatter<'_>,
    mut prefixes: impl Iterator<Item = IpNet>,
) -> fmt::Result {
    for prefix in prefixes.by_ref().take(MOST_PREFIXES) {
        writeln!(f, "      {}", Shown(prefix))?;
    }
    match prefixes.count() {
        0 => Ok(()),
        more => writeln!(f, "      and {} more", Grouped(more)),
    }
}

impl Part {
    /// The fewest prefixes that hold these addresses and no other.
    pub fn prefixes(&self) -> impl Iterator<Item = IpNet> {
        prefixes(&self.v4).chain(prefixes(&self.v6))
    }

    /// How many IPv4 addresses.
    pub fn count_v4(&self) -> u64 {
        let sizes = self.v4.iter();
        sizes
            .map(|span| u64::from(span.last - span.first) + 1)
            .sum()
    }

    /// How many IPv6 addresses, one fewer than there are where that is all of them.
    pub fn count_v6(&self) -> u128 {
        let sizes = self.v6.iter();
        let sizes = sizes.map(|span| (span.last - span.first).saturating_add(1));
        sizes.fold(0, u128::saturating_add)
    }

    /// `256 more addresses and 4 more /64 of IPv6`
    fn size(&self, more: &str) -> String {
        let (v4, v6) = (self.count_v4(), self.count_v6());
        let mut sizes = Vec::new();
        if v4 > 0 {
            sizes.push(Count(v4, &format!("{more} address")).to_string());
        }
        if v6 > u128::from(u64::MAX) {
            // All addresses there are lack one in the count.
            let networks = (v6 >> 64) + u128::from(v6 == u128::MAX);
            sizes.push(format!("{} {more} /64 of IPv6", Grouped(networks)));
        } else if v6 > 0 {
            sizes.push(Count(v6, &format!("{more} IPv6 address")).to_string());
        }
        sizes.join(" and ")
    }
}

/// The fewest prefixes that hold the addresses of some spans and no other.
pub(super) fn prefixes<A: Number>(spans: &[Span<A>]) -> impl Iterator<Item = IpNet> {
    spans.iter().flat_map(|span| {
        let mut next = Some(span.first);
        std::iter::from_fn(move || {
            let first = next.filter(|&first| first <= span.last)?;
            let (prefix, last) = first.prefix_up_to(span.last);
            next = last.next();
            Some(prefix)
        })
    })
}
