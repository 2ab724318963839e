//! `enforcer run` and a policy that somebody else could write.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

/// Refused for what is written in it, so that no test puts anything in force.
const WRONG: &str =
    "version: 2\ninterfaces: {lan1: }\nprefixes: {branches: {file: branches.txt}}\n";

#[test]
fn a_policy_or_list_that_others_can_write_is_refused_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let policy = directory.path().join("policy.yaml");
    let list = directory.path().join("branches.txt");
    fs::write(&policy, WRONG).unwrap();
    fs::write(&list, "192.0.2.0/24\n").unwrap();
    for path in [&policy, &list] {
        fs::set_permissions(&policy, Permissions::from_mode(0o644)).unwrap();
        fs::set_permissions(&list, Permissions::from_mode(0o644)).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o664)).unwrap();
        let name = path.display();
        let expected = format!(
            "error: {name}: others can write it (mode 0664), and so the policy; chmod go-w {name}\n"
        );
        assert_eq!(refused(&policy, &[]), expected);
        let words = refused(&policy, &["--allow-insecure-policy"]);
        assert!(words.contains("error[unsupported-version]"), "{words}");
    }
    fs::set_permissions(&list, Permissions::from_mode(0o644)).unwrap();
    let words = refused(&policy, &[]);
    assert!(words.contains("error[unsupported-version]"), "{words}");
}

#[test]
fn a_directory_where_others_can_put_a_policy_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let policies = directory.path().join("policies");
    fs::create_dir(&policies).unwrap();
    fs::write(policies.join("10.yaml"), "version: 2\n").unwrap();
    fs::set_permissions(&policies, Permissions::from_mode(0o777)).unwrap();
    let name = policies.display();
    let expected = format!(
        "error: {name}: others can write it (mode 0777), and so the policy; chmod go-w {name}\n"
    );
    assert_eq!(refused(&policies, &[]), expected);
}

/// What `run` says of a policy that it refuses.
fn refused(policy: &Path, options: &[&str]) -> String {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_enforcer"))
        .args(["run", "--policy"])
        .arg(policy)
        .args(options)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert_eq!(status.code(), Some(4));
    String::from_utf8(stderr).unwrap()
}
