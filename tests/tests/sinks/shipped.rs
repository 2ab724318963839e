//! The configuration to start from.

use std::fs;
use std::path::Path;

use enforcer::configuration::{Configuration, Sink};
use enforcer::events::Format;
use enforcer_tests::site::Site;

const SHIPPED: &str = include_str!("../../../packaging/enforcer.yaml");

const UNIT: &str = include_str!("../../../packaging/systemd/enforcer.service");

#[test]
fn the_configuration_to_start_from_does_what_the_packaged_service_does_without_one() {
    let (_, rest) = UNIT.split_once(" --events ").unwrap();
    let path = Path::new(rest.split_whitespace().next().unwrap());
    let sinks = vec![Sink::of_command_line(path, Format::Eve)];
    let read = read("sinks_shipped", SHIPPED);
    assert_eq!(read.sinks, sinks);
    let nothing_more = Configuration::default();
    assert_eq!(read.ledger, nothing_more.ledger);
    assert_eq!(read.names, nothing_more.names);
    assert_eq!(read.owners, nothing_more.owners);
    // The line for the unit is the unit's own but for that.
    let ours = format!("--events {}", path.display());
    let start = UNIT.lines().find(|line| line.starts_with("ExecStart="));
    let start = start
        .unwrap()
        .replace(&ours, "--config /etc/enforcer/enforcer.yaml");
    assert!(SHIPPED.contains(&format!("#   {start}\n")), "{start}");
}

#[test]
fn whatever_is_commented_out_in_it_is_right_without_the_sign() {
    // Behind the sign a sentence has one blank, what is typed has three, and a setting has none or two.
    let lines = SHIPPED.lines().map(|line| {
        let behind = line.strip_prefix('#').unwrap_or(line);
        let blanks = behind.len() - behind.trim_start().len();
        if [0, 2].contains(&blanks) {
            behind
        } else {
            line
        }
    });
    let read = read("sinks_uncommented", &lines.collect::<Vec<_>>().join("\n"));
    assert_eq!(read.sinks.len(), 5);
    assert_eq!(read.ledger, Configuration::default().ledger);
    assert!(read.names);
    assert_eq!(read.owners.len(), 2);
}

fn read(name: &str, text: &str) -> Configuration {
    let site = Site::new(name).unwrap();
    let path = site.file("enforcer.yaml");
    fs::write(&path, text).unwrap();
    Configuration::read(&path).unwrap()
}
