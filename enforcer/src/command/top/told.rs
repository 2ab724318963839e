//! What the daemon tells, as far as it is shown.

use std::{collections::BTreeMap, net::IpAddr};

use serde::Deserialize;

use crate::status::Trouble;

/// What `/v1/status` tells.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Status {
    pub(super) generation: u32,
    pub(super) troubles: Vec<Trouble>,
    pub(super) interfaces: Vec<Interface>,
    pub(super) cameras: Vec<Camera>,
    pub(super) unlisted: Unlisted,
}

/// An interface that the policy names and that is there.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) mode: Option<String>,
}

/// A camera, and what was counted of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Camera {
    pub(super) name: String,
    pub(super) group: String,
    pub(super) mode: String,
    pub(super) allowed: Allowed,
    pub(super) dropped: Dropped,
}

/// Frames that the policy allows.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Allowed {
    pub(super) packets: u64,
}

/// Frames that were dropped; in audit, that would have been.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Dropped {
    pub(super) packets: u64,
    pub(super) reasons: BTreeMap<String, u64>,
}

/// Of devices that are no camera's.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Unlisted {
    pub(super) mode: String,
    pub(super) packets: u64,
}

/// A drop, as `/v1/events` tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// As it is written, so that later ones are greater.
    pub(super) at: String,
    /// None: it is no camera's.
    pub(super) camera: Option<String>,
    pub(super) sender: String,
    pub(super) to: Option<IpAddr>,
    /// By which name the camera knows that.
    pub(super) domain: Option<String>,
    pub(super) proto: String,
    pub(super) port: Option<u16>,
    pub(super) reason: String,
    pub(super) is_audit: bool,
}

/// A line of EVE, with what of it is shown.
#[derive(Deserialize)]
struct Line {
    timestamp: String,
    src_ip: Option<IpAddr>,
    dest_ip: Option<IpAddr>,
    dest_port: Option<u16>,
    proto: Option<String>,
    ether: Ether,
    drop: Drop,
    verdict: Verdict,
    alert: Alert,
}

#[derive(Deserialize)]
struct Ether {
    ether_type: u16,
    src_mac: String,
}

#[derive(Deserialize)]
struct Drop {
    reason: String,
}

#[derive(Deserialize)]
struct Verdict {
    action: String,
}

#[derive(Deserialize)]
struct Alert {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    camera: Option<Vec<String>>,
    dest_domain: Option<Vec<String>>,
}

impl Event {
    /// Of a line of EVE; nothing if it is none.
    pub(super) fn read(line: &str) -> Option<Self> {
        let Line {
            timestamp,
            src_ip,
            dest_ip,
            dest_port,
            proto,
            ether: Ether {
                ether_type,
                src_mac: mac,
            },
            drop: Drop { reason },
            verdict: Verdict { action },
            alert: Alert { metadata },
        } = serde_json::from_str(line).ok()?;
        let not_ip = || match ether_type {
            0x0806 => "arp".to_owned(),
            _ => format!("{ether_type:#06x}"),
        };
        Some(Self {
            at: timestamp,
            camera: first(metadata.camera),
            sender: src_ip.map_or(mac, |address| address.to_string()),
            to: dest_ip,
            domain: first(metadata.dest_domain),
            proto: proto.map_or_else(not_ip, |proto| proto.to_lowercase()),
            port: dest_port,
            reason,
            is_audit: action == "alert",
        })
    }

    /// `18:17:00`
    pub(super) fn time(&self) -> &str {
        time_of(&self.at)
    }

    /// `udp/9999`
    pub(super) fn service(&self) -> String {
        let Self { proto, port, .. } = self;
        port.map_or_else(|| proto.clone(), |port| format!("{proto}/{port}"))
    }
}

/// What is in a list of one.
fn first(list: Option<Vec<String>>) -> Option<String> {
    list?.into_iter().next()
}

/// The time of day of a time as it is written: `18:17:00`.
pub(super) fn time_of(at: &str) -> &str {
    at.get(11..19).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_eve_is_an_event_and_anything_else_is_none() {
        let line = r#"{"timestamp":"2026-11-25T18:17:00.679816+0000","in_iface":"lan-cam1","event_type":"drop",
            "src_ip":"192.168.50.21","src_port":44184,"dest_ip":"192.168.50.10","dest_port":7660,"proto":"TCP",
            "ether":{"ether_type":2048,"src_mac":"02:00:00:00:50:21","dest_mac":"96:73:7d:ea:94:a7"},
            "drop":{"reason":"port"},"verdict":{"action":"drop"},"alert":{"metadata":{"camera":["gate"],"dest_domain":["nvr.example"]}}}"#;
        let event = Event::read(line).unwrap();
        assert_eq!(event.camera.as_deref(), Some("gate"));
        assert_eq!(event.domain.as_deref(), Some("nvr.example"));
        assert_eq!(event.service(), "tcp/7660");
        assert_eq!(event.time(), "18:17:00");
        assert_eq!(event.sender, "192.168.50.21");
        let arp = r#"{"timestamp":"","ether":{"ether_type":2054,"src_mac":"02:00:00:00:50:21"},
            "drop":{"reason":"housekeeping"},"verdict":{"action":"alert"},"alert":{"metadata":{}}}"#;
        let event = Event::read(arp).unwrap();
        assert_eq!(
            (event.camera.as_ref(), event.service()),
            (None, "arp".to_owned())
        );
        assert_eq!(event.sender, "02:00:00:00:50:21");
        assert!(event.is_audit && event.time().is_empty());
        for other in ["", "{}", "ok", "{\"timestamp\":1}"] {
            assert_eq!(Event::read(other), None);
        }
    }
}
