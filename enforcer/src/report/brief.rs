//! What there is to know in a few sentences, for whoever reads no further.

use jiff::{Timestamp, tz::TimeZone};

use super::{Call, Report, Summary};
use crate::{
    times::Times,
    words::{Count, Grouped},
};

/// How the times of a report are written.
pub(super) fn times<'z>(report: &Report, zone: &'z TimeZone) -> Times<'z> {
    let calls = report.calls.iter().chain(&report.new);
    let calls = calls.flat_map(|call| [call.first, call.last]);
    let when = report.cameras.iter().flat_map(|camera| &camera.when);
    let own = [report.since, report.until, report.new_since, report.made];
    let asked = [report.asked_since, report.asked_until];
    let own = own.into_iter().chain(asked.into_iter().flatten());
    Times::of(own.chain(calls).chain(when.map(|when| when.begin)), zone)
}

/// What was asked for, where more is counted, and why.
pub(super) fn asked(report: &Report, times: &Times<'_>) -> Option<String> {
    let end = |word: &str, time: Option<Timestamp>| {
        time.map(|time| format!("{word} {}", times.cell(time)))
    };
    let ends = [
        end("from", report.asked_since),
        end("to", report.asked_until),
    ];
    let ends: Vec<_> = ends.into_iter().flatten().collect();
    (!ends.is_empty()).then(|| {
        format!(
            "Asked for was what came {}. The ledger tells hours apart, and after two days the days of UTC: of those all is \
             counted.",
            ends.join(" ")
        )
    })
}

/// What there is to know in a few sentences: of cameras, and of destinations that are one each.
pub(super) fn headline(report: &Report) -> String {
    let Summary {
        callers,
        destinations,
        refused,
        partly,
        new,
        ..
    } = report.summary;
    let new = match new {
        0 => "No call is new.".to_owned(),
        _ if !report.compared => "There is nothing earlier to compare it with.".to_owned(),
        1 => "1 call is new.".to_owned(),
        new => format!("{} calls are new.", Grouped(new)),
    };
    if callers == 0 {
        return format!("No camera called a destination. {new}");
    }
    if destinations == 0 {
        return format!("It is not known which destinations were called. {new}");
    }
    let mut calls = report.calls.iter();
    // Where these went is not known.
    let has_others = calls.any(|call| call.others && call.camera.is_some());
    let (least, policy) = if has_others {
        ("at least ", "As far as that is known, the policy")
    } else {
        ("", "The policy")
    };
    let judged = match (refused, partly) {
        (0, 0) => "allows all of it".to_owned(),
        (all, 0) if all == destinations => "allows none of it".to_owned(),
        (refused, 0) => format!(
            "allows nothing of what was sent to {} of them",
            Grouped(refused)
        ),
        (0, partly) => format!(
            "allows only a part of what was sent to {} of them",
            Grouped(partly)
        ),
        (refused, partly) => format!(
            "allows nothing of what was sent to {} of them, and a part of what was sent to {}",
            Grouped(refused),
            Grouped(partly)
        ),
    };
    let cameras = Count(callers, "camera");
    let goals = Count(destinations, "destination");
    let public = public(&report.summary, has_others);
    format!("{cameras} called {least}{goals}, {public}. {policy} {judged}. {new}")
}

/// How many of the destinations are not of the network.
fn public(summary: &Summary, has_others: bool) -> String {
    let Summary {
        destinations,
        public,
        ..
    } = *summary;
    let kind = if has_others {
        "known as public"
    } else {
        "public"
    };
    let countries = countries(summary);
    match (destinations, public) {
        (1, 0) if !has_others => "which is not public".to_owned(),
        (1, 1) if !has_others => format!("which is public{countries}"),
        (_, 0) => format!("none of them {kind}"),
        (all, some) if all == some => format!("all of them {kind}{countries}"),
        (_, some) => format!("{} of them {kind}{countries}", Grouped(some)),
    }
}

/// `, in 4 countries`, if any is known.
pub(super) fn countries(summary: &Summary) -> String {
    match summary.countries {
        0 => String::new(),
        1 => ", in 1 country".to_owned(),
        some => format!(", in {} countries", Grouped(some)),
    }
}

/// What stays on the link.
pub(super) const ON_LINK: &str =
    "ARP, DHCP and neighbour discovery, and what is for a group or everybody";

/// Frames of those that are no camera, and what they are.
pub(super) fn strangers(report: &Report) -> Option<(u64, String)> {
    let mut all = report.cameras.iter();
    let strangers = all.find(|camera| camera.camera.is_none())?;
    let goals = Count(strangers.destinations, "destination");
    let new = match strangers.new {
        0 => String::new(),
        new => format!(", {}", Count(new, "new call")),
    };
    let words = format!("of senders that are no camera of the policy, to {goals}{new}");
    Some((strangers.sums.all(), words))
}

/// How many destinations are in vendors' clouds, where names are known, and in networks of carriers that a state owns,
/// where owners are; each in short and with what it is.
pub(super) fn known_as(report: &Report) -> Vec<(&'static str, usize, &'static str)> {
    let is_any = |is_known: fn(&Call) -> bool| report.calls.iter().any(is_known);
    let Summary {
        clouds, carriers, ..
    } = report.summary;
    let clouds = is_any(|call| call.name.is_some() || call.cloud.is_some()).then_some((
        "vendors' clouds",
        clouds,
        "in vendors' clouds",
    ));
    let carriers = is_any(|call| call.owner.is_some()).then_some((
        "state carriers",
        carriers,
        "in networks of carriers that a state owns",
    ));
    clouds.into_iter().chain(carriers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ledger::Line,
        report::{
            html,
            made::{ZONE, line, period, report},
            text,
        },
    };

    #[test]
    fn the_headline_is_true_of_cameras_and_of_destinations_that_are_one_each() {
        let day = ["2030-01-25T06:00:00Z", "2030-01-25T07:00:00Z"];
        let call = |camera: Option<&str>, is_allowed: bool, to: (&str, &str, &str)| {
            let became = if is_allowed {
                ("allowed", None, Some("policy.yaml:12"))
            } else {
                ("dropped", Some("not_allowed"), None)
            };
            line(camera, became, (Some(to.0), to.1, to.2), 5, day)
        };
        let link = |to: (&str, &str, &str)| {
            let to = (Some(to.0), to.1, to.2);
            line(Some("gate"), ("allowed", None, None), to, 7, day)
        };
        let said = |lines: &[Line]| {
            let report = Report::new(&period(), lines, &[], &[]);
            (headline(&report), report.summary)
        };
        let one = call(Some("gate"), true, ("192.168.50.1", "UDP", "123"));
        let arp = link(("192.168.50.9", "", ""));
        let lease = link(("255.255.255.255", "UDP", "67"));
        let renewal = link(("192.168.50.1", "UDP", "67"));
        let group = line(
            Some("gate"),
            ("dropped", Some("discovery"), None),
            (Some("239.255.255.250"), "UDP", "37020"),
            3,
            day,
        );
        let stranger = call(None, false, ("198.51.100.7", "TCP", "443"));
        let quiet = [arp, lease, renewal, group, stranger.clone()];

        let (words, summary) = said(&quiet);
        assert_eq!(words, "No camera called a destination. No call is new.");
        assert_eq!((summary.cameras, summary.callers), (1, 0));
        assert_eq!((summary.destinations, summary.refused), (0, 0));
        assert_eq!((summary.on_link, summary.plain, summary.new), (24, 0, 0));

        let (words, summary) = said(&[&quiet[..], std::slice::from_ref(&one)].concat());
        let all = "1 camera called 1 destination, which is not public. The policy allows all of it. No call is new.";
        assert_eq!(words, all);
        assert_eq!(summary.plain, 1, "the clock, and no lease");

        // Another port of the same, and by another camera.
        for camera in ["gate", "yard"] {
            let other = call(Some(camera), false, ("192.168.50.1", "TCP", "443"));
            let (words, summary) = said(&[one.clone(), other]);
            let part =
                "which is not public. The policy allows only a part of what was sent to 1 of them.";
            assert!(words.contains(part), "{words}");
            assert_eq!((summary.refused, summary.partly), (0, 1));
        }
        // Dropped of a stranger, it is allowed to cameras all the same.
        let other = call(None, false, ("192.168.50.1", "TCP", "443"));
        assert!(said(&[one.clone(), other]).0.contains("allows all of it."));
        let refused = call(Some("gate"), false, ("203.0.113.7", "TCP", "443"));
        let (words, _) = said(&[one.clone(), refused.clone()]);
        let part = "2 destinations, 1 of them public. The policy allows nothing of what was sent to 1 of them. No";
        assert!(words.contains(part), "{words}");
        let (words, _) = said(std::slice::from_ref(&refused));
        assert!(words.contains("The policy allows none of it."), "{words}");
        let rest = line(
            Some("gate"),
            ("dropped", Some("not_allowed"), None),
            (None, "", ""),
            9,
            day,
        );
        let (words, _) = said(&[one, rest.clone()]);
        let known = "called at least 1 destination, none of them known as public. As far as that is known, the policy allows";
        assert!(words.contains(known), "{words}");
        let (words, _) = said(&[rest]);
        let unknown = "It is not known which destinations were called. No call is new.";
        assert_eq!(words, unknown);
    }

    #[test]
    fn how_much_of_it_is_for_public_addresses_and_in_how_many_countries_is_in_the_headline() {
        let day = ["2030-01-25T06:00:00Z", "2030-01-25T07:00:00Z"];
        let call = |to: &str, country: Option<&str>| {
            let dropped = ("dropped", Some("not_allowed"), None);
            let to = (Some(to), "TCP", "443");
            let mut call = line(Some("gate"), dropped, to, 5, day);
            call.dest_country = country.map(str::to_owned);
            call
        };
        let recorder = call("192.168.50.10", None);
        let link = call("fe80::7", None);
        let away = [
            call("198.51.100.7", Some("NL")),
            call("198.51.100.8", Some("NL")),
            call("2001:db8::7", Some("CN")),
        ];
        for (lines, expected) in [
            (
                vec![recorder.clone()],
                "1 destination, which is not public. ",
            ),
            (
                vec![away[0].clone()],
                "1 destination, which is public, in 1 country. ",
            ),
            (
                vec![recorder.clone(), link.clone()],
                "2 destinations, none of them public. ",
            ),
            (
                away.to_vec(),
                "3 destinations, all of them public, in 2 countries. ",
            ),
            (
                [&[recorder, link], &away[..]].concat(),
                "5 destinations, 3 of them public, in 2 countries. ",
            ),
        ] {
            let words = headline(&Report::new(&period(), &lines, &[], &[]));
            assert!(words.contains(expected), "{words}");
        }
    }

    #[test]
    fn strangers_and_what_stays_on_the_link_have_rows_of_their_own() {
        let mut out = Vec::new();
        text::show(&report(), &ZONE, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let page = html::page(&report(), &ZONE);
        for (row, sentence) in [
            (
                "not listed                       3  of these frames: of senders that are no camera",
                "Of these frames, 3 are of senders that are no camera of the policy, to 1 destination.",
            ),
            (
                "on the link                    154  of these frames: ARP, DHCP",
                "Of these frames, 154 stay on the link: ARP, DHCP",
            ),
        ] {
            assert!(text.contains(row), "{row}: {text}");
            assert!(page.contains(sentence), "{sentence}");
        }
    }
}
