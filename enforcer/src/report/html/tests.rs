//! What the page shows.

use crate::{
    ledger::{Action, Span},
    report::{
        Report, html,
        made::{HOSTILE, ZONE, at, line, period, report},
    },
};

#[test]
fn the_page_is_whole_without_a_script() {
    let page = html::page(&report(), &ZONE);
    let (_, body) = page.split_once("<body>").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    // A line for each element, to be read when it changes.
    insta::assert_snapshot!(body.replace("><", ">\n<"));
}

#[test]
fn what_a_name_holds_is_text_on_the_page_and_nothing_is_fetched() {
    let page = html::page(&report(), &ZONE);
    assert!(!page.contains(HOSTILE) && !page.contains("<img"));
    assert!(page.contains("&lt;/td&gt;&lt;script&gt;alert(1)"));
    assert_eq!(page.matches("<script").count(), 1);
    // But for that text.
    let page = page.replace("&lt;img src=x onerror=alert(1)&gt;", "");
    for elsewhere in [
        "http://",
        "https://",
        "url(",
        "@import",
        " src=",
        " href=\"/",
        "style=",
    ] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    assert_eq!(
        page.matches(" href=").count(),
        page.matches(" href=\"#").count()
    );
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1);
    let policy = policy.unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
    assert!(!policy.contains("unsafe"));
}

#[test]
fn a_day_is_shown_by_the_hour_and_a_week_by_the_day() {
    let page = html::page(&report(), &ZONE);
    assert!(page.contains("Frames of 8 days by the day: sent in 2 of them;"));
    let mut day = report();
    day.since = at("2030-01-31T00:00:00Z");
    for camera in &mut day.cameras {
        camera.when.retain(|when| when.hours == 1);
    }
    let page = html::page(&day, &ZONE);
    let words = "Frames of 19 hours by the hour: sent in 2 of them; the most that the policy does not allow was in \
                 the hour of 2030-01-31 03:00:00: 270 dropped.";
    assert!(page.contains(words));
}

#[test]
fn that_nobody_is_known_is_said_of_public_addresses_that_were_called_and_of_no_others() {
    let words = "no file that the router has says whose";
    let dropped = ("dropped", Some("not_allowed"), None);
    let day = ["2030-01-25T06:00:00Z", "2030-01-25T07:00:00Z"];
    for (to, is_said) in [("203.0.113.7", true), ("192.168.50.10", false)] {
        let line = line(Some("gate"), dropped, (Some(to), "TCP", "443"), 1, day);
        let report = Report::new(&period(), &[line], &[], &[]);
        let page = html::page(&report, &ZONE);
        assert_eq!(page.contains(words), is_said, "{to}");
    }
}

#[test]
fn what_an_audit_let_pass_is_not_shown_as_what_did_not_pass() {
    let day = ["2030-01-31T03:00:00Z", "2030-01-31T03:10:00Z"];
    let audited = ("audited", Some("not_allowed"), None);
    let to = (Some("203.0.113.7"), "TCP", "443");
    let line = line(Some("gate"), audited, to, 56, day);
    let span = Span {
        camera: Some("gate".to_owned()),
        begin: at("2030-01-31T03:00:00Z"),
        hours: 1,
        action: Action::Audited,
        packets: 56,
        bytes: 5_600,
    };
    let page = html::page(&Report::new(&period(), &[line], &[], &[span]), &ZONE);
    for words in [
        "0 frames dropped, 56 passed because of an audit, 0 allowed",
        "most in one day: 56 passed because of an audit<",
        "the most that the policy does not allow was in the day of 2030-01-31 00:00:00: 56 passed because of an audit.",
        "Above the line stands what the policy does not allow, below it what it allows.",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("did not pass"));
    // Hollow, in the picture and where it is told what is what.
    assert_eq!(page.matches("<path class=\"hole\"").count(), 2);
}

#[test]
fn both_halves_of_a_time_line_have_one_scale_unless_the_lesser_could_not_be_seen() {
    let day = ["2030-01-31T03:00:00Z", "2030-01-31T03:10:00Z"];
    let dropped = ("dropped", Some("not_allowed"), None);
    let to = (Some("203.0.113.7"), "TCP", "443");
    let line = line(Some("gate"), dropped, to, 42, day);
    let span = |action, packets| Span {
        camera: Some("gate".to_owned()),
        begin: at("2030-01-31T03:00:00Z"),
        hours: 1,
        action,
        packets,
        bytes: packets * 100,
    };
    let own = "is drawn larger than what is";
    for (allowed, expected, is_told) in [
        (1, [40, 1], false),
        (21, [40, 20], false),
        (84, [20, 40], false),
        (100_000, [40, 40], true),
    ] {
        let spans = [span(Action::Dropped, 42), span(Action::Allowed, allowed)];
        let report = Report::new(&period(), std::slice::from_ref(&line), &[], &spans);
        let page = html::page(&report, &ZONE);
        let (_, picture) = page.split_once("<svg class=\"when\"").unwrap();
        let height = |kind: &str| {
            let (_, bar) = picture
                .split_once(&format!("<rect class=\"{kind}\""))
                .unwrap();
            let (_, height) = bar.split_once("height=\"").unwrap();
            height.split('"').next().unwrap().parse::<u64>().unwrap()
        };
        assert_eq!(
            [height("dropped"), height("allowed")],
            expected,
            "{allowed}"
        );
        // In words beside the picture, and for who does not see it.
        assert_eq!(page.matches(own).count(), if is_told { 2 } else { 0 });
    }
}

#[test]
fn what_stands_far_down_is_reached_by_links_on_the_page() {
    let day = ["2030-01-25T06:00:00Z", "2030-01-25T07:00:00Z"];
    let dropped = ("dropped", Some("not_allowed"), None);
    for (cameras, has_index) in [(5, false), (200, true)] {
        let lines = (0..cameras).map(|number| {
            let camera = format!("camera {number}");
            line(
                Some(&camera),
                dropped,
                (Some("203.0.113.7"), "TCP", "443"),
                1,
                day,
            )
        });
        let report = Report::new(&period(), &lines.collect::<Vec<_>>(), &[], &[]);
        let page = html::page(&report, &ZONE);
        let targets: Vec<_> = page.split("href=\"#").skip(1).collect();
        let targets: Vec<_> = targets
            .iter()
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(targets.contains(&"calls"), "{targets:?}");
        assert_eq!(targets.contains(&"camera-1"), has_index);
        for target in targets {
            assert!(page.contains(&format!(" id=\"{target}\"")), "{target}");
        }
    }
}
