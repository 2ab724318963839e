//! Audits that end by themselves: waiting for that, and the words for it.

use std::{collections::BTreeMap, future, time::Duration};

use jiff::Timestamp;
use tokio::time::sleep;

use crate::{
    policy::{Mode, Policy},
    words::names,
};

/// How often the clock is looked at: it may be set, or the machine may sleep, while a timer waits.
const INTERVAL: Duration = Duration::from_secs(15);

/// Waits until the clock has come to a time; for ever where there is none.
pub(super) async fn come(end: Option<Timestamp>) {
    let Some(end) = end else {
        return future::pending().await;
    };
    loop {
        let left = end.duration_since(Timestamp::now());
        if !left.is_positive() {
            return;
        }
        sleep(left.unsigned_abs().min(INTERVAL)).await;
    }
}

/// The audits of a policy that are over at a time, those with one end together:
/// `` audit of camera `gate` ended at 2030-01-01T00:00:00Z ``.
pub(super) fn over(policy: &Policy, now: Timestamp) -> Vec<String> {
    let is_over = |mode: Mode| mode.until().filter(|&until| until <= now);
    let mut cameras: BTreeMap<Timestamp, Vec<&str>> = BTreeMap::new();
    for camera in &policy.cameras {
        if let Some(until) = is_over(camera.mode) {
            cameras.entry(until).or_default().push(&camera.name);
        }
    }
    let cameras = cameras.into_iter().map(|(until, cameras)| {
        let noun = if cameras.len() == 1 {
            "camera"
        } else {
            "cameras"
        };
        format!("audit of {noun} {} ended at {until}", names(&cameras))
    });
    let others = is_over(policy.mode);
    let others =
        others.map(|until| format!("audit of sources that are no camera's ended at {until}"));
    cameras.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_time_comes_once_it_is_past_and_no_sooner() {
        let now = Timestamp::now();
        let second = Duration::from_secs(1);
        assert!(comes(Some(now - second), second).await);
        assert!(comes(Some(now + second / 10), 100 * second).await);
        assert!(!comes(Some(now + 100 * second), second / 10).await);
        assert!(!comes(None, second / 10).await);
    }

    async fn comes(end: Option<Timestamp>, patience: Duration) -> bool {
        timeout(patience, come(end)).await.is_ok()
    }

    #[test]
    fn audits_with_one_end_are_told_together() {
        let camera = |name: &str, until: &str| {
            format!("  {name}: {{match: {{vlan: {name}}}, group: g, mode: audit{until}}}\n")
        };
        let early = ", until: 2030-01-01";
        let text = format!(
            "version: 1\nmode: audit\nuntil: 2030-01-02\ninterfaces: {{lan1: }}\n\
             groups: {{g: {{allow: [{{to: 192.0.2.1}}]}}}}\ncameras:\n{}{}{}{}",
            camera("1", early),
            camera("2", ""),
            camera("3", ", until: 2030-01-01T02:00:00+02:00"),
            camera("4", ", until: 2030-01-03"),
        );
        let policy = Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
        let over = |day: &str| {
            over(
                &policy,
                format!("2030-01-0{day}T00:00:00Z").parse().unwrap(),
            )
        };
        let first = "audit of cameras `1` and `3` ended at 2030-01-01T00:00:00Z";
        let all = "audit of sources that are no camera's ended at 2030-01-02T00:00:00Z";
        assert_eq!(over("1"), [first]);
        assert_eq!(over("2"), [first, all]);
        let last = "audit of camera `4` ended at 2030-01-03T00:00:00Z";
        assert_eq!(over("3"), [first, last, all]);
    }
}
