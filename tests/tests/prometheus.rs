//! A real Prometheus reads what the daemon tells, and what is shipped for it holds: rules and dashboard.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use enforcer_tests::daemon::Daemon;
use enforcer_tests::prometheus::Prometheus;
use enforcer_tests::site::{Site, Traffic, allowed, forbidden};
use serde_json::Value;

const RULES: &str = "packaging/prometheus/enforcer.rules.yml";

const DASHBOARD: &str = "packaging/grafana/enforcer.json";

/// What Grafana puts in place of a variable.
const VARIABLES: [(&str, &str); 5] = [
    ("$__rate_interval", "1m"),
    ("$__range", "1h"),
    ("$job", ".*"),
    ("$instance", ".*"),
    ("$camera", ".*"),
];

#[test]
fn prometheus_counts_exactly_what_was_sent_and_sees_when_nobody_answers() {
    let site = Site::new("prometheus_counts").unwrap();
    let (mut daemon, prometheus) = started(&site);
    let traffic = Traffic::begin(&site).unwrap();
    traffic.go_on().unwrap();
    let sent = traffic.end().unwrap();
    let is = |count: u64| move |value: f64| (value - exact(count)).abs() < 0.5;
    for (expression, count) in [
        (
            r#"enforcer_dropped_packets_total{job="cameras",camera="flooder",reason="not_allowed"}"#,
            sent.forbidden,
        ),
        ("sum(enforcer_dropped_packets_total)", sent.forbidden),
        (
            r#"enforcer_allowed_packets_total{camera="steady"}"#,
            sent.allowed,
        ),
        ("sum(enforcer_allowed_packets_total)", sent.allowed),
        // Every drop is told or counted as one that was not.
        ("sum(enforcer_events_total)", sent.forbidden),
        (
            "camera:enforcer_packets:sum{camera=\"steady\"}",
            sent.allowed,
        ),
        ("enforcer_policy_generation", 1),
        (
            r#"enforcer_enforcing{interface="lan-cam1",mode="native"}"#,
            1,
        ),
        ("count(enforcer_camera_info)", 2),
        ("up", 1),
    ] {
        prometheus.wait_for(expression, is(count)).unwrap();
    }
    // The rates are of the counters, which never fell while it looked.
    let falls = prometheus.query("sum(resets(enforcer_dropped_packets_total[5m]))");
    let falls: Vec<_> = falls
        .unwrap()
        .iter()
        .map(|(_, value)| value.to_bits())
        .collect();
    assert_eq!(falls, [0_f64.to_bits()]);

    daemon.terminate().unwrap();
    prometheus.wait_for("up", is(0)).unwrap();
    let alert = r#"count(ALERTS{alertname="EnforcerUnreachable"})"#;
    prometheus.wait_for(alert, is(1)).unwrap();
}

#[test]
fn every_expression_of_the_dashboard_and_every_rule_is_understood_and_asks_for_what_is_told() {
    let site = Site::new("prometheus_shipped").unwrap();
    let (_daemon, prometheus) = started(&site);
    prometheus.wait_for("up", |value| value > 0.5).unwrap();

    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let mut expressions = Vec::new();
    collect(&dashboard, &mut expressions);
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(expressions.len() >= panels.len() && panels.len() > 10);
    for expression in &expressions {
        let filled = VARIABLES
            .iter()
            .fold(expression.clone(), |text, (name, value)| {
                text.replace(name, value)
            });
        assert!(!filled.contains('$'), "{filled}");
        prometheus.query(&filled).unwrap();
    }
    // What is there says that the labels are right: these two have a line for the one router.
    for (title, count) in [("Cameras", 2.0), ("Not enforced", 0.0)] {
        let panel = panels.iter().find(|panel| panel["title"] == title);
        let expression = panel.unwrap()["targets"][0]["expr"].as_str().unwrap();
        let filled = VARIABLES
            .iter()
            .fold(expression.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            });
        prometheus
            .wait_for(&filled, |value| (value - count).abs() < 0.5)
            .unwrap();
    }

    let rules = prometheus.ask("/api/v1/rules").unwrap();
    let rules = rules.at("/data/groups/0/rules");
    let rules = rules.as_array().unwrap();
    assert_eq!(rules.len(), 11);
    for rule in rules {
        let error = rule["lastError"].as_str().unwrap_or_default();
        assert_eq!(error, "", "{rule}");
    }

    let told = site.enforcer.ask("GET", "/metrics", "").unwrap();
    let told = told.metrics().unwrap();
    let asked: BTreeSet<_> = names(&read(RULES))
        .chain(expressions.iter().flat_map(|expression| names(expression)))
        .collect();
    assert!(asked.len() > 8, "{asked:?}");
    let unknown: Vec<_> = asked.difference(&told).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn whoever_asks_for_the_text_format_gets_what_promtool_finds_nothing_wrong_with() {
    let site = Site::new("prometheus_text").unwrap();
    let _daemon = site.started(&["--events", "-"]).unwrap();
    for frame in [forbidden(), allowed()] {
        site.wire().unwrap().send(&frame).unwrap();
    }
    site.status_when(|status| status.events.told == 1).unwrap();
    let told = site.enforcer.ask("GET", "/metrics", "").unwrap();
    let kind = told.head("content-type").unwrap();
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    assert!(told.text.contains("enforcer_dropped_packets_total{"));
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]);
    let mut promtool = promtool
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("install prometheus");
    let mut input = promtool.stdin.take().unwrap();
    input.write_all(told.text.as_bytes()).unwrap();
    drop(input);
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn rules_are_well_formed_and_fire_when_they_should() {
    for (what, path) in [
        ("check", RULES),
        ("test", "tests/prometheus/rules.test.yml"),
    ] {
        let mut promtool = Command::new("promtool");
        promtool.args([what, "rules"]).arg(root().join(path));
        let output = promtool.output().expect("install prometheus");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{path}: {output:?}\n{told}");
    }
    // An alert without a case is one of which nobody knows when it fires.
    let cases = read("tests/prometheus/rules.test.yml");
    let rules = read(RULES);
    let alerts: Vec<_> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    assert!(alerts.len() > 5);
    for alert in alerts {
        let fires = format!("- alertname: {alert}\n");
        assert!(cases.contains(&fires), "{alert}");
    }
}

/// A daemon that tells its numbers to who knows a token, and a Prometheus that does.
fn started(site: &Site) -> (Daemon, Prometheus) {
    let token = site.file("token");
    fs::write(&token, "0123456789abcdef\n").unwrap();
    fs::set_permissions(&token, Permissions::from_mode(0o600)).unwrap();
    let options = [
        "--listen",
        "192.168.50.1:9797",
        "--listen-token-file",
        token.to_str().unwrap(),
    ];
    let daemon = site.started(&options).unwrap();
    let configuration = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\n\
         rule_files: [{rules}]\n\
         scrape_configs:\n\
         - job_name: cameras\n  \
           authorization: {{credentials_file: {token}}}\n  \
           static_configs: [{{targets: ['192.168.50.1:9797']}}]\n",
        rules = root().join(RULES).display(),
        token = token.display(),
    );
    let router = &site.network.router;
    let prometheus = Prometheus::start(router, &site.file("prometheus"), &configuration);
    (daemon, prometheus.unwrap())
}

/// Every `expr` in a dashboard, wherever it stands.
fn collect(value: &Value, expressions: &mut Vec<String>) {
    if let Value::Object(entries) = value {
        let expression = entries.get("expr").and_then(Value::as_str);
        expressions.extend(expression.map(str::to_owned));
        for value in entries.values() {
            collect(value, expressions);
        }
    } else if let Value::Array(values) = value {
        for value in values {
            collect(value, expressions);
        }
    }
}

/// The metrics that a text names; of a pattern, nothing.
fn names(text: &str) -> impl Iterator<Item = String> + '_ {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let words = text.split(move |letter| !is_part(letter));
    let names = words.filter(|word| word.starts_with("enforcer_") && !word.ends_with('_'));
    names.map(str::to_owned)
}

fn exact(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
