//! What old lines become, and which go when all take too much room.
//!
//! A camera in somebody else's hands can have as many lines as there is room for. So where it gets too much, those lose
//! theirs that have the most, and what the others sent stays.

use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use anyhow::Result;
use jiff::Timestamp;
use redb::{ReadableTable as _, Table};
use tracing::warn;

use super::{
    DAYS, HOURS, HOURS_A_DAY, Kept, Key, Retention, Store, Subject, add, hour, rest_of, subject,
};

/// How many hours lines are kept by the hour.
const RECENT: u32 = 48;

/// So many lines of this hour are left to each camera, whatever room they take.
const FEW: usize = 16;

/// What a line takes besides its texts: its time, and how long those are.
const OVERHEAD: u64 = 8;

type Lines<'t> = Table<'t, Key, &'static [u8]>;

impl Store {
    /// Once an hour: turns old hours into days, and lets go of what is too old or takes too much room.
    pub(in crate::ledger) fn age(&mut self, now: Timestamp, retention: Retention) -> Result<()> {
        let this_hour = hour(now.as_millisecond());
        if self.aged == this_hour {
            return Ok(());
        }
        self.file.ask(|database| {
            let write = database.begin_write()?;
            {
                let mut hours = write.open_table(HOURS)?;
                let mut days = write.open_table(DAYS)?;
                gather(&mut hours, &mut days, by_the_day(this_hour))?;
                let oldest =
                    this_hour.saturating_sub(retention.days.get().saturating_mul(HOURS_A_DAY));
                for lines in [&mut days, &mut hours] {
                    lines.retain_in(..(oldest, "", &[][..]), |_, _| false)?;
                }
                let most = u64::from(retention.mebibytes.get()) << 20;
                shrink(&mut hours, &mut days, this_hour, most)?;
            }
            Ok(write.commit()?)
        })?;
        // Lines of this hour may have gone.
        self.counted.1.clear();
        self.aged = this_hour;
        Ok(())
    }
}

/// What comes before this hour is kept by the day. Whole days alone, so that none is written to twice.
pub(super) const fn by_the_day(this_hour: u32) -> u32 {
    let before = this_hour.saturating_sub(RECENT);
    before - before % HOURS_A_DAY
}

/// Turns hours before one into their days.
fn gather(hours: &mut Lines<'_>, days: &mut Lines<'_>, before: u32) -> Result<()> {
    let old = ..(before, "", &[][..]);
    for line in hours.range(old)? {
        let (key, kept) = line?;
        let (hour, camera, subject) = key.value();
        if let Some(kept) = Kept::read(kept.value()) {
            add(days, (hour - hour % HOURS_A_DAY, camera, subject), &kept)?;
        }
    }
    hours.retain_in(..(before, "", &[][..]), |_, _| false)?;
    Ok(())
}

/// What a camera has in an hour or a day.
struct Span {
    at: u32,
    is_day: bool,
    lines: usize,
    bytes: u64,
}

/// What cameras have, the oldest first.
type Spans = BTreeMap<String, VecDeque<Span>>;

/// Lets go of lines until no more bytes are left than `most`.
fn shrink<'t>(
    hours: &mut Lines<'t>,
    days: &mut Lines<'t>,
    this_hour: u32,
    most: u64,
) -> Result<()> {
    let mut spans = Spans::new();
    let mut all = survey(days, true, &mut spans)? + survey(hours, false, &mut spans)?;
    if all <= most {
        return Ok(());
    }
    let mut losers = BTreeMap::new();
    // How many lines, and the older first where two have as many.
    let rank = |camera: &str, spans: &VecDeque<Span>| {
        let oldest = spans.front().filter(|oldest| oldest.at < this_hour)?;
        let lines: usize = spans.iter().map(|span| span.lines).sum();
        Some((lines, u32::MAX - oldest.at, camera.to_owned()))
    };
    let ranks = spans
        .iter()
        .filter_map(|(camera, spans)| rank(camera, spans));
    let mut ranks: BinaryHeap<_> = ranks.collect();
    while all > most
        && let Some((.., camera)) = ranks.pop()
        && let Some(spans) = spans.get_mut(&camera)
        && let Some(oldest) = spans.pop_front()
    {
        let lines = if oldest.is_day {
            &mut *days
        } else {
            &mut *hours
        };
        let next = format!("{camera}\0");
        let those = (oldest.at, &*camera, &[][..])..(oldest.at, &*next, &[][..]);
        lines.retain_in(those, |_, _| false)?;
        all -= oldest.bytes;
        *losers.entry(camera.clone()).or_default() += oldest.lines;
        ranks.extend(rank(&camera, spans));
    }
    if all > most {
        fold(hours, this_hour, all - most, &mut losers)?;
    }
    tell(&losers);
    Ok(())
}

/// What cameras have in a table; the bytes of all.
fn survey(lines: &Lines<'_>, is_day: bool, spans: &mut Spans) -> Result<u64> {
    let mut all = 0;
    for line in lines.iter()? {
        let (key, kept) = line?;
        let (at, camera, subject) = key.value();
        let bytes = bytes(camera, subject, kept.value());
        all += bytes;
        if !spans.contains_key(camera) {
            spans.insert(camera.to_owned(), VecDeque::new());
        }
        let Some(spans) = spans.get_mut(camera) else {
            continue;
        };
        match spans.back_mut() {
            Some(span) if (span.at, span.is_day) == (at, is_day) => {
                span.lines += 1;
                span.bytes += bytes;
            }
            _ => spans.push_back(Span {
                at,
                is_day,
                lines: 1,
                bytes,
            }),
        }
    }
    Ok(all)
}

fn bytes(camera: &str, subject: &[u8], kept: &[u8]) -> u64 {
    let texts = camera.len() + subject.len() + kept.len();
    OVERHEAD + u64::try_from(texts).unwrap_or(u64::MAX)
}

/// With this hour alone there is too much, so the smallest lines of those cameras that have the most in it are counted
/// with what has no line of its own.
fn fold(
    hours: &mut Lines<'_>,
    this_hour: u32,
    excess: u64,
    losers: &mut BTreeMap<String, usize>,
) -> Result<()> {
    let mut lines: BTreeMap<String, Vec<(Vec<u8>, Kept, u64)>> = BTreeMap::new();
    for line in hours.range((this_hour, "", &[][..])..)? {
        let (key, kept) = line?;
        let (at, camera, about) = key.value();
        if at != this_hour {
            break;
        }
        let bytes = bytes(camera, about, kept.value());
        if let Some((Subject::Flow(..), kept)) =
            subject::from_bytes(about).zip(Kept::read(kept.value()))
        {
            let lines = lines.entry(camera.to_owned()).or_default();
            lines.push((about.to_owned(), kept, bytes));
        }
    }
    for lines in lines.values_mut() {
        lines.sort_by_key(|(_, kept, _)| std::cmp::Reverse(kept.packets));
    }
    let ranks = lines
        .iter()
        .map(|(camera, lines)| (lines.len(), camera.clone()));
    let mut ranks: BinaryHeap<_> = ranks.collect();
    let mut gone = 0;
    while gone < excess
        && let Some((count, camera)) = ranks.pop()
        && count > FEW
        && let Some(lines) = lines.get_mut(&camera)
        && let Some((about, kept, bytes)) = lines.pop()
    {
        hours.remove((this_hour, &*camera, &*about))?;
        if let Some(subject) = subject::from_bytes(&about) {
            let rest = subject::to_bytes(&rest_of(&subject));
            let nameless = Kept {
                domain: String::new(),
                app_proto: None,
                ..kept
            };
            add(hours, (this_hour, &camera, &rest), &nameless)?;
        }
        gone += bytes;
        *losers.entry(camera.clone()).or_default() += 1;
        ranks.push((lines.len(), camera));
    }
    Ok(())
}

/// Who has lost how many lines: those that lost the most.
fn tell(losers: &BTreeMap<String, usize>) {
    let mut most: Vec<_> = losers.iter().collect();
    most.sort_by_key(|(_, lines)| std::cmp::Reverse(**lines));
    let others = most.len().saturating_sub(3);
    let words = most.iter().take(3).map(|(camera, lines)| {
        let camera = if camera.is_empty() {
            "senders that are no camera's"
        } else {
            camera
        };
        format!("{lines} of {camera}")
    });
    let words: Vec<_> = words.collect();
    let words = words.join(", ");
    let others = match others {
        0 => String::new(),
        others => format!(", and some of {others} more"),
    };
    warn!(
        "the ledger has grown too large: of cameras that have the most lines, the oldest are let go: {words}{others}"
    );
}
