//! The report as a page: one file in which everything is, so that it can be mailed, kept and printed. It is whole
//! without a script; the script searches and sorts.

mod chart;
mod tables;

use jiff::{Timestamp, tz::TimeZone};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{Report, brief, text};
use crate::{
    labels,
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

/// How many countries and owners have a bar.
const MOST_BARS: usize = 20;

/// What vendors have.
const CLOUDS: &str = "Vendors' clouds";

/// The page; times in this zone. What names hold is text in it, whatever it is: `html!` escapes all that it puts in.
pub fn page(report: &Report, zone: &TimeZone) -> String {
    let page = Page { report, zone };
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
                    p class="faint" { (page.time(report.since)) " to " (page.time(report.until)) }
                }
                main {
                    (page.summary())
                    (page.novelties())
                    (chart::shares("Countries", "Country", &report.countries))
                    (chart::shares("Owners", "Owner", &report.owners))
                    (chart::shares(CLOUDS, "Vendor", &report.clouds))
                    (page.cameras())
                    (page.rules())
                    (page.calls())
                }
                (page.notes())
                script { (PreEscaped(SCRIPT)) }
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
    zone: &'r TimeZone,
}

impl Page<'_> {
    fn summary(&self) -> Markup {
        let summary = &self.report.summary;
        let sums = &summary.sums;
        let dropped = Grouped(sums.dropped.packets).to_string();
        let audited = Grouped(sums.audited.packets).to_string();
        let allowed = Grouped(sums.allowed.packets).to_string();
        let strangers = brief::strangers(self.report);
        let on_link = Grouped(summary.on_link).to_string();
        let new = Grouped(summary.new).to_string();
        let plain = Grouped(summary.plain).to_string();
        let tiles = [
            ("dropped", dropped, "frames dropped"),
            ("audited", audited, "frames passed because of an audit"),
            ("allowed", allowed, "frames allowed"),
            ("new", new, "calls of what the camera had not called before"),
            (
                "plain",
                plain,
                "destinations to which something passed likely in the clear",
            ),
        ];
        html! {
            section aria-labelledby="summary" {
                h2 id="summary" class="unseen" { "Summary" }
                @if self.report.calls.is_empty() {
                    p class="headline" { "No camera sent anything that the ledger knows of." }
                } @else {
                    p class="headline" { (brief::headline(self.report)) }
                    ul class="tiles" {
                        @for (kind, number, words) in tiles {
                            @if kind != "audited" || sums.audited.packets > 0 {
                                li class=(kind) { strong class="number" { (number) } " " span { (words) } }
                            }
                        }
                    }
                    @if let Some((frames, words)) = strangers {
                        p { "Of these frames, " (Grouped(frames)) " are " (words) "." }
                    }
                    @if summary.on_link > 0 {
                        p { "Of these frames, " (on_link) " stay on the link: " (brief::ON_LINK) "." }
                    }
                    @let known = brief::known_as(self.report);
                    @if !known.is_empty() {
                        @let parts = known.iter().map(|(goals, words)| format!("{} {words}", Count(*goals, "destination")));
                        p { "As far as is known: " (parts.collect::<Vec<_>>().join(", ")) "." }
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
                @if new.is_empty() {
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
                p class="legend faint" {
                    "Above the line what did not pass, below it what did, each to a scale of its own."
                }
                @for camera in cameras.iter().take(MOST_LINES) {
                    (chart::camera(camera, self.report, self.zone))
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
                    @if self.report.countries.is_empty() && self.report.owners.is_empty() {
                        li { "No country and no owner is known: the router has no files that say whose addresses are." }
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
        time(at, self.zone)
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

fn time(at: Timestamp, zone: &TimeZone) -> Markup {
    html! { time datetime=(at) { (text::time(at, zone)) } }
}
