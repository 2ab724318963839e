//! Bars and time lines, drawn as SVG. What they show stands beside them in words, for who does not see them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{CLOUDS, MOST_BARS, bare, carrier, cloud, time};
use crate::{
    ledger::Action,
    report::{Camera, Report, Share, Sums, text},
    words::{Count, Grouped},
};

/// Up to so long a period is shown by the hour; the ledger has no hours that are older.
const BY_THE_HOUR: SignedDuration = SignedDuration::from_hours(48);

/// How high either half of a time line is, and how wide all of it.
const HALF: u64 = 40;
const WIDTH: u64 = 720;

/// How much went to each of them: a table with a bar in each row.
pub(super) fn shares(title: &str, one: &str, shares: &[Share]) -> Markup {
    let id = title.to_lowercase().replace([' ', '\''], "-");
    let most = shares.iter().map(|share| share.sums.all()).max();
    let most = most.unwrap_or(0).max(1);
    let more = shares.len().saturating_sub(MOST_BARS);
    html! {
        @if !shares.is_empty() {
            section aria-labelledby=(id) {
                h2 id=(id) { (title) }
                div class="frame" tabindex="0" role="region" aria-labelledby=(id) {
                    table class="bars" aria-labelledby=(id) {
                        thead {
                            tr {
                                th scope="col" { (one) }
                                th scope="col" { "Share" }
                                th scope="col" class="number" { "Dropped" }
                                th scope="col" class="number" { "Audited" }
                                th scope="col" class="number" { "Allowed" }
                                th scope="col" class="number" { "Cameras" }
                            }
                        }
                        tbody {
                            @for share in shares.iter().take(MOST_BARS) {
                                tr {
                                    th scope="row" {
                                        @if title == CLOUDS {
                                            (cloud(&share.name))
                                        } @else {
                                            bdi { (bare(&share.name, share.carrier.as_deref())) }
                                            @if share.carrier.is_some() { " " (carrier()) }
                                        }
                                    }
                                    td { (bar(share.sums, most)) }
                                    td class="number" { (Grouped(share.sums.dropped.packets)) }
                                    td class="number" { (Grouped(share.sums.audited.packets)) }
                                    td class="number" { (Grouped(share.sums.allowed.packets)) }
                                    td class="number" { (Grouped(share.cameras)) }
                                }
                            }
                        }
                    }
                }
                @if more > 0 { p { "And " (Grouped(more)) " more." } }
            }
        }
    }
}

/// What a camera did in a line of numbers, and when in a picture.
pub(super) fn camera(camera: &Camera, report: &Report, zone: &TimeZone) -> Markup {
    let sums = camera.sums;
    let mut parts = vec![format!("{} frames dropped", Grouped(sums.dropped.packets))];
    if sums.audited.packets > 0 {
        parts.push(format!(
            "{} passed because of an audit",
            Grouped(sums.audited.packets)
        ));
    }
    parts.push(format!("{} allowed", Grouped(sums.allowed.packets)));
    parts.push(format!("to {}", Count(camera.destinations, "destination")));
    if camera.new > 0 {
        parts.push(format!("{} new", Grouped(camera.new)));
    }
    html! {
        article class="camera" {
            h3 {
                (camera.name())
                @if let Some(maker) = &camera.maker { ", made by " (maker) }
            }
            p { (parts.join(", ")) "; the last at " (time(camera.last, zone)) "." }
            (time_line(camera, report, zone))
        }
    }
}

fn bar(sums: Sums, most: u64) -> Markup {
    let parts = [
        ("dropped", sums.dropped.packets),
        ("audited", sums.audited.packets),
        ("allowed", sums.allowed.packets),
    ];
    let mut begin = 0;
    let parts = parts.map(|(kind, packets)| {
        let width = scaled(packets, most, 200);
        let part = (kind, begin, width);
        begin += width;
        part
    });
    html! {
        svg class="bar" viewBox="0 0 200 12" aria-hidden="true" {
            @for (kind, begin, width) in parts {
                @if width > 0 { rect class=(kind) x=(begin) y="0" width=(width) height="12" {} }
            }
        }
    }
}

fn time_line(camera: &Camera, report: &Report, zone: &TimeZone) -> Markup {
    let times = Times::of(camera, report);
    let most = |kind: fn(&Sums) -> u64| times.sums.values().map(kind).max().unwrap_or(0);
    let (above, below) = (most(Sums::refused), most(|sums| sums.allowed.packets));
    let step = WIDTH / times.count.max(1);
    let width = (step * 4 / 5).max(1);
    let unit = if times.hours == 1 { "hour" } else { "day" };
    html! {
        svg class="when" viewBox={ "0 0 " (WIDTH) " " (2 * HALF + 1) } role="img" aria-label=(times.words(zone)) {
            @for (at, sums) in &times.sums {
                @let x = at * step;
                @let dropped = tall(sums.dropped.packets, above);
                @let audited = tall(sums.audited.packets, above).min(HALF - dropped);
                @let allowed = tall(sums.allowed.packets, below);
                g {
                    title { (times.one(*at, sums, zone)) }
                    @if dropped > 0 {
                        rect class="dropped" x=(x) y=(HALF - dropped) width=(width) height=(dropped) {}
                    }
                    @if audited > 0 {
                        rect class="audited" x=(x) y=(HALF - dropped - audited) width=(width) height=(audited) {}
                    }
                    @if allowed > 0 {
                        rect class="allowed" x=(x) y=(HALF + 1) width=(width) height=(allowed) {}
                    }
                }
            }
            rect class="axis" x="0" y=(HALF) width=(WIDTH) height="1" {}
        }
        p class="scale faint" {
            span { (time(times.begin, zone)) }
            span { "most in one " (unit) ": " (Grouped(above)) " that did not pass, " (Grouped(below)) " that did" }
            span { (time(report.until, zone)) }
        }
    }
}

/// Hours or days of the period, by their number in it.
struct Times {
    begin: Timestamp,
    hours: u32,
    count: u64,
    sums: BTreeMap<u64, Sums>,
}

impl Times {
    fn of(camera: &Camera, report: &Report) -> Self {
        let period = report.until.duration_since(report.since);
        let has_days = camera.when.iter().any(|when| when.hours > 1);
        let hours: u32 = if period <= BY_THE_HOUR && !has_days {
            1
        } else {
            24
        };
        let length = i64::from(hours) * 3_600;
        let begin = report.since.as_second().div_euclid(length);
        let end = report.until.as_second().div_euclid(length);
        let mut sums: BTreeMap<u64, Sums> = BTreeMap::new();
        for when in &camera.when {
            let at = (when.begin.as_second().div_euclid(length) - begin).clamp(0, end - begin);
            let sum = sums.entry(u64::try_from(at).unwrap_or(0)).or_default();
            for action in [Action::Allowed, Action::Dropped, Action::Audited] {
                sum.add(action, when.sums.of(action));
            }
        }
        Self {
            begin: Timestamp::from_second(begin * length).unwrap_or(report.since),
            hours,
            count: u64::try_from(end - begin + 1).unwrap_or(1),
            sums,
        }
    }

    fn at(&self, number: u64) -> Timestamp {
        let hours = i64::try_from(number).unwrap_or(0) * i64::from(self.hours);
        let at = self.begin.checked_add(SignedDuration::from_hours(hours));
        at.unwrap_or(self.begin)
    }

    /// One bar, for who points at it.
    fn one(&self, number: u64, sums: &Sums, zone: &TimeZone) -> String {
        format!(
            "{}: {} dropped, {} audited, {} allowed",
            text::time(self.at(number), zone),
            Grouped(sums.dropped.packets),
            Grouped(sums.audited.packets),
            Grouped(sums.allowed.packets),
        )
    }

    /// All of it, for who does not see it.
    fn words(&self, zone: &TimeZone) -> String {
        let unit = if self.hours == 1 { "hour" } else { "day" };
        let busy = self.sums.iter().max_by_key(|(_, sums)| sums.refused());
        let busy = busy.filter(|(_, sums)| sums.refused() > 0);
        let worst = busy.map_or_else(
            || "everything passed".to_owned(),
            |(at, sums)| {
                format!(
                    "the most that did not pass was {} in the {unit} of {}",
                    Count(sums.refused(), "frame"),
                    text::time(self.at(*at), zone)
                )
            },
        );
        format!(
            "Frames of {} by the {unit}: sent in {} of them; {worst}.",
            Count(self.count, unit),
            Grouped(self.sums.len())
        )
    }
}

/// A bar of something is never nothing.
fn tall(packets: u64, most: u64) -> u64 {
    scaled(packets, most, HALF)
}

fn scaled(part: u64, most: u64, length: u64) -> u64 {
    if part == 0 || most == 0 {
        return 0;
    }
    let scaled = u128::from(part) * u128::from(length) / u128::from(most);
    u64::try_from(scaled).unwrap_or(length).clamp(1, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_something_can_be_seen_and_nothing_is_longer_than_all() {
        assert_eq!(scaled(0, 10, 40), 0);
        assert_eq!(scaled(1, u64::MAX, 40), 1);
        assert_eq!(scaled(5, 10, 40), 20);
        assert_eq!(scaled(u64::MAX, u64::MAX, 40), 40);
        assert_eq!(scaled(1, 0, 40), 0);
    }
}
