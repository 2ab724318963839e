//! With the keyboard alone.

use enforcer_tests::browser::Key;
use enforcer_tests::site::{Site, allowed, forbidden};
use serde_json::Value;

use super::{opened, started};

#[test]
fn everything_can_be_done_with_the_keyboard_alone() {
    let site = Site::new("page_keys").unwrap();
    let _daemon = started(&site, &[]);
    let wire = site.wire().unwrap();
    for frame in [forbidden(), allowed()] {
        wire.send(&frame).unwrap();
    }
    let mut browser = opened(&site);
    browser
        .wait_for_text("#tail-table tbody", "flooder")
        .unwrap();
    browser.press(Key::Tab).unwrap();
    let first = browser.ask("document.activeElement.innerText").unwrap();
    assert_eq!(first, "Skip to cameras");
    let ring = "getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(browser.ask(ring).unwrap(), "solid");
    browser.press(Key::Enter).unwrap();
    assert_eq!(browser.ask("document.activeElement.id").unwrap(), "cameras");

    // By the camera's name in the table, and off again.
    browser
        .tab_to("#camera-table tbody tr:nth-child(2) button")
        .unwrap();
    browser.press(Key::Enter).unwrap();
    let chosen = "document.querySelector('#camera').value";
    assert_eq!(browser.ask(chosen).unwrap(), "steady");
    browser
        .wait_for_text("#tail-count", "no drops yet")
        .unwrap();
    let calls = "document.querySelector('#call-table tbody').innerText";
    browser
        .wait_for(&format!(
            "{calls}.includes('steady') && !{calls}.includes('flooder')"
        ))
        .unwrap();
    browser.press(Key::Enter).unwrap();
    assert_eq!(browser.ask(chosen).unwrap(), "*");
    browser
        .wait_for_text("#tail-table tbody", "flooder")
        .unwrap();

    // By the list.
    browser
        .ask("document.querySelector('#camera').focus()")
        .unwrap();
    browser.press(Key::Down).unwrap();
    assert_eq!(browser.ask(chosen).unwrap(), "flooder");
    browser
        .wait_for_text("#tail-count", "the last 1, newest first")
        .unwrap();

    // What has the focus keeps it when rows move.
    browser.tab_to("[data-by=dropped] button").unwrap();
    browser.press(Key::Space).unwrap();
    let sorted = "document.querySelector('[data-by=dropped]').getAttribute('aria-sort')";
    assert_eq!(browser.ask(sorted).unwrap(), "descending");
    browser.press(Key::Space).unwrap();
    assert_eq!(browser.ask(sorted).unwrap(), "ascending");
    browser
        .wait_for_text("#camera-table tbody tr:nth-child(1)", "steady")
        .unwrap();
    assert_eq!(
        browser
            .ask("document.activeElement.closest('th').dataset.by")
            .unwrap(),
        "dropped"
    );

    browser.tab_to("#pause").unwrap();
    browser.press(Key::Space).unwrap();
    browser.wait_for_text("#tail-state", "Paused.").unwrap();
    let rows = "document.querySelector('#tail-table tbody').rows.length";
    let before = browser.ask(rows).unwrap();
    wire.send(&forbidden()).unwrap();
    browser
        .wait_for_text("#tail-count", "1 came since the pause")
        .unwrap();
    assert_eq!(browser.ask(rows).unwrap(), before);
    browser.press(Key::Space).unwrap();
    browser
        .wait_for(&format!("{rows} === {}", before.as_u64().unwrap() + 1))
        .unwrap();
    assert_eq!(browser.complaints(), Vec::<Value>::new());
}
