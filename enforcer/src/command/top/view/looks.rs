//! What the terminal can show.

use std::ffi::OsString;

use ratatui::{
    style::{Color, Modifier, Style},
    symbols::bar,
    widgets::{RenderDirection, Sparkline},
};

use crate::command::top::model::Rates;

/// For terminals without blocks.
const LETTERS: bar::Set<'static> = bar::Set {
    full: "#",
    seven_eighths: "#",
    three_quarters: "*",
    five_eighths: "+",
    half: "=",
    three_eighths: "-",
    one_quarter: ":",
    one_eighth: ".",
    empty: " ",
};

/// Colours or none, blocks or letters. Nothing is said by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looks {
    pub(super) has_color: bool,
    pub(super) has_blocks: bool,
}

impl Looks {
    /// As the environment says: `NO_COLOR`, `TERM`, and whether the locale is UTF-8.
    pub(crate) fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let read = |name: &str| variable(name).filter(|value| !value.is_empty());
        let terminal = read("TERM").unwrap_or_default();
        let is_simple = ["", "dumb", "linux"]
            .iter()
            .any(|simple| terminal == *simple);
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(read);
        let locale = locale.unwrap_or_default().to_string_lossy().to_lowercase();
        Self {
            has_color: !is_simple && read("NO_COLOR").is_none(),
            has_blocks: !is_simple && (locale.contains("utf-8") || locale.contains("utf8")),
        }
    }

    /// How it was lately, the latest at the right.
    pub(super) fn trend(self, rates: &Rates) -> Sparkline<'static> {
        let set = if self.has_blocks {
            bar::NINE_LEVELS
        } else {
            LETTERS
        };
        Sparkline::default()
            .data(rates.lately())
            .bar_set(set)
            .direction(RenderDirection::RightToLeft)
    }

    /// What separates.
    pub(super) const fn dash(self) -> &'static str {
        if self.has_blocks { "─" } else { "-" }
    }

    /// That all is well.
    pub(super) const fn calm(self) -> Style {
        self.colored(Color::Green).add_modifier(Modifier::BOLD)
    }

    /// That something beside it is not.
    pub(super) const fn wary(self) -> Style {
        self.colored(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// That it is not.
    pub(super) const fn loud(self) -> Style {
        let style = Style::new().add_modifier(Modifier::BOLD);
        if self.has_color {
            style.fg(Color::White).bg(Color::Red)
        } else {
            style.add_modifier(Modifier::REVERSED)
        }
    }

    /// What was dropped.
    pub(super) const fn dropped(self) -> Style {
        self.colored(Color::Red)
    }

    /// What would have been.
    pub(super) const fn audited(self) -> Style {
        self.colored(Color::Yellow)
    }

    /// Everything else.
    #[expect(clippy::unused_self, reason = "like the others")]
    pub(super) const fn plain(self) -> Style {
        Style::new()
    }

    /// Heads of tables.
    #[expect(clippy::unused_self, reason = "like the others")]
    pub(super) const fn head(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The row under the cursor.
    #[expect(clippy::unused_self, reason = "like the others")]
    pub(super) const fn cursor(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    const fn colored(self, color: Color) -> Style {
        if self.has_color {
            Style::new().fg(color)
        } else {
            Style::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_more_than_it_can_show() {
        for (variables, has_color, has_blocks) in [
            (&[("TERM", "xterm"), ("LANG", "C.UTF-8")][..], true, true),
            (
                &[("TERM", "xterm"), ("LANG", "de_DE.utf8"), ("NO_COLOR", "1")],
                false,
                true,
            ),
            (
                &[("TERM", "xterm"), ("LANG", "C.UTF-8"), ("NO_COLOR", "")],
                true,
                true,
            ),
            (&[("TERM", "xterm")], true, false),
            (
                &[("TERM", "xterm"), ("LANG", "C.UTF-8"), ("LC_ALL", "C")],
                true,
                false,
            ),
            (&[("TERM", "linux"), ("LANG", "C.UTF-8")], false, false),
            (&[("TERM", "dumb"), ("LANG", "C.UTF-8")], false, false),
            (&[], false, false),
        ] {
            let looks = Looks::of(|name| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| (*value).into())
            });
            let expected = Looks {
                has_color,
                has_blocks,
            };
            assert_eq!(looks, expected, "{variables:?}");
        }
    }
}
