//! Enforce or audit, and until when.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::schema::ModeWord;
use super::{Policy, Warning};

/// What happens to a frame that the policy does not allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub enum Mode {
    /// It is dropped.
    #[default]
    Enforce,
    /// It is judged, counted and told, and passes.
    Audit {
        /// The first moment at which it is dropped all the same, if there is one.
        until: Option<Timestamp>,
    },
}

impl Mode {
    /// An audit without an end.
    pub const AUDIT: Self = Self::Audit { until: None };

    /// Its word in the policy.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Audit { .. } => "audit",
        }
    }

    /// Whether what is not allowed passes.
    pub const fn is_audit(self) -> bool {
        matches!(self, Self::Audit { .. })
    }

    /// When the audit ends, if it is one and does.
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Enforce => None,
            Self::Audit { until } => until,
        }
    }

    /// What holds at a time: an audit that is over enforces.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        match self.until() {
            Some(until) if until <= now => Self::Enforce,
            Some(_) | None => self,
        }
    }
}

impl From<ModeWord> for Mode {
    fn from(word: ModeWord) -> Self {
        match word {
            ModeWord::Enforce => Self::Enforce,
            ModeWord::Audit => Self::AUDIT,
        }
    }
}

/// `enforce`, `audit`, `audit until 2030-01-01T00:00:00Z`.
impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.until() {
            Some(until) => write!(f, " until {until}"),
            None => Ok(()),
        }
    }
}

impl Policy {
    /// The policy as it holds at a time. Reading one asks no clock: of an audit that is over, it says
    /// that it is one, and only this settles that it enforces, and warns of it.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.mode = self.mode.at(now);
        for camera in &mut self.cameras {
            camera.mode = camera.mode.at(now);
        }
        let is_over =
            |warning: &Warning| matches!(warning, Warning::AuditOver { until } if *until <= now);
        self.warnings.take_from(&mut self.audits, is_over);
        self
    }

    /// When the next audit ends; the policy holds as it is until then.
    pub fn next_end(&self) -> Option<Timestamp> {
        let modes = self.cameras.iter().map(|camera| camera.mode);
        let ends = modes.chain([self.mode]).filter_map(Mode::until);
        ends.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "version: 1\nmode: audit\nuntil: 2030-01-03\ninterfaces: {lan1: }\n\
        groups:\n  \
          early: {mode: audit, until: 2030-01-01, allow: [{to: 192.0.2.1}]}\n  \
          late: {allow: [{to: 192.0.2.1}]}\n\
        cameras:\n  \
          a: {match: {vlan: 1}, group: early}\n  \
          b: {match: {vlan: 2}, group: early, mode: audit, until: 2030-01-02}\n  \
          c: {match: {vlan: 3}, group: early, mode: audit}\n  \
          d: {match: {vlan: 4}, group: early, mode: enforce}\n  \
          e: {match: {vlan: 5}, group: late}\n";

    #[test]
    fn an_audit_is_over_at_its_end_and_not_before() {
        let until = time("2030-01-01T00:00:00Z");
        let mode = Mode::Audit { until: Some(until) };
        assert_eq!(mode.at(time("2029-12-31T23:59:59.999999999Z")), mode);
        assert_eq!(mode.at(until), Mode::Enforce);
        assert_eq!(mode.at(Timestamp::MAX), Mode::Enforce);
        assert_eq!(Mode::AUDIT.at(Timestamp::MAX), Mode::AUDIT);
        assert_eq!(Mode::Enforce.at(Timestamp::MIN), Mode::Enforce);
    }

    #[test]
    fn the_nearest_mode_holds_with_its_own_end_and_enforces_after_it() {
        let policy = Policy::parse("policy.yaml", POLICY).unwrap_or_else(|error| panic!("{error}"));
        let [first, second, third] =
            [1, 2, 3].map(|day| time(&format!("2030-01-0{day}T00:00:00Z")));
        let audit = |until| Mode::Audit { until: Some(until) };
        let enforce = Mode::Enforce;
        for (now, all, cameras, next, warnings) in [
            (
                "2029-12-31T23:59:59Z",
                audit(third),
                [
                    audit(first),
                    audit(second),
                    Mode::AUDIT,
                    enforce,
                    audit(third),
                ],
                Some(first),
                0,
            ),
            (
                "2030-01-01T00:00:00Z",
                audit(third),
                [enforce, audit(second), Mode::AUDIT, enforce, audit(third)],
                Some(second),
                1,
            ),
            (
                "2030-01-02T12:00:00Z",
                audit(third),
                [enforce, enforce, Mode::AUDIT, enforce, audit(third)],
                Some(third),
                2,
            ),
            (
                "2030-01-03T00:00:00Z",
                enforce,
                [enforce, enforce, Mode::AUDIT, enforce, enforce],
                None,
                3,
            ),
        ] {
            let policy = policy.clone().at(time(now));
            assert_eq!(policy.mode, all, "{now}");
            let modes: Vec<Mode> = policy.cameras.iter().map(|camera| camera.mode).collect();
            assert_eq!(modes, cameras, "{now}");
            assert_eq!(policy.next_end(), next, "{now}");
            assert_eq!(policy.warnings().findings.len(), warnings, "{now}");
        }
    }

    #[test]
    fn what_enforces_stays_so_when_the_clock_steps_back() {
        let policy = Policy::parse("policy.yaml", POLICY).unwrap_or_else(|error| panic!("{error}"));
        let over = policy.at(time("2030-01-03T00:00:00Z"));
        assert_eq!(over.clone().at(time("2029-01-01T00:00:00Z")), over);
    }

    #[test]
    fn a_mode_is_written_down_with_its_end_and_read_without() {
        let until = Some(time("2030-01-01T00:00:00Z"));
        let audit = r#"{"mode":"audit","until":"2030-01-01T00:00:00Z"}"#;
        let written = serde_json::to_string(&Mode::Audit { until }).unwrap();
        assert_eq!(written, audit);
        for (text, mode) in [
            (audit, Mode::Audit { until }),
            (r#"{"mode":"audit"}"#, Mode::AUDIT),
            (r#"{"mode":"enforce"}"#, Mode::Enforce),
        ] {
            assert_eq!(serde_json::from_str::<Mode>(text).unwrap(), mode, "{text}");
        }
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }
}
