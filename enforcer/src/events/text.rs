//! Events for people: one line each, in columns.

mod what;

use std::fmt;

use anstyle::{AnsiColor, Style};
use enforcer_common::event::DropEvent;

pub(crate) use self::what::What;
use super::signature::Class;
use super::{Missed, Told, short::mac};
use crate::words::{Count, Grouped, Harmless};

/// Widths of the columns that differ from line to line. What is longer moves the rest along.
const WHO: usize = 24;
const WHAT: usize = 58;
const WHY: usize = 13;

/// The time of day.
const TIME: &str = "%H:%M:%S.%3fZ";

const PLAIN: Style = Style::new();

/// Appends the event as text, without a line break.
pub(super) fn write(told: &Told<'_>, color: bool, line: &mut Vec<u8>) {
    line.extend_from_slice(render(told, color).as_bytes());
}

/// Appends what stands in place of events that are missing, without a line break.
pub(super) fn write_missed(missed: &Missed, color: bool, line: &mut Vec<u8>) {
    let styled = |style: Style| if color { style } else { PLAIN };
    let mut columns = Columns::default();
    let dimmed = styled(Style::new().dimmed());
    columns.push(&missed.at.strftime(TIME), 0, dimmed);
    let style = styled(AnsiColor::Magenta.on_default().bold());
    columns.push(&"MISSED", 0, style);
    columns.push(&missed_in_words(missed.events), 0, PLAIN);
    line.extend_from_slice(columns.0.join("  ").as_bytes());
}

/// `12 events: more came than were taken`
pub(super) fn missed_in_words(events: u64) -> String {
    format!("{}: more came than were taken", Count(events, "event"))
}

/// `17:40:00.123Z DROP   gate (recorded)  tcp 192.168.50.21:40112 -> 203.0.113.7:443 SYN
/// not_allowed  lan-cam1  policy.yaml:22  dev.hik-connect.com  [Hikvision's cloud, CN]  [+12 not told]`
fn render(told: &Told<'_>, color: bool) -> String {
    let event = told.event;
    let styled = |style: Style| if color { style } else { PLAIN };
    let (action, action_style) = if event.audit == 0 {
        ("DROP", AnsiColor::Red.on_default().bold())
    } else {
        ("AUDIT", AnsiColor::Yellow.on_default().bold())
    };
    let dimmed = styled(Style::new().dimmed());
    let mut line = Columns::default();
    line.push(&told.at.strftime(TIME), 0, dimmed);
    line.push(&action, 5, styled(action_style));
    line.push(&Who(told), WHO, styled(Style::new().bold()));
    line.push(&What(event), WHAT, PLAIN);
    line.push(&event.reason.name(), WHY, styled(reason_style(event)));
    line.push(&Where(told), 0, PLAIN);
    if let Some(rule) = told.rule {
        line.push(&Harmless(rule), 0, PLAIN);
    }
    if let Some(domain) = told.domain {
        line.push(&Harmless(domain), 0, PLAIN);
    }
    let whose = told.label.map(ToString::to_string).unwrap_or_default();
    if !whose.is_empty() {
        line.push(&format_args!("[{}]", Harmless(&whose)), 0, PLAIN);
    }
    if event.suppressed > 0 {
        let untold = format!("[+{} not told]", Grouped(event.suppressed));
        line.push(&untold, 0, dimmed);
    }
    line.0.join("  ")
}

const fn reason_style(event: &DropEvent) -> Style {
    match Class::of(event.reason).severity() {
        1 => AnsiColor::Red.on_default(),
        2 => AnsiColor::Yellow.on_default(),
        _ => PLAIN,
    }
}

/// The columns of a line.
#[derive(Default)]
struct Columns(Vec<String>);

impl Columns {
    fn push(&mut self, value: &dyn fmt::Display, width: usize, style: Style) {
        let text = value.to_string();
        let padding = width.saturating_sub(text.chars().count());
        self.0
            .push(format!("{style}{text}{style:#}{:padding$}", ""));
    }
}

/// `gate (recorded)`, or `-` and the MAC address of who is no camera.
struct Who<'a>(&'a Told<'a>);

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(told) = self;
        match told.camera {
            Some(camera) => Harmless(camera).fmt(f)?,
            None => write!(f, "- {}", mac(told.event.source_mac))?,
        }
        match told.group {
            Some(group) => write!(f, " ({})", Harmless(group)),
            None => Ok(()),
        }
    }
}

/// `lan-cam1`, `lan-cam1 vlan 100/50`.
struct Where<'a>(&'a Told<'a>);

impl fmt::Display for Where<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(told) = self;
        Harmless(told.interface).fmt(f)?;
        for (index, vlan) in super::vlans(told.event).iter().enumerate() {
            let separator = if index == 0 { " vlan " } else { "/" };
            write!(f, "{separator}{vlan}")?;
        }
        Ok(())
    }
}
