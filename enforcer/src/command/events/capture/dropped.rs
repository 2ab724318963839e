//! What the daemon tells of a drop, as far as a file of frames has it.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;

/// A drop.
#[derive(Debug, Deserialize)]
pub(super) struct Dropped {
    in_iface: String,
    drop: Drop,
    verdict: Verdict,
    alert: Alert,
    packet: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Drop {
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Verdict {
    action: String,
}

#[derive(Debug, Deserialize)]
struct Alert {
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    camera: Option<[String; 1]>,
    group: Option<[String; 1]>,
    rule: Option<[String; 1]>,
    suppressed: Option<[String; 1]>,
    frame_length: [String; 1],
    unix_nanoseconds: [String; 1],
}

impl Dropped {
    pub(super) fn read(line: &str) -> Result<Self> {
        serde_json::from_str(line).with_context(|| format!("what the daemon tells: {line}"))
    }

    /// The interface that it came in on.
    pub(super) fn interface(&self) -> &str {
        &self.in_iface
    }

    /// The first bytes of the frame, if they are told.
    pub(super) fn frame(&self) -> Result<Option<Vec<u8>>> {
        let packet = self.packet.as_ref();
        let frame = packet.map(|packet| BASE64_STANDARD.decode(packet));
        let frame = frame.transpose();
        frame.map_err(|error| anyhow!("the frame that the daemon tells: {error}"))
    }

    /// How long the whole of it was.
    pub(super) fn length(&self) -> Result<u32> {
        let [length] = &self.alert.metadata.frame_length;
        length
            .parse()
            .with_context(|| format!("a length: {length}"))
    }

    /// When, since 1970.
    pub(super) fn at(&self) -> Result<Duration> {
        let [at] = &self.alert.metadata.unix_nanoseconds;
        let at = at.parse().with_context(|| format!("a time: {at}"))?;
        Ok(Duration::from_nanos(at))
    }

    /// `not_allowed; camera gate; group recorded; policy.yaml:12; 7 before it were not told`
    pub(super) fn comment(&self) -> String {
        let Metadata {
            camera,
            group,
            rule,
            suppressed,
            frame_length: _,
            unix_nanoseconds: _,
        } = &self.alert.metadata;
        let mut words = vec![self.drop.reason.clone()];
        if self.verdict.action != "drop" {
            words.push("audit: it passed".to_owned());
        }
        words.extend(camera.iter().map(|[camera]| format!("camera {camera}")));
        words.extend(group.iter().map(|[group]| format!("group {group}")));
        words.extend(rule.iter().map(|[rule]| rule.clone()));
        let untold = suppressed.iter();
        words.extend(untold.map(|[untold]| format!("{untold} before it were not told")));
        words.join("; ")
    }
}

/// How many events a line says are missing.
pub(super) fn missed(line: &str) -> Result<u64> {
    #[derive(Deserialize)]
    struct Record {
        missed: Missed,
    }
    #[derive(Deserialize)]
    struct Missed {
        events: u64,
    }
    let record: Record =
        serde_json::from_str(line).with_context(|| format!("what the daemon tells: {line}"))?;
    Ok(record.missed.events)
}
