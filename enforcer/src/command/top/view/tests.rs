use std::time::Duration;

use ratatui::{Terminal, backend::TestBackend, buffer::Cell, style::Modifier};
use serde_json::json;

use super::*;
use crate::command::top::{
    made::{event, status},
    model::News,
};

const RICH: Looks = Looks {
    has_color: true,
    has_blocks: true,
};

const PLAIN: Looks = Looks {
    has_color: false,
    has_blocks: false,
};

/// A minute of three cameras, of which two are dropped in waves.
fn minute() -> Model {
    let mut model = Model::default();
    let mut dropped = [0, 102_000];
    for second in 0..60 {
        dropped[0] += (second % 10) * 20;
        dropped[1] += (second % 4) * 100;
        let cameras = [
            ("gate", second * 7, dropped[0]),
            ("hall", second * 40, 0),
            ("lobby-of-the-east-wing", 0, dropped[1]),
        ];
        model.take_status(second, &status(&cameras));
    }
    for second in 0..20_u32 {
        let to = if second % 3 == 0 {
            "2001:db8::7"
        } else {
            "203.0.113.7"
        };
        model.take_event(event("gate", to, 9999, second));
        model.take_event(event("lobby-of-the-east-wing", "198.51.100.9", 53, second));
    }
    model
}

fn drawn(model: &Model, looks: Looks, (width, height): (u16, u16)) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(model, looks, frame)).unwrap();
    terminal
}

fn text(model: &Model, looks: Looks, size: (u16, u16)) -> String {
    drawn(model, looks, size).backend().to_string()
}

#[test]
fn the_list_on_a_screen_of_80_by_24() {
    insta::assert_snapshot!(text(&minute(), RICH, (80, 24)));
}

#[test]
fn the_list_in_letters_alone() {
    let text = text(&minute(), PLAIN, (80, 24));
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_camera_that_is_open() {
    let mut model = minute();
    model.type_in("j\r");
    insta::assert_snapshot!(text(&model, RICH, (80, 24)));
}

#[test]
fn the_list_with_a_filter_that_was_paused() {
    let mut model = minute();
    model.type_in("/gate\rp");
    insta::assert_snapshot!(text(&model, RICH, (80, 24)));
}

#[test]
fn the_help() {
    let mut model = minute();
    model.type_in("?");
    insta::assert_snapshot!(text(&model, RICH, (80, 24)));
}

#[test]
fn before_anything_is_known() {
    insta::assert_snapshot!(text(&Model::default(), RICH, (80, 24)));
}

#[test]
fn what_is_not_in_force_is_loud_with_and_without_colours() {
    let mut model = minute();
    let words = "nobody listens at /run/enforcer/control.sock";
    model.take(Duration::from_secs(61), News::Gone(words.to_owned()));
    for looks in [RICH, PLAIN] {
        let terminal = drawn(&model, looks, (80, 24));
        let first = &terminal.backend().buffer().content()[..80];
        let line: String = first.iter().map(Cell::symbol).collect();
        assert!(
            line.starts_with("!! THE DAEMON DOES NOT ANSWER, numbers are old: nobody"),
            "{line}"
        );
        for cell in first {
            let is_reversed = cell.modifier.contains(Modifier::REVERSED);
            assert_eq!(is_reversed, !looks.has_color);
            assert!(cell.modifier.contains(Modifier::BOLD));
        }
    }
}

#[test]
fn what_is_amiss_beside_it_is_told_and_not_loud() {
    let mut told = status(&[("gate", 0, 0)]);
    told["troubles"] = json!([
        {"kind": "settings", "level": "warning", "title": "Settings", "words": "x", "advice": null},
    ]);
    let mut model = Model::default();
    model.take_status(0, &told);
    for looks in [RICH, PLAIN] {
        let terminal = drawn(&model, looks, (80, 24));
        let first = &terminal.backend().buffer().content()[..80];
        let line: String = first.iter().map(Cell::symbol).collect();
        assert!(
            line.starts_with("!  SETTINGS; generation 3 in force on"),
            "{line}"
        );
        assert!(first[0].modifier.contains(Modifier::BOLD));
        assert!(!first[0].modifier.contains(Modifier::REVERSED));
    }
}

#[test]
fn without_colours_there_are_none() {
    let mut model = minute();
    for keys in ["", "\r", "\u{1b}?"] {
        model.type_in(keys);
        let terminal = drawn(&model, PLAIN, (80, 24));
        for cell in terminal.backend().buffer().content() {
            use ratatui::style::Color::Reset;
            assert_eq!((cell.fg, cell.bg), (Reset, Reset));
        }
    }
}

#[test]
fn it_fits_into_every_size() {
    let mut model = minute();
    for keys in ["", "\r", "\u{1b}?", "x/gate"] {
        model.type_in(keys);
        for width in [1, 2, 3, 9, 20, 40, 55, 56, 57, 79, 80, 300] {
            for height in [1, 2, 3, 4, 5, 6, 13, 14, 24, 100] {
                text(&model, RICH, (width, height));
            }
        }
    }
}

#[test]
fn the_one_under_the_cursor_is_always_to_be_seen() {
    let mut model = Model::default();
    let names: Vec<_> = (0..100)
        .map(|number| format!("camera-{number:02}"))
        .collect();
    let cameras: Vec<_> = names.iter().map(|name| (name.as_str(), 0, 0)).collect();
    model.take_status(0, &status(&cameras));
    for name in &names {
        let text = text(&model, RICH, (30, 9));
        assert!(text.contains(&format!("> {name}")), "{text}");
        model.type_in("j");
    }
}

#[test]
fn numbers_fit_into_their_columns() {
    for (number, expected) in [
        (0, "0"),
        (99_999, "99999"),
        (100_000, "100k"),
        (100_000_000, "100M"),
        (u64::MAX, "18446744073G"),
    ] {
        assert_eq!(short(number), expected);
    }
}
