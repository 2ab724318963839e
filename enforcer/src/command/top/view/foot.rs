//! What keys do, what was typed, and what order there is.

use ratatui::{Frame, layout::Rect, text::Line};

use super::Looks;
use crate::command::top::model::Model;

pub(super) fn show(model: &Model, looks: Looks, frame: &mut Frame<'_>, area: Rect) {
    let typed = model.filter.typed();
    if model.is_typing {
        let words =
            format!("/{typed}_  camera, reason or address; Enter keeps it, Esc takes it away");
        frame.render_widget(Line::styled(words, looks.head()), area);
        return;
    }
    let mut words = Vec::new();
    if model.is_paused() {
        words.push("PAUSED (p goes on)".to_owned());
    }
    if !typed.is_empty() {
        words.push(format!("only /{typed} (Esc: all)"));
    }
    words.push(if !words.is_empty() {
        "? help  q quit".to_owned()
    } else if model.opened().is_some() {
        "Esc back  / filter  p pause  ? help  q quit".to_owned()
    } else {
        format!(
            "Enter open  / filter  s sort ({})  p pause  ? help  q quit",
            model.sort.name()
        )
    });
    let style = if model.is_paused() {
        looks.cursor()
    } else {
        looks.plain()
    };
    frame.render_widget(Line::styled(words.join("  "), style), area);
}
