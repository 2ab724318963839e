//! The report as a page: one file in which everything is, so that it can be mailed, kept and printed. It is whole
//! without a script; the script searches and sorts.

mod chart;
mod line;
mod summary;
mod tables;

use jiff::{Timestamp, tz::TimeZone};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{Report, brief};
use crate::{
    labels,
    times::Times,
    words::{Count, Grouped},
};

const STYLE: &str = concat!(include_str!("../look.css"), include_str!("html/report.css"));
const SCRIPT: &str = include_str!("html/report.js");

/// How many rows the table of calls has at most, so that a browser can bear it.
const MOST_CALLS: usize = 5_000;

/// How many of the new ones are shown at the top.
const MOST_NEW: usize = 50;

/// How many cameras have a time line.
const MOST_LINES: usize = 100;

/// With more there is a list of them before the first.
const FEW_LINES: usize = 8;

/// How many countries and owners have a bar.
const MOST_BARS: usize = 20;

/// What vendors have.
const CLOUDS: &str = "Vendors' clouds";

/// The page; times in this zone. What names hold is text in it, whatever it is: `html!` escapes all that it puts in.
pub fn page(report: &Report, zone: &TimeZone) -> String {
    let times = brief::times(report, zone);
    let page = Page { report, times };
    let has_calls = !report.calls.is_empty();
    let title = format!("{}: where cameras called", report.host);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Where cameras called: " bdi { (report.host) } }
                    p class="faint" { (page.time(report.since)) " to " (page.time(report.until)) (page.times.head("")) }
                    @if let Some(asked) = brief::asked(report, &page.times) { p class="faint" { (asked) } }
                    @if has_calls { (page.jumps()) }
                }
                main {
                    (page.summary())
                    (page.novelties())
                    @if has_calls {
                        (chart::shares("Countries", "Country", &report.countries))
                        (chart::shares("Owners", "Owner", &report.owners))
                        (chart::shares(CLOUDS, "Vendor", &report.clouds))
                        (page.cameras())
                        (page.rules())
                        (page.calls())
                    }
                }
                (page.notes())
                @if has_calls { script { (PreEscaped(SCRIPT)) } }
            }
        }
    };
    page.into_string()
}

/// Nothing is run or used but what stands in this very file, and nothing is fetched.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

struct Page<'r> {
    report: &'r Report,
    times: Times<'r>,
}

impl Page<'_> {
    /// What leads to the sections that there are.
    fn jumps(&self) -> Markup {
        let Report {
            countries,
            owners,
            clouds,
            ..
        } = self.report;
        let sections = [
            ("new", "New", true),
            ("countries", "Countries", !countries.is_empty()),
            ("owners", "Owners", !owners.is_empty()),
            ("vendors--clouds", CLOUDS, !clouds.is_empty()),
            ("cameras", "Cameras", true),
            ("rules", "What let something through", true),
            ("calls", "All calls", true),
        ];
        html! {
            nav class="jumps" aria-label="On this page" {
                ul {
                    @for (id, words, is_there) in sections {
                        @if is_there { li { a href={ "#" (id) } { (words) } } }
                    }
                }
            }
        }
    }

    fn novelties(&self) -> Markup {
        let new = &self.report.new;
        let more = new.len().saturating_sub(MOST_NEW);
        html! {
            section aria-labelledby="new" {
                h2 id="new" { "New since " (self.time(self.report.new_since)) }
                @if !self.report.compared && !new.is_empty() {
                    p {
                        "There is nothing earlier to compare with. What was called stands under "
                        a href="#calls" { "all calls" } "."
                    }
                } @else if new.is_empty() {
                    p { "Nothing was called that had not been called before." }
                } @else {
                    (self.table_of_new(new.iter().take(MOST_NEW)))
                    @if more > 0 {
                        p { "And " (Grouped(more)) " more: " code { "enforcer report --format csv" } " has all." }
                    }
                }
            }
        }
    }

    fn cameras(&self) -> Markup {
        let cameras = &self.report.cameras;
        let more = cameras.len().saturating_sub(MOST_LINES);
        html! {
            section aria-labelledby="cameras" {
                h2 id="cameras" { "Cameras" }
                (chart::legend(self.report))
                @if cameras.len() > FEW_LINES {
                    nav class="jumps" aria-label="Cameras" {
                        ul {
                            @for (number, camera) in cameras.iter().take(MOST_LINES).enumerate() {
                                li { a href={ "#" (chart::place(number)) } { (camera.name()) } }
                            }
                        }
                    }
                }
                @for (number, camera) in cameras.iter().take(MOST_LINES).enumerate() {
                    (chart::camera(number, camera, self.report, &self.times))
                }
                @if more > 0 {
                    p { "And " (Count(more, "camera")) " more, with fewer drops." }
                }
            }
        }
    }

    fn notes(&self) -> Markup {
        let others = self.report.summary.others;
        html! {
            footer class="faint" {
                h2 { "How to read this" }
                ul {
                    li {
                        "Every frame is counted. \"Encrypted\" goes by first bytes where an event showed them. Else it goes by "
                        "the port: \"likely\" says what that is for, not what was said there."
                    }
                    li {
                        "New is what this camera had not called before at this service, as far as the ledger goes back: 30 days "
                        "unless it is set otherwise."
                    }
                    @if self.report.summary.public > 0 && self.report.countries.is_empty() && self.report.owners.is_empty() {
                        li {
                            "Of no public address here a country or an owner is known: no file that the router has says whose "
                            "it is."
                        }
                    }
                    @if others > 0 {
                        li {
                            "Of " (Grouped(others)) " frames it is not known where they went: their camera sent to more places "
                            "than there is room for."
                        }
                    }
                    li { "Made by enforcer " (env!("CARGO_PKG_VERSION")) " at " (self.time(self.report.made)) "." }
                }
            }
        }
    }

    fn time(&self, at: Timestamp) -> Markup {
        time(at, &self.times)
    }
}

/// A vendor's cloud: a word in a shape that tells it from the other without its colour.
fn cloud(vendor: &str) -> Markup {
    html! { span class="mark cloud" { (vendor) "'s cloud" } }
}

/// A carrier that a state owns.
fn carrier() -> Markup {
    html! { span class="mark carrier" { "a state's carrier" } }
}

/// An owner in words, without those that the mark has.
fn bare<'o>(owner: &'o str, carrier: Option<&str>) -> &'o str {
    carrier
        .and_then(|_| owner.strip_suffix(labels::STATE))
        .unwrap_or(owner)
}

/// A date and a time of day, between which a narrow cell may break.
fn time(at: Timestamp, times: &Times<'_>) -> Markup {
    let words = times.cell(at);
    let words = words.split(' ').map(|word| html! { span { (word) } });
    let words: Vec<_> = words.map(Markup::into_string).collect();
    html! { time datetime=(at) { (PreEscaped(words.join(" "))) } }
}

#[cfg(test)]
mod tests;
