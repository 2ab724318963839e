//! The report's page in a real Chromium: bars as long as what they stand for, and light on paper.

use enforcer::report::{Report, Share};
use enforcer_tests::browser::{Browser, Scheme, keep_picture};
use serde::Deserialize;

use crate::scene::Scene;

/// How wide the widest bar is in its own measure.
const WIDEST: f64 = 200.0;

/// The bars under a heading, as they are shown: the row's head, how wide its parts are together, and how wide there is room.
const BARS: &str = "[...document.querySelectorAll('table[aria-labelledby=ID] tbody tr')].map((row) => ({
  name: row.cells[0].innerText.trim(),
  width: [...row.querySelectorAll('svg.bar rect')].reduce((sum, it) => sum + it.getBoundingClientRect().width, 0),
  room: row.querySelector('svg.bar').getBoundingClientRect().width,
  marks: [...row.cells[0].querySelectorAll('.mark')].map((it) => it.innerText),
}))";

#[derive(Debug, Deserialize)]
struct Bar {
    name: String,
    width: f64,
    room: f64,
    marks: Vec<String>,
}

/// Opens the page at a path.
pub(crate) fn is_shown(scene: &Scene, path: &str, report: &Report) {
    let directory = scene.site.file("browser");
    let mut browser = Browser::start(&scene.site.network.router, &directory).unwrap();
    browser.open(&format!("file://{path}")).unwrap();
    browser.resize(1280, 1024).unwrap();
    browser.prefer(Scheme::Light).unwrap();
    for (id, shares) in [
        ("countries", &report.countries),
        ("owners", &report.owners),
        ("vendors--clouds", &report.clouds),
    ] {
        let bars = browser.ask(&BARS.replace("ID", id)).unwrap();
        let bars: Vec<Bar> = serde_json::from_value(bars).unwrap();
        are_in_proportion(id, &bars, shares);
    }
    for scheme in [Scheme::Light, Scheme::Dark] {
        browser.prefer(scheme).unwrap();
        assert_eq!(
            browser.too_faint().unwrap(),
            Vec::<String>::new(),
            "{scheme:?}"
        );
        let name = format!("investigation-{scheme:?}.png").to_lowercase();
        keep_picture(&name, &browser.picture().unwrap()).unwrap();
    }
    let paper = "getComputedStyle(document.documentElement).backgroundColor";
    let ink = "getComputedStyle(document.documentElement).color";
    assert_ne!(browser.ask(paper).unwrap(), "rgb(255, 255, 255)");
    browser.show_as_printed(Scheme::Dark).unwrap();
    assert_eq!(browser.ask(paper).unwrap(), "rgb(255, 255, 255)");
    assert_eq!(browser.ask(ink).unwrap(), "rgb(20, 24, 29)");
    keep_picture("investigation-printed.png", &browser.picture().unwrap()).unwrap();
    assert!(browser.print().unwrap().starts_with(b"%PDF"));
    assert!(
        browser.complaints().is_empty(),
        "{:?}",
        browser.complaints()
    );
}

fn are_in_proportion(id: &str, bars: &[Bar], shares: &[Share]) {
    assert_eq!(bars.len(), shares.len(), "{id}: {bars:?}");
    assert!(bars.len() > 2, "{id}: {bars:?}");
    let most = shares.iter().map(|share| share.sums.all()).max().unwrap();
    for (bar, share) in bars.iter().zip(shares) {
        let name = share.name.trim_end_matches(" (a state's)");
        assert!(bar.name.starts_with(name), "{bar:?} {share:?}");
        assert_eq!(
            bar.marks.contains(&"a state's carrier".to_owned()),
            share.carrier.is_some(),
            "{bar:?}"
        );
        let part = |whole: u64| f64::from(u32::try_from(whole).unwrap());
        let expected = part(share.sums.all()) / part(most);
        // Of three parts each is a whole number, and one that is something is to be seen.
        let off = (bar.width / bar.room - expected).abs();
        assert!(off <= 3.0 / WIDEST, "{bar:?} {share:?}: {expected}");
    }
}
