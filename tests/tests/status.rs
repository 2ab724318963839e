//! Who says what is in force: the daemon to whoever may ask it, and without one the kernel to root, with the same
//! words.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use enforcer::status::Kind;
use enforcer_tests::daemon::{Nobody, Outcome, Status};
use enforcer_tests::network::{CAMERA, Device};
use enforcer_tests::site::{POLICY, Site, allowed, forbidden};
use serde_json::{Value, json};

const NO_OPTIONS: [&str; 0] = [];

/// A group of nobody's.
const GROUP: u32 = 64_123;

const DEAD: &str = "THE DAEMON DOES NOT RUN: what is in force stays, nothing is told, changes of the policy are not \
                    followed\n";

#[test]
fn that_the_daemon_is_dead_is_said_and_all_else_is_told_as_before() {
    let site = Site::new("status_killed").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    for frame in [forbidden(), allowed()] {
        site.wire().unwrap().send(&frame).unwrap();
    }
    site.status_when(|status| status.events.told == 1).unwrap();
    let ways = [&["status"][..], &["status", "--rules"], &["cameras"]];
    let told = || ways.map(|arguments| done(site.enforcer.run(arguments)));
    let json = || document(&done(site.enforcer.run(&["status", "--json"])));
    let (alive, alive_json) = (told(), json());
    assert_eq!(alive_json["daemon"], "running");
    assert!(alive[1].stdout.contains("\nrule "), "{alive:?}");

    daemon.kill().unwrap();
    let (dead, mut dead_json) = (told(), json());
    for (alive, dead) in alive.iter().zip(&dead) {
        assert!(!alive.stdout.contains("DOES NOT RUN"), "{alive:?}");
        let without = dead.stdout.replacen(&format!("\n{DEAD}"), "", 1);
        assert_eq!(without, alive.stdout);
        let said = format!("{}{}", dead.stdout, dead.stderr);
        assert_eq!(said.matches(DEAD).count(), 1, "{dead:?}");
    }
    assert_eq!(dead_json["daemon"], "not_running");
    assert_eq!(dead_json["troubles"][0]["kind"], "daemon");
    assert_eq!(dead_json["troubles"][0]["level"], "warning");
    dead_json["daemon"] = "running".into();
    dead_json["troubles"] = json!([]);
    assert_eq!(dead_json, alive_json);
}

#[test]
fn who_is_in_the_group_of_the_socket_asks_the_daemon_and_nobody_else_may() {
    let site = Site::new("status_group").unwrap();
    // In directories that the daemon makes itself, in the group that its service is given.
    let enforcer = site.enforcer.beside("group");
    let root = site.sandbox.directories().root();
    fs::set_permissions(root, Permissions::from_mode(0o711)).unwrap();
    let group = GROUP.to_string();
    let service = enforcer
        .clone()
        .started_by(&["setpriv", "--regid", &group, "--clear-groups"]);
    let mut daemon = service.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_in_force().unwrap();
    site.wire().unwrap().send(&forbidden()).unwrap();
    let nobody = Nobody::new(&enforcer, POLICY).unwrap();
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["status", "--rules"],
        &["cameras"],
        &["cameras", "--json"],
    ] {
        let root = done(enforcer.run(arguments));
        let member = done(nobody.run_in_group(GROUP, arguments));
        assert_eq!(member.stdout, root.stdout);
        assert_eq!((member.code, member.stderr.as_str()), (Some(0), ""));
        let other = nobody.run(arguments).unwrap();
        assert_eq!(other.code, Some(5), "{other:?}");
        let words = "only root and its group may ask the daemon";
        assert!(other.stderr.contains(words), "{other:?}");
    }
    daemon.kill().unwrap();
    let member = nobody.run_in_group(GROUP, &["status"]).unwrap();
    assert_eq!(member.code, Some(5), "{member:?}");
    for words in ["the daemon does not run", "only root may look there"] {
        assert!(member.stderr.contains(words), "{member:?}");
    }
}

#[test]
fn a_daemon_that_is_stuck_keeps_nobody_from_knowing_what_is_in_force() {
    let site = Site::new("status_stuck").unwrap();
    let daemon = site.started(&[]).unwrap();
    let before = site.enforcer.status().unwrap();
    daemon.fall_asleep().unwrap();
    let mut stuck = site.enforcer.status().unwrap();
    assert_eq!(stuck.daemon, "not_answering");
    let told = done(site.enforcer.run(&["status"])).stdout;
    let words =
        "\nTHE DAEMON DOES NOT ANSWER: this is what the kernel says, since no daemon does: ";
    assert!(told.contains(words), "{told}");
    daemon.wake().unwrap();
    assert_eq!(stuck.troubles.len(), 1);
    stuck.troubles.clear();
    "running".clone_into(&mut stuck.daemon);
    assert_eq!(stuck, before);
    assert_eq!(site.enforcer.status().unwrap(), before);
}

#[test]
fn that_a_change_was_refused_is_said_until_it_is_mended() {
    let site = Site::new("status_behind").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let refused = "WHAT THE FILES SAY IS NOT IN FORCE: ";
    assert!(
        !done(site.enforcer.run(&["status"]))
            .stdout
            .contains(refused)
    );
    site.write(&POLICY.replace("version: 1", "version: 1\nmode: sometimes"))
        .unwrap();
    let is_behind = |status: &Status| status.troubles.iter().any(|it| it.kind == Kind::Behind);
    let status = site.status_when(is_behind).unwrap();
    assert!(status.is_enforcing("lan-cam1"), "{status:?}");
    // What is in force is whole.
    let told = done(site.enforcer.run(&["status"]));
    assert_eq!(told.code, Some(0), "{told:?}");
    let words = format!("{refused}{} was refused", site.policy().display());
    assert!(told.stdout.contains(&words), "{told:?}");
    site.write(POLICY).unwrap();
    site.status_when(|status| !is_behind(status)).unwrap();
}

#[test]
fn without_any_interface_of_the_policy_the_answer_is_no_with_a_daemon_and_without_one() {
    let mut site = Site::new("status_nowhere").unwrap();
    site.network.router.ip("link delete lan-cam1").unwrap();
    let several = POLICY.replace("interfaces:\n", "interfaces:\n  usb*: {}\n");
    site.write(&several).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let told = |code: i32, kinds: &[Kind]| {
        let outcome = site.enforcer.run(&["status"]).unwrap();
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        let troubles = site.enforcer.status().unwrap().troubles;
        assert_eq!(troubles.iter().map(|it| it.kind).collect::<Vec<_>>(), kinds);
        for trouble in troubles {
            let line = format!("\n{trouble}");
            assert!(outcome.stdout.contains(&line), "{outcome:?}");
        }
        outcome.stdout
    };
    let words = "NOT ENFORCED ANYWHERE: no interface of the policy is there: ";
    assert!(told(1, &[Kind::Nowhere]).contains(words));
    let metrics = site.enforcer.ask("GET", "/metrics", "").unwrap().text;
    assert!(
        metrics.contains("\nenforcer_policy_generation 1\n"),
        "{metrics}"
    );
    assert!(!metrics.contains("\nenforcer_enforcing{"), "{metrics}");

    daemon.kill().unwrap();
    assert!(told(1, &[Kind::Nowhere, Kind::Daemon]).contains(words));

    // One is enough: others come and go.
    let _daemon = site.started(&[]).unwrap();
    let device = Device {
        name: "late",
        ..CAMERA
    };
    let _late = site.network.plug_in(&mut site.sandbox, &device).unwrap();
    site.status_when(|status| status.is_enforcing(CAMERA.port))
        .unwrap();
    let outcome = done(site.enforcer.run(&["status"]));
    assert!(
        outcome
            .stdout
            .contains("usb*             not there; waiting for it"),
        "{outcome:?}"
    );
    assert!(site.enforcer.status().unwrap().troubles.is_empty());
}

#[test]
fn who_reads_json_gets_a_document_where_nothing_is_in_force_and_people_the_words() {
    let site = Site::new("status_nothing").unwrap();
    let refused =
        |words: &str| json!({"kind": "nothing_in_force", "exit": 1, "message": words}).to_string();
    let assert_told = |verb: &str, words: &str| {
        let outcome = site.enforcer.run(&[verb, "--json"]).unwrap();
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert_eq!(outcome.stderr, format!("{words}\n"));
        let told: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(told.to_string(), refused(words));
        let people = site.enforcer.run(&[verb]).unwrap();
        assert_eq!(
            (people.code, people.stdout.as_str()),
            (Some(1), &*format!("{words}\n"))
        );
        outcome.stdout
    };
    for verb in ["status", "cameras"] {
        assert_told(verb, "nothing is in force");
    }
    // To the daemon it is known no more what is in force.
    let _daemon = site.started(&[]).unwrap();
    fs::remove_file(site.enforcer.directories().record()).unwrap();
    for (verb, path) in [("status", "/v1/status"), ("cameras", "/v1/cameras")] {
        let answer = site.enforcer.ask("GET", path, "").unwrap();
        assert_eq!(answer.status, 503);
        let words = answer.at("/message");
        let printed = assert_told(verb, words.as_str().unwrap());
        assert_eq!(printed, format!("{}\n", answer.text));
    }
}

#[track_caller]
fn done(outcome: anyhow::Result<Outcome>) -> Outcome {
    let outcome = outcome.unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome
}

fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap()
}
