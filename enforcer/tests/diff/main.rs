//! What `enforcer diff` tells, as people and as programs read it.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;

use clap::Parser as _;
use enforcer::cli::{Cli, Verb};
use enforcer::command::diff::diff;
use enforcer::diff::Diff;
use enforcer::exit::Exit;
use enforcer::policy::Policy;
use serde_json::Value;

const OLD: &str = "
version: 1
interfaces: {lan-cam*: , lan-cam9: {unlisted: pass}}
prefixes:
  recorder: [192.168.50.10, 'fd00:50::10']
  cloud: [203.0.113.0/24, '2001:db8::/32']
groups:
  recorded:
    allow:
      - {to: recorder, answer: [tcp/554, udp/8000-8010]}
      - {to: cloud, ports: tcp/443}
    deny: [{to: 203.0.113.64/26}]
  lobby:
    allow: [{to: 198.51.100.0/24}]
cameras:
  gate: {match: {mac: '02:00:00:00:00:01', ip: [192.168.50.21, 192.168.50.20]}, group: recorded}
  attic: {match: {mac: '02:00:00:00:00:02'}, group: recorded, mode: audit}
  yard: {match: {mac: '02:00:00:00:00:03'}, group: recorded}
  hall: {match: {mac: '02:00:00:00:00:04'}, group: recorded}
  desk: {match: {vlan: 50}, group: lobby}
";

#[test]
fn the_same_meaning_in_other_words_is_no_difference() {
    let new = "
version: 1
mode: enforce
interfaces: {lan-cam9: {unlisted: pass, attach: auto}, lan-cam*: {unlisted: drop}}
prefixes:
  nvr: ['fd00:50::10', 192.168.50.10]
  unused: 192.0.2.1
groups:
  front:
    allow: [{to: [198.51.100.0/25, 198.51.100.128/25]}, {to: 198.51.100.7, ports: tcp/80}]
  with-recorder:
    deny: [{to: [203.0.113.64/27, 203.0.113.96/27, 10.0.0.0/8], except: 10.0.0.0/8}]
    allow:
      - {to: ['2001:db8::/31', 203.0.113.0/24], except: '2001:db9::/32', ports: [tcp/443, tcp/443-443]}
      - {to: nvr, answer: tcp/554}
      - {to: nvr, answer: [udp/8000-8005, udp/8006-8010]}
cameras:
  desk: {match: {vlan: 50}, group: front}
  hall: {match: {mac: '02-00-00-00-00-04'}, group: with-recorder}
  yard: {match: {mac: '02:00:00:00:00:03'}, group: with-recorder}
  attic: {match: {mac: '02:00:00:00:00:02'}, group: with-recorder, mode: audit}
  gate: {match: {mac: '02:00:00:00:00:01', ip: 192.168.50.20/31}, group: with-recorder}
";
    let (exit, out) = run(OLD, new, &[]);
    assert_eq!(exit, Exit::Ok);
    assert_eq!(out, "OLD and NEW mean the same\n");
}

#[test]
fn cameras_with_the_same_change_are_told_together() {
    let new = OLD
        .replace("[tcp/554, udp/8000-8010]", "[tcp/554, tcp/80]")
        .replace("203.0.113.0/24, ", "203.0.112.0/23, ");
    let (exit, out) = run(OLD, &new, &[]);
    assert_eq!(exit, Exit::No);
    insta::assert_snapshot!(out);
}

#[test]
fn what_is_no_destination_is_told_in_words() {
    let new = OLD
        .replace(
            "lan-cam*: , ",
            "lan-cam*: {attach: native}, br-mixed: {unlisted: pass}, ",
        )
        .replace("lan-cam9: {unlisted: pass}", "lan-cam9: {unlisted: drop}")
        .replace("version: 1\n", "version: 1\nmode: audit\n")
        .replace("192.168.50.21, 192.168.50.20", "192.168.50.22")
        .replace(
            "'02:00:00:00:00:03'",
            "['02:00:00:00:00:03', '02:00:00:00:01:03'], vlan: 7",
        )
        .replace(
            "  lobby:\n",
            "  lobby:\n    mode: enforce\n    link: {arp: drop, discovery: [sadp, ssdp]}\n",
        )
        .replace("group: recorded, mode: audit", "group: recorded");
    insta::assert_snapshot!(run(OLD, &new, &[]).1);
}

#[test]
fn the_end_of_an_audit_is_a_difference_until_it_has_passed() {
    let audit = |until: &str| OLD.replace("mode: audit", &format!("mode: audit{until}"));
    let enforce = OLD.replace(", mode: audit", "");
    let (old, later) = (audit(", until: 9000-01-01"), audit(", until: 9000-01-02"));
    let same = audit(", until: 9000-01-01T01:00:00+01:00");
    let over = audit(", until: 2020-01-01");
    for (old, new, mode) in [
        (
            OLD,
            &old,
            Some("audit, now audit until 9000-01-01T00:00:00Z"),
        ),
        (
            &old,
            &later,
            Some("audit until 9000-01-01T00:00:00Z, now audit until 9000-01-02T00:00:00Z"),
        ),
        (
            &old,
            &enforce,
            Some("audit until 9000-01-01T00:00:00Z, now enforce"),
        ),
        (
            &old,
            &over,
            Some("audit until 9000-01-01T00:00:00Z, now enforce"),
        ),
        (&old, &same, None),
        (&enforce, &over, None),
    ] {
        let told = mode.map_or_else(
            || "OLD and NEW mean the same\n".to_owned(),
            |mode| format!("camera `attic` of group `recorded`\n  ~ mode: {mode}\n"),
        );
        assert_eq!(run(old, new, &[]).1, told);
    }
    let of_all = "version: 1\nmode: audit\nuntil: 9000-01-01\n";
    let of_all = OLD.replace("version: 1\n", of_all);
    let (_, out) = run(OLD, &of_all, &[]);
    let first =
        "mode for sources that are no camera's: enforce, now audit until 9000-01-01T00:00:00Z\n";
    assert!(out.starts_with(first), "{out}");
}

#[test]
fn the_order_of_interfaces_counts_where_the_first_holds() {
    let row = |rows: &str| OLD.replace("lan-cam*: , ", rows);
    for (old, new, expected) in [
        (
            "'a*': , '*b': {unlisted: pass}, ",
            "'*b': {unlisted: pass}, 'a*': , ",
            "interface `*b` holds before `a*` where both match, and was behind it\n",
        ),
        (
            "'a*': , '*b': , ",
            "'*b': , 'a*': , ",
            "OLD and NEW mean the same\n",
        ),
        (
            "'a*': , '*bc': {unlisted: pass}, ",
            "'*bc': {unlisted: pass}, 'a*': , ",
            "OLD and NEW mean the same\n",
        ),
    ] {
        assert_eq!(run(&row(old), &row(new), &[]).1, expected);
    }
}

#[test]
fn cameras_that_come_and_go_are_told() {
    let new = OLD
        .replace("  yard:", "  porch:")
        .replace("  hall:", "  shed:")
        .replace("vlan: 50}, group: lobby", "vlan: 50}, group: recorded");
    let new = format!("{new}  mute: {{match: {{vlan: 60}}, group: silent}}\n")
        .replace("groups:\n", "groups:\n  silent:\n");
    insta::assert_snapshot!(run(OLD, &new, &[]).1);
}

#[test]
fn a_rule_without_ports_is_told_with_what_it_adds_or_leaves() {
    let new = OLD
        .replace(
            "{to: cloud, ports: tcp/443}",
            "{to: cloud}, {to: 0.0.0.0/0, ports: udp/5351}",
        )
        .replace(
            "      - {to: cloud}, {to",
            "      - {to: cloud}\n      - {to",
        )
        .replace(
            "{to: 198.51.100.0/24}",
            "{to: 198.51.100.0/24, ports: tcp/80, answer: tcp/554}",
        );
    insta::assert_snapshot!(run(OLD, &new, &[]).1);
}

#[test]
fn a_translated_destination_is_told_where_it_differs() {
    let new = OLD
        .replace(
            "deny: [{to: 203.0.113.64/26}]",
            "deny: [{to: [203.0.113.64/26, '64:ff9b::/64']}]",
        )
        .replace(
            "{to: recorder, answer",
            "{to: [recorder, 192.0.2.1], answer",
        );
    insta::assert_snapshot!(run(OLD, &new, &[]).1);
}

#[test]
fn a_way_of_translation_that_is_denied_is_told_and_a_new_one_in_words() {
    let old = OLD.replace(
        "version: 1\n",
        "version: 1\nnat64: ['2001:db8:64::/96', 'fd00:64::/48']\n",
    );
    let new = OLD
        .replace(
            "version: 1\n",
            "version: 1\nnat64: ['2001:db9:64::/96', '2001:db8:64::/96']\n",
        )
        .replace(
            "deny: [{to: 203.0.113.64/26}]",
            "deny: [{to: [203.0.113.64/26, '2001:db8:64::/64']}]",
        );
    insta::assert_snapshot!(run(&old, &new, &[]).1);
}

#[test]
fn what_is_taken_out_of_a_rule_is_lost_and_of_a_denial_gained() {
    let new = OLD
        .replace(
            "{to: cloud, ports",
            "{to: cloud, except: [203.0.113.240/28, 10.0.0.0/8], ports",
        )
        .replace(
            "deny: [{to: 203.0.113.64/26}]",
            "deny: [{to: 203.0.113.64/26, except: 203.0.113.96/27}]",
        );
    let (exit, out) = run(OLD, &new, &[]);
    assert_eq!(exit, Exit::No);
    insta::assert_snapshot!(out);
}

#[test]
fn multicast_counts_where_it_is_named() {
    let new = OLD.replace(
        "{to: 198.51.100.0/24}",
        "{to: [128.0.0.0/1, '::/0']}, {to: 239.255.255.250, ports: udp/1900}",
    );
    insta::assert_snapshot!(run(OLD, &new, &[]).1);
}

#[test]
fn a_huge_difference_is_cut_short_for_people_and_whole_for_programs() {
    let prefixes: Vec<String> = (0..1250)
        .map(|number| format!("10.{}.{}.0/25", number / 256, number % 256))
        .collect();
    let new = OLD.replace(
        "203.0.113.0/24, ",
        &format!("203.0.113.0/24, {}, ", prefixes.join(", ")),
    );
    insta::assert_snapshot!(run(OLD, &new, &[]).1);

    let (exit, out) = run(OLD, &new, &["--json"]);
    assert_eq!(exit, Exit::No);
    let document: Value = serde_json::from_str(&out).unwrap();
    let gained = &document["changes"][0]["gained"][0];
    assert_eq!(gained["prefixes"].as_array().unwrap().len(), 1250);
    assert_eq!(gained["v4"], 1250 * 128);
}

#[test]
fn a_program_gets_one_document_with_names_that_stay() {
    let new = OLD
        .replace("{to: cloud, ports: tcp/443}", "{to: cloud}")
        .replace("group: recorded, mode: audit", "group: recorded")
        .replace("  hall:", "  shed:")
        .replace("lan-cam9: {unlisted: pass}", "lan-cam9: ");
    let (_, out) = run(OLD, &new, &["--json"]);
    assert_eq!(out.lines().count(), 1);
    let document: Value = serde_json::from_str(&out).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap());

    let (exit, out) = run(OLD, OLD, &["--json"]);
    assert_eq!(exit, Exit::Ok);
    assert_eq!(
        out,
        "{\"old\":\"OLD\",\"new\":\"NEW\",\"policy\":[],\"changes\":[],\"seen\":null}\n"
    );
}

#[test]
fn a_policy_that_is_none_is_reported_with_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    fs::write(path("good.yaml"), OLD).unwrap();
    fs::write(path("bad.yaml"), OLD.replace("version: 1", "version: 2")).unwrap();
    for (old, new) in [("good.yaml", "bad.yaml"), ("bad.yaml", "good.yaml")] {
        let (exit, out, errors) = diffed(&path(old), &path(new), &[]);
        assert_eq!((exit, out.as_str()), (Exit::No, ""));
        assert!(errors.contains("error[unsupported-version]"), "{errors}");
        assert!(
            errors.ends_with("bad.yaml: not a valid policy\n"),
            "{errors}"
        );
    }
    let (_, _, errors) = diffed(&path("good.yaml"), &path("gone.yaml"), &[]);
    assert!(errors.ends_with("gone.yaml: no such file\n"), "{errors}");
}

#[test]
fn a_policy_that_the_tables_have_no_room_for_is_told_with_its_name() {
    let ports: Vec<String> = (1..=1025).map(|port| format!("tcp/{port}")).collect();
    let ports = format!("[{}]", ports.join(", "));
    let parse =
        |path, text: &str| Policy::parse(path, text).unwrap_or_else(|error| panic!("{error}"));
    let old = parse("OLD", OLD);
    let new = parse(
        "NEW",
        &OLD.replace("ports: tcp/443", &format!("ports: {ports}")),
    );
    let error = Diff::new(&old, &new).unwrap_err().to_string();
    assert!(
        error.starts_with("NEW: too large for the kernel's tables: 1,025 clauses"),
        "{error}"
    );
}

/// The exit code and what is told, with short names in place of the paths.
fn run(old: &str, new: &str, options: &[&str]) -> (Exit, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    fs::write(path("old.yaml"), old).unwrap();
    fs::write(path("new.yaml"), new).unwrap();
    let (exit, out, errors) = diffed(&path("old.yaml"), &path("new.yaml"), options);
    assert_eq!(errors, "");
    let out = out.replace(&path("old.yaml"), "OLD");
    (exit, out.replace(&path("new.yaml"), "NEW"))
}

fn diffed(old: &str, new: &str, options: &[&str]) -> (Exit, String, String) {
    // Where no daemon is.
    let nowhere = [
        "--run-dir",
        "/nonexistent/run",
        "--state-dir",
        "/nonexistent/state",
    ];
    let words = ["enforcer", "diff", old, new].into_iter().chain(nowhere);
    let cli = Cli::try_parse_from(words.chain(options.iter().copied())).unwrap();
    let Verb::Diff(options) = &cli.verb else {
        unreachable!("the verb is diff");
    };
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let exit = diff(&cli.directories, options, false, &mut out, &mut errors).unwrap();
    let [out, errors] = [out, errors].map(|text| String::from_utf8(text).unwrap());
    (exit, out, errors)
}
