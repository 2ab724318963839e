//! Which ranges come of which prefixes.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::*;

#[test]
fn ranges_end_where_an_answer_does() {
    let ranges = ranges(
        "
    allow:
      - {to: 192.0.2.0/24, ports: tcp/1}
      - {to: [192.0.2.8/30, 198.51.100.0/24], ports: tcp/2}
      - {to: 192.0.2.255, ports: tcp/1}
      - {to: '2001:db8::/32', ports: tcp/3}
    deny:
      - to: [192.0.2.16/28, '2001:db8::1']
      - to: 192.0.2.18
",
    );
    assert_eq!(
        shown(&ranges),
        [
            "192.0.2.0-192.0.2.7 [1]",
            "192.0.2.8-192.0.2.11 [1, 2]",
            "192.0.2.12-192.0.2.15 [1]",
            "192.0.2.16-192.0.2.31 denied by 5",
            "192.0.2.32-192.0.2.254 [1]",
            "192.0.2.255-192.0.2.255 [1, 3*]",
            "198.51.100.0-198.51.100.255 [2]",
            "2001:db8::-2001:db8:: [4]",
            "2001:db8::1-2001:db8::1 denied by 5",
            "2001:db8::2-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff [4]",
        ]
    );
}

#[test]
fn ranges_that_touch_and_say_the_same_are_one() {
    let whole = ranges("\n    allow: [{to: [0.0.0.0/0, '::/0']}]\n    deny: [{to: 10.0.0.0/8}]\n");
    let halves = ranges(
        "
    allow: [{to: [128.0.0.0/1, 0.0.0.0/1, '8000::/1', '::/1', 64.0.0.0/2]}]
    deny: [{to: [10.128.0.0/9, 10.0.0.0/9, 10.3.0.0/16]}]
",
    );
    assert_eq!(halves, whole);
    assert_eq!(
        shown(&whole),
        [
            "0.0.0.0-9.255.255.255 [1]",
            "10.0.0.0-10.255.255.255 denied by 2",
            "11.0.0.0-255.255.255.255 [1]",
            "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff [1]",
        ]
    );
}

#[test]
fn what_is_taken_out_is_left_to_others_or_to_nobody() {
    let ranges = ranges(
        "
    allow:
      - {to: [192.0.2.0/24, 192.0.2.9], except: [192.0.2.8/29, 192.0.2.128/25], ports: tcp/1}
      - {to: 192.0.2.0/28, ports: tcp/2}
      - {to: '::/0', except: '8000::/1'}
      - {to: 198.51.100.0/24, except: [198.51.100.0/25, 198.51.100.128/25]}
    deny:
      - {to: 192.0.2.64/26, except: [192.0.2.64/28, 192.0.2.96/28]}
      - {to: [192.0.2.64/27, 192.0.2.80/28]}
",
    );
    assert_eq!(
        shown(&ranges),
        [
            "192.0.2.0-192.0.2.7 [1, 2]",
            "192.0.2.8-192.0.2.15 [2]",
            "192.0.2.16-192.0.2.63 [1]",
            "192.0.2.64-192.0.2.79 denied by 6",
            "192.0.2.80-192.0.2.95 denied by 5",
            "192.0.2.96-192.0.2.111 [1]",
            "192.0.2.112-192.0.2.127 denied by 5",
            "::-7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff [3]",
        ]
    );
}

#[test]
fn what_is_denied_alike_is_one_range_whatever_else_denies_it() {
    let ranges = ranges(
        "
    deny:
      - {to: 192.0.2.0/24, except: 192.0.2.128/25}
      - {to: [192.0.2.16/28, 192.0.2.64/26], except: 192.0.2.64/27}
",
    );
    assert_eq!(shown(&ranges), ["192.0.2.0-192.0.2.127 denied by 1"]);
}

#[test]
fn what_a_denial_leaves_out_is_as_full_as_if_there_were_none() {
    let allow = items(1025);
    let denied = |except: &str| {
        settled(&format!(
            "\n    allow:\n{allow}    deny: [{{to: 192.0.2.0/24, except: {except}}}]\n"
        ))
    };
    assert_eq!(
        denied("192.0.2.0/26").unwrap_err().to_string(),
        "1,025 clauses cover 192.0.2.0/26 of group `x`, room for 1,024"
    );
    let beside = denied("192.0.2.128/26").unwrap();
    assert_eq!(beside.clauses(), []);
}

#[test]
fn thousands_of_items_within_a_denial_that_leaves_something_out_are_settled_soon() {
    let mut group =
        String::from("\n    deny: [{to: 10.0.0.0/8, except: [10.0.0.1, 10.9.0.1]}]\n    allow:\n");
    for number in 0..2000 {
        let (third, last) = (number / 250, number % 250);
        writeln!(
            group,
            "      - {{to: [10.0.0.0/9, 10.9.{third}.{last}], except: 10.0.0.0/24, ports: tcp/{}}}",
            number + 1
        )
        .unwrap();
    }
    group.push_str("      - {to: 10.0.0.1, answer: tcp/554}\n");
    let start = Instant::now();
    let error = settled(&group).unwrap_err();
    // Each cover once held all that covers: here millions of items.
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(
        error.to_string(),
        "2,000 clauses cover 10.9.0.1/32 of group `x`, room for 1,024"
    );
    let ranges = ranges(&group.replace("10.0.0.1, 10.9.0.1]", "10.0.0.1, 10.128.0.1]"));
    assert_eq!(
        shown(&ranges),
        [
            "10.0.0.0-10.0.0.0 denied by 1",
            "10.0.0.1-10.0.0.1 [2002*]",
            "10.0.0.2-10.128.0.0 denied by 1",
            "10.128.0.2-10.255.255.255 denied by 1",
        ]
    );
}

#[test]
fn inside_a_denial_nothing_is_gathered_and_the_first_denial_is_told() {
    let items = items(200);
    let ranges = ranges(&format!(
        "\n    allow:\n{items}    deny:\n      - to: 192.0.2.0/25\n      - to: 192.0.2.0/24\n"
    ));
    assert_eq!(
        shown(&ranges),
        [
            "192.0.2.0-192.0.2.127 denied by 201",
            "192.0.2.128-192.0.2.255 denied by 202",
        ]
    );
    assert_eq!(ranges.clauses(), []);
}

#[test]
fn answers_and_clauses_are_shared() {
    let prefixes: Vec<String> = (0..200).map(|third| format!("10.0.{third}.8/29")).collect();
    let prefixes = prefixes.join(", ");
    let ranges = ranges(&format!(
        "\n    allow: [{{to: [{prefixes}], ports: [tcp/1, tcp/2]}}]\n"
    ));
    assert_eq!(ranges.group(0).map(|group| group.v4.len()), Some(200));
    assert_eq!((ranges.answers().len(), ranges.clauses().len()), (1, 2));
}

#[test]
fn more_clauses_than_there_is_room_for_are_told_with_their_place() {
    let fitting = settled(&format!("\n    allow:\n{}", items(1024)));
    assert_eq!(fitting.unwrap().clauses().len(), 1024);
    let error = settled(&format!("\n    allow:\n{}", items(1025))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1,025 clauses cover 192.0.2.0/25 of group `x`, room for 1,024"
    );
}

/// Rules for one prefix, each with a port of its own.
fn items(count: u16) -> String {
    let items = (1..=count).map(|port| format!("      - {{to: 192.0.2.0/25, ports: tcp/{port}}}"));
    let items: Vec<String> = items.collect();
    format!("{}\n", items.join("\n"))
}

/// Each range with the rules that answer it; a star where the rule names groups.
fn shown(ranges: &Ranges) -> Vec<String> {
    let group = ranges.group(0).unwrap();
    let v4 = group
        .v4
        .iter()
        .map(|range| (range.first.address(), range.last.address(), range.answer));
    let v6 = group
        .v6
        .iter()
        .map(|range| (range.first.address(), range.last.address(), range.answer));
    let show = |(first, last, answer): (IpAddr, IpAddr, u32)| {
        let answer = ranges.answer(answer).unwrap();
        if answer.deny != 0 {
            return format!("{first}-{last} denied by {}", answer.deny);
        }
        let clauses = ranges.allowed_by(answer).iter().map(|clause| {
            let star = if clause.names_groups == 0 { "" } else { "*" };
            format!("{}{star}", clause.rule)
        });
        let clauses: Vec<String> = clauses.collect();
        format!("{first}-{last} [{}]", clauses.join(", "))
    };
    v4.chain(v6).map(show).collect()
}

fn ranges(group: &str) -> Ranges {
    settled(group).unwrap_or_else(|error| panic!("{error}"))
}

fn settled(group: &str) -> Result<Ranges, CapacityError> {
    let text = format!("version: 1\ninterfaces: {{lan*: }}\ngroups:\n  x:{group}");
    let policy = Policy::parse("policy.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
    Ranges::new(&policy, &Rules::new(&policy))
}
