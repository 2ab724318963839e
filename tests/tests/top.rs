//! `enforcer top` in a real terminal, of a real daemon with cameras that try.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;

use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{ROUTER, STEADY, Site, forbidden};
use enforcer_tests::terminal::{STARTER, Terminal, USUAL};
use rustix::process::Signal;

/// A terminal of these days.
const MODERN: &[(&str, &str)] = &[
    ("TERM", "xterm-256color"),
    ("LC_ALL", "C.UTF-8"),
    ("NO_COLOR", ""),
];

#[test]
fn whoever_looks_sees_who_tries_what_opens_filters_pauses_and_quits() {
    let site = Site::new("top_looks").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let flood = site.flood().unwrap();
    let stream = site.stream().unwrap();
    let mut top = top(&site, MODERN);

    // In force, who is dropped now, how many of them, why, and a trend.
    let text = top
        .wait_until("a flood", |text| dropped_now(text, "flooder") > 100)
        .unwrap();
    assert!(
        text.starts_with("enforcer  generation 1 in force on lan-cam1 (native)"),
        "{text}"
    );
    assert!(
        text.contains("> flooder") && text.contains("not_allowed"),
        "{text}"
    );
    assert!(text.contains("CAMERA (2)"), "{text}");
    top.wait_until("a trend", |text| text.contains(['█', '▇', '▆']))
        .unwrap();
    top.wait_for("DROP  flooder           203.0.113.7 udp/9999  not_allowed")
        .unwrap();
    assert!(top.look(|screen| screen.alternate_screen() && screen.hide_cursor()));
    assert!(!top.is_cooked().unwrap());

    // Opened, it says where it wants to go.
    top.press("\r").unwrap();
    let text = top.wait_for("WHERE IT TRIES TO GO").unwrap();
    assert!(text.contains("flooder (timed): "), "{text}");
    // As the kernel counted it, and not by events alone.
    let goal = |text: &str| {
        let goal = line(text, "203.0.113.7 udp/9999 ");
        text.contains("FRAMES") && goal.is_some_and(|line| line.contains("not_allowed"))
    };
    top.wait_until("where", goal).unwrap();
    top.press("\u{1b}").unwrap();
    top.wait_for("CAMERA (2)").unwrap();

    // The other camera alone, by its name and by what it does.
    top.press("/stea").unwrap();
    let text = top.wait_for("/stea_").unwrap();
    assert!(
        text.contains("CAMERA (1 of 2)") && !text.contains("> flooder"),
        "{text}"
    );
    top.press("\r").unwrap();
    top.wait_for("only /stea").unwrap();
    top.press("\u{1b}").unwrap();
    top.wait_for("CAMERA (2)").unwrap();
    top.press("/not_allowed\r").unwrap();
    let text = top.wait_for("CAMERA (1 of 2)").unwrap();
    assert!(text.contains("> flooder"), "{text}");
    top.press("\u{1b}").unwrap();
    top.wait_for("CAMERA (2)").unwrap();

    // In another order the other stands first.
    top.press("ss").unwrap();
    top.wait_for("s sort (allowed/s)").unwrap();
    let stands_first = |text: &str| text.find("steady") < text.find("flooder");
    top.wait_until("another order", stands_first).unwrap();

    // Paused, nothing moves though frames come; then it goes on.
    top.press("p").unwrap();
    let still = top.wait_for("PAUSED").unwrap();
    let before = site.enforcer.status().unwrap().dropped();
    site.status_when(|status| status.dropped() > before + 5000)
        .unwrap();
    assert_eq!(top.text(), still);
    top.press("p").unwrap();
    top.wait_until("it goes on", |text| {
        text != still && !text.contains("PAUSED")
    })
    .unwrap();

    // Any size, and back.
    for size in [(20, 5), (1, 1), (200, 60), USUAL] {
        top.resize(size).unwrap();
        top.press("??").unwrap();
    }
    top.wait_for("Enter open").unwrap();
    flood.stop().unwrap();
    stream.stop().unwrap();
    top.press("q").unwrap();
    assert!(top.wait_end().unwrap().success());
    assert_restored(&top);
}

#[test]
fn a_daemon_that_goes_and_comes_back_is_told_and_survived() {
    let site = Site::new("top_survives").unwrap();
    let mut top = top(&site, MODERN);
    top.wait_for("!! THE DAEMON DOES NOT ANSWER, numbers are old: the daemon does not run")
        .unwrap();
    let mut daemon = site.started(&[]).unwrap();
    top.wait_for("enforcer  generation 1 in force").unwrap();
    site.wire().unwrap().send(&forbidden()).unwrap();
    top.wait_for("DROP  flooder").unwrap();
    daemon.kill().unwrap();
    let text = top.wait_for("!! THE DAEMON DOES NOT ANSWER").unwrap();
    assert!(
        text.contains("numbers are old") && text.contains("flooder"),
        "{text}"
    );
    let mut daemon = site.started(&[]).unwrap();
    top.wait_for("in force on lan-cam1").unwrap();
    // Events come again, and those that were told already are not told twice.
    let other = ethernet(STEADY).to(ROUTER) / ipv4("192.168.50.98", "192.168.50.1");
    site.wire()
        .unwrap()
        .send(&(other / udp(1, 80) / data(b"web")).build())
        .unwrap();
    let text = top
        .wait_for("DROP  steady            192.168.50.1 udp/80  port")
        .unwrap();
    assert_eq!(text.matches("DROP  flooder").count(), 1, "{text}");
    site.detach_by_force().unwrap();
    daemon.terminate().unwrap();
    top.press("q").unwrap();
    assert!(top.wait_end().unwrap().success());
    assert_restored(&top);
}

#[test]
fn an_interface_that_is_not_enforced_is_loud_at_once() {
    let site = Site::new("top_loud").unwrap();
    let daemon = site.started(&[]).unwrap();
    let top = top(&site, MODERN);
    top.wait_for("enforcer  generation 1 in force").unwrap();
    // A daemon that sleeps puts nothing back, and does not answer either.
    daemon.fall_asleep().unwrap();
    site.detach_by_force().unwrap();
    top.wait_for("!! THE DAEMON DOES NOT ANSWER, numbers are old: nothing for 10 seconds")
        .unwrap();
    assert!(top.look(|screen| screen.cell(0, 0).unwrap().bold()));
    daemon.wake().unwrap();
    top.wait_for("enforcer  generation").unwrap();
}

#[test]
fn what_is_in_force_nowhere_is_loud_and_what_is_amiss_beside_it_is_told() {
    let site = Site::new("top_troubles").unwrap();
    let config = site.file("enforcer.yaml");
    fs::write(&config, "sinks: nowhere\n").unwrap();
    let options = ["--config", config.to_str().unwrap()];
    let _daemon = site.started(&options).unwrap();
    let top = top(&site, MODERN);
    top.wait_for("!  SETTINGS; generation 1 in force on lan-cam1 (native)")
        .unwrap();
    assert!(top.look(|screen| screen.cell(0, 0).unwrap().bold()));
    site.network.router.ip("link delete lan-cam1").unwrap();
    top.wait_for(
        "!! NOT ENFORCED ANYWHERE: no interface of the policy is there: lan-cam*; SETTING",
    )
    .unwrap();
}

#[test]
fn the_terminal_is_given_back_however_it_ends() {
    let site = Site::new("top_ends").unwrap();
    let _daemon = site.started(&[]).unwrap();
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut top = top(&site, MODERN);
        top.wait_for("in force").unwrap();
        top.signal(signal).unwrap();
        assert!(top.wait_end().unwrap().success(), "{signal:?}");
        assert_restored(&top);
    }
    // Ctrl-C, which is a key while it runs.
    let mut top = top(&site, MODERN);
    top.wait_for("in force").unwrap();
    top.press("\u{3}").unwrap();
    assert!(top.wait_end().unwrap().success());
    assert_restored(&top);
}

#[test]
fn a_terminal_that_can_little_gets_letters_without_colours() {
    let site = Site::new("top_simple").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let _flood = site.flood().unwrap();
    for (variables, is_ascii) in [
        (&[("TERM", "linux"), ("LC_ALL", "C.UTF-8")][..], true),
        (&[("TERM", "dumb"), ("LC_ALL", "C.UTF-8")], true),
        (
            &[("TERM", "xterm"), ("LC_ALL", "C.UTF-8"), ("NO_COLOR", "1")],
            false,
        ),
    ] {
        let top = top(&site, variables);
        let text = top
            .wait_until("a flood", |text| dropped_now(text, "flooder") > 100)
            .unwrap();
        assert_eq!(text.is_ascii(), is_ascii, "{variables:?}: {text}");
        top.look(|screen| {
            for row in 0..24 {
                for column in 0..80 {
                    let cell = screen.cell(row, column).unwrap();
                    assert_eq!(cell.fgcolor(), vt100::Color::Default, "{row} {column}");
                    assert_eq!(cell.bgcolor(), vt100::Color::Default, "{row} {column}");
                }
            }
        });
    }
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let site = Site::new("top_piped").unwrap();
    let outcome = site.enforcer.run(&["top"]).unwrap();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("enforcer cameras"), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
}

/// The drops a second that stand beside a camera.
fn dropped_now(text: &str, camera: &str) -> u64 {
    let words =
        line(text, camera).map(|line| line.split_whitespace().skip_while(|word| *word != camera));
    let number = words.and_then(|mut words| words.nth(1)?.parse().ok());
    number.unwrap_or_default()
}

/// The first line with these words.
fn line<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    text.lines().find(|line| line.contains(words))
}

fn assert_restored(top: &Terminal) {
    assert!(top.is_cooked().unwrap());
    // What the program wrote last may still be on its way.
    top.wait_until("the screen from before", |_| {
        top.look(|screen| !screen.alternate_screen() && !screen.hide_cursor())
    })
    .unwrap();
}

fn top(site: &Site, variables: &[(&str, &str)]) -> Terminal {
    let mut command = site.enforcer.clone().started_by(&STARTER).command(&["top"]);
    for name in ["LANG", "LC_CTYPE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    Terminal::start(&site.network.router, command, USUAL).unwrap()
}
