//! What is in force, for people.

use std::io::{self, Write};

use super::{Events, Frames, Held, Rule, Status};
use crate::{policy::Mode, words::Count};

impl Status {
    pub(super) fn show(&self, rules: bool, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "generation {} of {}", self.generation, self.policy)?;
        if let Some(waits) = &self.unconfirmed {
            writeln!(out, "  {waits}")?;
        }
        for interface in &self.interfaces {
            let state = if interface.enforcing {
                "enforcing"
            } else {
                "NOT ENFORCING"
            };
            let mode = interface
                .mode
                .map_or_else(String::new, |mode| format!(" ({mode})"));
            writeln!(out, "  {:<16} {state}{mode}", interface.name)?;
        }
        for name in &self.waiting {
            writeln!(out, "  {name:<16} not there; waiting for it")?;
        }
        if self.taken_off > 0 {
            writeln!(
                out,
                "  taken off by others {}, and put on again",
                Count(
                    usize::try_from(self.taken_off).unwrap_or(usize::MAX),
                    "time"
                )
            )?;
        }
        if let Some(stand_in) = &self.stand_in {
            writeln!(
                out,
                "\nIN FORCE: {stand_in}; the daemon puts the policy in force when it is mended, and \
                 `enforcer check` says what to mend"
            )?;
        }
        if self.is_overdue() {
            writeln!(
                out,
                "\nAN AUDIT IS OVER AND NOT ENFORCED: the daemon ends it; does it run, and what \
                 does its log say?"
            )?;
        }
        self.show_cameras(out)?;
        if rules {
            self.show_rules(out)?;
        }
        let Events {
            told,
            suppressed,
            lost,
        } = self.events;
        writeln!(
            out,
            "\nevents: {told} told, {suppressed} suppressed, {lost} lost"
        )
    }

    fn show_rules(&self, out: &mut impl Write) -> io::Result<()> {
        let widths = self.rules.iter().map(|rule| rule.at.chars().count());
        let width = widths.max().unwrap_or(0).max("rule".len());
        writeln!(
            out,
            "\n{:<width$}  {:>12}  {:>15}",
            "rule", "decided", "bytes"
        )?;
        for Rule { at, decided } in &self.rules {
            let Frames { packets, bytes } = decided;
            writeln!(out, "{at:<width$}  {packets:>12}  {bytes:>15}")?;
        }
        Ok(())
    }

    fn show_cameras(&self, out: &mut impl Write) -> io::Result<()> {
        let width = self
            .cameras
            .iter()
            .map(|camera| camera.name.chars().count());
        let width = width.max().unwrap_or(0).max("unlisted".len());
        writeln!(
            out,
            "\n{:<width$}  {:>12}  {:>12}  why",
            "camera", "allowed", "dropped"
        )?;
        for camera in &self.cameras {
            let reasons = camera.dropped.reasons.iter();
            let reasons: Vec<_> = reasons
                .map(|(reason, count)| format!("{reason} {count}"))
                .collect();
            writeln!(
                out,
                "{:<width$}  {:>12}  {:>12}  {}{}",
                camera.name,
                camera.allowed.packets,
                camera.dropped.packets,
                camera.held.words(),
                reasons.join(", ")
            )?;
        }
        let line = format!(
            "{:<width$}  {:>12}  {:>12}  {}",
            "unlisted",
            "",
            self.unlisted.dropped.packets,
            self.unlisted.held.words()
        );
        writeln!(out, "{}", line.trim_end())
    }
}

impl Held {
    /// `(audit until 2030-01-01T00:00:00Z: passed) `, before the reasons.
    fn words(&self) -> String {
        if self.mode == Mode::Enforce.name() {
            return String::new();
        }
        let until = self.until.map_or_else(String::new, |until| {
            let overdue = if self.overdue { ", OVERDUE" } else { "" };
            format!(" until {until}{overdue}")
        });
        format!("({}{until}: passed) ", self.mode)
    }
}
