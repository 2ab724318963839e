//! The control socket and the commands that use it: who may ask for what, and what comes of it. What is put in
//! force to be confirmed is in `confirm`.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use enforcer_tests::daemon::{Answer, PATIENCE, TICK, connect};
use enforcer_tests::site::{POLICY, Site, forbidden};
use rustix::process::{Pid, Signal, Uid, kill_process};
use serde_json::Value;

const NO_OPTIONS: [&str; 0] = [];

/// Nobody in particular.
const NOBODY: u32 = 65534;

/// As many as are answered at once.
const CLIENTS: usize = 32;

/// More than are let in.
const CROWD: usize = 250;

/// Less than it takes to give up a client that is slow.
const AT_ONCE: Duration = Duration::from_secs(2);

#[test]
fn reload_answers_when_the_policy_is_in_force_or_with_all_that_is_wrong() {
    let site = Site::new("control_reload").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&POLICY.replace("udp/123", "udp/124")).unwrap();
    let outcome = site.enforcer.run(&["reload"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let in_force = site.enforcer.status().unwrap().generation;
    assert!(in_force >= 2);
    let told = format!("generation {in_force} in force on lan-cam1 (native)\n");
    assert_eq!(outcome.stdout, told);
    assert_eq!(metric(&site, "enforcer_policy_stale"), Some(0));
    let errors = || metric(&site, "enforcer_policy_reload_errors_total").unwrap();
    assert_eq!(errors(), 0);

    let path = site.policy().display().to_string();
    let bad = POLICY.replace("to: router", "to: ruoter");
    site.write(&bad.replace("udp/123", "udp/123456")).unwrap();
    let outcome = site.enforcer.run(&["reload"]).unwrap();
    assert_eq!(outcome.code, Some(4), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
    let stays = format!("stays: generation {in_force} in force on lan-cam1 (native)\n");
    for words in [
        &format!("{path}:9:13"),
        "did you mean",
        "udp/123456",
        &stays,
    ] {
        assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
    }
    let answer = site.enforcer.ask("POST", "/v1/reload", "").unwrap();
    assert_eq!(answer.status, 422, "{answer:?}");
    assert_eq!(answer.at("/kind"), "bad_policy");
    assert_eq!(answer.at("/exit"), 4);
    let message = answer.at("/message");
    assert!(
        message.as_str().unwrap().contains("udp/123456"),
        "{answer:?}"
    );
    assert!(errors() >= 2);
    assert_eq!(metric(&site, "enforcer_policy_stale"), Some(1));
    assert_eq!(site.enforcer.status().unwrap().generation, in_force);

    site.write(POLICY).unwrap();
    let answer = site.enforcer.ask("POST", "/v1/reload", "{}").unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let generation = metric(&site, "enforcer_policy_generation").unwrap();
    assert!(generation > u64::from(in_force));
    assert_eq!(answer.at("/unconfirmed"), Value::Null);
    assert_eq!(metric(&site, "enforcer_policy_stale"), Some(0));
    daemon.terminate().unwrap();
}

#[test]
fn without_a_daemon_there_is_nobody_to_ask_and_a_dead_ones_socket_is_taken_over() {
    let site = Site::new("control_alone").unwrap();
    let socket = site.enforcer.directories().control();
    let nobody_listens = || {
        for verb in [
            &["reload"][..],
            &["reload", "--confirm", "60s"],
            &["confirm"],
        ] {
            let outcome = site.enforcer.run(verb).unwrap();
            assert_eq!(outcome.code, Some(3), "{outcome:?}");
            assert!(
                outcome.stderr.contains("the daemon does not run"),
                "{outcome:?}"
            );
        }
    };
    nobody_listens();
    let mut daemon = site.started(&[]).unwrap();
    assert_eq!(ask(&site, "/healthz").text, "ok\n");
    daemon.kill().unwrap();
    let left = fs::metadata(&socket).unwrap();
    assert!(left.file_type().is_socket());
    nobody_listens();
    let mut daemon = site.started(&[]).unwrap();
    let mode = fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    assert_eq!(ask(&site, "/healthz").status, 200);
    daemon.terminate().unwrap();
    assert!(!socket.exists());
    nobody_listens();
}

#[test]
fn status_and_metrics_over_the_socket_are_what_the_command_prints() {
    let site = Site::new("control_status").unwrap();
    let _daemon = site.started(&[]).unwrap();
    site.wire().unwrap().send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    let printed = site.enforcer.run(&["status", "--json"]).unwrap();
    let answer = ask(&site, "/v1/status");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, printed.stdout.trim_end());
    let metrics = ask(&site, "/metrics");
    assert_eq!(metrics.metric("enforcer_policy_generation"), Some(1));
    let enforcing = r#"enforcer_enforcing{interface="lan-cam1",mode="native"}"#;
    assert_eq!(metrics.metric(enforcing), Some(1), "{metrics:?}");

    fs::remove_file(site.enforcer.directories().record()).unwrap();
    let answer = ask(&site, "/v1/status");
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.at("/kind"), "nothing_in_force");
}

#[test]
fn whoever_can_connect_may_look_and_only_root_may_change() {
    let site = Site::new("control_peer").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let_others_in(&site);
    let socket = site.enforcer.directories().control();
    let as_nobody = |method: &str, path: &str| ask_as(NOBODY, &socket, method, path);
    for path in ["/healthz", "/v1/status", "/metrics"] {
        assert_eq!(as_nobody("GET", path).status, 200, "{path}");
    }
    for path in ["/v1/reload", "/v1/confirm", "/v1/revert"] {
        let answer = as_nobody("POST", path);
        assert_eq!(answer.status, 403, "{answer:?}");
        assert_eq!(answer.at("/kind"), "forbidden");
        assert_eq!(answer.at("/exit"), 5);
        let message = answer.at("/message");
        assert!(message.as_str().unwrap().starts_with("user 65534 may look"));
    }
    assert_eq!(site.enforcer.status().unwrap().generation, 1);
    assert_eq!(ask_as(0, &socket, "POST", "/v1/reload").status, 200);
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let site = Site::new("control_refused").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let too_much = format!("{{\"confirm_seconds\": {}1}}", " ".repeat(20_000));
    for (method, path, body, status, kind) in [
        ("GET", "/v2/status", "", 404, "not_found"),
        ("GET", "/v1/reload", "", 405, "method_not_allowed"),
        ("GET", "/v1/status?camera=steady", "", 400, "bad_request"),
        ("POST", "/v1/reload", "soon", 400, "bad_request"),
        (
            "POST",
            "/v1/reload",
            r#"{"confirm": 60}"#,
            400,
            "bad_request",
        ),
        (
            "POST",
            "/v1/reload",
            r#"{"confirm_seconds": 0}"#,
            400,
            "bad_request",
        ),
        (
            "POST",
            "/v1/reload",
            r#"{"confirm_seconds": 86401}"#,
            400,
            "bad_request",
        ),
        ("POST", "/v1/reload", &too_much, 400, "bad_request"),
        ("POST", "/v1/confirm", "", 409, "nothing_waits"),
        ("POST", "/v1/revert", "", 409, "nothing_kept"),
    ] {
        let answer = site.enforcer.ask(method, path, body).unwrap();
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        assert_eq!(answer.at("/kind"), kind, "{method} {path}: {answer:?}");
    }
    for (method, path, body, words) in [
        (
            "POST",
            "/v1/reload",
            r#"{"confirm_seconds": "60"}"#,
            "expected a whole number",
        ),
        (
            "POST",
            "/v1/reload",
            "60",
            r#"expected an object, like {"confirm_seconds": 60}"#,
        ),
        (
            "POST",
            "/v1/revert",
            r#"{"unless_confirmed": -1}"#,
            "expected a whole number",
        ),
        (
            "GET",
            "/v1/ledger?camera=stedy",
            "",
            "camera=stedy: neither the policy in force nor the ledger has one of that name; did you mean `steady`?",
        ),
    ] {
        let message = site
            .enforcer
            .ask(method, path, body)
            .unwrap()
            .at("/message");
        assert!(
            message.as_str().unwrap().contains(words),
            "{path}: {message}"
        );
    }
    let path = "/v1/ledger?camera=steady&since=2026-11-26T17:00:00+01:00";
    assert_eq!(ask(&site, path).status, 200);
    let outcome = site.enforcer.run(&["confirm"]).unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("no policy waits"), "{outcome:?}");
    assert_eq!(site.enforcer.status().unwrap().generation, 1);
}

#[test]
fn clients_that_are_slow_hold_up_neither_the_daemon_nor_others_for_long() {
    let site = Site::new("control_slow").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let socket = site.enforcer.directories().control();
    let begun = |beginning: &str| {
        let mut stream = connect(&socket).unwrap();
        stream.write_all(beginning.as_bytes()).unwrap();
        stream
    };
    // Who says nothing, or half a head, takes no place.
    let silent = ["", "GET /healthz HTTP/1.1\r\nHo"];
    let silent: Vec<_> = silent
        .iter()
        .cycle()
        .take(CLIENTS)
        .map(|said| begun(said))
        .collect();
    let since = Instant::now();
    assert_eq!(ask(&site, "/healthz").status, 200);
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    // Who sends half a body has one, until it is given up.
    let half = "POST /v1/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{";
    let slow: Vec<_> = (0..CLIENTS).map(|_| begun(half)).collect();
    let since = Instant::now();
    site.write(&POLICY.replace("udp/123", "udp/124")).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2, "its files are followed");
    assert_eq!(ask(&site, "/healthz").status, 200);
    assert!(since.elapsed() > Duration::from_secs(2), "there was room");
    for stream in silent.into_iter().chain(slow) {
        // It was closed, with words or without.
        drop(Answer::from(stream));
    }
    assert_eq!(site.enforcer.status().unwrap().generation, 2);
    daemon.terminate().unwrap();
}

#[test]
fn who_may_only_look_keeps_no_order_of_roots_from_arriving() {
    let site = Site::new("control_crowd").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let_others_in(&site);
    let socket = site.enforcer.directories().control();
    let (is_over, come) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            rustix::thread::set_thread_uid(Uid::from_raw(NOBODY)).unwrap();
            let mut silent = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                // For each that is given up another comes.
                silent.retain(|mut stream: &UnixStream| {
                    let heard = stream.read(&mut [0]);
                    heard.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
                });
                if silent.len() < CROWD {
                    let stream = connect(&socket).unwrap();
                    stream.set_nonblocking(true).unwrap();
                    silent.push(stream);
                } else {
                    thread::sleep(TICK);
                }
                come.fetch_add(1, Ordering::Relaxed);
            }
        });
        let deadline = Instant::now() + PATIENCE;
        // Less than that were let in before, and the others waited.
        while come.load(Ordering::Relaxed) < 2 * CLIENTS && Instant::now() < deadline {
            thread::sleep(TICK);
        }
        site.write(&POLICY.replace("udp/123", "udp/124")).unwrap();
        let orders = [
            &["reload", "--confirm", "20s"][..],
            &["confirm"],
            &["status"],
        ];
        let done = orders.map(|order| {
            let since = Instant::now();
            let outcome = site.enforcer.run(order);
            (since.elapsed(), outcome)
        });
        is_over.store(true, Ordering::Relaxed);
        for (took, outcome) in done {
            let outcome = outcome.unwrap();
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            assert!(took < PATIENCE / 3, "{took:?}: {outcome:?}");
        }
    });
}

#[test]
fn an_order_of_whoever_has_gone_before_the_daemon_came_to_it_is_not_carried_out() {
    let site = Site::new("control_gone").unwrap();
    let daemon = site.started(&[]).unwrap();
    let socket = site.enforcer.directories().control();
    let process = Pid::from_raw(i32::try_from(daemon.id()).unwrap()).unwrap();
    for _ in 0..10 {
        kill_process(process, Signal::STOP).unwrap();
        let mut gone = connect(&socket).unwrap();
        gone.write_all(b"POST /v1/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        drop(gone);
        kill_process(process, Signal::CONT).unwrap();
        // One comes after the other.
        let answer = site.enforcer.ask("POST", "/v1/confirm", "").unwrap();
        assert_eq!(answer.status, 409, "{answer:?}");
        assert_eq!(site.enforcer.status().unwrap().generation, 1);
    }
}

#[test]
fn a_directory_whose_socket_would_have_too_long_a_path_is_refused() {
    let site = Site::new("control_long").unwrap();
    let deep = site.file(&"d".repeat(120));
    let enforcer = site.enforcer.clone().with_run(&deep);
    let policy = site.policy().to_str().unwrap();
    for verb in [&["run", "--policy", policy][..], &["reload"]] {
        let outcome = enforcer.run(verb).unwrap();
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(
            outcome.stderr.contains("give a shorter --run-dir"),
            "{outcome:?}"
        );
    }
}

#[test]
fn an_order_that_comes_before_the_policy_is_in_force_is_carried_out_then() {
    let site = Site::new("control_early").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let outcome = loop {
        let outcome = site.enforcer.run(&["reload"]).unwrap();
        if outcome.code != Some(3) {
            break outcome;
        }
        assert!(Instant::now() < deadline, "{outcome:?}");
        thread::sleep(TICK);
    };
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
}

fn ask(site: &Site, path: &str) -> Answer {
    site.enforcer.ask("GET", path, "").unwrap()
}

fn metric(site: &Site, name: &str) -> Option<u64> {
    ask(site, "/metrics").metric(name)
}

/// To the socket, as a member of its group: the directories above are the sandbox's own.
fn let_others_in(site: &Site) {
    let run = &site.enforcer.directories().run;
    for (directory, mode) in [(run.parent().unwrap(), 0o755), (run.as_path(), 0o750)] {
        fs::set_permissions(directory, Permissions::from_mode(mode)).unwrap();
    }
}

/// Asks as another user, with root's group.
fn ask_as(user: u32, socket: &Path, method: &str, path: &str) -> Answer {
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            // Of this thread alone.
            rustix::thread::set_thread_uid(Uid::from_raw(user)).unwrap();
            Answer::to(socket, method, path, "").unwrap()
        });
        asking.join().unwrap()
    })
}
