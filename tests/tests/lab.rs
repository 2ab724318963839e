//! The lab itself: what passes without enforcement, and that it cannot be fooled.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Result;
use enforcer_tests::executable;
use enforcer_tests::lab::{Interrupt, Lab, Page};

/// A process has one lab at a time.
static ONE: Mutex<()> = Mutex::new(());

/// Says what the daemon says and drops nothing.
const IMPOSTOR: &str = r#"case "$*" in
*" run "*)
    echo "generation 1 in force" >&2
    trap "exit 0" TERM
    sleep 60 &
    wait
    ;;
esac
"#;

#[test]
fn without_enforcement_every_conversation_takes_place() {
    let (passed, printed) = run(None);
    assert!(passed.unwrap(), "{printed}");
}

#[test]
fn a_daemon_that_drops_nothing_fails_every_drop() {
    let directory = tempfile::tempdir().unwrap();
    let impostor = directory.path().join("impostor");
    executable::script(&impostor, IMPOSTOR).unwrap();
    let (passed, printed) = run(Some(&impostor));
    assert!(passed.is_err(), "{printed}");
    assert!(printed.ends_with("\n7 passed, 14 failed\n"), "{printed}");
}

/// Runs the lab with a program or without; whether all went as expected, and what it printed.
fn run(enforcer: Option<&Path>) -> (Result<bool>, String) {
    let _one = ONE.lock();
    let lab = Lab {
        enforcer: enforcer.map(Path::to_owned),
        policy: PathBuf::from("policy.yaml"),
    };
    let mut printed = Vec::new();
    let interrupt = Interrupt::catch().unwrap();
    let passed = lab.run(&mut Page::new(&mut printed, false), &interrupt);
    (passed, String::from_utf8(printed).unwrap())
}
