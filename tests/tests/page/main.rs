//! The live page, in a real Chromium, of a real daemon under traffic.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod door;
mod force;
mod keyboard;
mod known;
mod reader;

use enforcer_tests::browser::{Browser, Scheme, keep_picture};
use enforcer_tests::daemon::Daemon;
use enforcer_tests::site::Site;

const ADDRESS: &str = "http://127.0.0.1:9797/";

/// For people to look at; and everybody can read it.
fn keep_in_both_schemes(browser: &mut Browser, name: &str) {
    browser.resize(1280, 900).unwrap();
    for scheme in [Scheme::Light, Scheme::Dark] {
        browser.prefer(scheme).unwrap();
        assert_eq!(browser.too_faint().unwrap(), Vec::<String>::new());
        let name = format!("{name}-{scheme:?}.png").to_lowercase();
        keep_picture(&name, &browser.picture().unwrap()).unwrap();
    }
}

fn look(browser: &mut Browser) -> String {
    let look = browser.ask("document.querySelector('#force').className");
    look.unwrap().as_str().unwrap().to_owned()
}

fn opened(site: &Site) -> Browser {
    let mut browser = Browser::start(&site.network.router, &site.file("browser")).unwrap();
    browser.open(ADDRESS).unwrap();
    browser
}

fn started(site: &Site, options: &[&str]) -> Daemon {
    let options = [&["--listen", "127.0.0.1:9797"], options].concat();
    site.started(&options).unwrap()
}
