//! The cameras, one a line.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::Line,
};

use super::{Looks, first_shown, moved, row, short};
use crate::command::top::model::{Camera, Model};

/// From which width on there is a trend, and what was allowed.
const WIDE: u16 = 56;

/// From which width on it is said how many were dropped of all.
const NARROW: u16 = 40;

pub(super) fn show(model: &Model, looks: Looks, frame: &mut Frame<'_>, area: Rect) {
    let (shown, all) = model.cameras();
    let Some(head) = row(area, 0) else { return };
    let count = if shown.len() == all {
        format!("CAMERA ({all})")
    } else {
        format!("CAMERA ({} of {all})", shown.len())
    };
    let columns = Columns::of(head);
    let heads = [&count, "DROPS/S", "ALLOWED/S", "DROPPED", "WHY"];
    columns.show(heads, looks.head(), frame);
    let cursor = model.cursor(&shown);
    let rows = usize::from(area.height.saturating_sub(1));
    let first = first_shown(cursor, rows);
    for (nth, (name, camera)) in shown.iter().skip(first).take(rows).enumerate() {
        let Some(line) = row(area, nth + 1) else {
            break;
        };
        show_camera(name, camera, looks, frame, &columns.at(line));
        if first + nth == cursor {
            frame.buffer_mut().set_style(line, looks.cursor());
            frame.render_widget(Line::raw(">"), line);
        }
    }
    if shown.is_empty()
        && let Some(line) = row(area, 1)
    {
        frame.render_widget(Line::raw("  none"), line);
    }
}

fn show_camera(
    name: &str,
    camera: &Camera,
    looks: Looks,
    frame: &mut Frame<'_>,
    columns: &Columns,
) {
    let Camera {
        allowed, dropped, ..
    } = camera;
    let why = camera.reasons.first().map_or("", |(reason, _)| reason);
    let why = if camera.is_audit {
        format!("audit {why}")
    } else {
        why.to_owned()
    };
    let style = match (dropped.now(), camera.is_audit) {
        (0, _) => Style::new(),
        (_, true) => looks.audited(),
        (_, false) => looks.dropped(),
    };
    let texts = [
        name,
        &short(dropped.now()),
        &short(allowed.now()),
        &short(dropped.total()),
        &why,
    ];
    columns.show(texts, style, frame);
    frame.render_widget(looks.trend(dropped), columns.trend);
}

/// Where what stands in a line.
struct Columns {
    name: Rect,
    drops: Rect,
    trend: Rect,
    allowed: Rect,
    dropped: Rect,
    why: Rect,
}

impl Columns {
    fn of(line: Rect) -> Self {
        let if_wider =
            |than: u16, width: u16| Constraint::Length(if line.width >= than { width } else { 0 });
        let if_wide = |width| if_wider(WIDE, width);
        // The mark of the cursor stands before the name.
        let [_, name, drops, _, trend, allowed, _, dropped, _, why] = Layout::horizontal([
            Constraint::Length(2),
            Constraint::Length((line.width / 5).clamp(12, 40)),
            Constraint::Length(8),
            if_wide(2),
            if_wide(14),
            if_wide(10),
            if_wider(NARROW, 1),
            if_wider(NARROW, 8),
            Constraint::Length(2),
            Constraint::Fill(1),
        ])
        .areas(line);
        Self {
            name,
            drops,
            trend,
            allowed,
            dropped,
            why,
        }
    }

    /// The same in another line.
    const fn at(&self, line: Rect) -> Self {
        let Self {
            name,
            drops,
            trend,
            allowed,
            dropped,
            why,
        } = *self;
        Self {
            name: moved(name, line),
            drops: moved(drops, line),
            trend: moved(trend, line),
            allowed: moved(allowed, line),
            dropped: moved(dropped, line),
            why: moved(why, line),
        }
    }

    fn show(
        &self,
        [name, drops, allowed, dropped, why]: [&str; 5],
        style: Style,
        frame: &mut Frame<'_>,
    ) {
        let left = [(name, self.name), (why, self.why)];
        let right = [
            (drops, self.drops),
            (allowed, self.allowed),
            (dropped, self.dropped),
        ];
        for (text, area) in left {
            frame.render_widget(Line::styled(text, style), area);
        }
        for (text, area) in right {
            frame.render_widget(Line::styled(text, style).right_aligned(), area);
        }
    }
}
