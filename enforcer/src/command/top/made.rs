//! What a daemon tells, for tests.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    keys::Key,
    model::{Model, News},
    told::Event,
};

/// What is in force on two interfaces, with a camera for each of these: name, allowed, dropped.
pub(super) fn status(cameras: &[(&str, u64, u64)]) -> Value {
    let cameras: Vec<_> = cameras
        .iter()
        .map(|(name, allowed, dropped)| {
            let reasons = if *dropped > 0 {
                json!({"not_allowed": dropped - dropped / 4, "port": dropped / 4})
            } else {
                json!({})
            };
            json!({
                "name": name, "group": "recorded", "mode": "enforce", "until": null, "overdue": false,
                "allowed": {"packets": allowed, "bytes": 0},
                "dropped": {"packets": dropped, "bytes": 0, "reasons": reasons},
            })
        })
        .collect();
    json!({
        "generation": 3, "policy": "policy.yaml", "troubles": [],
        "interfaces": [
            {"name": "lan-cam1", "mode": "native", "enforcing": true},
            {"name": "lan-cam2", "mode": "generic", "enforcing": true},
        ],
        "cameras": cameras,
        "unlisted": {"mode": "enforce", "until": null, "overdue": false, "packets": 0, "bytes": 0},
    })
}

/// A datagram of a camera that was dropped, so many seconds after noon.
pub(super) fn event(camera: &str, to: &str, port: u16, second: u32) -> Event {
    Event {
        at: format!(
            "2026-11-25T12:{:02}:{:02}.000000+0000",
            second / 60,
            second % 60
        ),
        camera: Some(camera.to_owned()),
        sender: "192.168.50.21".to_owned(),
        to: Some(to.parse().unwrap()),
        domain: None,
        proto: "udp".to_owned(),
        port: Some(port),
        reason: "not_allowed".to_owned(),
        is_audit: false,
    }
}

impl Model {
    pub(super) fn take_status(&mut self, second: u64, status: &Value) {
        let status = serde_json::from_value(status.clone()).unwrap();
        self.take(Duration::from_secs(second), News::Status(Box::new(status)));
    }

    pub(super) fn take_event(&mut self, event: Event) {
        self.take(Duration::from_secs(1), News::Event(event));
    }

    /// Presses keys: letters, and `\r` for Enter, `\u{1b}` for Escape.
    pub(super) fn type_in(&mut self, keys: &str) {
        for letter in keys.chars() {
            self.press(match letter {
                '\r' => Key::Enter,
                '\u{1b}' => Key::Escape,
                letter => Key::Letter(letter),
            });
        }
    }
}
