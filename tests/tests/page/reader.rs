//! For whoever has it read aloud, and for every window and eye.

use enforcer_tests::browser::{Scheme, Seen, keep_picture};
use enforcer_tests::site::{Site, forbidden};

use super::{opened, started};

#[test]
fn a_screen_reader_is_told_all_of_it_and_everybody_can_read_it_at_any_size() {
    let site = Site::new("page_access").unwrap();
    let _daemon = started(&site, &[]);
    site.wire().unwrap().send(&forbidden()).unwrap();
    let mut browser = opened(&site);
    browser
        .wait_for_text("#call-table tbody", "203.0.113.7")
        .unwrap();
    browser
        .wait_for_text("#tail-table tbody", "203.0.113.7")
        .unwrap();
    for (width, height) in [(320, 640), (768, 1024), (2560, 1440)] {
        browser.resize(width, height).unwrap();
        for scheme in [Scheme::Light, Scheme::Dark] {
            browser.prefer(scheme).unwrap();
            let faint = browser.too_faint().unwrap();
            assert_eq!(faint, Vec::<String>::new(), "{width} {scheme:?}");
            let name = format!("page-{width}-{scheme:?}.png").to_lowercase();
            keep_picture(&name, &browser.picture().unwrap()).unwrap();
        }
        // Nothing is to the right of the window.
        let wide = browser.ask("document.documentElement.scrollWidth").unwrap();
        assert!(
            wide.as_u64().unwrap() <= u64::from(width),
            "{width}: {wide}"
        );
        let seen = browser.seen().unwrap();
        assert_told(&seen);
    }
}

/// Whatever can be done has a name, and what it is about is told in the words of tables and headings.
fn assert_told(seen: &[Seen]) {
    for Seen { role, name } in seen {
        let is_for_use = [
            "button", "combobox", "textbox", "link", "table", "heading", "region",
        ];
        if is_for_use.contains(&role.as_str()) {
            assert!(
                !name.trim().is_empty(),
                "a {role} without a name: {seen:#?}"
            );
        }
    }
    let count = |wanted: &str| seen.iter().filter(|it| it.role == wanted).count();
    let is_there =
        |role: &str, name: &str| seen.iter().any(|it| it.role == role && it.name == name);
    assert_eq!(count("table"), 3, "{seen:#?}");
    assert_eq!(count("columnheader"), 7 + 6 + 6);
    assert_eq!(count("rowheader"), 2);
    // Where there is no room for columns, cells with nothing in them are left out.
    assert!(count("cell") >= 5 + 4 + 6 + 5, "{seen:#?}");
    assert_eq!(count("status"), 2);
    for (role, name) in [
        ("heading", "Is everything in force?"),
        ("heading", "Cameras"),
        ("heading", "Where they call"),
        ("heading", "Drops as they come"),
        ("button", "Pause"),
        ("button", "flooder"),
        ("combobox", "Camera"),
        ("StaticText", "In force"),
    ] {
        assert!(is_there(role, name), "{role} {name}: {seen:#?}");
    }
}
