//! The live page, in a real Chromium, of a real daemon under traffic.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use enforcer_tests::actor::Wire;
use enforcer_tests::browser::{Browser, Key, Scheme, Seen, keep_picture};
use enforcer_tests::daemon::{Answer, Daemon, wait};
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::network::CLOUD_V4;
use enforcer_tests::owners::{self, Owner};
use enforcer_tests::resolver::answer;
use enforcer_tests::site::{FLOODER, POLICY, ROUTER, Site, Traffic, allowed, forbidden};
use serde_json::Value;

const ADDRESS: &str = "http://127.0.0.1:9797/";

const FILES: [(&str, &str); 10] = [
    ("/", "text/html"),
    ("/page.css", "text/css"),
    ("/page.svg", "image/svg+xml"),
    ("/page.js", "text/javascript"),
    ("/page/ask.js", "text/javascript"),
    ("/page/calls.js", "text/javascript"),
    ("/page/cameras.js", "text/javascript"),
    ("/page/force.js", "text/javascript"),
    ("/page/put.js", "text/javascript"),
    ("/page/tail.js", "text/javascript"),
];

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
    let chinanet = Owner {
        prefix: "203.0.113.0/24",
        country: "CN",
        system: 4134,
        organization: "CHINANET-BACKBONE",
    };
    owners::write(&file, &[chinanet]).unwrap();
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
    browser.resize(1280, 900).unwrap();
    for scheme in [Scheme::Light, Scheme::Dark] {
        browser.prefer(scheme).unwrap();
        assert_eq!(browser.too_faint().unwrap(), Vec::<String>::new());
        let name = format!("page-known-{scheme:?}.png").to_lowercase();
        keep_picture(&name, &browser.picture().unwrap()).unwrap();
    }
    assert_eq!(browser.complaints(), Vec::<Value>::new());
}

#[test]
fn browsers_are_told_what_they_may_do_with_it() {
    let site = Site::new("page_heads").unwrap();
    let _daemon = started(&site, &[]);
    let port = SocketAddr::from(([127, 0, 0, 1], 9797));
    let ask = |method, path, head| {
        Answer::over_tcp(&site.network.router, port, method, path, head).unwrap()
    };
    for (path, kind) in FILES.into_iter().chain([
        ("/v1/status", "application/json"),
        ("/no/such/path", "application/json"),
    ]) {
        let answer = ask("GET", path, "");
        let is = |name: &str| answer.head(name).unwrap_or_default().to_owned();
        assert!(is("content-type").starts_with(kind), "{path}: {answer:?}");
        let policy = is("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(is(name), value, "{path}: {name}");
        }
    }
    for (path, _) in FILES {
        assert_eq!(ask("HEAD", path, "").status, 200, "{path}");
        assert_eq!(ask("POST", path, "").status, 403, "{path}");
        // Over the socket, where things are changed, there is no page.
        let over_socket = site.enforcer.ask("GET", path, "").unwrap();
        assert_eq!(over_socket.status, 404, "{path}");
    }
}

#[test]
fn it_asks_for_the_token_where_one_is_wanted() {
    let site = Site::new("page_token").unwrap();
    let token = site.file("token");
    fs::write(&token, "0123456789abcdef\n").unwrap();
    fs::set_permissions(&token, Permissions::from_mode(0o600)).unwrap();
    let _daemon = started(&site, &["--listen-token-file", token.to_str().unwrap()]);
    let mut browser = opened(&site);
    browser
        .wait_for("document.querySelector('#token').hidden === false")
        .unwrap();
    assert_eq!(look(&mut browser), "unknown");
    let is_asked = browser.ask("document.activeElement.id").unwrap();
    assert_eq!(is_asked, "token-word");
    browser.type_in("fedcba9876543210").unwrap();
    browser.press(Key::Enter).unwrap();
    browser
        .wait_for_text("#token-why", "That is not the token")
        .unwrap();
    assert_eq!(look(&mut browser), "unknown");
    browser.type_in("0123456789abcdef").unwrap();
    browser.press(Key::Enter).unwrap();
    browser.wait_for_text("#force-word", "In force").unwrap();
    site.wire().unwrap().send(&forbidden()).unwrap();
    browser
        .wait_for_text("#tail-table tbody", "203.0.113.7")
        .unwrap();
    let address = browser.ask("location.href").unwrap();
    assert_eq!(address, ADDRESS, "the token is not in it");
}

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

/// For people to look at; and everybody can read it.
fn keep_in_both_schemes(browser: &mut Browser, name: &str) {
    browser.resize(1280, 600).unwrap();
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
    let mut daemon = site.enforcer.start(site.policy(), &options).unwrap();
    daemon.wait_in_force().unwrap();
    daemon
}
