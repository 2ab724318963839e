//! What was found, for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Document;
use crate::doctor::{Finding, Level};
use crate::words::Count;

const PLAIN: Style = Style::new();

/// Of a line of prose, without what it is indented by.
const WIDTH: usize = 96;

impl Document {
    pub(super) fn show(&self, color: bool, out: &mut impl Write) -> io::Result<()> {
        let policy = self.policy.as_deref().unwrap_or("no policy");
        match self.generation {
            Some(generation) => writeln!(out, "{policy}; generation {generation} is in force")?,
            None => writeln!(out, "{policy}; nothing is in force")?,
        }
        for finding in &self.findings {
            writeln!(out)?;
            show(finding, color, out)?;
        }
        writeln!(out, "\n{}", self.summary())
    }

    /// `2 interfaces: 1 error, 2 notes, 4 ok`
    fn summary(&self) -> String {
        let counts = Level::ALL.iter().filter_map(|&level| {
            let of_level = self
                .findings
                .iter()
                .filter(|finding| finding.level == level);
            let count = of_level.count();
            (count > 0).then(|| match level {
                Level::Error => Count(count, "error").to_string(),
                Level::Warning => Count(count, "warning").to_string(),
                Level::Unknown => format!("{count} unknown"),
                Level::Note => Count(count, "note").to_string(),
                Level::Ok => format!("{count} ok"),
            })
        });
        let counts: Vec<String> = counts.collect();
        let interfaces = Count(self.interfaces.len(), "interface");
        format!("{interfaces}: {}", counts.join(", "))
    }
}

/// `error[enforced]: lan-cam1: no program is on it`, and below it what that means and what to do. What
/// is as it should be takes one line.
fn show(finding: &Finding, color: bool, out: &mut impl Write) -> io::Result<()> {
    let styled = |style: Style| if color { style } else { PLAIN };
    let (level, bold) = (styled(style(finding.level)), styled(Style::new().bold()));
    let word = finding.level.word();
    let code = finding.code.name();
    let interface = finding.interface.as_deref();
    let interface = interface.map_or_else(String::new, |name| format!("{name}: "));
    writeln!(
        out,
        "{level}{word}[{code}]{level:#}{bold}: {interface}{}{bold:#}",
        finding.message
    )?;
    if finding.level == Level::Ok {
        return Ok(());
    }
    for line in wrap(&finding.meaning) {
        writeln!(out, "  {line}")?;
    }
    for command in &finding.run {
        row("run", command, out)?;
    }
    for (number, line) in finding.policy.iter().enumerate() {
        row(if number == 0 { "policy" } else { "" }, line, out)?;
    }
    Ok(())
}

/// Lines of at most [`WIDTH`] characters, as far as words allow.
fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

fn row(label: &str, words: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "  {label:<9}{words}")
}

const fn style(level: Level) -> Style {
    match level {
        Level::Error => AnsiColor::Red.on_default().bold(),
        Level::Warning | Level::Unknown => AnsiColor::Yellow.on_default().bold(),
        Level::Note => AnsiColor::Cyan.on_default().bold(),
        Level::Ok => AnsiColor::Green.on_default().bold(),
    }
}
