//! What never happens, whatever a policy holds: a panic, or a problem told at the wrong place.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use enforcer::policy::{Location, Policy};
use proptest::prelude::*;
use proptest::sample::select;

/// One of everything. Each value between `‹` and `›` can be replaced by a word that is wrong there.
const MARKED: &str = r#"version: ‹1›
nat64: [‹"2001:db8:64::/96"›, ‹"2001:db8:122::/48"›]
mode: ‹enforce›
interfaces:
  lan-cam*: {attach: ‹auto›, unlisted: ‹drop›}
  "*":
prefixes:
  recorder: [‹192.0.2.10›, ‹'2001:db8::10'›]
  all:
    - ‹recorder›   # é
    - ‹198.51.100.0/24›
groups:
  recorded:
    mode: ‹audit›
    until: ‹2030-01-31T18:00:00+01:00›
    allow:
      - to: ‹recorder›
        answer: [‹tcp/554›, "udp/8000-8010"]
      - {to: ‹192.0.2.77›, protocols: [‹sctp›, ‹igmp›, 200], ports: ‹tcp/5060›}
      - {to: [‹all›, ‹203.0.113.1›], except: [‹recorder›, ‹198.51.100.64/26›], ports: ‹udp/53›}
    deny: [{to: ‹192.0.2.0/28›, except: ‹192.0.2.13›}]
    link: {arp: ‹allow›, dhcp: ‹allow›, neighbours: ‹allow›, discovery: [‹mdns›, ‹igmp›]}
cameras:
  gate:
    match: {mac: ‹"44:19:b6:5d:3a:01"›, ip: [‹192.0.2.21›, "2001:db8::21"], vlan: [‹50›, 60]}
    group: ‹recorded›
  lobby: {match: {interface: [lan1, lan2], vlan: ‹7›}, group: ‹recorded›, mode: ‹audit›, until: ‹2030-01-31›}
"#;

/// What a slip of the hand, or of a program, leaves in a file.
const SCRAPS: &[&str] = &[
    " ", "\n", "\t", "\r\n", ":", ": ", "- ", ",", "#", "\"", "'", "[", "]", "{", "}", "*a", "&a ",
    "!t ", "<<: ", "|\n", ">-\n", "? ", "---\n", "...\n", "%", "@", "~", "0x10", "1e3", "é",
    "\u{2028}", "\u{85}", "\u{feff}", "\0", "🎥", "\\", "null", "/33", "recorder", "all", "    ",
];

#[test]
fn the_policy_that_is_mutated_is_valid() {
    let policy =
        Policy::parse("policy.yaml", &plain(MARKED)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(policy.cameras.len(), 2);
    assert_eq!(policy.warnings().to_string(), "");
}

proptest! {
    #[test]
    fn a_mutated_policy_is_parsed_or_reported(mutations in mutations()) {
        let mut text = plain(MARKED);
        for mutation in &mutations {
            mutation.apply(&mut text);
        }
        check_report(&text)?;
    }

    #[test]
    fn any_text_is_parsed_or_reported(text in any::<String>()) {
        check_report(&text)?;
    }

    #[test]
    fn a_problem_is_told_where_the_value_is(
        index in 0..MARKED.matches('‹').count(),
        written in select(&["n0.such+thing", "'n0.such+thing'", "\"n0.such+thing\"",
            "\"n0\\u002esuch+thing\"", "\"é n0.such+thing\""][..]),
        header in select(&["", "# é\n", "\u{feff}", "# \u{2028}\n\n"][..]),
        line_break in select(&["\n", "\r\n"][..]),
    ) {
        let text = format!("{header}{}", replaced(index, written)).replace('\n', line_break);
        let report = Policy::parse("policy.yaml", &text).unwrap_err();
        prop_assert_eq!(report.findings.len(), 1, "{}", report);
        prop_assert_eq!(report.findings[0].at.cut(&report.sources[0].text), written, "{}", report);

        let before = report.sources[0].text.split(written).next().unwrap();
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        let (location, _) = report.located().next().unwrap();
        let expected = Location { source: 0, line: line.try_into().unwrap(), column: column.try_into().unwrap() };
        prop_assert_eq!(location, expected);
        prop_assert!(report.to_string().contains(&format!("policy.yaml:{expected}\n")), "{}", report);
    }
}

/// A change somewhere in a text; places are in thousandths of its length.
#[derive(Clone, Debug)]
enum Mutation {
    Insert(usize, &'static str),
    Remove(usize, usize),
    Repeat(usize, usize),
}

impl Mutation {
    fn apply(&self, text: &mut String) {
        let at = |thousandth: usize| text.floor_char_boundary(text.len() * thousandth / 1000);
        match *self {
            Self::Insert(start, scrap) => text.insert_str(at(start), scrap),
            Self::Remove(start, length) => {
                let (start, end) = (at(start), at(start + length));
                text.replace_range(start..end, "");
            }
            Self::Repeat(start, length) => {
                let (start, end) = (at(start), at(start + length));
                let part = text[start..end].to_owned();
                text.insert_str(end, &part);
            }
        }
    }
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let mutation = prop_oneof![
        (0..=1000_usize, select(SCRAPS)).prop_map(|(start, scrap)| Mutation::Insert(start, scrap)),
        (0..=950_usize, 0..=50_usize).prop_map(|(start, length)| Mutation::Remove(start, length)),
        (0..=800_usize, 0..=200_usize).prop_map(|(start, length)| Mutation::Repeat(start, length)),
    ];
    proptest::collection::vec(mutation, 1..6)
}

fn check_report(text: &str) -> Result<(), TestCaseError> {
    let Err(report) = Policy::parse("policy.yaml", text) else {
        return Ok(());
    };
    prop_assert!(!report.findings.is_empty());
    for finding in &report.findings {
        let at = finding.at;
        prop_assert!(at.start <= at.end);
        let source = report.sources.get(usize::from(at.source));
        let cut = source.and_then(|source| source.text.get(at.start..at.end));
        prop_assert!(cut.is_some(), "{finding:?}");
    }
    prop_assert!(!report.render(false).is_empty());
    prop_assert!(!report.render(true).is_empty());
    Ok(())
}

fn plain(marked: &str) -> String {
    marked.replace(['‹', '›'], "")
}

fn replaced(index: usize, written: &str) -> String {
    let (start, mark) = MARKED.match_indices('‹').nth(index).unwrap();
    let end = start + MARKED[start..].find('›').unwrap();
    let (before, after) = (&MARKED[..start], &MARKED[end..]);
    assert_eq!(mark, "‹");
    plain(&format!("{before}{written}{after}"))
}
