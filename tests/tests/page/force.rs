//! What is in force, and that nothing old is shown for new.

use std::{
    fs,
    time::{Duration, Instant},
};

use enforcer_tests::browser::{Browser, keep_picture};
use enforcer_tests::daemon::wait;
use enforcer_tests::site::{POLICY, Site, Traffic, forbidden};
use serde_json::Value;

use super::{keep_in_both_schemes, look, opened, started};

/// No answer is waited for longer than four seconds, and it is looked twice a second.
const NOTICED: Duration = Duration::from_secs(7);

#[test]
fn it_shows_what_is_in_force_and_who_is_dropped_and_never_what_is_old_for_new() {
    let site = Site::new("page_shows").unwrap();
    let mut daemon = started(&site, &[]);
    let mut browser = opened(&site);
    browser.wait_for_text("#force-word", "In force").unwrap();
    assert_eq!(look(&mut browser), "good");
    let line = browser.text("#force-line").unwrap();
    assert_eq!(line, "generation 1 on lan-cam1 (native)");

    let traffic = Traffic::begin(&site).unwrap();
    let row = |number| format!("#camera-table tbody tr:nth-child({number})");
    let number = |cell: u32| {
        let cell = format!("{} td:nth-child({cell})", row(1));
        format!("Number(document.querySelector('{cell}').innerText.replaceAll(',', ''))")
    };
    browser.wait_for_text(&row(1), "flooder").unwrap();
    browser.wait_for_text(&row(2), "steady").unwrap();
    browser.wait_for(&format!("{} > 0", number(3))).unwrap();
    let before = browser.ask(&number(5)).unwrap().as_u64().unwrap();
    browser
        .wait_for(&format!("{} > {before}", number(5)))
        .unwrap();
    browser.wait_for_text(&row(1), "not_allowed").unwrap();
    let drawn = format!("{} polyline", row(1));
    let points = browser.ask(&format!(
        "document.querySelector('{drawn}').getAttribute('points')"
    ));
    assert!(points.unwrap().as_str().unwrap().contains(' '));

    let drop = "#tail-table tbody tr";
    browser.wait_for_text(drop, "203.0.113.7").unwrap();
    let words = browser.text(drop).unwrap();
    for part in ["flooder", "udp/9999", "not_allowed"] {
        assert!(words.contains(part), "{words}");
    }
    for (call, words) in [
        (
            1,
            ["flooder", "203.0.113.7", "udp/9999", "dropped: not_allowed"],
        ),
        (2, ["steady", "192.168.50.1", "udp/123", "allowed"]),
    ] {
        let call = format!("#call-table tbody tr:nth-child({call})");
        for words in words {
            browser.wait_for_text(&call, words).unwrap();
        }
    }
    browser.resize(1280, 900).unwrap();
    keep_picture("page.png", &browser.picture().unwrap()).unwrap();
    let sent = traffic.end().unwrap();
    let whole = format!("{} === {}", number(5), sent.forbidden);
    browser.wait_for(&whole).unwrap();
    assert_eq!(browser.complaints(), Vec::<Value>::new());

    // It hangs: it takes connections, and says nothing.
    daemon.fall_asleep().unwrap();
    assert_noticed(&mut browser);
    daemon.wake().unwrap();
    browser.wait_for_text("#force-word", "In force").unwrap();
    assert_eq!(look(&mut browser), "good");
    // It is gone.
    daemon.kill().unwrap();
    assert_noticed(&mut browser);
    let picture = browser.picture().unwrap();
    keep_picture("page-gone.png", &picture).unwrap();
    site.wire().unwrap().send(&forbidden()).unwrap();
    // The next one goes on, and tells what came meanwhile.
    let _daemon = started(&site, &[]);
    browser.wait_for_text("#force-word", "In force").unwrap();
    let more = format!("{} === {}", number(5), sent.forbidden + 1);
    browser.wait_for(&more).unwrap();
    browser
        .wait_for("document.querySelector('#told').classList.contains('old') === false")
        .unwrap();
}

#[test]
fn what_is_not_in_force_is_told_before_all_else() {
    let site = Site::new("page_force").unwrap();
    let _daemon = started(&site, &[]);
    let mut browser = opened(&site);
    browser.wait_for_text("#force-word", "In force").unwrap();

    site.write(&POLICY.replace("version: 1", "version: 1\nmode: audit"))
        .unwrap();
    browser
        .wait_for_text("#force-word", "Audit: nothing is dropped")
        .unwrap();
    assert_eq!(look(&mut browser), "warn");
    let audited = POLICY.replace(
        "group: timed\n  steady",
        "group: timed\n    mode: audit\n  steady",
    );
    site.write(&audited).unwrap();
    browser.wait_for_text("#force-notes", "In audit").unwrap();
    browser.wait_for_text("#force-notes", "flooder.").unwrap();
    assert_eq!(look(&mut browser), "warn");

    // No interface of the policy is there any more.
    site.network.router.ip("link delete lan-cam1").unwrap();
    browser
        .wait_for_text("#force-word", "Not enforced anywhere")
        .unwrap();
    assert_eq!(look(&mut browser), "bad");
    browser
        .wait_for_text(
            "#force-line",
            "no interface of the policy is there: lan-cam*",
        )
        .unwrap();
    let title = browser.ask("document.title").unwrap();
    assert_eq!(title, "Not enforced anywhere – enforcer");
    keep_in_both_schemes(&mut browser, "page-nowhere");
    site.enforcer.detach().unwrap();
    assert_noticed(&mut browser);
}

#[test]
fn what_the_daemon_finds_wrong_is_told_as_it_says_it() {
    let site = Site::new("page_troubles").unwrap();
    let config = site.file("enforcer.yaml");
    fs::write(&config, "sinks: <b>nowhere</b>\n").unwrap();
    let options = ["--config", config.to_str().unwrap()];
    let mut daemon = started(&site, &options);
    let mut browser = opened(&site);
    browser.wait_for_text("#force-word", "In force").unwrap();
    browser.wait_for_text("#force-notes", "Settings: ").unwrap();
    assert_eq!(look(&mut browser), "warn");
    let told = site.enforcer.status().unwrap().settings_amiss;
    browser.wait_for_text("#force-notes", &told[0]).unwrap();
    keep_in_both_schemes(&mut browser, "page-settings");

    // The policy is spoilt, and a daemon starts with it.
    assert_eq!(browser.complaints(), Vec::<Value>::new());
    let kept = site.enforcer.directories().last_good();
    wait("the policy is kept", || kept.exists().then_some(()));
    daemon.kill().unwrap();
    site.write("version: 1\nmode: <b>sometimes</b>\n").unwrap();
    let _daemon = started(&site, &options);
    browser
        .wait_for_text("#force-word", "The policy is not in force")
        .unwrap();
    assert_eq!(look(&mut browser), "bad");
    let words = "in its place is the last good policy of ";
    browser.wait_for_text("#force-line", words).unwrap();
    for words in ["`enforcer check` says what to mend", "Settings: "] {
        browser.wait_for_text("#force-notes", words).unwrap();
    }
    keep_in_both_schemes(&mut browser, "page-stand-in");
}

fn assert_noticed(browser: &mut Browser) {
    let begun = Instant::now();
    browser
        .wait_for_text("#force-word", "No answer from the daemon")
        .unwrap();
    assert!(begun.elapsed() < NOTICED, "{:?}", begun.elapsed());
    assert_eq!(look(browser), "gone");
    let is_old = browser.ask("document.querySelector('#told').classList.contains('old')");
    assert_eq!(is_old.unwrap(), true);
}
