//! Bars, drawn as SVG, and what stands around time lines. What they show stands beside them in words, for who does not see
//! them.

use maud::{Markup, html};

use super::{CLOUDS, MOST_BARS, bare, carrier, cloud, line::time_line, time};
use crate::{
    report::{Camera, Report, Share, Sums},
    times::Times,
    words::{Count, Grouped},
};

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
                                    td class="number" data-head="Dropped" { (Grouped(share.sums.dropped.packets)) }
                                    td class="number" data-head="Audited" { (Grouped(share.sums.audited.packets)) }
                                    td class="number" data-head="Allowed" { (Grouped(share.sums.allowed.packets)) }
                                    td class="number" data-head="Cameras" { (Grouped(share.cameras)) }
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
pub(super) fn camera(number: usize, camera: &Camera, report: &Report, times: &Times<'_>) -> Markup {
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
    if camera.new > 0 && report.compared {
        parts.push(format!("{} new", Grouped(camera.new)));
    }
    html! {
        article class="camera" id=(place(number)) {
            h3 {
                (camera.name())
                @if let Some(maker) = &camera.maker { ", made by " (maker) }
            }
            p { (parts.join(", ")) "; the last at " (time(camera.last, times)) "." }
            (time_line(camera, report, times))
        }
    }
}

/// What leads to a camera on the page, by its number there.
pub(super) fn place(number: usize) -> String {
    format!("camera-{}", number + 1)
}

/// What stands for what in bars and time lines.
pub(super) fn legend(report: &Report) -> Markup {
    let has_audited = report.summary.sums.audited.packets > 0;
    let kinds = [
        ("dropped", "dropped"),
        ("audited", "passed because of an audit"),
        ("allowed", "allowed"),
    ];
    html! {
        p class="legend faint" {
            @for (kind, words) in kinds {
                @if kind != "audited" || has_audited {
                    svg class="key" viewBox="0 0 12 12" aria-hidden="true" {
                        rect class=(kind) x="0" y="0" width="12" height="12" {}
                        @if kind == "audited" { (hole(0, 0, 12, 12)) }
                    }
                    (words) " "
                }
            }
            span { "Above the line stands what the policy does not allow, below it what it allows." }
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
                @if width > 0 {
                    rect class=(kind) x=(begin) y="0" width=(width) height="12" {}
                    @if kind == "audited" { (hole(begin, 0, width, 12)) }
                }
            }
        }
    }
}

/// Makes a bar hollow that has room for it, so that no colour need be told.
pub(super) fn hole(x: u64, y: u64, width: u64, height: u64) -> Markup {
    const EDGE: u64 = 2;
    let (inner, tall) = (
        width.saturating_sub(2 * EDGE),
        height.saturating_sub(2 * EDGE),
    );
    let path = format!("M{} {}h{inner}v{tall}h-{inner}z", x + EDGE, y + EDGE);
    html! {
        @if inner > 0 && tall > 0 { path class="hole" d=(path) {} }
    }
}

/// A bar of something is never nothing.
pub(super) fn scaled(part: u64, most: u64, length: u64) -> u64 {
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
