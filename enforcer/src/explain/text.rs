//! An explanation for people.

use std::fmt;

use enforcer_common::{
    DropReason, Verdict,
    event::{Circumstances, DropEvent},
};

use super::Explanation;
use super::quote::Quote;
use crate::events::What;

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.headline())?;
        if let Verdict::Drop { reason, .. } = self.verdict {
            writeln!(f, "  {}", reason.meaning().trim())?;
        }
        writeln!(f)?;
        row(f, "frame", &self.what())?;
        match (self.camera, self.group) {
            (Some(camera), Some(group)) => {
                let interface = &self.interface;
                let words = format!("{}, group {group}, on {interface}", camera.name);
                row(f, "camera", &words)?;
            }
            _ => row(f, "camera", &format!("none, on {}", self.interface))?,
        }
        if let Some(rule) = &self.rule {
            quote(f, self.rule_label(), rule)?;
        }
        if let Some(missing) = &self.missing {
            if let Some(nearest) = &missing.nearest {
                quote(f, "nearest", nearest)?;
            }
            row(f, "missing", &missing.words)?;
        }
        for note in &self.notes {
            row(f, "note", note)?;
        }
        Ok(())
    }
}

impl Explanation<'_> {
    fn headline(&self) -> String {
        match self.verdict {
            Verdict::Ignore => "ignored: no camera's, and `unlisted: pass` holds".to_owned(),
            Verdict::Allow { rule: 0, .. } => "allowed: link housekeeping".to_owned(),
            Verdict::Allow { .. } => "allowed".to_owned(),
            Verdict::Drop { reason, audit, .. } => {
                let audit = if audit {
                    format!(" ({}: told, and passes)", self.mode)
                } else {
                    String::new()
                };
                format!("denied: {}{audit}", reason.name())
            }
        }
    }

    fn rule_label(&self) -> &'static str {
        match self.verdict {
            Verdict::Drop { reason, .. } if reason != DropReason::Denied => "nearest",
            Verdict::Ignore | Verdict::Allow { .. } | Verdict::Drop { .. } => "rule",
        }
    }

    /// `tcp 192.168.50.21:40000 -> 203.0.113.7:443 SYN`, in the words of an event.
    pub(super) fn what(&self) -> String {
        let about = Circumstances {
            at: 0,
            suppressed: 0,
            camera: 0,
            rule: 0,
            generation: 0,
            interface: 0,
            frame_length: 0,
            captured: 0,
            reason: DropReason::NotAllowed,
            audit: false,
        };
        What(&DropEvent::new(&about, &self.flow)).to_string()
    }
}

fn quote(f: &mut fmt::Formatter<'_>, label: &str, quote: &Quote) -> fmt::Result {
    row(f, label, &format!("{}: {}", quote.place, quote.line))
}

fn row(f: &mut fmt::Formatter<'_>, label: &str, words: &str) -> fmt::Result {
    writeln!(f, "  {label:<9}{words}")
}
