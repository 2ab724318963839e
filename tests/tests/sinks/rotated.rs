//! What is shipped for logrotate, with the real one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use enforcer_tests::daemon::{Daemon, wait};
use enforcer_tests::site::Site;
use serde_json::Value;

use super::start;

const SHIPPED: &str = include_str!("../../../packaging/logrotate/enforcer");

#[test]
fn logrotate_with_what_is_shipped_takes_files_away_while_drops_are_told_and_none_is_missing() {
    let site = Site::new("sinks_logrotate").unwrap();
    let folder = site.file("log");
    fs::create_dir(&folder).unwrap();
    let paths = ["events.json", "events.ecs.json"].map(|name| folder.join(name));
    let sinks = [
        format!("file: {{path: {}}}", paths[0].display()),
        format!("file: {{path: {}, format: ecs}}", paths[1].display()),
    ];
    let mut daemon = start(&site, &sinks, &["--event-rate", "2000"]);
    let rotation = configuration(&site, &daemon, &folder);

    let flood = site.flood().unwrap();
    for _ in 0..2 {
        wait_for_lines(&paths);
        rotate(&site, &rotation);
    }
    wait_for_lines(&paths);
    flood.stop().unwrap();
    let told = site.enforcer.status().unwrap().events.told;
    for path in &paths {
        let all = || (count(path) == told).then_some(());
        wait(
            &format!("{told} lines in {} and before", path.display()),
            all,
        );
    }
    daemon.terminate().unwrap();

    for path in &paths {
        // Twice: the first is compressed the second time.
        assert!(pieces(path).iter().all(|piece| piece.exists()), "{path:?}");
        assert_eq!(count(path), told, "{path:?}");
    }
    let log = daemon.log();
    assert!(!log.contains("missed"), "{log}");
}

/// The shipped file for files elsewhere and a daemon without systemd.
fn configuration(site: &Site, daemon: &Daemon, folder: &Path) -> PathBuf {
    let (before, rest) = SHIPPED.split_once("postrotate\n").unwrap();
    let (signal, after) = rest.split_once("endscript\n").unwrap();
    assert!(signal.contains("kill --signal=USR1"), "{signal}");
    let folder = format!("{}/*", folder.display());
    assert_eq!(before.matches("/var/log/enforcer/*").count(), 1);
    let text = format!(
        "{}postrotate\nkill -USR1 {}\nendscript\n{after}",
        before.replace("/var/log/enforcer/*", &folder),
        daemon.id()
    );
    let path = site.file("logrotate.conf");
    fs::write(&path, text).unwrap();
    path
}

fn rotate(site: &Site, configuration: &Path) {
    let mut logrotate = Command::new("logrotate");
    logrotate.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    logrotate.arg("--force").arg("--state");
    logrotate
        .arg(site.file("logrotate.state"))
        .arg(configuration);
    // It is a package of its name.
    let output = logrotate.output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaints}");
    assert_eq!(complaints, "");
}

fn wait_for_lines(paths: &[PathBuf]) {
    for path in paths {
        let is_there = || fs::metadata(path).is_ok_and(|data| data.len() > 0);
        wait(&format!("lines in {}", path.display()), || {
            is_there().then_some(())
        });
    }
}

/// How many events are in a file and what was rotated of it, each of which is whole.
fn count(path: &Path) -> u64 {
    let texts = pieces(path).map(|piece| {
        let mut zcat = Command::new("zcat");
        let output = zcat.arg("--force").arg(piece).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    });
    let whole = texts.iter().flat_map(|text| text.split_inclusive('\n'));
    let whole = whole.filter(|line| line.ends_with('\n'));
    let count = whole.map(|line| serde_json::from_str::<Value>(line).unwrap());
    u64::try_from(count.count()).unwrap()
}

/// The file, the one before, and the one before that.
fn pieces(path: &Path) -> [PathBuf; 3] {
    let name = path.display();
    [
        path.to_owned(),
        format!("{name}.1").into(),
        format!("{name}.2.gz").into(),
    ]
}
