use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::{seen::TAIL, *};
use crate::{
    command::top::made::{event, status},
    status::Level,
};

fn names(model: &Model) -> Vec<&str> {
    let (shown, _) = model.cameras();
    shown.into_iter().map(|(name, _)| name).collect()
}

/// Three cameras after two looks: `yard` is dropped now, `gate` was, `hall` never.
fn three() -> Model {
    let mut model = Model::default();
    model.take_status(
        0,
        &status(&[("gate", 5, 1000), ("hall", 0, 0), ("yard", 0, 0)]),
    );
    model.take_status(
        1,
        &status(&[("gate", 45, 1000), ("hall", 0, 0), ("yard", 0, 30)]),
    );
    model
}

#[test]
fn who_is_dropped_most_stands_first_and_s_takes_another_order() {
    let mut model = three();
    assert_eq!(names(&model), ["yard", "gate", "hall"]);
    model.type_in("s");
    assert_eq!(names(&model), ["gate", "yard", "hall"]);
    model.type_in("s");
    assert_eq!(names(&model), ["gate", "hall", "yard"]);
    model.type_in("s");
    assert_eq!(names(&model), ["gate", "hall", "yard"]);
    model.type_in("s");
    assert_eq!(model.sort, Sort::Drops);
    let (allowed, dropped) = model.totals();
    assert_eq!((allowed.now(), dropped.now()), (40, 30));
}

#[test]
fn the_cursor_stays_on_its_camera_when_the_order_changes() {
    let mut model = three();
    model.type_in("j\r");
    assert_eq!(model.opened().unwrap().0, "gate");
    model.type_in("\u{1b}s");
    let (shown, _) = model.cameras();
    assert_eq!(shown[model.cursor(&shown)].0, "gate");
    model.type_in("jjjjjj\r");
    assert_eq!(model.opened().unwrap().0, "hall");
    model.type_in("\u{1b}kkkkkkkkk\r");
    assert_eq!(model.opened().unwrap().0, "gate");
}

#[test]
fn a_camera_that_leaves_the_policy_is_shown_no_more_and_was_not_opened() {
    let mut model = three();
    model.take_event(event("gate", "203.0.113.7", 9999, 1));
    model.type_in("j\r");
    model.take_status(2, &status(&[("hall", 0, 0)]));
    assert!(model.opened().is_none());
    assert_eq!(names(&model), ["hall"]);
    assert!(model.goals("gate").0.is_empty());
    // What is gone is dropped from the sums, and no second is one of billions of frames.
    assert_eq!(model.totals().1.now(), 0);
    model.type_in("\u{1b}\r");
    assert_eq!(model.opened().unwrap().0, "hall");
}

#[test]
fn where_a_camera_tries_to_go_is_what_events_say_until_the_kernel_has_counted_it() {
    let mut model = three();
    for (to, port, second) in [
        ("203.0.113.7", 9999, 1),
        ("203.0.113.7", 53, 2),
        ("203.0.113.7", 9999, 3),
        ("198.51.100.1", 53, 4),
    ] {
        model.take_event(event("gate", to, port, second));
    }
    model.take_event(event("yard", "192.0.2.1", 1, 5));
    let (goals, is_all) = model.goals("gate");
    let told: Vec<_> = goals
        .iter()
        .map(|goal| (goal.to.as_str(), goal.service.as_str(), goal.count))
        .collect();
    let expected = [
        ("203.0.113.7", "udp/9999", 2),
        ("198.51.100.1", "udp/53", 1),
        ("203.0.113.7", "udp/53", 1),
    ];
    assert_eq!((told.as_slice(), is_all), (expected.as_slice(), false));

    let row = |to: &str,
               port: Value,
               own: Value,
               action: &str,
               reason: Option<&str>,
               packets: u64| {
        json!({
            "camera": "gate", "others": false, "dest_ip": to, "proto": if own.is_null() { "UDP" } else { "TCP" },
            "dest_port": port, "src_port": own, "icmp_type": null, "icmp_code": null, "ether_type": null,
            "action": action, "reason": reason, "rule": null, "packets": packets, "bytes": 1,
            "first": "2026-11-25T12:00:00Z", "last": "2026-11-25T12:00:05Z",
        })
    };
    let null = Value::Null;
    let ledger = json!([
        row("192.168.50.1", null.clone(), json!(554), "allowed", None, 7),
        row(
            "203.0.113.7",
            json!(9999),
            null,
            "dropped",
            Some("not_allowed"),
            1000
        ),
    ]);
    let ledger = serde_json::from_value(ledger).unwrap();
    model.take(
        Duration::from_secs(2),
        News::Ledger("gate".to_owned(), ledger),
    );
    let (goals, is_all) = model.goals("gate");
    assert!(is_all);
    let told: Vec<_> = goals
        .iter()
        .map(|goal| (goal.service.as_str(), goal.count, goal.fate.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("udp/9999", 1000, "not_allowed"),
            ("from tcp/554", 7, "allowed")
        ]
    );
    // It is of that camera alone.
    assert!(!model.goals("yard").1);
}

#[test]
fn a_filter_takes_names_reasons_and_addresses_and_escape_takes_it_away() {
    let mut model = three();
    model.take_event(event("hall", "203.0.113.7", 9999, 1));
    for (typed, expected) in [
        ("/GATE", &["gate"][..]),
        ("/not_all", &["yard", "gate"]),
        ("/203.0", &["hall"]),
        ("/udp/99", &["hall"]),
        ("/nobody", &[]),
        // While it is written, letters are letters.
        ("/q", &[]),
    ] {
        model.type_in(typed);
        assert_eq!(names(&model), expected, "{typed}");
        assert!(model.is_typing);
        model.type_in("\u{1b}");
        assert_eq!(names(&model).len(), 3);
    }
    model.type_in("/hal\rq");
    assert_eq!(names(&model), ["hall"]);
    assert_eq!(model.tail(10).len(), 1);
    model.type_in("\u{1b}/203.0.113.8\r");
    assert!(model.tail(10).is_empty());
    model.press(Key::Escape);
    assert_eq!(model.tail(10).len(), 1);
}

#[test]
fn nothing_moves_while_it_is_paused_but_whether_it_is_in_force_and_nothing_is_lost() {
    let mut model = three();
    model.type_in("p");
    assert!(model.is_paused());
    for second in 2..6 {
        model.take_status(second, &status(&[("gate", 45, 1000 * second)]));
        model.take_event(event("gate", "203.0.113.7", 9999, 5));
    }
    assert_eq!(names(&model), ["yard", "gate", "hall"]);
    assert!(model.tail(10).is_empty());
    assert_eq!(model.force.worst, None);
    model.take(
        Duration::from_secs(6),
        News::Gone("nobody listens".to_owned()),
    );
    assert_eq!(model.force.worst, Some(Level::Error));
    model.type_in("p");
    assert_eq!(names(&model), ["gate"]);
    assert_eq!(model.tail(10).len(), 4);
    assert_eq!(model.goals("gate").0[0].count, 4);
    assert_eq!(model.cameras().0[0].1.dropped.now(), 1000);
}

#[test]
fn what_is_not_in_force_is_said_first_and_loudly() {
    const IN_FORCE: &str = "generation 3 in force on lan-cam1 (native), lan-cam2 (generic)";
    let force = |troubles: Value| {
        let mut told = status(&[("gate", 0, 0)]);
        told["troubles"] = troubles;
        let mut model = Model::default();
        model.take_status(0, &told);
        (model.force.worst, model.force.words)
    };
    let trouble = |level: &str, title: &str| json!({"kind": "settings", "level": level, "title": title, "words": "it is", "advice": "mend it"});
    let [open, amiss] = [trouble("error", "Open"), trouble("warning", "Amiss")];
    assert_eq!(force(json!([])), (None, IN_FORCE.to_owned()));
    let told = "OPEN: it is; AMISS: it is".to_owned();
    assert_eq!(force(json!([open, amiss])), (Some(Level::Error), told));
    // In force is what is in force, whatever else is amiss.
    let told = format!("AMISS; AMISS; {IN_FORCE}; it is; it is");
    assert_eq!(force(json!([amiss, amiss])), (Some(Level::Warning), told));

    let mut told = status(&[("gate", 0, 0)]);
    told["cameras"][0]["mode"] = json!("audit");
    let mut model = Model::default();
    model.take_status(0, &told);
    assert_eq!(model.force.words, format!("1 in audit; {IN_FORCE}"));
    assert_eq!(model.force.worst, None);
}

#[test]
fn devices_that_are_not_listed_are_a_line_once_anything_of_them_was_dropped() {
    let mut model = Model::default();
    let mut told = status(&[("gate", 0, 0)]);
    model.take_status(0, &told);
    assert_eq!(names(&model), ["gate"]);
    told["unlisted"]["packets"] = json!(9);
    model.take_status(1, &told);
    assert_eq!(names(&model), [UNLISTED, "gate"]);
    let mut stray = event("gate", "203.0.113.7", 1, 1);
    stray.camera = None;
    model.take_event(stray);
    model.type_in("\r");
    assert_eq!(model.tail(10).len(), 1);
    assert_eq!(model.goals(UNLISTED).0.len(), 1);
}

#[test]
fn a_camera_that_tries_everything_takes_no_more_memory_than_another() {
    let mut model = three();
    for number in 0..3000_u32 {
        let to = Ipv4Addr::from(0xcb00_7100 + number).to_string();
        model.take_event(event("gate", &to, 1, number));
    }
    let (goals, _) = model.goals("gate");
    assert_eq!(goals.len(), 512);
    assert!(
        goals
            .iter()
            .any(|goal| goal.to == Ipv4Addr::from(0xcb00_7100 + 2999).to_string())
    );
    assert_eq!(model.tail(usize::MAX).len(), TAIL);
}

#[test]
fn q_and_control_c_quit_and_help_goes_with_any_key() {
    let mut model = three();
    assert_eq!(model.press(Key::Letter('?')), Next::GoOn);
    assert!(model.is_helping);
    assert_eq!(model.press(Key::Letter('q')), Next::GoOn);
    assert!(!model.is_helping);
    assert_eq!(model.press(Key::Letter('q')), Next::Quit);
    model.type_in("/");
    assert_eq!(model.press(Key::Redraw), Next::Redraw);
    assert_eq!(model.press(Key::Interrupt), Next::Quit);
}
