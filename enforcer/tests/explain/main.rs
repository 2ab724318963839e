//! What `enforcer explain` tells, as people and as programs read it.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fmt::Write as _;

use clap::Parser as _;
use enforcer::cli::{Cli, Verb};
use enforcer::command::explain::explain;
use enforcer::exit::{Exit, exit_of};
use serde_json::Value;

const POLICY: &str = "tests/explain/policy.yaml";

#[test]
fn what_passes_is_told_with_the_rule_that_lets_it() {
    let told = told(&[
        "--camera gate --to 192.168.50.1 --port udp/53",
        "--camera gate --to 192.168.50.10 --from-port 554",
        "--camera gate --to fd00:50::10 --from-port udp/8003 --port udp/6970",
        "--camera gate --to 64:ff9b::198.51.100.7 --port tcp/443",
        "--camera gate --to 2001:db8:64:c633:64:700:: --port tcp/443",
        "--camera lobby-vlan --to 203.0.113.65",
        "--camera orphan --to 203.0.113.65",
        "--camera gate --to 192.168.60.255 --port udp/9",
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_dropped_is_told_with_what_is_missing() {
    let told = told(&[
        "--camera gate --to 203.0.113.7 --port tcp/443",
        "--camera gate --to 2001:db8::7 --port tcp/443",
        "--camera gate --to 198.51.100.7 --port tcp/80",
        "--camera gate --to 198.51.100.7",
        "--camera gate --to 198.51.100.13 --port tcp/443",
        "--camera gate --to 198.51.100.13 --port tcp/80",
        "--camera gate --to 2001:db8:64:c633:64:d00:: --port tcp/443",
        "--camera gate --to 2001:db8:64:c633:164:700:: --port tcp/443",
        "--camera gate --to 198.51.101.7",
        "--camera gate --to 192.168.50.10 --port tcp/7660",
        "--camera gate --to 192.168.50.10 --from-port 554 --syn",
        "--camera gate --to 192.168.50.10 --from-port 555",
        "--camera gate --to 192.168.60.1 --port udp/5351",
        "--camera gate --to 192.168.60.64 --port udp/9",
        "--camera gate --to 192.168.60.65 --port udp/9",
        "--camera gate --to 239.255.255.250 --port udp/1900",
        "--camera lobby-vlan --to 239.255.255.250 --port udp/37020",
        "--camera lobby-vlan --to ff05::c --port udp/1900",
        "--camera gate --to 224.0.1.1 --port udp/123",
        "--camera lobby-vlan --to 203.0.113.7 --port udp/53",
        "--camera lobby-vlan --to 2001:db8::1",
        "--camera mute --to 203.0.113.7 --port tcp/443",
        "--camera attic --to 203.0.113.7 --port tcp/443",
        "--camera gate --to 127.0.0.1",
        "--camera mute --to 203.0.113.7 --interface lan-cam1",
        "--camera by-address --to 2001:db8::1",
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_frame_is_taken_as_it_is() {
    let arp = |sender: &str| {
        let message = "08060001080006040001";
        format!("--frame ffffffffffff{sender}{message}{sender}c0a83215000000000000c0a83201")
    };
    let udp = |mac: &str, source: &str| {
        let header = "08004500001c0000000040110000";
        format!("--frame 0200000000fe{mac}{header}{source}c0a83201d903003500080000")
    };
    let words = [
        arp("020000005021"),
        udp("020000005021", "c0a83215"),
        udp("020000005021", "c0a83216"),
        udp("020001000001", "c0a83215"),
        udp("020001000001", "c0a83216"),
        udp("0a0000000001", "c0a83216"),
        format!("--interface br-mixed {}", udp("0a0000000001", "c0a83216")),
        // ARP of a stranger in VLAN 50, with which it is `lobby-vlan` on its interface alone.
        arp("0a0000000001").replace("08060001", "8100003208060001"),
        format!("--interface lan-cam1 {}", arp("0a0000000001")),
        "--frame 02:00:00:00:00:fe:02:00:00:00:50:21:08:00:45".to_owned(),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let told = told(&words);
    insta::assert_snapshot!(told);
}

#[test]
fn an_audit_that_ends_is_told_with_its_end_and_not_after_it() {
    let told = told(&[
        "--camera cellar --to 203.0.113.7 --port tcp/443 --at 2030-01-31",
        "--camera cellar --to 203.0.113.7 --port tcp/443 --at 2030-01-31T17:59:59.9+01:00",
        "--camera cellar --to 203.0.113.7 --port tcp/443 --at 2030-01-31T18:00:00+01:00",
        "--camera cellar --to 192.168.50.1 --port udp/53 --at 2030-01-31",
        "--json --camera cellar --to 203.0.113.7 --port tcp/443 --at 2030-01-31",
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_program_gets_one_document_with_names_that_stay() {
    let words = [
        "--json --camera gate --to 192.168.50.1 --port udp/53",
        "--json --camera attic --to 198.51.100.7 --port tcp/80",
        "--json --camera gate --to 198.51.100.13 --port tcp/443",
    ];
    let mut pretty = String::new();
    for words in words {
        let (exit, out) = run(POLICY, words).unwrap();
        let value: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(exit == Exit::Ok, value["verdict"] == "allow", "{out}");
        assert_eq!(out.lines().count(), 1);
        writeln!(pretty, "{}", serde_json::to_string_pretty(&value).unwrap()).unwrap();
    }
    insta::assert_snapshot!(pretty);
}

#[test]
fn a_question_that_nobody_can_answer_is_a_wrong_command_line() {
    for (words, part) in [
        ("--camera gaet --to 192.0.2.1", "did you mean `gate`?"),
        ("--camera nobody --to 192.0.2.1", "no camera `nobody`"),
        (
            "--camera gate --to 192.0.2.1 --interface wan",
            "no row of `interfaces` is for `wan`",
        ),
        (
            "--camera gate --to 192.0.2.1 --port tcp/1 --from-port udp/1",
            "--port is of tcp and --from-port of udp",
        ),
    ] {
        let error = run(POLICY, words).unwrap_err();
        assert_eq!(exit_of(&error), Exit::Usage, "{words}");
        assert!(error.to_string().contains(part), "{words}: {error}");
    }
    for words in [
        "--camera gate",
        "--to 192.0.2.1",
        "--frame 0",
        "--frame 00 --camera gate",
        "--camera gate --to 192.0.2.1 --at 2030-01-31T18:00:00",
    ] {
        assert!(parsed(POLICY, words).is_err(), "{words}");
    }
}

#[test]
fn a_policy_that_is_none_is_reported_and_explains_nothing() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "version: 2\ninterfaces: {lan: }\n").unwrap();
    let path = file.path().to_str().unwrap();
    let cli = parsed(path, "--json --camera gate --to 192.0.2.1").unwrap();
    let Verb::Explain(options) = &cli.verb else {
        unreachable!("the verb is explain");
    };
    let (mut out, mut errors) = (Vec::<u8>::new(), Vec::<u8>::new());
    let exit = explain(options, false, &mut out, &mut errors).unwrap();
    let errors = String::from_utf8(errors).unwrap();
    assert!(exit == Exit::No && out.is_empty());
    assert!(errors.starts_with("error[unsupported-version]"), "{errors}");
}

fn told(questions: &[&str]) -> String {
    let mut told = String::new();
    for question in questions {
        let (exit, out) = run(POLICY, question).unwrap();
        writeln!(told, "$ enforcer explain {question}\n{out}=> {exit:?}\n").unwrap();
    }
    told
}

fn run(policy: &str, words: &str) -> anyhow::Result<(Exit, String)> {
    let cli = parsed(policy, words)?;
    let Verb::Explain(options) = &cli.verb else {
        unreachable!("the verb is explain");
    };
    let (mut out, mut errors) = (Vec::<u8>::new(), Vec::<u8>::new());
    let exit = explain(options, false, &mut out, &mut errors)?;
    assert!(errors.is_empty());
    Ok((exit, String::from_utf8(out)?))
}

fn parsed(policy: &str, words: &str) -> Result<Cli, clap::Error> {
    let start = ["enforcer", "explain", "--policy", policy];
    Cli::try_parse_from(start.into_iter().chain(words.split_whitespace()))
}
