//! The ledger: what is kept of each camera is what was sent, whatever happens to the daemon.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::{fs, os::unix::fs::FileExt as _};

use aya::maps::{Array, Map, MapData};
use enforcer_common::ledger::{Book, LAYOUT};
use enforcer_tests::daemon::wait;
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{
    POLICY, ROUTER, STEADY, Site, Storm, Traffic, allowed, forbidden, wider,
};
use serde_json::Value;

const NO_OPTIONS: [&str; 0] = [];

#[test]
fn every_frame_is_kept_once_across_reloads_kills_and_starts() {
    let site = Site::new("kept_once").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let traffic = Traffic::begin(&site).unwrap();
    for generation in 2..6 {
        site.write(&format!("{POLICY}# {generation}\n")).unwrap();
        daemon.reload().unwrap();
        assert_eq!(daemon.wait_in_force().unwrap(), generation);
        traffic.go_on_briefly().unwrap();
        assert!(packets(&lines(&site, &[])) > 0);
    }
    for _ in 0..3 {
        daemon.kill().unwrap();
        traffic.go_on_briefly().unwrap();
        assert!(packets(&lines(&site, &[])) > 0, "without a daemon");
        traffic.go_on_briefly().unwrap();
        daemon = site.started(&[]).unwrap();
        traffic.go_on_briefly().unwrap();
    }
    let sent = traffic.end().unwrap();
    let expected = [
        (
            Some("flooder"),
            "203.0.113.7 udp/9999 dropped not_allowed".to_owned(),
            sent.forbidden,
        ),
        (
            Some("steady"),
            "192.168.50.1 udp/123 allowed -".to_owned(),
            sent.allowed,
        ),
    ];
    let kept = |site: &Site| -> Vec<_> {
        let all = lines(site, &[]);
        let told = all.iter().map(|line| {
            let camera = line["camera"].as_str().map(str::to_owned);
            (camera, in_words(line), line["packets"].as_u64().unwrap())
        });
        told.collect()
    };
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(camera, words, packets)| (camera.map(str::to_owned), words, packets))
        .collect();
    assert_eq!(kept(&site), expected);
    daemon.terminate().unwrap();
    daemon.wait_end().unwrap();
    assert_eq!(kept(&site), expected);
    // What comes between the daemon's end and that of enforcement.
    site.wire().unwrap().send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == sent.forbidden + 1)
        .unwrap();
    site.enforcer.detach().unwrap();
    assert_eq!(
        packets(&lines(&site, &["--camera", "flooder"])),
        sent.forbidden + 1
    );
}

#[test]
fn what_is_kept_outlives_a_reboot_and_goes_on() {
    let site = Site::new("kept_reboot").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    let send = |dropped: u64, passed: usize| {
        let before = site.enforcer.status().unwrap().dropped();
        (0..passed).for_each(|_| wire.send(&allowed()).unwrap());
        (0..dropped).for_each(|_| wire.send(&forbidden()).unwrap());
        site.status_when(|status| status.dropped() == before + dropped)
            .unwrap();
    };
    send(3, 2);
    let before = lines(&site, &[]);
    assert_eq!(packets(&before), 5);
    for boot in 1..=2 {
        daemon.kill().unwrap();
        // What a reboot takes: all that is in the kernel, and the run directory.
        site.sandbox.directories().remount_bpffs().unwrap();
        fs::remove_dir_all(&site.enforcer.directories().run).unwrap();
        let kept = lines(&site, &[]);
        daemon = site.started(&[]).unwrap();
        assert_eq!(site.enforcer.status().unwrap().dropped(), 0);
        assert_eq!(lines(&site, &[]), kept, "boot {boot}");
        if boot == 1 {
            assert_eq!(kept, before);
        }
        send(1, 1);
        let after = lines(&site, &[]);
        let counted = |lines: &[Value]| -> Vec<_> {
            let each = lines.iter().map(|line| (in_words(line), packets([line])));
            each.collect()
        };
        let one_more = counted(&kept)
            .into_iter()
            .map(|(line, sum)| (line, sum + 1));
        assert_eq!(counted(&after), one_more.collect::<Vec<_>>());
        for (line, kept) in after.iter().zip(&kept) {
            assert_eq!(line["first"], kept["first"]);
            assert!(line["last"].as_str() > kept["last"].as_str(), "{line}");
        }
    }
}

#[test]
fn what_another_version_writes_in_the_kernel_is_told_once_and_goes_with_its_generation() {
    let site = Site::new("kept_foreign").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    wire.send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    assert_eq!(packets(&lines(&site, &[])), 1);
    daemon.kill().unwrap();
    // As a program that an earlier version has loaded.
    let folder = site.enforcer.directories().maps().join("ledger-1");
    let book = MapData::from_pin(folder.join("BOOK")).unwrap();
    let mut book: Array<_, Book> = Map::Array(book).try_into().unwrap();
    let written = book.get(&0, 0).unwrap();
    let foreign = Book {
        layout: LAYOUT - 1,
        ..written
    };
    book.set(0, foreign, 0).unwrap();
    drop(book);
    wire.send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 2).unwrap();
    let words = "what cameras send under generation 1 is counted and has no lines in the ledger";
    let outcome = site.enforcer.run(&["ledger", "--json"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.stderr.matches(words).count(), 1, "{outcome:?}");
    assert!(folder.is_dir());

    // Another policy, so that the foreign generation stays to be gone back to.
    site.write(&wider()).unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    wire.send(&forbidden()).unwrap();
    wait("a line of the new generation", || {
        (packets(&lines(&site, &[])) == 2).then_some(())
    });
    for _ in 0..3 {
        assert_eq!(packets(&lines(&site, &[])), 2);
    }
    assert!(folder.is_dir());
    assert_eq!(daemon.log().matches(words).count(), 1, "{}", daemon.log());
    site.write(&POLICY.replace("udp/123", "udp/124")).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 3);
    wait("what nobody writes any more goes", || {
        (!folder.exists()).then_some(())
    });
    assert_eq!(packets(&lines(&site, &[])), 2);
    assert_eq!(daemon.log().matches(words).count(), 1, "{}", daemon.log());
}

#[test]
fn a_file_that_is_damaged_is_put_aside_and_told_once_with_a_daemon_and_without_one() {
    let site = Site::new("kept_damaged").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    let words = "it is put aside as ";
    let store = site.enforcer.directories().ledger();
    let damage = || {
        let file = fs::OpenOptions::new().write(true).open(&store).unwrap();
        let length = file.metadata().unwrap().len();
        let rubbish = vec![0xff; usize::try_from(length).unwrap() - 4_096];
        file.write_all_at(&rubbish, 4_096).unwrap();
    };
    let send = |dropped: u64| {
        wire.send(&forbidden()).unwrap();
        site.status_when(|status| status.dropped() == dropped)
            .unwrap();
    };
    send(1);
    assert_eq!(packets(&lines(&site, &[])), 1);
    daemon.kill().unwrap();
    send(2);
    damage();
    let outcome = site.enforcer.run(&["ledger", "--json"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.stderr.matches(words).count(), 1, "{outcome:?}");
    let kept: Vec<Value> = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(packets(&kept), 1, "what was in the kernel");
    let outcome = site.enforcer.run(&["ledger", "--json"]).unwrap();
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""));
    send(3);
    damage();
    let mut daemon = site.started(&[]).unwrap();
    assert_eq!(packets(&lines(&site, &[])), 1);
    send(4);
    assert_eq!(packets(&lines(&site, &[])), 2);
    assert_eq!(daemon.log().matches(words).count(), 1, "{}", daemon.log());
    assert!(!daemon.log().contains("panicked"), "{}", daemon.log());
    daemon.terminate().unwrap();
    daemon.wait_end().unwrap();
    assert!(store.with_extension("unreadable").exists());
}

#[test]
fn a_ledger_that_is_being_made_is_none_of_another_version_and_none_that_cannot_be_read() {
    let site = Site::new("kept_made").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.wire().unwrap().send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    daemon.kill().unwrap();
    let folder = site.enforcer.directories().maps().join("ledger-1");
    let book = MapData::from_pin(folder.join("BOOK")).unwrap();
    let mut book: Array<_, Book> = Map::Array(book).try_into().unwrap();
    let written = book.get(&0, 0).unwrap();
    let half = Book {
        pages: 0,
        ..written
    };
    let untold = |expected: u64| {
        let outcome = site.enforcer.run(&["ledger", "--json"]).unwrap();
        assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""));
        let lines: Vec<Value> = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(packets(&lines), expected);
    };
    for unwritten in [Book::default(), half] {
        book.set(0, unwritten, 0).unwrap();
        untold(0);
    }
    book.set(0, written, 0).unwrap();
    // They are pinned one after the other.
    let names = MapData::from_pin(folder.join("NAMES")).unwrap();
    fs::remove_file(folder.join("NAMES")).unwrap();
    untold(0);
    names.pin(folder.join("NAMES")).unwrap();
    untold(1);
}

#[test]
fn a_camera_that_floods_the_world_takes_no_line_of_another_s_and_is_counted_whole() {
    let site = Site::new("kept_storm").unwrap();
    let daemon = site.started(&[]).unwrap();
    Storm::prepare(&site).unwrap();
    let storm = Storm::begin(&site).unwrap();
    storm.go_on(200_000).unwrap();
    let storms = storm.end(&site).unwrap();
    storms.ensure_complete().unwrap();
    let flooder = lines(&site, &["--camera", "flooder"]);
    assert_eq!(packets(&flooder), storms.forbidden);
    let others = flooder.iter().filter(|line| line["others"] == true);
    let others = packets(others);
    assert!(others > 0, "a thousand destinations do not fit");
    let some = flooder.iter().find(|line| line["others"] == false);
    let to = some.unwrap()["dest_ip"].as_str().unwrap().to_owned();
    let table = ["ledger", "--camera", "flooder", "--to", &to];
    let table = site.enforcer.run(&table).unwrap();
    let (told, words) = table.stderr.split_once(' ').unwrap();
    assert_eq!(told.replace(',', ""), others.to_string());
    assert!(
        words.starts_with("more frames had no line of their own"),
        "{table:?}"
    );
    assert!(!table.stdout.contains("(others)"), "{table:?}");
    assert!(table.stdout.contains(&to), "{table:?}");
    let steady = lines(&site, &["--camera", "steady"]);
    assert_eq!(packets(&steady), storms.allowed);
    assert_eq!(steady.len(), 1);
    let metrics = site.enforcer.ask("GET", "/metrics", "").unwrap();
    let turned_away = metrics.metric("enforcer_ledger_others_packets_total");
    assert!(turned_away > Some(0), "{turned_away:?}");
    drop(daemon);
}

#[test]
fn lines_are_asked_for_and_shown_in_every_way() {
    let site = Site::new("kept_shown").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    let stranger = ethernet([2, 0, 0, 0, 0x50, 0x55]).to(ROUTER);
    let stranger = (stranger / ipv4("192.168.50.55", "198.51.100.9") / udp(1, 2)).build();
    let answer = ethernet(STEADY).to(ROUTER) / ipv4("192.168.50.98", "203.0.113.7");
    let answer = (answer / udp(8_000, 50_000) / data(b"video")).build();
    for (frame, times) in [
        (&forbidden(), 3),
        (&allowed(), 2),
        (&stranger, 1),
        (&answer, 4),
    ] {
        for _ in 0..times {
            wire.send(frame).unwrap();
        }
    }
    site.status_when(|status| status.dropped() == 8).unwrap();

    let in_zone = |zone: &str| {
        let enforcer = site.enforcer.clone().started_by(&["env", zone]);
        enforcer.run(&["ledger"]).unwrap()
    };
    let elsewhere = in_zone("TZ=XYZ-5:45");
    let head = elsewhere.stdout.lines().next().unwrap_or_default();
    assert!(
        head.ends_with("FIRST (+05:45)       LAST (+05:45)"),
        "{elsewhere:?}"
    );
    let shown = in_zone("TZ=UTC0");
    let words = shown.stdout.lines().map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        words.join(" ")
    });
    let words: Vec<String> = words.collect();
    let begins = [
        "CAMERA TO SERVICE ACTION REASON FRAMES BYTES FIRST (+00:00) LAST (+00:00)",
        "- 198.51.100.9 udp/2 dropped unlisted 1 42 20",
        "flooder 203.0.113.7 udp/9999 dropped not_allowed 3 138 20",
        "steady 203.0.113.7 from udp/8000 dropped not_allowed 4 188 20",
        "steady 192.168.50.1 udp/123 allowed - 2 92 20",
    ];
    assert_eq!(words.len(), begins.len(), "{shown:?}");
    for (line, begin) in words.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}");
    }

    for (options, expected) in [
        (&["--camera", "steady"][..], 6),
        (&["--camera", "steady", "--camera", "flooder"], 9),
        (&["--to", "203.0.113.0/24"], 7),
        (&["--to", "203.0.113.0/24", "--camera", "flooder"], 3),
        (&["--since", "1h"], 10),
    ] {
        assert_eq!(packets(&lines(&site, options)), expected, "{options:?}");
    }
    let nothing = site
        .enforcer
        .run(&["ledger", "--to", "192.0.2.0/24", "--camera", "steady"])
        .unwrap();
    assert_eq!((nothing.code, nothing.stderr.as_str()), (Some(0), ""));
    let csv = site
        .enforcer
        .run(&["ledger", "--csv", "--camera", "flooder"])
        .unwrap();
    let rows: Vec<_> = csv.stdout.lines().collect();
    let [head, row] = rows.as_slice() else {
        panic!("{csv:?}");
    };
    assert!(
        head.starts_with(
            "camera,others,dest_ip,dest_domain,dest_country,dest_asn,dest_organization,dest_cloud,dest_carrier,proto,dest_port,"
        ),
        "{head}"
    );
    assert!(
        row.starts_with("flooder,false,203.0.113.7,,,,,,,UDP,9999,"),
        "{row}"
    );

    let asked = |path: &str| site.enforcer.ask("GET", path, "").unwrap();
    let answer = asked("/v1/ledger?camera=flooder&to=203.0.113.7");
    assert_eq!((answer.status, answer.at("/0/packets")), (200, 3.into()));
    assert_eq!(answer.at("/0/camera"), "flooder");
    let answer = asked("/v1/ledger?to=nowhere&cam=flooder");
    let message = answer.at("/message");
    let message = message.as_str().unwrap();
    assert_eq!(answer.status, 400);
    assert!(
        message.contains("to=nowhere: ") && message.contains("cam: "),
        "{message}"
    );
}

#[test]
fn a_camera_that_nobody_has_heard_of_is_told_and_one_that_has_sent_nothing_is_not() {
    let site = Site::new("kept_typo").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.wire().unwrap().send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    let ask = |camera: &str, option: &str| {
        let asked = site.enforcer.run(&["ledger", "--camera", camera, option]);
        asked.unwrap()
    };
    let told = |camera: &str, advice: &str| {
        for (option, nothing) in [("--json", "[]\n"), ("--csv", "")] {
            let outcome = ask(camera, option);
            assert_eq!(outcome.code, Some(2), "{outcome:?}");
            assert_eq!(outcome.stdout, nothing);
            let words = format!(
                "camera `{camera}`: neither the policy in force nor the ledger has one of that name; {advice}\n"
            );
            assert_eq!(outcome.stderr, words);
        }
    };
    let known = |camera: &str, expected: u64| {
        let outcome = ask(camera, "--json");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
        let lines: Vec<Value> = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(packets(&lines), expected);
    };
    let all = || {
        told("floder", "did you mean `flooder`?");
        told("attic", "`enforcer cameras` lists those of the policy");
        known("flooder", 1);
        known("steady", 0);
        known("", 0);
    };
    all();
    daemon.kill().unwrap();
    all();
    // No camera of the policy any more, and what it sent is kept.
    let flooder = "  flooder:\n    match: {mac: \"02:00:00:00:50:99\"}\n    group: timed\n";
    site.write(&POLICY.replace(flooder, "")).unwrap();
    let _daemon = site.started(&[]).unwrap();
    all();
}

#[test]
fn what_cannot_be_kept_stays_in_the_kernel_until_it_can() {
    let site = Site::new("kept_later").unwrap();
    let store = site.enforcer.directories().ledger();
    // Nothing can be made in its place.
    fs::create_dir_all(store.join("in the way")).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    for _ in 0..5 {
        wire.send(&forbidden()).unwrap();
    }
    site.status_when(|status| status.dropped() == 5).unwrap();
    let refused = site.enforcer.run(&["ledger"]).unwrap();
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("ledger.redb: "), "{refused:?}");
    let log = daemon.log();
    assert_eq!(log.matches("ERROR the ledger: ").count(), 1, "{log}");
    fs::remove_dir_all(&store).unwrap();
    wire.send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 6).unwrap();
    assert_eq!(packets(&lines(&site, &[])), 6);
    daemon.wait_for("the ledger is kept again").unwrap();
}

fn lines(site: &Site, options: &[&str]) -> Vec<Value> {
    let outcome = site
        .enforcer
        .run(&[&["ledger", "--json"], options].concat());
    let outcome = outcome.unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn packets<'a>(lines: impl IntoIterator<Item = &'a Value>) -> u64 {
    let packets = lines.into_iter().map(|line| line["packets"].as_u64());
    packets.map(Option::unwrap).sum()
}

fn in_words(line: &Value) -> String {
    let word = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
    format!(
        "{} {}/{} {} {}",
        word("dest_ip"),
        word("proto").to_lowercase(),
        line["dest_port"],
        word("action"),
        word("reason")
    )
}
