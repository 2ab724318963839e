//! What scripts rely on: exit codes, and one clear line with what is wrong.

use std::fs;

use enforcer_tests::daemon::{Nobody, Outcome};
use enforcer_tests::site::{POLICY, Site};

const NO_OPTIONS: [&str; 0] = [];

#[test]
fn a_bad_policy_does_not_run_and_is_reported_with_its_place() {
    let site = Site::new("command_bad").unwrap();
    site.write(&POLICY.replace("to: router", "to: ruoter"))
        .unwrap();
    let path = site.policy().to_str().unwrap();
    let outcome = site.enforcer.run(&["run", "--policy", path]).unwrap();
    assert_ends(
        &outcome,
        4,
        &[&format!("{path}:9:13"), "ruoter", "did you mean"],
    );
    assert_eq!(outcome.stdout, "");

    fs::remove_file(path).unwrap();
    let outcome = site.enforcer.run(&["run", "--policy", path]).unwrap();
    assert_ends(&outcome, 4, &[&format!("{path}: no such file")]);
}

#[test]
fn check_says_yes_or_no() {
    let site = Site::new("command_check").unwrap();
    let path = site.policy().to_str().unwrap();
    let outcome = site.enforcer.run(&["check", path]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(
        outcome.stdout,
        "ok: 2 cameras in 1 group, 1 rule, 1 interface\n"
    );
    site.write(&POLICY.replace("to: router", "to: ruoter"))
        .unwrap();
    let outcome = site.enforcer.run(&["check", path]).unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stdout.contains(&format!("{path}:9:13")),
        "{outcome:?}"
    );
}

#[test]
fn the_answer_is_the_same_for_whoever_reads_its_first_line_alone() {
    let site = Site::new("command_head").unwrap();
    let path = site.policy().to_str().unwrap();
    let code = |verb: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = site.enforcer.command(verb);
        let mut child = command.stdout(writer).spawn().unwrap();
        child.wait().unwrap().code()
    };
    assert_eq!(code(&["check", path]), Some(0));
    assert_eq!(code(&["schema"]), Some(0));
    site.write(&POLICY.replace("to: router", "to: ruoter"))
        .unwrap();
    assert_eq!(code(&["check", path]), Some(1));
    assert_eq!(code(&["status"]), Some(1), "nothing is in force");
}

#[test]
fn the_schemas_are_printed_as_they_are_kept() {
    let site = Site::new("command_schema").unwrap();
    let policy = include_str!("../../schema/policy.v1.json");
    let control = include_str!("../../schema/control.v1.json");
    for (arguments, kept) in [(&["schema"][..], policy), (&["schema", "--api"], control)] {
        let outcome = site.enforcer.run(arguments).unwrap();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert!(outcome.stdout == kept, "{arguments:?}");
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn who_has_no_privilege_is_told_which() {
    let site = Site::new("command_nobody").unwrap();
    let nobody = Nobody::new(&site.enforcer, POLICY).unwrap();
    let policy = nobody.policy().to_str().unwrap();
    for (verb, told) in [
        (&["run", "--policy", policy][..], "needs root, or CAP_BPF"),
        (&["status"], "only root and its group may ask the daemon"),
        (&["detach", "--yes"], "only root may look there"),
    ] {
        let outcome = nobody.run(verb).unwrap();
        assert_ends(&outcome, 5, &[told]);
    }
    let outcome = nobody.run(&["check", policy]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn pins_need_a_bpf_file_system() {
    let site = Site::new("command_bpffs").unwrap();
    let elsewhere = site.file("elsewhere");
    let enforcer = site.enforcer.clone().with_bpffs(&elsewhere);
    let policy = site.policy().to_str().unwrap();
    let outcome = enforcer.run(&["run", "--policy", policy]).unwrap();
    let told = format!("{}: not on a BPF file system", elsewhere.display());
    assert_ends(&outcome, 6, &[&told, "mount -t bpf"]);
    assert!(!elsewhere.exists());
}

#[test]
fn a_second_daemon_on_the_same_directories_gives_way() {
    let site = Site::new("command_second").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let policy = site.policy().to_str().unwrap();
    let outcome = site.enforcer.run(&["run", "--policy", policy]).unwrap();
    assert_ends(&outcome, 7, &[&format!("(process {})", daemon.id())]);
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
}

#[test]
fn a_wrong_command_line_is_told_as_such() {
    let site = Site::new("command_usage").unwrap();
    let policy = site.policy().to_str().unwrap();
    for wrong in [
        &[][..],
        &["enforce"],
        &["run"],
        &["check"],
        &["schema", "policy.yaml"],
        &["status", "--yaml"],
        &["run", "--policy", policy, "--event-rate", "0"],
        &["run", "--policy", policy, "--format", "xml"],
    ] {
        let outcome = site.enforcer.run(wrong).unwrap();
        assert_ends(&outcome, 2, &["--help"]);
    }
}

#[test]
fn without_anything_in_force_status_says_no_and_detach_has_nothing_to_do() {
    let site = Site::new("command_nothing").unwrap();
    for (verb, code) in [
        (&["status"][..], 1),
        (&["detach", "--yes"], 0),
        (&["detach"], 0),
    ] {
        let outcome = site.enforcer.run(verb).unwrap();
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        assert_eq!(outcome.stdout, "nothing is in force\n");
    }
}

#[test]
fn where_no_ledger_was_kept_that_is_said_and_none_is_made() {
    let site = Site::new("command_no_ledger").unwrap();
    let policy = site.policy().to_str().unwrap();
    let state = &site.enforcer.directories().state;
    let told = format!(
        "error: {}: no ledger was kept here yet, and no daemon runs; start the daemon, or name another --state-dir",
        state.display()
    );
    for is_there in [true, false] {
        for verb in [&["ledger"][..], &["report"], &["learn", "--policy", policy]] {
            let outcome = site.enforcer.run(verb).unwrap();
            assert_ends(&outcome, 3, &[&told]);
            assert_eq!(outcome.stdout, "");
        }
        if is_there {
            assert_eq!(fs::read_dir(state).unwrap().count(), 0);
            fs::remove_dir(state).unwrap();
        }
    }
    assert!(!state.exists());
    let outcome = site.enforcer.run(&["learn"]).unwrap();
    assert_ends(&outcome, 2, &["nothing is in force", "--policy PATH"]);
}

#[test]
fn detach_asks_and_ends_enforcement_only_if_it_is_meant() {
    let site = Site::new("command_detach").unwrap();
    let leaks = site.leaks().unwrap();
    let flood = site.flood().unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let before = leaks.settled();
    for answer in ["no\n", "y\n", "\n", ""] {
        let outcome = site.enforcer.run_answering(&["detach"], answer).unwrap();
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(
            outcome.stdout.contains("Cameras behind 1 interface"),
            "{outcome:?}"
        );
        assert!(
            outcome.stdout.ends_with("nothing was changed\n"),
            "{outcome:?}"
        );
    }
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    flood.wait_for(1000).unwrap();
    assert_eq!(leaks.settled(), before);

    let outcome = site.enforcer.run_answering(&["detach"], "yes\n").unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        leaks.wait_for(before + 100) >= before + 100,
        "everything gets through"
    );
    daemon.wait_end().unwrap();
    let pins = fs::read_dir(&site.enforcer.directories().bpffs).unwrap();
    assert_eq!(pins.count(), 0);
    let outcome = site.enforcer.run(&["status"]).unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
}

#[test]
fn detach_ends_what_a_killed_daemon_left_in_force() {
    let site = Site::new("command_detach_killed").unwrap();
    let leaks = site.leaks().unwrap();
    let mut daemon = site.started(&[]).unwrap();
    daemon.kill().unwrap();
    let flood = site.flood().unwrap();
    flood.wait_for(1000).unwrap();
    assert_eq!(leaks.settled(), 0);
    site.enforcer.detach().unwrap();
    assert!(leaks.wait_for(100) >= 100, "everything gets through");

    // Whoever comes then starts anew.
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
}

/// It ended with this code, and said these words.
fn assert_ends(outcome: &Outcome, code: i32, words: &[&str]) {
    assert_eq!(outcome.code, Some(code), "{outcome:?}");
    for words in words {
        assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
    }
}
