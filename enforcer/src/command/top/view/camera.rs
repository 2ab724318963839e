//! One camera: how much, why, and where it tries to go.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

use super::{Looks, first_shown, moved, row, short, show_rates};
use crate::command::top::{
    model::{Camera, Goal, Model},
    told::time_of,
};

/// Lines above the destinations.
const ABOVE: u16 = 3;

pub(super) fn show(
    model: &Model,
    (name, camera): (&str, &Camera),
    looks: Looks,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let [above, below] =
        Layout::vertical([Constraint::Length(ABOVE), Constraint::Fill(1)]).areas(area);
    show_above(name, camera, looks, frame, above);
    show_goals(model, name, looks, frame, below);
}

fn show_above(name: &str, camera: &Camera, looks: Looks, frame: &mut Frame<'_>, area: Rect) {
    let audit = if camera.is_audit { ", in audit" } else { "" };
    let words = format!(
        "{name} ({}{audit}): {} dropped, {} allowed",
        camera.group,
        camera.dropped.total(),
        camera.allowed.total()
    );
    if let Some(line) = row(area, 0) {
        frame.render_widget(Line::styled(words, looks.head()), line);
    }
    if let Some(line) = row(area, 1) {
        frame.render_widget(Line::raw(why(camera)), line);
    }
    if let Some(line) = row(area, 2) {
        let [left, right] = Layout::horizontal([Constraint::Fill(1); 2])
            .spacing(2)
            .areas(line);
        show_rates("dropped/s", &camera.dropped, looks, frame, left);
        show_rates("allowed/s", &camera.allowed, looks, frame, right);
    }
}

fn show_goals(model: &Model, name: &str, looks: Looks, frame: &mut Frame<'_>, area: Rect) {
    let (goals, is_all) = model.goals(name);
    let Some(head) = row(area, 0) else { return };
    let count = if is_all { "FRAMES" } else { "EVENTS" };
    let columns = Columns::of(head);
    let heads = ["WHERE IT TRIES TO GO", count, "WHY", "LAST"];
    columns.show(heads, looks, true, frame);
    let rows = usize::from(area.height.saturating_sub(1));
    let first = model
        .scrolled
        .min(first_shown(goals.len().saturating_sub(1), rows));
    for (nth, goal) in goals.iter().skip(first).take(rows).enumerate() {
        let Some(line) = row(area, nth + 1) else {
            break;
        };
        let Goal {
            to,
            domain,
            service,
            count,
            fate,
            last,
        } = goal;
        let to = match domain {
            Some(domain) => format!("{to} {service} {domain}"),
            None => format!("{to} {service}"),
        };
        let texts = [&to, &short(*count), fate.as_str(), time_of(last)];
        columns.at(line).show(texts, looks, false, frame);
    }
    if goals.is_empty()
        && let Some(line) = row(area, 1)
    {
        frame.render_widget(Line::raw("no event came yet"), line);
    }
}

/// `why: not_allowed 4050, port 1350`
fn why(camera: &Camera) -> String {
    let reasons = camera.reasons.iter();
    let reasons: Vec<_> = reasons
        .map(|(reason, packets)| format!("{reason} {}", short(*packets)))
        .collect();
    if reasons.is_empty() {
        "why: nothing was dropped".to_owned()
    } else {
        format!("why: {}", reasons.join(", "))
    }
}

/// Where what stands in a line.
struct Columns([Rect; 4]);

impl Columns {
    fn of(line: Rect) -> Self {
        let widths = [
            Constraint::Fill(1),
            Constraint::Length(7),
            Constraint::Length(12),
            Constraint::Length(8),
        ];
        Self(Layout::horizontal(widths).spacing(1).areas(line))
    }

    /// The same in another line.
    fn at(&self, line: Rect) -> Self {
        Self(self.0.map(|area| moved(area, line)))
    }

    fn show(&self, texts: [&str; 4], looks: Looks, is_head: bool, frame: &mut Frame<'_>) {
        let style = if is_head { looks.head() } else { looks.plain() };
        for (nth, (text, area)) in texts.into_iter().zip(self.0).enumerate() {
            let line = Line::styled(text, style);
            let line = if nth == 1 { line.right_aligned() } else { line };
            frame.render_widget(line, area);
        }
    }
}
