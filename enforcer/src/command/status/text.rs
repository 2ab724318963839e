//! What is in force, for people.

use std::io::{self, Write};

use crate::{
    policy::Mode,
    status::{Camera, Events, Frames, Held, Rule, Status},
    words::Count,
};

impl Status {
    pub(super) fn show(&self, rules: bool, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "generation {} of {}", self.generation, self.policy)?;
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
        for trouble in &self.troubles {
            write!(out, "\n{trouble}")?;
            if let Some(advice) = &trouble.advice {
                write!(out, "; {advice}")?;
            }
            writeln!(out)?;
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
            writeln!(
                out,
                "{:<width$}  {:>12}  {:>12}  {}",
                camera.name,
                camera.allowed.packets,
                camera.dropped.packets,
                camera.why()
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

impl Camera {
    /// A line for each, and one above them.
    pub(in crate::command) fn show_all(cameras: &[Self], out: &mut impl Write) -> io::Result<()> {
        let width = |head: &str, of: fn(&Self) -> &str| {
            let widths = cameras.iter().map(|camera| of(camera).chars().count());
            widths.max().unwrap_or(0).max(head.len())
        };
        let name = width("camera", |camera| &camera.name);
        let group = width("group", |camera| &camera.group);
        writeln!(
            out,
            "{:<name$}  {:<group$}  {:>12}  {:>15}  {:>12}  {:>15}  why",
            "camera", "group", "allowed", "bytes", "dropped", "bytes"
        )?;
        for camera in cameras {
            let line = format!(
                "{:<name$}  {:<group$}  {:>12}  {:>15}  {:>12}  {:>15}  {}",
                camera.name,
                camera.group,
                camera.allowed.packets,
                camera.allowed.bytes,
                camera.dropped.packets,
                camera.dropped.bytes,
                camera.why()
            );
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// How it is held, and the reasons of its drops.
    fn why(&self) -> String {
        let reasons = self.dropped.reasons.iter();
        let reasons = reasons.map(|(reason, count)| format!("{reason} {count}"));
        self.held.words() + &reasons.collect::<Vec<_>>().join(", ")
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
