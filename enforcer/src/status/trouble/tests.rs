use serde_json::{Value, json};

use super::*;

/// Everything as it should be, on two interfaces.
fn whole() -> Value {
    let frames = json!({"packets": 0, "bytes": 0});
    let held =
        json!({"mode": "enforce", "until": null, "overdue": false, "packets": 0, "bytes": 0});
    json!({
        "generation": 5, "policy": "policy.yaml", "daemon": "running", "stand_in": null, "settings_amiss": [],
        "unconfirmed": null, "troubles": [], "taken_off": 0, "waiting": [], "rules": [],
        "interfaces": [
            {"name": "lan1", "mode": "native", "enforcing": true},
            {"name": "lan2", "mode": "native", "enforcing": true},
        ],
        "cameras": [{
            "name": "gate", "group": "all", "mode": "enforce", "until": null, "overdue": false,
            "allowed": frames, "dropped": {"packets": 0, "bytes": 0, "reasons": {}},
        }],
        "unlisted": held,
        "events": {"told": 0, "suppressed": 0, "lost": 0},
    })
}

fn judged(change: impl Fn(&mut Value)) -> Status {
    let mut told = whole();
    change(&mut told);
    serde_json::from_value::<Status>(told).unwrap().judged()
}

#[test]
fn what_is_as_written_everywhere_is_no_trouble() {
    let status = judged(|_| ());
    assert!(status.is_whole() && status.troubles.is_empty());
    // Nor are interfaces that come and go, an audit that is meant, and what is counted.
    let status = judged(|told| {
        told["waiting"] = json!(["usb*"]);
        told["cameras"][0]["mode"] = json!("audit");
        told["taken_off"] = json!(3);
    });
    assert!(status.is_whole() && status.troubles.is_empty());
}

#[test]
fn each_trouble_has_its_words_and_what_is_not_as_written_is_an_error() {
    for (level, words, change) in [
        (
            Level::Error,
            "NOT ENFORCED ANYWHERE: no interface of the policy is there: lan*, usb*",
            (|told| {
                told["interfaces"] = json!([]);
                told["waiting"] = json!(["lan*", "usb*"]);
            }) as fn(&mut Value),
        ),
        (Level::Error, "NOT ENFORCED: on lan2", |told| {
            told["interfaces"][1]["enforcing"] = json!(false);
        }),
        (
            Level::Error,
            "THE POLICY IS NOT IN FORCE: in its place is nothing but link housekeeping (--fail-closed), because of x",
            |told| told["stand_in"] = json!({"policy": "fail_closed", "because": "of x"}),
        ),
        (
            Level::Error,
            "AN AUDIT IS OVER AND NOT ENFORCED: gate, what is no camera's",
            |told| {
                told["cameras"][0]["overdue"] = json!(true);
                told["unlisted"]["overdue"] = json!(true);
            },
        ),
        (
            Level::Warning,
            "UNCONFIRMED: generation 5 waits for `enforcer confirm` until 2030-01-31T17:00:00Z, else goes back to \
             generation 4",
            |told| {
                told["unconfirmed"] =
                    json!({"generation": 5, "back_to": 4, "until": "2030-01-31T17:00:00Z"});
            },
        ),
        (
            Level::Warning,
            "SETTINGS: enforcer.yaml:1:1: wrong",
            |told| {
                told["settings_amiss"] = json!(["enforcer.yaml:1:1: wrong"]);
            },
        ),
    ] {
        let status = judged(change);
        let [trouble] = &*status.troubles else {
            panic!("{:?}", status.troubles);
        };
        assert_eq!(
            (trouble.level, trouble.to_string().as_str()),
            (level, words)
        );
        assert_eq!(status.is_whole(), level == Level::Warning);
    }
}

#[test]
fn the_worst_is_first_and_each_is_told() {
    let status = judged(|told| {
        told["settings_amiss"] = json!(["one", "two"]);
        told["interfaces"][0]["enforcing"] = json!(false);
    });
    let why = Trouble::daemon_not_running();
    let status = status.without_daemon(Daemon::NotRunning, why);
    assert_eq!(status.daemon, Daemon::NotRunning);
    let kinds: Vec<_> = status.troubles.iter().map(|trouble| trouble.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::NotEnforced,
            Kind::Settings,
            Kind::Settings,
            Kind::Daemon
        ]
    );
}

#[test]
fn of_many_names_the_first_are_listed() {
    let names: Vec<_> = (1..=23).map(|number| number.to_string()).collect();
    let words = listed(names.iter().map(String::as_str));
    assert!(
        words.starts_with("1, 2, ") && words.ends_with(", 20 and 3 more"),
        "{words}"
    );
}

#[test]
fn a_kind_of_a_later_version_is_read() {
    let told = json!({"kind": "asleep", "level": "error", "title": "Asleep", "words": "in May", "advice": null});
    let trouble: Trouble = serde_json::from_value(told).unwrap();
    assert_eq!(
        (trouble.kind, trouble.to_string().as_str()),
        (Kind::Other, "ASLEEP: in May")
    );
}
