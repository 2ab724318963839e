//! What keys do, all of it.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::{Line, Text},
    widgets::{Clear, Paragraph},
};

use super::Looks;

const WORDS: &[&str] = &[
    " up, k, down, j    the camera before, the next; in an open one: scroll ",
    " Page Up, Down     ten at once                                         ",
    " Home, g, End, G   the first, the last                                 ",
    " Enter             open the camera: where it tries to go, and why not  ",
    " Esc, Backspace    back; in the list: show all again                   ",
    " /                 show only cameras, reasons and addresses with this  ",
    " s                 sort by drops/s, dropped, allowed/s, name           ",
    " p                 nothing moves, until p again; what comes is kept,   ",
    "                   and the first line is always as it is now           ",
    " q, Ctrl-C         quit; Ctrl-L draws everything anew                  ",
    "                                                                       ",
    " Numbers are the kernel's counters, read once a second. Events are     ",
    " those that are told: a camera above its share is counted, not told.   ",
    "                                                                       ",
    " any key goes back                                                     ",
];

pub(super) fn show(looks: Looks, frame: &mut Frame<'_>, all: Rect) {
    let lines: Vec<_> = WORDS.iter().map(|line| Line::raw(*line)).collect();
    let text = Text::from(lines);
    let [width, height] =
        [text.width(), text.height()].map(|size| u16::try_from(size).unwrap_or(u16::MAX));
    let area = all.centered(Constraint::Length(width), Constraint::Length(height));
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(text).style(looks.cursor()), area);
}
