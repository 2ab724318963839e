//! What a report says, in each of its forms.

use jiff::tz::TimeZone;

use crate::events::is_steering;

use super::{
    made::{ZONE, line, period, report},
    *,
};

#[test]
fn what_was_not_called_before_at_that_service_is_new() {
    let seen = |service: &str, first: &str| {
        let to = (Some("198.51.100.7"), "TCP", service);
        line(
            Some("gate"),
            ("dropped", Some("not_allowed"), None),
            to,
            1,
            [first, first],
        )
    };
    let [before, after] = ["2030-01-30T08:59:59Z", "2030-01-30T09:00:00Z"];
    let new = |lines: &[Line], before: &[Line]| {
        let kept = [lines, before].concat();
        let report = Report::new(&period(), lines, &kept, &[]);
        report.summary.new
    };
    assert_eq!(new(&[seen("443", after)], &[]), 1);
    assert_eq!(new(&[seen("443", before)], &[]), 0);
    // Before the period, as the ledger still knows.
    assert_eq!(new(&[seen("443", after)], &[seen("443", before)]), 0);
    assert_eq!(new(&[seen("443", after)], &[seen("80", before)]), 1);
    // That it passes now makes it no other.
    let mut passed = seen("443", before);
    passed.action = Action::Allowed;
    assert_eq!(new(&[seen("443", after), passed], &[]), 0);
}

#[test]
fn what_was_called_for_the_first_time_before_the_period_is_new_all_the_same() {
    let at = |time: &'static str, to: &'static str| {
        let dropped = ("dropped", Some("not_allowed"), None);
        let to = (Some(to), "TCP", "443");
        line(Some("gate"), dropped, to, 1_234, [time, time])
    };
    let known = at("2030-01-29T00:00:00Z", "203.0.113.7");
    let missed = at("2030-01-30T10:00:00Z", "198.51.100.44");
    let last_hour = Period {
        since: made::at("2030-01-31T17:00:00Z"),
        ..period()
    };
    let again = at("2030-01-31T17:30:00Z", "203.0.113.7");
    let lines = std::slice::from_ref(&again);
    let kept = [known, missed, again.clone()];
    let report = Report::new(&last_hour, lines, &kept, &[]);
    assert_eq!((report.summary.new, report.summary.destinations), (1, 1));
    assert_eq!(report.cameras[0].new, 1);
    let told = (&report.new[0].dest_ip, report.new[0].packets);
    assert_eq!(told, (&"198.51.100.44".parse().ok(), 1_234));
    let mut out = Vec::new();
    text::show(&report, &ZONE, &mut out).unwrap();
    csv::write(&report, &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    for words in [
        "The policy allows none of it. 1 call is new.",
        "new since 2030-01-30 09:00:00\n",
        "  gate    198.51.100.44  ",
        "gate,false,203.0.113.7,,,,tcp/443,,likely_encrypted,dropped,not_allowed,,1234,123400,2030-01-31T17:30:00Z,\
         2030-01-31T17:30:00Z,false,2030-01-31T17:00:00Z,router,false,true,2030-01-31T18:00:00Z,Hikvision,,",
        "gate,false,198.51.100.44,,,,tcp/443,,likely_encrypted,dropped,not_allowed,,1234,123400,2030-01-30T10:00:00Z,\
         2030-01-30T10:00:00Z,true,2030-01-31T17:00:00Z,router,false,false,2030-01-31T18:00:00Z,Hikvision,,",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(html::page(&report, &ZONE).contains(">198.51.100.44</span>"));
    // Nothing at all in the period.
    let report = Report::new(&last_hour, &[], &kept, &[]);
    let mut out = Vec::new();
    text::show(&report, &ZONE, &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    assert!(told.contains("198.51.100.44"), "{told}");
    assert!(html::page(&report, &ZONE).contains(">198.51.100.44</span>"));
}

#[test]
fn an_owner_has_one_bar_whatever_clouds_are_in_its_network() {
    let at = |camera: &str, cloud: Option<&str>, asn: u32, packets: u64| {
        let dropped = ("dropped", Some("not_allowed"), None);
        let to = (Some("203.0.113.7"), "TCP", "443");
        let day = ["2030-01-25T06:00:00Z", "2030-01-25T07:00:00Z"];
        let mut line = line(Some(camera), dropped, to, packets, day);
        line.dest_cloud = cloud.map(str::to_owned);
        line.dest_asn = Some(asn);
        line.dest_organization = Some("Example".to_owned());
        line.dest_carrier = (asn == 4_134).then(|| "China Telecom".to_owned());
        line
    };
    let lines = [
        at("gate", Some("EZVIZ"), 64_500, 10),
        at("yard", Some("Dahua"), 64_500, 20),
        at("hall", None, 64_500, 40),
        at("door", Some("Dahua"), 4_134, 5),
    ];
    let report = Report::new(&period(), &lines, &[], &[]);
    let bars = |shares: &[Share]| -> Vec<_> {
        let shares = shares.iter();
        shares
            .map(|share| (share.name.clone(), share.sums.all(), share.carrier.clone()))
            .collect()
    };
    let bar = |name: &str, packets, carrier: Option<&str>| {
        (name.to_owned(), packets, carrier.map(str::to_owned))
    };
    assert_eq!(
        bars(&report.owners),
        [
            bar("AS64500 Example", 70, None),
            bar("AS4134 China Telecom (a state's)", 5, Some("China Telecom")),
        ]
    );
    let clouds = [bar("Dahua", 25, None), bar("EZVIZ", 10, None)];
    assert_eq!(bars(&report.clouds), clouds);
    assert_eq!((report.summary.clouds, report.summary.carriers), (1, 1));
    let mut out = Vec::new();
    text::show(&report, &ZONE, &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    for words in [
        "vendors' clouds                  1  destinations in vendors' clouds",
        "state carriers                   1  destinations in networks of carriers that a state owns",
        "  EZVIZ's cloud, AS64500 Example  ",
        "  Dahua's cloud, AS4134 China Telecom (a state's)  ",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    // On the page a word in a shape of its own, in bars and tables.
    let page = html::page(&report, &ZONE);
    for (mark, count) in [
        (r#"<span class="mark cloud">EZVIZ's cloud</span>"#, 2),
        (r#"<span class="mark cloud">Dahua's cloud</span>"#, 3),
        (r#"<span class="mark carrier">a state's carrier</span>"#, 2),
    ] {
        assert_eq!(page.matches(mark).count(), count, "{mark}");
    }
    for words in [
        "destinations in vendors' clouds",
        "destinations in networks of carriers that a state owns",
    ] {
        let tile = format!("<strong class=\"number\">1</strong> <span>{words}</span>");
        assert!(page.contains(&tile), "{words}");
    }
}

#[test]
fn every_frame_is_in_each_of_the_sums() {
    let report = report();
    let packets: u64 = report.calls.iter().map(|call| call.packets).sum();
    assert_eq!(report.summary.sums.all(), packets);
    let of_cameras = report.cameras.iter().map(|camera| camera.sums.all());
    assert_eq!(of_cameras.sum::<u64>(), packets);
    let allowed = report.rules.iter().map(|rule| rule.frames.packets);
    assert_eq!(allowed.sum::<u64>(), report.summary.sums.allowed.packets);
    let when = report.cameras.iter().flat_map(|camera| &camera.when);
    let when: u64 = when.map(|when| when.sums.all()).sum();
    assert_eq!(
        when,
        made::spans().iter().map(|span| span.packets).sum::<u64>()
    );
    assert_eq!(report.summary.others, 7);
}

#[test]
fn the_text_is_for_people() {
    let mut out = Vec::new();
    text::show(&report(), &ZONE, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn what_a_terminal_obeys_is_not_in_the_text() {
    let mut report = report();
    report.calls[0].name = Some("\u{1b}[2J\u{7}\u{9b}31m\u{202e}".to_owned());
    let mut out = Vec::new();
    text::show(&report, &ZONE, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let obeyed = text.chars().filter(|letter| is_steering(*letter));
    assert!(obeyed.eq(text.chars().filter(|letter| *letter == '\n')));
}

#[test]
fn nothing_that_was_sent_is_a_report_too() {
    let report = Report::new(&period(), &[], &[], &[]);
    let mut out = Vec::new();
    text::show(&report, &ZONE, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    router: 2030-01-24 00:00:00 to 2030-01-31 18:00:00 (+00:00)

    no camera sent anything that the ledger knows of
    ");
    let page = html::page(&report, &ZONE);
    assert!(page.contains("No camera sent anything"));
    for empty in [
        "<table",
        "<input",
        "<nav",
        "class=\"legend",
        "No country",
        "<script",
    ] {
        assert!(!page.contains(empty), "{empty}");
    }
}

#[test]
fn what_is_new_begins_with_public_addresses_and_is_no_table_where_there_is_nothing_earlier() {
    let dropped = ("dropped", Some("not_allowed"), None);
    let call = |to: &str, packets: u64, time: &str| {
        let to = (Some(to), "TCP", "443");
        line(Some("gate"), dropped, to, packets, [time, time])
    };
    let later = "2030-01-31T06:00:00Z";
    let lines = [
        call("192.168.50.7", 900, later),
        call("198.51.100.7", 5, later),
    ];
    let first = Period {
        is_first: true,
        ..period()
    };
    let shown = |period: &Period, kept: &[Line]| {
        let report = Report::new(period, &lines, kept, &[]);
        let new: Vec<_> = report.new.iter().map(|call| call.packets).collect();
        assert_eq!(new, [5, 900]);
        let mut out = Vec::new();
        text::show(&report, &ZONE, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let page = html::page(&report, &ZONE);
        let has_table = page.contains("aria-labelledby=\"new\"><thead>");
        assert_eq!(text.contains("\nnew since "), has_table);
        assert_eq!(text.contains("2 calls are new."), has_table);
        let words = "nothing earlier to compare";
        assert_eq!(text.contains(words) && page.contains(words), !has_table);
        has_table
    };
    let since = Period {
        new_since: first.since,
        ..first
    };
    assert!(!shown(&since, &lines));
    let before = call("203.0.113.7", 1, "2030-01-02T00:00:00Z");
    assert!(shown(&since, &[&lines[..], &[before]].concat()));
    let kept = Period {
        is_first: false,
        ..since
    };
    assert!(shown(&kept, &lines), "the one before had nothing in it");
}

#[test]
fn times_say_how_far_they_are_from_utc() {
    let dropped = ("dropped", Some("not_allowed"), None);
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let shown = |last: &str| {
        let to = (Some("203.0.113.7"), "TCP", "443");
        let line = line(Some("gate"), dropped, to, 1, ["2030-01-25T06:00:00Z", last]);
        let report = Report::new(&period(), &[line], &[], &[]);
        let mut out = Vec::new();
        text::show(&report, &zone, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), html::page(&report, &zone))
    };
    let (text, page) = shown("2030-01-31T06:00:00Z");
    let head = "router: 2030-01-24 01:00:00 to 2030-01-31 19:00:00 (+01:00)\n";
    assert!(text.starts_with(head), "{text}");
    assert!(!text.contains("07:00:00+01:00"), "{text}");
    assert!(page.contains("</time> (+01:00)</p>"));
    // One of them is in summer.
    let (text, page) = shown("2030-04-01T06:00:00Z");
    let head = "router: 2030-01-24 01:00:00+01:00 to 2030-01-31 19:00:00+01:00\n";
    assert!(text.starts_with(head), "{text}");
    assert!(text.contains("08:00:00+02:00"), "{text}");
    assert!(page.contains("<span>08:00:00+02:00</span>"));
}

#[test]
fn the_table_is_for_spreadsheets() {
    let mut out = Vec::new();
    csv::write(&report(), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn the_document_is_for_programs_and_survives_being_read() {
    let report = report();
    let text = serde_json::to_string_pretty(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    insta::assert_snapshot!(text);
}

#[test]
fn the_manual_has_every_key_and_every_column() {
    fn keys(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        if let Some(fields) = value.as_object() {
            found.extend(fields.keys().cloned());
        }
        let fields = value
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.values());
        for inner in fields.chain(value.as_array().into_iter().flatten()) {
            keys(inner, found);
        }
    }
    let manual = include_str!("../../../docs/report.md");
    let mut found = BTreeSet::new();
    keys(&serde_json::to_value(report()).unwrap(), &mut found);
    let mut out = Vec::new();
    csv::write(&report(), &mut out).unwrap();
    let head = String::from_utf8(out).unwrap();
    let columns = head.lines().next().unwrap().split(',');
    found.extend(columns.map(str::to_owned));
    assert!(found.len() > 40, "{found:?}");
    for key in found {
        assert!(manual.contains(&format!("`{key}`")), "{key}");
    }
}
