//! Time lines, drawn as SVG: what the policy does not allow stands above the line, and what it allows below it.

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::{
    chart::{hole, scaled},
    time,
};
use crate::{
    ledger::Action,
    report::{Camera, Report, Sums},
    times::Times,
    words::{Count, Grouped},
};

/// Up to so long a period is shown by the hour; the ledger has no hours that are older.
const BY_THE_HOUR: SignedDuration = SignedDuration::from_hours(48);

/// How high either half of a time line is, and how wide all of it.
const HALF: u64 = 40;
const WIDTH: u64 = 720;

/// When a camera sent how much.
pub(super) fn time_line(camera: &Camera, report: &Report, times: &Times<'_>) -> Markup {
    let units = Units::of(camera, report);
    let scale = Scale::of(&units);
    let step = WIDTH / units.count.max(1);
    let width = (step * 4 / 5).max(1);
    let unit = units.name();
    html! {
        svg class="when" viewBox={ "0 0 " (WIDTH) " " (2 * HALF + 1) } role="img" aria-label=(units.words(&scale, times)) {
            @for (at, sums) in &units.sums {
                @let x = at * step;
                @let dropped = tall(sums.dropped.packets, scale.above);
                @let audited = tall(sums.audited.packets, scale.above).min(HALF - dropped);
                @let allowed = tall(sums.allowed.packets, scale.below);
                g {
                    title { (units.one(*at, sums, times)) }
                    @if dropped > 0 {
                        rect class="dropped" x=(x) y=(HALF - dropped) width=(width) height=(dropped) {}
                    }
                    @if audited > 0 {
                        rect class="audited" x=(x) y=(HALF - dropped - audited) width=(width) height=(audited) {}
                        (hole(x, HALF - dropped - audited, width, audited))
                    }
                    @if allowed > 0 {
                        rect class="allowed" x=(x) y=(HALF + 1) width=(width) height=(allowed) {}
                    }
                }
            }
            rect class="axis" x="0" y=(HALF) width=(WIDTH) height="1" {}
        }
        p class="scale faint" {
            span { (time(units.begin, times)) }
            span { "most in one " (unit) ": " (units.most()) @if let Some(words) = scale.words() { "; " (words) } }
            span { (time(report.until, times)) }
        }
    }
}

/// Of so many times as much one half of a time line shows, the other cannot be seen beside it.
const FAR: u64 = 100;

/// Either half of a time line is as high as so many frames. Both have one scale, unless the lesser half could not be seen
/// beside the other.
struct Scale {
    above: u64,
    below: u64,
}

impl Scale {
    fn of(units: &Units) -> Self {
        let most = |kind: fn(&Sums) -> u64| units.sums.values().map(kind).max().unwrap_or(0);
        let (above, below) = (most(Sums::refused), most(|sums| sums.allowed.packets));
        let (least, most) = (above.min(below), above.max(below));
        if least == 0 || most / least <= FAR {
            return Self {
                above: most,
                below: most,
            };
        }
        Self { above, below }
    }

    fn words(&self) -> Option<&'static str> {
        match self.above.cmp(&self.below) {
            Ordering::Less => Some("what is above the line is drawn larger than what is below"),
            Ordering::Equal => None,
            Ordering::Greater => Some("what is below the line is drawn larger than what is above"),
        }
    }
}

/// Hours or days of the period, by their number in it.
struct Units {
    begin: Timestamp,
    hours: u32,
    count: u64,
    sums: BTreeMap<u64, Sums>,
}

impl Units {
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

    const fn name(&self) -> &'static str {
        if self.hours == 1 { "hour" } else { "day" }
    }

    /// One bar, for who points at it.
    fn one(&self, number: u64, sums: &Sums, times: &Times<'_>) -> String {
        format!(
            "{}: {} dropped, {} audited, {} allowed",
            times.cell(self.at(number)),
            Grouped(sums.dropped.packets),
            Grouped(sums.audited.packets),
            Grouped(sums.allowed.packets),
        )
    }

    /// The highest of each kind of bar, be they of one time or not.
    fn most(&self) -> String {
        let most = |kind: fn(&Sums) -> u64| self.sums.values().map(kind).max().unwrap_or(0);
        let kinds = [
            (most(|sums| sums.dropped.packets), "dropped"),
            (
                most(|sums| sums.audited.packets),
                "passed because of an audit",
            ),
            (most(|sums| sums.allowed.packets), "allowed"),
        ];
        let kinds = kinds.iter().filter(|(most, _)| *most > 0);
        let kinds = kinds.map(|(most, words)| format!("{} {words}", Grouped(*most)));
        kinds.collect::<Vec<_>>().join(", ")
    }

    /// All of it, for who does not see it.
    fn words(&self, scale: &Scale, times: &Times<'_>) -> String {
        let unit = self.name();
        let units = usize::try_from(self.count).unwrap_or(usize::MAX);
        let busy = self.sums.iter().max_by_key(|(_, sums)| sums.refused());
        let busy = busy.filter(|(_, sums)| sums.refused() > 0);
        let worst = busy.map_or_else(
            || "the policy allows all of it".to_owned(),
            |(at, sums)| {
                let kinds = [
                    (sums.dropped.packets, "dropped"),
                    (sums.audited.packets, "passed because of an audit"),
                ];
                let kinds = kinds.iter().filter(|(packets, _)| *packets > 0);
                let kinds = kinds.map(|(packets, words)| format!("{} {words}", Grouped(*packets)));
                format!(
                    "the most that the policy does not allow was in the {unit} of {}: {}",
                    times.cell(self.at(*at)),
                    kinds.collect::<Vec<_>>().join(", "),
                )
            },
        );
        let scale = scale.words().map(|words| format!("; {words}"));
        format!(
            "Frames of {} by the {unit}: sent in {} of them; {worst}{}.",
            Count(units, unit),
            Grouped(self.sums.len()),
            scale.unwrap_or_default()
        )
    }
}

fn tall(packets: u64, most: u64) -> u64 {
    scaled(packets, most, HALF)
}
