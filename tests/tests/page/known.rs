//! What is known of whom cameras send to, and names, which are text and nothing else.

use std::fs;

use enforcer_tests::actor::Wire;
use enforcer_tests::daemon::wait;
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::network::CLOUD_V4;
use enforcer_tests::owners::{self, CHINANET};
use enforcer_tests::resolver::answer;
use enforcer_tests::site::{FLOODER, POLICY, ROUTER, Site, forbidden};
use serde_json::Value;

use super::{keep_in_both_schemes, opened, started};

#[test]
fn whatever_stands_in_a_name_is_text_and_nothing_else() {
    let site = Site::new("page_hostile").unwrap();
    let interface = "<s>&lt;x";
    site.network
        .router
        .ip(&format!(
            "link add {interface} type veth peer name peer\nlink set {interface} up"
        ))
        .unwrap();
    let more = "interfaces:\n  \"<s>*\": {}\n  \"<img*src=x*>\": {}\n";
    site.write(&POLICY.replace("interfaces:\n", more)).unwrap();
    let _daemon = started(&site, &[]);
    let mut browser = opened(&site);
    browser
        .wait_for_text("#force-line", &format!("{interface} (native)"))
        .unwrap();
    browser
        .wait_for_text("#force-notes", "<img*src=x*>")
        .unwrap();
    let made = browser.ask("document.querySelectorAll('s, main img').length");
    assert_eq!(made.unwrap(), 0);
    // Nor could a mistake make markup of it, or a script run that is not the daemon's.
    for attempt in [
        "document.body.innerHTML = '<b>x</b>'",
        "document.createElement('script').text = 'x'",
        "new Function('return 1')()",
    ] {
        let attempt = format!("try {{ {attempt}; 'done' }} catch (error) {{ error.name }}");
        let ended = browser.ask(&attempt).unwrap();
        assert_ne!(ended, "done", "{attempt}");
    }
    let elsewhere = "fetch('http://127.0.0.2:9797/').then(() => 'done', (error) => error.name)";
    assert_eq!(browser.ask(elsewhere).unwrap(), "TypeError");
}

#[test]
fn what_is_known_of_a_receiver_is_shown_and_a_name_that_a_server_made_up_is_text() {
    const NAME: &str = "<img/src=x/onerror=alert(1)>.hik-connect.com";
    let site = Site::new("page_known").unwrap();
    let [config, file] = ["enforcer.yaml", "owners.mmdb"].map(|name| site.file(name));
    owners::write(&file, &[CHINANET]).unwrap();
    let settings = format!("names: true\nowners: [{}]\n", file.display());
    fs::write(&config, settings).unwrap();
    let mut daemon = started(&site, &["--config", config.to_str().unwrap()]);
    daemon.wait_for_names().unwrap();
    // What a resolver answers to the camera, on its way through the router.
    let router = Wire::open(&site.network.router, "lan-cam1").unwrap();
    let told = answer(NAME, CLOUD_V4);
    let link = ethernet(ROUTER).to(FLOODER);
    let packet = ipv4("192.168.50.1", "192.168.50.99");
    let told = link / packet / udp(53, 40_000) / data(&told);
    router.send(&told.build()).unwrap();
    let wire = site.wire().unwrap();
    wait("the name", || {
        wire.send(&forbidden()).unwrap();
        let ledger = site.enforcer.run(&["ledger", "--json"]).unwrap();
        ledger.stdout.contains(NAME).then_some(())
    });
    // The ledger learns the name of what was there before it, an event does not: this one comes after it.
    wire.send(&forbidden()).unwrap();

    let mut browser = opened(&site);
    for table in ["#call-table", "#tail-table"] {
        let row = format!("{table} tbody tr:nth-child(1)");
        for words in ["203.0.113.7", NAME, "AS4134 China Telecom", "CN"] {
            browser.wait_for_text(&row, words).unwrap();
        }
        for (mark, words) in [
            ("cloud", "Hikvision's cloud"),
            ("carrier", "a state's carrier"),
        ] {
            let mark = format!("{row} .mark.{mark}");
            assert_eq!(browser.text(&mark).unwrap(), words);
            // Without its colour, too.
            let shape =
                format!("getComputedStyle(document.querySelector('{mark}'), '::before').content");
            assert_ne!(browser.ask(&shape).unwrap(), "none");
        }
    }
    let made = browser.ask("document.querySelectorAll('main img').length");
    assert_eq!(made.unwrap(), 0);
    keep_in_both_schemes(&mut browser, "page-known");
    assert_eq!(browser.complaints(), Vec::<Value>::new());
}
