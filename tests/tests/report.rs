//! `enforcer report`, of real traffic: each of its forms, what is new, and the page in a real Chromium.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;

use enforcer_tests::browser::{Browser, Key, Scheme, keep_picture};
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{ROUTER, STEADY, Site, Traffic, allowed, forbidden};
use serde_json::Value;

const NO_OPTIONS: [&str; 0] = [];

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
    let none = json(&site, &["--since", "2100-01-01"]);
    assert_eq!(none["calls"], serde_json::json!([]));
    daemon.terminate().unwrap();
    expect(&json(&site, &[]));

    let text = site.enforcer.run(&["report"]).unwrap();
    assert_eq!(text.code, Some(0), "{text:?}");
    for words in [
        "2 cameras called 2 destinations. The policy allows nothing of what was sent to 1 of them.",
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
    let site = Site::new("report_new").unwrap();
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
    let report = json(&site, &[]);
    let later = report["made"].as_str().unwrap();
    let report = json(&site, &["--since", later]);
    assert_eq!(report["calls"], serde_json::json!([]));
    assert_eq!(services(&report), ["udp/123", "udp/8800"]);
    assert_eq!(report["summary"]["new"], 2);
    let text = site.enforcer.run(&["report", "--since", later]).unwrap();
    assert!(text.stdout.contains("udp/8800"), "{text:?}");
    assert_eq!(kept(&["--since", later]), ["udp/123", "udp/8800"]);
    assert_eq!(
        new(&["--new-since", "1h"]),
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
    let site = Site::new("report_until").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    wire.send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    let between = json(&site, &[])["made"].as_str().unwrap().to_owned();
    wire.send(&to_port(8_800)).unwrap();
    site.status_when(|status| status.dropped() == 2).unwrap();
    let mark = site.enforcer.directories().reported();
    // Whatever was told since.
    written(&site, &[]);
    let moved = fs::read(&mark).unwrap();
    let report = written(&site, &["--until", &between]);
    assert_eq!(services(&report), ["udp/9999"]);
    assert_eq!(report["summary"]["dropped"]["packets"], 1, "{report}");
    assert_eq!(report["until"], *between);
    let when = report.pointer("/cameras/0/when/0/dropped/packets");
    // By the hour, and what came later in that hour was another camera's.
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
    let path = site.file("report.html");
    let path = path.to_str().unwrap();
    let made = site.enforcer.run(&["report", "-o", path]).unwrap();
    assert_eq!(made.code, Some(0), "{made:?}");

    let mut browser = Browser::start(&site.network.router, &site.file("browser")).unwrap();
    browser.open(&format!("file://{path}")).unwrap();
    let headline = browser.text(".headline").unwrap();
    assert_eq!(
        headline,
        "2 cameras called 2 destinations. The policy allows nothing of what was sent to 1 of them. 4 calls are new."
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
    assert_eq!(tables.len(), 3, "{seen:#?}");
    assert!(tables[0].starts_with("New since "), "{tables:?}");
    assert_eq!(tables[1..], ["What let something through", "All calls"]);
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
    browser.open(&format!("file://{path}")).unwrap();
    assert_eq!(browser.text(".headline").unwrap(), headline);
    assert_eq!(browser.ask(shown).unwrap(), 4);
    assert_eq!(browser.text("#all thead th").unwrap(), "Camera");
    let is_there = browser.ask("document.querySelector('#search').checkVisibility()");
    assert_eq!(is_there.unwrap(), false);
}

/// What `steady` may not have.
fn to_port(port: u16) -> Vec<u8> {
    let front = ethernet(STEADY).to(ROUTER) / ipv4("192.168.50.98", "203.0.113.7");
    (front / udp(40_000, port) / data(b"home")).build()
}

/// The services of what is new.
fn services(report: &Value) -> Vec<String> {
    let new = report["new"].as_array().unwrap().iter();
    let mut new: Vec<_> = new
        .map(|call| call["service"].as_str().unwrap().to_owned())
        .collect();
    new.sort();
    new
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
