use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::stand_in::What;

const WARNED: &str = "version: 1\ninterfaces: {lan1: {}}\ngroups: {lobby: {}}\n";

#[test]
fn a_policy_is_summed_up_in_one_line() {
    let (accepted, words) = checked(
        "version: 1\n\
         interfaces: {lan1: {}, lan2: {}}\n\
         groups: {recorded: {allow: [{to: 192.0.2.1}], deny: [{to: 192.0.2.2}]}}\n\
         cameras: {gate: {match: {mac: \"44:19:b6\"}, group: recorded}}\n",
        &["--strict"],
    );
    assert!(accepted);
    assert_eq!(words, "ok: 1 camera in 1 group, 2 rules, 2 interfaces\n");
}

#[test]
fn a_warning_does_not_refuse_the_policy() {
    let (accepted, words) = checked(WARNED, &[]);
    assert!(accepted);
    assert!(
        words.starts_with("warning[reaches-nothing]: group `lobby`"),
        "{words}"
    );
    assert!(
        words.ends_with("\n\nok: 0 cameras in 1 group, 0 rules, 1 interface\n"),
        "{words}"
    );
}

#[test]
fn a_warning_refuses_the_policy_where_that_is_asked_for() {
    let (accepted, words) = checked(WARNED, &["--strict"]);
    assert!(!accepted);
    assert!(words.contains("warning[unused-group]"), "{words}");
    assert!(
        words.ends_with(": 2 warnings, refused by --strict\n"),
        "{words}"
    );
    for format in ["json", "sarif"] {
        assert!(checked(WARNED, &["--format", format]).0);
        assert!(!checked(WARNED, &["--strict", "--format", format]).0);
    }
}

#[test]
fn a_policy_that_the_tables_have_no_room_for_is_refused() {
    let ports: Vec<String> = (1..=1025).map(|port| format!("tcp/{port}")).collect();
    let text = format!(
        "version: 1\ninterfaces: {{lan1: {{}}}}\n\
         groups: {{recorded: {{allow: [{{to: 192.0.2.1, ports: [{}]}}]}}}}\n\
         cameras: {{gate: {{match: {{vlan: 1}}, group: recorded}}}}\n",
        ports.join(", ")
    );
    let why = "1,025 clauses cover 192.0.2.1/32 of group `recorded`, room for 1,024";
    let (accepted, words) = checked(&text, &[]);
    assert!(!accepted);
    assert!(words.starts_with("error: "), "{words}");
    let whole = format!(": too large for the kernel's tables: {why}\n");
    assert!(words.ends_with(&whole), "{words}");
    for format in ["json", "sarif"] {
        let (accepted, words) = checked(&text, &["--format", format]);
        assert!(!accepted);
        assert!(
            words.contains("\"too-large\"") && words.contains(why),
            "{words}"
        );
    }
}

#[test]
fn every_problem_is_told_and_counted() {
    let (accepted, words) = checked("version: 2\nmode: off\n", &[]);
    assert!(!accepted);
    assert!(words.contains("error[unsupported-version]"), "{words}");
    assert!(words.contains("error[bad-value]"), "{words}");
    assert!(words.ends_with(": 3 problems\n"), "{words}");
}

#[test]
fn a_file_that_cannot_be_read_is_no_policy_in_any_format() {
    let path = Path::new("/nonexistent/policy.yaml");
    let (accepted, words) = checked_at(path, &[]);
    assert!(!accepted);
    assert_eq!(words, "error: /nonexistent/policy.yaml: no such file\n");

    let (accepted, words) = checked_at(path, &["--json"]);
    assert!(!accepted);
    let told: Value = serde_json::from_str(&words).unwrap();
    assert_eq!(told["valid"], false);
    assert_eq!(told["summary"], Value::Null);
    assert_eq!(told["findings"][0]["code"], "unreadable-file");
    assert_eq!(told["findings"][0]["line"], Value::Null);

    let (accepted, words) = checked_at(path, &["--format", "sarif"]);
    assert!(!accepted);
    let told: Value = serde_json::from_str(&words).unwrap();
    let place = &told["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    let expected = json!({"artifactLocation": {"uri": "file:///nonexistent/policy.yaml"}});
    assert_eq!(*place, expected);
}

#[test]
fn json_holds_what_a_person_sees() {
    let text = "version: 1\ninterfaces: {lan1: {}}\nmode: audit # é\nmode: enforcee\n";
    let (_, words) = checked(text, &["--json"]);
    let (_, same) = checked(text, &["--format", "json"]);
    assert_eq!(words.lines().count(), 1);
    let mut told: Value = serde_json::from_str(&words).unwrap();
    let same: Value = serde_json::from_str(&same).unwrap();
    assert_eq!(
        told["findings"][0]["message"],
        same["findings"][0]["message"]
    );
    let path = told["path"].clone();
    let finding = told["findings"][0].take();
    let expected = json!({
        "code": "duplicate-key",
        "level": "error",
        "message": "the key `mode` is given twice",
        "file": path,
        "line": 4,
        "column": 1,
        "end_line": 4,
        "end_column": 5,
        "help": "join the two: only one would hold",
        "related": [{
            "message": "first here",
            "file": path,
            "line": 3,
            "column": 1,
            "end_line": 3,
            "end_column": 5,
        }],
    });
    assert_eq!(finding, expected);
    assert_eq!(told["valid"], false);

    let (accepted, words) = checked(WARNED, &["--json"]);
    assert!(accepted);
    let told: Value = serde_json::from_str(&words).unwrap();
    assert_eq!(told["valid"], true);
    assert_eq!(told["findings"][0]["level"], "warning");
    let summary = json!({"cameras": 0, "groups": 1, "rules": 0, "interfaces": 1});
    assert_eq!(told["summary"], summary);
}

#[test]
fn machines_are_told_every_problem() {
    let ports = vec!["0"; 60].join(", ");
    let text = format!(
        "version: 1\ninterfaces: {{lan1: }}\ngroups: {{a: {{allow: [{{to: 192.0.2.1, ports: [{ports}]}}]}}}}\n"
    );
    let json: Value = serde_json::from_str(&checked(&text, &["--json"]).1).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 60);
    let sarif: Value = serde_json::from_str(&checked(&text, &["--format", "sarif"]).1).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 60);
}

#[test]
fn sarif_has_the_structure_of_the_standard() {
    let text = "version: 1\ninterfaces: {lan1: {}}\nmode: audit\nmode: audit\n\
                groups: {g: {allow: [{to: 192.0.2.1/24}]}}\n";
    let (_, words) = checked(text, &["--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&words).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let [run] = sarif["runs"].as_array().unwrap().as_slice() else {
        panic!("{words}");
    };
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "enforcer");
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        assert!(
            !rule["shortDescription"]["text"]
                .as_str()
                .unwrap()
                .is_empty()
        );
        let level = rule["defaultConfiguration"]["level"].as_str().unwrap();
        assert!(matches!(level, "error" | "warning"), "{level}");
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(
            result["level"],
            rules[index]["defaultConfiguration"]["level"]
        );
        assert!(result["message"]["text"].is_string());
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
    }
    let region = |place: &Value| place["physicalLocation"]["region"].clone();
    let expected = json!({"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 5});
    assert_eq!(region(&results[0]["relatedLocations"][0]), expected);
    let expected = json!({"startLine": 5, "startColumn": 27, "endLine": 5, "endColumn": 39});
    assert_eq!(region(&results[1]["locations"][0]), expected);
    assert_eq!(
        results[1]["message"]["text"],
        "`192.0.2.1/24` has bits set outside its /24\nhelp: did you mean 192.0.2.0/24?"
    );
}

#[test]
fn a_policy_that_something_stands_in_for_is_told_as_that_and_another_is_not() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    for name in ["policy.yaml", "other.yaml"] {
        fs::write(at(name), "version: 2\n").unwrap();
    }
    let mut record = Record {
        policy: at("policy.yaml"),
        stand_in: Some(StandIn {
            what: What::LastGood {
                of: "2030-01-01T00:00:00Z".parse().unwrap(),
            },
            because: "policy.yaml: no such file".to_owned(),
        }),
        ..Record::default()
    };
    let store = |record: &Record| {
        let stored = serde_json::to_string(record).unwrap();
        fs::write(at("in-force.json"), stored).unwrap();
    };
    store(&record);
    let run = ["--run-dir", root.path().to_str().unwrap()];
    let note = "note: in force on this machine is the last good policy of 2030-01-01T00:00:00Z, because \
                policy.yaml: no such file\n";
    for (name, is_told) in [("policy.yaml", true), ("other.yaml", false)] {
        let (accepted, words) = checked_at(Path::new(&at(name)), &run);
        assert!(!accepted && words.contains(": 2 problems\n"), "{words}");
        assert_eq!(words.ends_with(note), is_told, "{words}");
        let (accepted, words) = checked_at(Path::new(&at(name)), &[&run[..], &["--json"]].concat());
        let told: Value = serde_json::from_str(&words).unwrap();
        assert!(!accepted);
        let expected = json!({
            "policy": "last_good",
            "of": "2030-01-01T00:00:00Z",
            "because": "policy.yaml: no such file",
        });
        let expected = if is_told { expected } else { Value::Null };
        assert_eq!(told["stand_in"], expected);
    }
    fs::write(at("policy.yaml"), WARNED).unwrap();
    let (accepted, words) = checked_at(Path::new(&at("policy.yaml")), &run);
    assert!(accepted && !words.contains("note"), "{words}");
    // Of one that an earlier version was given without its directory, nobody knows which it is.
    record.policy = "nowhere.yaml".to_owned();
    store(&record);
    let (accepted, words) = checked_at(Path::new("nowhere.yaml"), &run);
    assert!(!accepted && !words.contains("note"), "{words}");
}

#[test]
fn settings_are_checked_beside_a_policy_and_without_one() {
    let root = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let right = file(
        "right.yaml",
        "sinks: [{stdout: {}}]\nnames: true\nowners: [/a.mmdb]\n",
    );
    let wrong = file("wrong.yaml", "sinks: []\nnaems: true\n");
    let (policy, none) = (
        file("policy.yaml", WARNED),
        file("none.yaml", "version: 2\n"),
    );

    let (exit, words) = ended(&["--config", &right]);
    assert_eq!(exit, Exit::Ok);
    let said = format!("ok: {right}: 1 sink, names, 1 file of owners, a ledger of 30 days\n");
    assert_eq!(words, said);
    let (exit, words) = ended(&[&policy, "--config", &right]);
    assert_eq!(exit, Exit::Ok);
    assert!(
        words.contains("1 interface\n") && words.ends_with(&said),
        "{words}"
    );

    let error = format!("{wrong}:2:1: there is no `naems`; did you mean `names`?");
    for (arguments, expected) in [
        (&["--config", &wrong][..], Exit::Usage),
        (&[&policy, "--config", &wrong], Exit::Usage),
        (&[&policy, "--strict", "--config", &wrong], Exit::No),
        (&[&none, "--config", &wrong], Exit::No),
        (&[&none, "--config", &right], Exit::No),
    ] {
        let (exit, words) = ended(arguments);
        assert_eq!(exit, expected, "{words}");
        let is_told = words.contains(&format!("error: {error}"));
        assert_eq!(is_told, arguments.contains(&wrong.as_str()), "{words}");
    }
    let absent = root.path().join("absent.yaml");
    let (exit, words) = ended(&["--config", absent.to_str().unwrap()]);
    assert_eq!(exit, Exit::Usage);
    assert!(words.contains("absent.yaml: no such file"), "{words}");

    let (exit, words) = ended(&["--config", &wrong, "--json"]);
    let told: Value = serde_json::from_str(&words).unwrap();
    assert_eq!(exit, Exit::Usage);
    assert_eq!(
        (&told["path"], &told["valid"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(told["settings"]["path"], wrong);
    assert_eq!(told["settings"]["valid"], false);
    assert!(
        told["settings"]["error"]
            .as_str()
            .unwrap()
            .starts_with(&error)
    );
    let (_, words) = ended(&[&policy, "--config", &right, "--json"]);
    let told: Value = serde_json::from_str(&words).unwrap();
    let settings = json!({"path": right, "valid": true, "error": null});
    assert_eq!(
        (&told["valid"], &told["settings"]),
        (&json!(true), &settings)
    );

    let (exit, words) = ended(&["--config", &wrong, "--format", "sarif"]);
    let told: Value = serde_json::from_str(&words).unwrap();
    let result = &told["runs"][0]["results"][0];
    assert_eq!((exit, &result["ruleId"]), (Exit::Usage, &json!("settings")));
    assert!(
        result["message"]["text"]
            .as_str()
            .unwrap()
            .starts_with(&error)
    );
}

fn checked(text: &str, options: &[&str]) -> (bool, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, text).unwrap();
    checked_at(file.path(), options)
}

fn checked_at(path: &Path, options: &[&str]) -> (bool, String) {
    let (exit, words) = ended(&[&[path.to_str().unwrap()], options].concat());
    assert_ne!(exit, Exit::Usage, "{words}");
    (exit == Exit::Ok, words)
}

fn ended(arguments: &[&str]) -> (Exit, String) {
    use clap::Parser as _;

    use crate::cli::{Cli, Verb};

    let cli = Cli::parse_from(["enforcer", "check"].iter().chain(arguments));
    let Verb::Check(options) = cli.verb else {
        panic!("another command");
    };
    let mut out = Vec::new();
    let exit = check(&cli.directories, &options, false, &mut out).unwrap();
    (exit, String::from_utf8(out).unwrap())
}
