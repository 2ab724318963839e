//! The last events, the latest at the bottom.

use ratatui::{Frame, layout::Rect, text::Line};

use super::{Looks, row};
use crate::command::top::{model::Model, told::Event};

pub(super) fn show(model: &Model, looks: Looks, frame: &mut Frame<'_>, area: Rect) {
    let Some(head) = row(area, 0) else { return };
    let dash = looks.dash();
    let words = match model.missed() {
        0 => format!("{} events ", dash.repeat(2)),
        missed => format!("{} events, {missed} missed ", dash.repeat(2)),
    };
    let rest = usize::from(area.width).saturating_sub(words.chars().count());
    let words = words + &dash.repeat(rest);
    frame.render_widget(Line::raw(words), head);
    let rows = usize::from(area.height.saturating_sub(1));
    for (nth, event) in model.tail(rows).into_iter().enumerate() {
        let Some(line) = row(area, nth + 1) else {
            break;
        };
        frame.render_widget(told(event, looks), line);
    }
}

fn told(event: &Event, looks: Looks) -> Line<'static> {
    let (action, style) = if event.is_audit {
        ("AUDIT", looks.audited())
    } else {
        ("DROP ", looks.dropped())
    };
    let whose = event.camera.as_deref().unwrap_or(&event.sender);
    let to = event.to.map_or_else(|| "-".to_owned(), |to| to.to_string());
    let time = event.time();
    let mut words = format!(
        "{time} {action} {whose:<17} {to} {}  {}",
        event.service(),
        event.reason
    );
    if let Some(domain) = &event.domain {
        words.push_str("  ");
        words.push_str(domain);
    }
    Line::styled(words, style)
}
