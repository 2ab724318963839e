//! `enforcer report`, of real traffic: each of its forms, what is new, and the page in a real Chromium.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;

use enforcer_tests::browser::{Browser, Key, Scheme, keep_picture};
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{ROUTER, STEADY, Site, Traffic, allowed, forbidden};
use enforcer_tests::unreliable::Unreliable;
use jiff::Timestamp;
use serde_json::Value;

const NO_OPTIONS: [&str; 0] = [];

const HOUR: i64 = 3_600;

/// What was before is of another hour than what is now, and of neither of two days ago.
const HOURS_AGO: i64 = -2;

#[test]
fn every_frame_is_in_it_with_a_daemon_and_without() {
    let site = Site::new("report_frames").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let sent = Traffic::begin(&site).unwrap().end().unwrap();
    let expect = |report: &Value| {
        let number = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64);
        assert_eq!(number("/summary/dropped/packets"), Some(sent.forbidden));
        assert_eq!(number("/summary/allowed/packets"), Some(sent.allowed));
        assert_eq!(number("/summary/cameras"), Some(2));
        assert_eq!(number("/summary/destinations"), Some(2));
        assert_eq!(number("/summary/refused"), Some(1));
        assert_eq!(number("/summary/plain"), Some(1), "the router's clock");
        let [flooder, steady] = ["/cameras/0", "/cameras/1"].map(|at| report.pointer(at).unwrap());
        assert_eq!(flooder["camera"], "flooder");
        assert_eq!(steady["camera"], "steady");
        let when = flooder["when"].as_array().unwrap().iter();
        let when = when.map(|when| when["dropped"]["packets"].as_u64().unwrap());
        assert_eq!(when.sum::<u64>(), sent.forbidden);
        let call = report.pointer("/calls/0").unwrap();
        assert_eq!(call["dest_ip"], "203.0.113.7");
        assert_eq!(call["service"], "udp/9999");
        assert_eq!(call["encryption"], "unknown");
        assert_eq!(call["reason"], "not_allowed");
        let rule = report.pointer("/rules/0").unwrap();
        assert!(
            rule["rule"].as_str().unwrap().ends_with("policy.yaml:9"),
            "{rule}"
        );
        assert_eq!(rule["packets"].as_u64(), Some(sent.allowed));
        assert_eq!(rule["cameras"], serde_json::json!(["steady"]));
    };
    expect(&json(&site, &[]));
    let of_one = json(&site, &["--camera", "steady"]);
    assert_eq!(of_one["summary"]["dropped"]["packets"], 0);
    assert_eq!(of_one["summary"]["cameras"], 1);
    daemon.terminate().unwrap();
    expect(&json(&site, &[]));

    let text = site.enforcer.run(&["report"]).unwrap();
    assert_eq!(text.code, Some(0), "{text:?}");
    for words in [
        "2 cameras called 2 destinations, 1 of them public. The policy allows nothing of what was sent to 1 of them. There is \
         nothing earlier to compare it with.",
        "203.0.113.7",
        "likely not",
        "udp/9999",
        "policy.yaml:9",
    ] {
        assert!(text.stdout.contains(words), "{words}: {text:?}");
    }
    let csv = site.file("report.csv");
    let path = csv.to_str().unwrap();
    let written = site.enforcer.run(&["report", "-o", path]).unwrap();
    assert_eq!(written.stdout, "", "{written:?}");
    let csv = fs::read_to_string(csv).unwrap();
    assert_eq!(csv.lines().count(), 1 + 2);
    assert!(csv.starts_with("camera,others,dest_ip,"), "{csv}");
}

#[test]
fn what_is_new_is_told_since_the_last_report_of_all() {
    let mut site = Site::new("report_new").unwrap();
    let clock = Unreliable::new(&site.file("unreliable")).unwrap();
    clock.set_clock(HOURS_AGO * HOUR).unwrap();
    site.enforcer = clock.under(&site.enforcer);
    let _daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    let new = |options: &[&str]| services(&json(&site, options));
    let kept = |options: &[&str]| services(&written(&site, options));
    wire.send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    // One that is not kept, however often.
    assert_eq!(new(&[]), ["udp/9999"]);
    assert_eq!(new(&[]), ["udp/9999"]);
    // Neither of these is one of all.
    assert_eq!(kept(&["--camera", "flooder"]), ["udp/9999"]);
    assert_eq!(kept(&["--new-since", "1h"]), ["udp/9999"]);
    assert_eq!(kept(&[]), ["udp/9999"]);
    assert_eq!(new(&[]), NO_OPTIONS);
    for frame in [&forbidden(), &allowed(), &to_port(8_800)] {
        wire.send(frame).unwrap();
    }
    site.status_when(|status| status.dropped() == 3).unwrap();
    assert_eq!(new(&["--camera", "flooder"]), NO_OPTIONS);
    // A period in which nothing was sent any more: what is new is new all the same.
    clock.set_clock(0).unwrap();
    let later = "30m";
    let report = json(&site, &["--since", later]);
    assert_eq!(report["calls"], serde_json::json!([]));
    assert_eq!(services(&report), ["udp/123", "udp/8800"]);
    assert_eq!(report["summary"]["new"], 2);
    let text = site.enforcer.run(&["report", "--since", later]).unwrap();
    assert!(text.stdout.contains("udp/8800"), "{text:?}");
    assert_eq!(kept(&["--since", later]), ["udp/123", "udp/8800"]);
    assert_eq!(
        new(&["--new-since", "1d"]),
        ["udp/123", "udp/8800", "udp/9999"]
    );
    assert_eq!(new(&[]), NO_OPTIONS);
    wire.send(&to_port(8_801)).unwrap();
    site.status_when(|status| status.dropped() == 4).unwrap();
    assert_eq!(new(&["-o", "-"]), ["udp/8801"], "kept by whoever reads it");
    assert_eq!(new(&[]), NO_OPTIONS);

    let mark = site.enforcer.directories().reported();
    fs::write(&mark, "no time").unwrap();
    let report = site.enforcer.run(&["report"]).unwrap();
    assert_eq!(report.code, Some(0));
    let told = format!("{}: cannot be read", mark.display());
    assert!(report.stderr.contains(&told), "{report:?}");
    kept(&[]);
    assert_eq!(new(&[]), NO_OPTIONS, "it is written anew");
}

#[test]
fn a_period_that_is_over_is_reported_with_what_was_new_in_it_and_moves_nothing() {
    let mut site = Site::new("report_until").unwrap();
    let clock = Unreliable::new(&site.file("unreliable")).unwrap();
    clock.set_clock(HOURS_AGO * HOUR).unwrap();
    site.enforcer = clock.under(&site.enforcer);
    let _daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    wire.send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    json(&site, &[]);
    clock.set_clock(0).unwrap();
    let between = "1h";
    wire.send(&to_port(8_800)).unwrap();
    site.status_when(|status| status.dropped() == 2).unwrap();
    let mark = site.enforcer.directories().reported();
    // Whatever was told since.
    written(&site, &[]);
    let moved = fs::read(&mark).unwrap();
    let report = written(&site, &["--until", between]);
    assert_eq!(services(&report), ["udp/9999"]);
    assert_eq!(report["summary"]["dropped"]["packets"], 1, "{report}");
    let when = report.pointer("/cameras/0/when/0/dropped/packets");
    assert_eq!(when.and_then(Value::as_u64), Some(1), "{report}");
    assert_eq!(report["cameras"].as_array().unwrap().len(), 1);
    assert_eq!(fs::read(&mark).unwrap(), moved);
    let all = json(&site, &["--until", "2100-01-01"]);
    assert_eq!(services(&all), ["udp/8800", "udp/9999"]);
    assert_eq!(all["until"], all["made"], "no later than now");
    let never = site
        .enforcer
        .run(&["report", "--until", "30d", "--since", "7d"]);
    let never = never.unwrap();
    assert_eq!(never.code, Some(2), "{never:?}");
    assert!(
        never.stderr.contains("--until: the period ends at")
            && never
                .stderr
                .contains("Z; give a later one, or an earlier --since")
            && !never.stderr.contains('.'),
        "{never:?}"
    );
    for command in ["report", "ledger"] {
        let never = site.enforcer.run(&[command, "--since", "2100-01-01"]);
        let never = never.unwrap();
        assert_eq!((never.code, &*never.stdout), (Some(2), ""), "{never:?}");
        assert!(never.stderr.contains("2100-01-01T00:00:00Z"), "{never:?}");
    }
}

#[test]
fn of_an_hour_that_a_period_begins_or_ends_in_all_is_counted_and_which_that_is_is_said() {
    let mut site = Site::new("report_hours").unwrap();
    let clock = Unreliable::new(&site.file("unreliable")).unwrap();
    // In the middle of an hour that is over.
    let now = Timestamp::now().as_second();
    let begin = now - now % HOUR + HOURS_AGO * HOUR;
    clock.set_clock(begin + HOUR / 2 - now).unwrap();
    site.enforcer = clock.under(&site.enforcer);
    let _daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    wire.send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    let between = json(&site, &[])["made"].as_str().unwrap().to_owned();
    for frame in [&to_port(8_800), &forbidden()] {
        wire.send(frame).unwrap();
    }
    site.status_when(|status| status.dropped() == 3).unwrap();
    json(&site, &[]);
    clock.set_clock(0).unwrap();
    wire.send(&to_port(8_801)).unwrap();
    site.status_when(|status| status.dropped() == 4).unwrap();

    let at = |time: &Value| time.as_str().unwrap().parse::<Timestamp>().unwrap();
    let second = |time: i64| Timestamp::from_second(time).unwrap();
    let report = json(&site, &["--until", &between]);
    assert_eq!(at(&report["until"]), second(begin + HOUR));
    assert_eq!(report["asked_until"], *between);
    assert_eq!(report["asked_since"], Value::Null);
    assert_eq!(report["summary"]["dropped"]["packets"], 3, "{report}");
    let mut calls = services_of(&report["calls"]);
    assert_eq!(calls, ["udp/8800", "udp/9999"]);
    for call in report["calls"].as_array().unwrap() {
        assert!(at(&call["last"]) < at(&report["until"]), "{call}");
    }
    let text = site.enforcer.run(&["report", "--until", &between]).unwrap();
    assert!(
        text.stdout.contains("\nAsked for was what came to 20"),
        "{text:?}"
    );
    let page = ["report", "--format", "html", "--until", &between];
    let page = site.enforcer.run(&page).unwrap();
    assert!(
        page.stdout.contains(">Asked for was what came to 20"),
        "{page:?}"
    );

    let report = json(&site, &["--since", &between]);
    assert_eq!(at(&report["since"]), second(begin));
    assert_eq!(report["asked_since"], *between);
    assert_eq!(report["summary"]["dropped"]["packets"], 4, "{report}");
    calls = services_of(&report["calls"]);
    assert_eq!(calls, ["udp/8800", "udp/8801", "udp/9999"]);
    let whole = json(&site, &["--since", &second(begin).to_string()]);
    assert_eq!(whole["calls"], report["calls"]);
    assert_eq!(whole["asked_since"], Value::Null);
}

#[test]
fn a_report_that_cannot_be_written_is_none_and_moves_nothing() {
    let site = Site::new("report_trouble").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let outcome = site
        .enforcer
        .run(&["report", "-o", "/no/such/place/report.html"])
        .unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("/no/such/place/report.html"));
    assert!(!site.enforcer.directories().reported().exists());
    let unreadable = ["report", "--owners", "/no/such/owners.mmdb"];
    let outcome = site.enforcer.run(&unreadable).unwrap();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("--owners: /no/such/owners.mmdb"),
        "{outcome:?}"
    );
    for wrong in [
        &["--format", "pdf"][..],
        &["--since", "soon"],
        &["--until", "late"],
        &["--json", "--format", "csv"],
    ] {
        let outcome = site.enforcer.run(&[&["report"], wrong].concat()).unwrap();
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
    }
    let file = site.file("report.pdf");
    let path = file.to_str().unwrap();
    for (wrong, words) in [
        (&["-o", path][..], "ends with .txt, .json, .csv or .html"),
        (&["--camera", "stead"], "did you mean `steady`?"),
        (
            &["--camera", "stead", "--format", "html", "-o", path],
            "did you mean `steady`?",
        ),
    ] {
        let outcome = site.enforcer.run(&[&["report"], wrong].concat()).unwrap();
        assert_eq!(
            (outcome.code, &*outcome.stdout),
            (Some(2), ""),
            "{outcome:?}"
        );
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert!(!file.exists() && !site.enforcer.directories().reported().exists());
    }
    // Of the policy, and quiet; and a name that says nothing where more is said.
    for right in [
        &["--camera", "steady"][..],
        &["--format", "text", "-o", path],
    ] {
        let outcome = site.enforcer.run(&[&["report"], right].concat()).unwrap();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }
    assert!(file.exists());
}

#[test]
fn the_page_is_read_searched_sorted_and_printed_in_a_browser_that_fetches_nothing() {
    let site = Site::new("report_page").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    for frame in [
        &forbidden(),
        &forbidden(),
        &allowed(),
        &to_port(8_800),
        &to_port(443),
    ] {
        wire.send(frame).unwrap();
    }
    site.status_when(|status| status.dropped() == 4).unwrap();
    let (mut browser, address) = opened(&site);
    let headline = browser.text(".headline").unwrap();
    assert_eq!(
        headline,
        "2 cameras called 2 destinations, 1 of them public. The policy allows nothing of what was sent to 1 of them. There is \
         nothing earlier to compare it with."
    );
    let tile = browser.text(".tiles .dropped").unwrap();
    assert_eq!(tile.split_whitespace().next(), Some("4"));
    let fetched = "performance.getEntriesByType('resource').length";
    assert_eq!(browser.ask(fetched).unwrap(), 0);
    let lines = "document.querySelectorAll('.camera svg[role=img][aria-label*=Frames] rect.dropped').length";
    assert_eq!(browser.ask(lines).unwrap(), 2);

    // Searched.
    let shown = "[...document.querySelectorAll('#all tbody tr')].filter((row) => row.checkVisibility()).length";
    assert_eq!(browser.ask(shown).unwrap(), 4);
    browser.tab_to("#words").unwrap();
    browser.type_in("steady udp/8").unwrap();
    browser.wait_for(&format!("{shown} === 1")).unwrap();
    assert_eq!(browser.text("#found").unwrap(), "1 of 4");
    browser
        .ask("words.value = ''; words.dispatchEvent(new Event('input'))")
        .unwrap();
    assert_eq!(browser.ask(shown).unwrap(), 4);
    // Sorted, by keys: numbers as numbers.
    let first = "#all tbody tr:nth-child(1)";
    browser.tab_to("#all th:nth-child(7) button").unwrap();
    browser.press(Key::Enter).unwrap();
    browser.press(Key::Enter).unwrap();
    browser.wait_for_text(first, "udp/9999").unwrap();
    let order = browser.ask("document.querySelector('#all th:nth-child(7)').ariaSort");
    assert_eq!(order.unwrap(), "descending");

    for (width, height) in [(320, 640), (1280, 1024)] {
        browser.resize(width, height).unwrap();
        for scheme in [Scheme::Light, Scheme::Dark] {
            browser.prefer(scheme).unwrap();
            let faint = browser.too_faint().unwrap();
            assert_eq!(faint, Vec::<String>::new(), "{width} {scheme:?}");
            let name = format!("report-{width}-{scheme:?}.png").to_lowercase();
            keep_picture(&name, &browser.picture().unwrap()).unwrap();
        }
        let reach = browser.ask("document.documentElement.scrollWidth").unwrap();
        assert!(
            reach.as_u64().unwrap() <= u64::from(width),
            "{width}: {reach}"
        );
    }
    let seen = browser.seen().unwrap();
    let named = |role: &str| {
        let all = seen.iter().filter(|it| it.role == role);
        all.map(|it| it.name.as_str()).collect::<Vec<_>>()
    };
    let tables = named("table");
    assert_eq!(tables, ["What let something through", "All calls"]);
    assert_eq!(named("image").len(), 2, "{seen:#?}");
    assert!(named("button").iter().all(|name| !name.is_empty()));
    let printed = browser.print().unwrap();
    assert!(printed.starts_with(b"%PDF"));
    assert_eq!(browser.complaints(), Vec::<Value>::new());

    // Where scripts are not run, as in many a mail program, nothing is missing but the search.
    let never = serde_json::json!({"value": true});
    browser
        .order("Emulation.setScriptExecutionDisabled", &never)
        .unwrap();
    browser.open(&address).unwrap();
    assert_eq!(browser.text(".headline").unwrap(), headline);
    assert_eq!(browser.ask(shown).unwrap(), 4);
    assert_eq!(browser.text("#all thead th").unwrap(), "Camera");
    let is_there = browser.ask("document.querySelector('#search').checkVisibility()");
    assert_eq!(is_there.unwrap(), false);
}

#[test]
fn a_long_table_has_its_head_on_each_sheet_and_is_read_on_a_telephone() {
    let site = Site::new("report_long").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    for number in 0..ROWS {
        wire.send(&to_port(8_000 + number)).unwrap();
    }
    site.status_when(|status| status.dropped() == u64::from(ROWS))
        .unwrap();
    let (mut browser, _) = opened(&site);

    let sheets = browser.sheets().unwrap();
    let [_, sheets @ .., _] = &*sheets else {
        panic!("{}", sheets.len());
    };
    assert!(sheets.len() > 1);
    // In a row nothing is as faint as the heads are.
    let have_head: Vec<_> = sheets.iter().map(|sheet| sheet.contains(HEADS)).collect();
    assert_eq!(have_head, vec![true; sheets.len()]);

    // Times stand on one line where there is room.
    browser.resize(1280, 1024).unwrap();
    let lines = "Math.max(...[...document.querySelectorAll('#all td time')].map((it) =>
        new Set([...it.getClientRects()].map((box) => box.top)).size))";
    assert_eq!(browser.ask(lines).unwrap(), 1);
    // Where there is none, what is in a row stands under each other, each with the head of its column.
    browser.resize(360, 740).unwrap();
    let row = browser.text("#all tbody tr").unwrap();
    assert_eq!(row.lines().next(), Some("steady"), "{row}");
    // Of what had no line of its own there is no service.
    assert!(row.lines().count() >= 8, "{row}");
    let reach = "Math.max(...[...document.querySelectorAll('.frame')].map((it) => it.scrollWidth - it.clientWidth))";
    assert_eq!(browser.ask(reach).unwrap(), 0);
    let before =
        "getComputedStyle(document.querySelector('#all td[data-head=Frames]'), '::before').content";
    let before = browser.ask(before).unwrap();
    assert!(before.as_str().unwrap().contains("Frames"), "{before}");
    keep_picture("report-360-long.png", &browser.picture().unwrap()).unwrap();
}

/// So many that the table of them takes some sheets.
const ROWS: u16 = 250;

/// The colour of the heads of tables on paper, as PDF has it.
const HEADS: &str = ".302 .3412 .3882 rg";

/// What `steady` may not have.
fn to_port(port: u16) -> Vec<u8> {
    let front = ethernet(STEADY).to(ROUTER) / ipv4("192.168.50.98", "203.0.113.7");
    (front / udp(40_000, port) / data(b"home")).build()
}

/// The services of what is new.
fn services(report: &Value) -> Vec<String> {
    services_of(&report["new"])
}

fn services_of(calls: &Value) -> Vec<String> {
    let calls = calls.as_array().unwrap().iter();
    let mut services: Vec<_> = calls
        .map(|call| call["service"].as_str().unwrap().to_owned())
        .collect();
    services.sort();
    services
}

/// One that is kept.
fn written(site: &Site, options: &[&str]) -> Value {
    let file = site.file("kept.json");
    let options = [&["report", "-o", file.to_str().unwrap()], options].concat();
    let outcome = site.enforcer.run(&options).unwrap();
    assert_eq!(
        (outcome.code, &*outcome.stdout),
        (Some(0), ""),
        "{outcome:?}"
    );
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

fn json(site: &Site, options: &[&str]) -> Value {
    let options = [&["report", "--json"], options].concat();
    let outcome = site.enforcer.run(&options).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// A report of all in a browser, and its address there.
fn opened(site: &Site) -> (Browser, String) {
    let path = site.file("report.html");
    let path = path.to_str().unwrap();
    let made = site.enforcer.run(&["report", "-o", path]).unwrap();
    assert_eq!(made.code, Some(0), "{made:?}");
    let address = format!("file://{path}");
    let mut browser = Browser::start(&site.network.router, &site.file("browser")).unwrap();
    browser.open(&address).unwrap();
    (browser, address)
}
