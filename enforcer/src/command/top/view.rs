//! What is seen: the same for the same model, at any size.

mod camera;
mod foot;
mod help;
mod list;
mod looks;
mod tail;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

pub(super) use self::looks::Looks;
use super::model::{Model, Rates};
use crate::status::Level;

/// Draws everything anew.
pub(super) fn draw(model: &Model, looks: Looks, frame: &mut Frame<'_>) {
    let all = frame.area();
    let height = all.height;
    // What matters least goes first where there is no room.
    let totals = u16::from(height >= 5);
    let foot = u16::from(height >= 4);
    let tail = if height >= 14 { height / 3 } else { 0 };
    let [force, totals, body, tail, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(totals),
        Constraint::Fill(1),
        Constraint::Length(tail),
        Constraint::Length(foot),
    ])
    .areas(all);
    show_force(model, looks, frame, force);
    show_totals(model, looks, frame, totals);
    match model.opened() {
        Some((name, camera)) => camera::show(model, (name, camera), looks, frame, body),
        None => list::show(model, looks, frame, body),
    }
    tail::show(model, looks, frame, tail);
    foot::show(model, looks, frame, foot);
    if model.is_helping {
        help::show(looks, frame, all);
    }
}

/// One line, loud if anything is not as it should be.
fn show_force(model: &Model, looks: Looks, frame: &mut Frame<'_>, area: Rect) {
    let force = &model.force;
    let words = &force.words;
    let line = match force.worst {
        None => Line::styled(format!("enforcer  {words}"), looks.calm()),
        Some(Level::Warning) => Line::styled(format!("!  {words}"), looks.wary()),
        Some(Level::Error) => {
            frame.buffer_mut().set_style(area, looks.loud());
            Line::raw(format!("!! {words} !!"))
        }
    };
    frame.render_widget(line, area);
}

/// Allowed against dropped.
fn show_totals(model: &Model, looks: Looks, frame: &mut Frame<'_>, area: Rect) {
    let (allowed, dropped) = model.totals();
    let [left, right] = Layout::horizontal([Constraint::Fill(1); 2])
        .spacing(2)
        .areas(area);
    show_rates("dropped/s", dropped, looks, frame, left);
    show_rates("allowed/s", allowed, looks, frame, right);
}

/// A name, a number, and how it was lately.
fn show_rates(name: &str, rates: &Rates, looks: Looks, frame: &mut Frame<'_>, area: Rect) {
    let words = format!("{name} {:>7}", short(rates.now()));
    let width = u16::try_from(words.len() + 1).unwrap_or(u16::MAX);
    let [left, right] =
        Layout::horizontal([Constraint::Length(width), Constraint::Fill(1)]).areas(area);
    frame.render_widget(Line::raw(words), left);
    frame.render_widget(looks.trend(rates), right);
}

/// A row of an area, if it has that many.
fn row(area: Rect, nth: usize) -> Option<Rect> {
    let nth = u16::try_from(nth).ok().filter(|nth| *nth < area.height)?;
    Some(Rect {
        y: area.y + nth,
        height: 1,
        ..area
    })
}

/// The same place in another line.
const fn moved(area: Rect, line: Rect) -> Rect {
    Rect { y: line.y, ..area }
}

/// Where a row of so many begins to be shown, for the one under the cursor to be seen.
const fn first_shown(cursor: usize, rows: usize) -> usize {
    (cursor + 1).saturating_sub(rows)
}

/// A number in seven characters at most: `1532`, `153k`, `12M`.
fn short(number: u64) -> String {
    match number {
        0..100_000 => number.to_string(),
        100_000..100_000_000 => format!("{}k", number / 1000),
        100_000_000..100_000_000_000 => format!("{}M", number / 1_000_000),
        _ => format!("{}G", number / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests;
