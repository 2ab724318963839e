//! Every policy that ships is one, and says what its comments say.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use enforcer::policy::{Mode, Policy, Service, Unlisted};

#[test]
fn every_policy_that_ships_is_valid_and_without_warnings() {
    let mut paths = shipped();
    assert!(!paths.is_empty());
    paths.sort();
    for path in paths {
        let policy = Policy::read(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(policy.warnings().to_string(), "", "{}", path.display());
    }
}

#[test]
fn recorder_only_lets_a_camera_initiate_nothing_but_names_and_time() {
    let policy = Policy::read(&directory().join("recorder-only.yaml")).unwrap();
    assert_eq!(policy.mode, Mode::Enforce);
    assert_eq!(policy.interfaces[0].name.as_str(), "lan-cam*");
    assert_eq!(policy.interfaces[0].unlisted, Unlisted::Drop);
    let opened: Vec<String> = policy
        .groups
        .iter()
        .flat_map(|group| &group.allow)
        .flat_map(|allow| match &allow.service {
            Service::Any => panic!("{} is open wide", allow.at),
            Service::Only { ports, .. } => ports.iter().map(ToString::to_string),
        })
        .collect();
    assert_eq!(opened, ["udp/53", "udp/123"]);
    assert_eq!(
        policy.cameras[0].identity.mac[0].to_string(),
        "02:00:00:00:50:21"
    );
}

fn shipped() -> Vec<PathBuf> {
    let entries = fs::read_dir(directory()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect()
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies")
}
