//! The report for a terminal.

use std::io::{self, Write};

use jiff::{Timestamp, tz::TimeZone};

use super::{Camera, Report, Share, brief};
use crate::{
    times::Times,
    words::{
        Grouped,
        table::{Column, NOTHING, Table},
    },
};

/// How many rows a table has at most: what is left out is in the other forms.
const MOST: usize = 20;

/// The report in words and tables; times in this zone.
pub fn show(report: &Report, zone: &TimeZone, out: &mut impl Write) -> io::Result<()> {
    let times = brief::times(report, zone);
    let text = Text { report, times };
    text.summary(out)?;
    text.novelties(out)?;
    text.cameras(out)?;
    shares("COUNTRY", &report.countries, out)?;
    shares("OWNER", &report.owners, out)?;
    shares("CLOUD", &report.clouds, out)?;
    text.rules(out)?;
    text.calls(out)
}

struct Text<'r> {
    report: &'r Report,
    times: Times<'r>,
}

impl Text<'_> {
    fn summary(&self, out: &mut impl Write) -> io::Result<()> {
        let Report {
            host,
            since,
            until,
            new_since,
            summary,
            ..
        } = self.report;
        let [since, until] = [since, until].map(|time| self.time(*time));
        let until = self.times.head(&until);
        writeln!(out, "{host}: {since} to {until}")?;
        if let Some(asked) = brief::asked(self.report, &self.times) {
            writeln!(out, "{asked}")?;
        }
        if self.report.calls.is_empty() {
            return writeln!(out, "\nno camera sent anything that the ledger knows of");
        }
        writeln!(out, "\n{}", brief::headline(self.report))?;
        let mut row = |what: &str, number: u64, words: &str| {
            writeln!(
                out,
                "  {what:<18} {:>15}  {words}",
                Grouped(number).to_string()
            )
        };
        let public = format!(
            "destinations with a public address{}",
            brief::countries(summary)
        );
        row("public", number(summary.public), &public)?;
        let sums = &summary.sums;
        row("dropped", sums.dropped.packets, "frames")?;
        if sums.audited.packets > 0 {
            row(
                "audited",
                sums.audited.packets,
                "frames that passed because of an audit",
            )?;
        }
        row("allowed", sums.allowed.packets, "frames")?;
        if let Some((frames, words)) = brief::strangers(self.report) {
            row("not listed", frames, &format!("of these frames: {words}"))?;
        }
        if summary.on_link > 0 {
            let words = format!("of these frames: {}", brief::ON_LINK);
            row("on the link", summary.on_link, &words)?;
        }
        let since = self.time(*new_since);
        let since = if self.report.compared {
            format!("calls since {since}: what the camera had not called before")
        } else {
            format!("calls since {since}, with nothing earlier to compare them with: all of them")
        };
        row("new", number(summary.new), &since)?;
        row(
            "likely in clear",
            number(summary.plain),
            "destinations to which something passed",
        )?;
        for (what, goals, words) in brief::known_as(self.report) {
            row(what, number(goals), &format!("destinations {words}"))?;
        }
        if summary.others > 0 {
            row(
                "unknown where to",
                summary.others,
                "of these frames: they had no line of their own",
            )?;
        }
        Ok(())
    }

    /// Where there is nothing to compare with, all calls are that, and stand under their own head.
    fn novelties(&self, out: &mut impl Write) -> io::Result<()> {
        if !self.report.compared {
            return Ok(());
        }
        let rows = self.report.new.iter().map(|call| {
            [
                call.who().to_owned(),
                call.to(),
                or_dash(call.name.as_deref()),
                call.whose(),
                or_dash(Some(&call.service)),
                call.action.name().to_owned(),
                Grouped(call.packets).to_string(),
                self.time(call.first),
            ]
        });
        let columns = [
            Column::of_words("CAMERA"),
            Column::of_words("TO"),
            Column::of_words("NAME"),
            Column::of_words("OWNER"),
            Column::of_words("SERVICE"),
            Column::of_words("ACTION"),
            Column::of_numbers("FRAMES"),
            Column::of_words("FIRST"),
        ];
        let title = format!("new since {}", self.time(self.report.new_since));
        table(&title, columns, rows.collect(), out)
    }

    fn cameras(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.report.cameras.iter().map(|camera| {
            let Camera {
                destinations,
                new,
                sums,
                ..
            } = camera;
            [
                camera.name().to_owned(),
                or_dash(camera.maker.as_deref()),
                Grouped(sums.dropped.packets).to_string(),
                Grouped(sums.audited.packets).to_string(),
                Grouped(sums.allowed.packets).to_string(),
                Grouped(*destinations).to_string(),
                Grouped(*new).to_string(),
                self.time(camera.first),
                self.time(camera.last),
            ]
        });
        let columns = [
            Column::of_words("CAMERA"),
            Column::of_words("MAKER"),
            Column::of_numbers("DROPPED"),
            Column::of_numbers("AUDITED"),
            Column::of_numbers("ALLOWED"),
            Column::of_numbers("TO"),
            Column::of_numbers("NEW"),
            Column::of_words("FIRST"),
            Column::of_words("LAST"),
        ];
        table("cameras", columns, rows.collect(), out)
    }

    fn rules(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.report.rules.iter().map(|rule| {
            let destinations = rule.destinations.iter().map(ToString::to_string);
            [
                or_dash(rule.rule.as_deref()),
                Grouped(rule.frames.packets).to_string(),
                few(rule.cameras.iter().map(String::as_str)),
                few(destinations.collect::<Vec<_>>().iter().map(String::as_str)),
                few(rule.services.iter().map(String::as_str)),
            ]
        });
        let columns = [
            Column::of_words("RULE"),
            Column::of_numbers("FRAMES"),
            Column::of_words("CAMERAS"),
            Column::of_words("TO"),
            Column::of_words("SERVICES"),
        ];
        let title = "lines of the policy that let something through";
        table(title, columns, rows.collect(), out)
    }

    fn calls(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.report.calls.iter().map(|call| {
            [
                call.who().to_owned(),
                call.to(),
                or_dash(call.name.as_deref()),
                call.whose(),
                or_dash(Some(&call.service)),
                call.encrypted(),
                call.action.name().to_owned(),
                or_dash(call.reason.as_deref()),
                Grouped(call.packets).to_string(),
                self.time(call.first),
                self.time(call.last),
            ]
        });
        let columns = [
            Column::of_words("CAMERA"),
            Column::of_words("TO"),
            Column::of_words("NAME"),
            Column::of_words("OWNER"),
            Column::of_words("SERVICE"),
            Column::of_words("ENCRYPTED"),
            Column::of_words("ACTION"),
            Column::of_words("REASON"),
            Column::of_numbers("FRAMES"),
            Column::of_words("FIRST"),
            Column::of_words("LAST"),
        ];
        table("where they called", columns, rows.collect(), out)
    }

    fn time(&self, at: Timestamp) -> String {
        self.times.cell(at)
    }
}

/// An owner and its country, as far as they are known.
pub(super) fn place(owner: Option<&str>, country: Option<&str>) -> String {
    match (owner, country) {
        (Some(owner), Some(country)) => format!("{owner} ({country})"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => NOTHING.to_owned(),
    }
}

fn shares(title: &str, shares: &[Share], out: &mut impl Write) -> io::Result<()> {
    let rows = shares.iter().map(|share| {
        [
            share.name.clone(),
            Grouped(share.sums.dropped.packets).to_string(),
            Grouped(share.sums.audited.packets).to_string(),
            Grouped(share.sums.allowed.packets).to_string(),
            Grouped(share.destinations).to_string(),
            Grouped(share.cameras).to_string(),
        ]
    });
    let columns = [
        Column::of_words(title),
        Column::of_numbers("DROPPED"),
        Column::of_numbers("AUDITED"),
        Column::of_numbers("ALLOWED"),
        Column::of_numbers("TO"),
        Column::of_numbers("CAMERAS"),
    ];
    let words = format!("by {}", title.to_lowercase());
    table(&words, columns, rows.collect(), out)
}

/// Under a title; of many rows the first, and how many more there are.
fn table<const N: usize>(
    title: &str,
    columns: [Column; N],
    rows: Vec<[String; N]>,
    out: &mut impl Write,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let more = rows.len().saturating_sub(MOST);
    writeln!(out, "\n{title}")?;
    let table = Table::new(columns).with(rows.into_iter().take(MOST));
    table.write("  ", out)?;
    if more > 0 {
        writeln!(out, "  and {} more: --format csv has all", Grouped(more))?;
    }
    Ok(())
}

/// Three of them, and how many more.
pub(super) fn few<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const FEW: usize = 3;
    let more = names.len().saturating_sub(FEW);
    let mut shown: Vec<_> = names.take(FEW).map(str::to_owned).collect();
    if more > 0 {
        shown.push(format!("{} more", Grouped(more)));
    }
    if shown.is_empty() {
        return NOTHING.to_owned();
    }
    shown.join(", ")
}

fn or_dash(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty())
        .unwrap_or(NOTHING)
        .to_owned()
}

fn number(count: usize) -> u64 {
    count.try_into().unwrap_or(u64::MAX)
}
