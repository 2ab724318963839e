//! The policy of a router that has none: nothing passes but link housekeeping, whoever sends it.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::policy::{NamePattern, Policy};

/// Everything behind these interfaces is one camera that may reach nothing. It is an ordinary policy, so that it is
/// judged, proved and shown like any other; `path` is that of the one that should be there.
pub(super) fn closed(path: &Path, interfaces: &[NamePattern]) -> Result<Policy> {
    let mut names: Vec<&str> = Vec::new();
    for interface in interfaces {
        if !names.contains(&interface.as_str()) {
            names.push(interface.as_str());
        }
    }
    let rows: serde_json::Map<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), serde_json::json!({})))
        .collect();
    // JSON is YAML.
    let text = serde_json::json!({
        "version": 1,
        "interfaces": rows,
        "groups": {"closed": {}},
        "cameras": {"everything": {"match": {"interface": names}, "group": "closed"}},
    });
    let path = path.display().to_string();
    Policy::parse(&path, &text.to_string()).context("the policy that lets nothing pass")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_by_name_and_pattern_make_a_policy_in_which_no_rule_allows_anything() {
        let interfaces = ["lan1", "cam*", "lan1", "a\"b"].map(|name| name.parse().unwrap());
        let policy = closed(Path::new("/etc/enforcer/policy.yaml"), &interfaces).unwrap();
        let names: Vec<&str> = policy
            .interfaces
            .iter()
            .map(|row| row.name.as_str())
            .collect();
        assert_eq!(names, ["lan1", "cam*", "a\"b"]);
        assert_eq!(policy.path, "/etc/enforcer/policy.yaml");
        assert!(policy.groups.iter().all(|group| group.allow.is_empty()));
        let [camera] = &policy.cameras[..] else {
            panic!()
        };
        assert_eq!(camera.identity.interface.len(), 3);
    }
}
