//! A policy from several files: what they make together, and that reading them takes bounded time
//! and memory whatever they are.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use enforcer::numbering::{CameraIds, Rules};
use enforcer::policy::{Mode, Policy, ReadError};
use enforcer::record::Record;
use tempfile::TempDir;

/// Puts something that is no file somewhere.
type Make = fn(&Path);

const HEAD: &str = "version: 1\ninterfaces: {lan1: }\n";

#[test]
fn files_of_a_directory_refer_to_each_other_and_are_merged_in_the_order_of_their_names() {
    let directory = Directory::new(&[
        (
            "20-cameras.yaml",
            "version: 1\ncameras: {gate: {match: {vlan: 1}, group: recorded}}\n",
        ),
        (
            "10-groups.yaml",
            "version: 1\ngroups:\n  recorded:\n    allow: [{to: branches}]\n    deny: [{to: 10.0.0.1}]\n",
        ),
        (
            "30-site.yaml",
            "version: 1\nmode: audit\ninterfaces: {lan1: }\nprefixes: {branches: [{file: b.txt}, 10.0.0.0/8]}\n\
             groups: {lobby: {allow: [{to: {file: ./b.txt}}]}}\n",
        ),
        ("b.txt", "192.0.2.0/24\n2001:db8::/32\n"),
        (".40-hidden.yaml", "nothing of this is read"),
        ("30-site.yaml~", "nor of this"),
        ("#30-site.yaml#", "nor of this"),
    ]);
    let policy = directory.policy().unwrap();
    assert_eq!(policy.mode, Mode::AUDIT);
    let names: Vec<&str> = policy.groups.iter().map(|g| g.name.as_str()).collect();
    assert_eq!(names, ["recorded", "lobby"]);
    let prefixes = |prefixes: &[ipnet::IpNet]| -> Vec<String> {
        prefixes.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        prefixes(&policy.groups[0].allow[0].to),
        ["192.0.2.0/24", "2001:db8::/32", "10.0.0.0/8"]
    );
    assert_eq!(
        prefixes(&policy.groups[1].allow[0].to),
        ["192.0.2.0/24", "2001:db8::/32"]
    );
    let paths = ["10-groups.yaml", "20-cameras.yaml", "30-site.yaml", "b.txt"];
    assert_eq!(
        policy.sources,
        paths.map(|name| directory.at(name).display().to_string())
    );

    let rules = Rules::new(&policy);
    let places = rules
        .iter()
        .map(|(number, rule)| (number, rule.at.to_string()));
    assert_eq!(
        places.collect::<Vec<_>>(),
        [
            (1, "4:14".to_owned()),
            (2, "5:13".to_owned()),
            (3, "5:27".to_owned())
        ]
    );
    let record = Record::new(1, &policy, CameraIds::default().assign(&policy));
    let told: Vec<&str> = record.rules.values().map(String::as_str).collect();
    let rule = |name: &str, line: u32| format!("{}:{line}", directory.at(name).display());
    assert_eq!(
        told,
        [
            rule("10-groups.yaml", 4),
            rule("10-groups.yaml", 5),
            rule("30-site.yaml", 5)
        ]
    );
}

#[test]
fn what_is_defined_in_two_files_is_told_with_both_places() {
    let common = "version: 1\nmode: enforce\ninterfaces: {lan1: }\nprefixes: {a: 192.0.2.1}\n\
                  groups: {g: {allow: [{to: a}]}}\ncameras: {c: {match: {vlan: 1}, group: g}}\n";
    let directory = Directory::new(&[("1.yaml", common), ("2.yaml", common)]);
    let report = directory.report();
    for part in [
        "error[duplicate-key]: the key `mode` is given twice",
        "there are two interfaces called `lan1`",
        "there are two lists called `a`",
        "there are two groups called `g`",
        "there are two cameras called `c`",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let (first, second) = (directory.at("1.yaml"), directory.at("2.yaml"));
    let picture = format!(
        "\
error[duplicate-name]: there are two groups called `g`
 --> {}:5:10
  |
5 | groups: {{g: {{allow: [{{to: a}}]}}}}
  |          ^ again here
  |
 ::: {}:5:10
  |
5 | groups: {{g: {{allow: [{{to: a}}]}}}}
  |          - first here",
        second.display(),
        first.display()
    );
    assert!(report.contains(&picture), "{report}");
}

#[test]
fn the_end_of_an_audit_stands_in_the_file_that_says_it() {
    let (mode, until) = ("version: 1\nmode: audit\n", "until: 2030-01-31\n");
    let rest = "version: 1\ninterfaces: {lan1: }\n";
    let beside = Directory::new(&[("1.yaml", rest), ("2.yaml", &format!("{mode}{until}"))]);
    let end = "2030-01-31T00:00:00Z".parse().unwrap();
    let policy = beside.policy().unwrap().at(end);
    assert_eq!(policy.mode, Mode::Enforce);
    let (at, warning) = policy.warnings().located().next().unwrap();
    assert_eq!(policy.path_of(at), beside.at("2.yaml").to_str().unwrap());
    assert_eq!((at.line, warning.code()), (3, "audit-over"));

    let apart = Directory::new(&[("1.yaml", mode), ("2.yaml", &format!("{rest}{until}"))]);
    let report = apart.report();
    assert!(report.contains("error[until-without-audit]"), "{report}");
    assert!(report.contains("2.yaml:3:1"), "{report}");
}

#[test]
fn every_file_of_a_directory_says_its_version_and_is_read_for_its_own_problems() {
    let directory = Directory::new(&[
        ("1.yaml", HEAD),
        ("2.yaml", "groups: {g: {allow: [{to: 192.0.2.1/24}]}}\n"),
    ]);
    let report = directory.report();
    assert!(
        report.contains("error[missing-key]: the policy needs a key `version`"),
        "{report}"
    );
    let place = format!("{}:1:27", directory.at("2.yaml").display());
    assert!(report.contains(&place), "{report}");

    let directory = Directory::new(&[
        ("1.yaml", HEAD),
        ("2.yaml", "version: [1\n"),
        ("3.yaml", "a: [\n"),
    ]);
    let report = directory.report();
    assert_eq!(report.matches("error[yaml-syntax]").count(), 2, "{report}");
}

#[test]
fn a_directory_without_a_policy_is_refused() {
    let directory = Directory::new(&[("policy.yml", HEAD), (".policy.yaml", HEAD)]);
    let words = directory.policy().unwrap_err().to_string();
    assert!(
        words.ends_with("no file in this directory is called *.yaml"),
        "{words}"
    );
    fs::create_dir(directory.at("more.yaml")).unwrap();
    let words = directory.policy().unwrap_err().to_string();
    assert!(
        words.ends_with("more.yaml: a directory, not a file"),
        "{words}"
    );
}

#[test]
fn a_list_file_may_come_from_anywhere() {
    let directory = Directory::with_list(
        "\u{feff}192.0.2.1\t# one\r\n\r\n# none\r\n  2001:db8::/32  \r\n192.0.2.1\r\n10.0.0.0/8"
            .as_bytes(),
    );
    let policy = Policy::read(&directory.at("policy.yaml")).unwrap();
    let to: Vec<String> = policy.groups[0].allow[0]
        .to
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(to, ["192.0.2.1/32", "2001:db8::/32", "10.0.0.0/8"]);
}

#[test]
fn what_is_no_list_file_is_told_where_it_is_named() {
    for (content, part) in [
        (
            &b"192.0.2.1\n192.0.2\0.2\n"[..],
            "`list.txt:2:8` cannot be read: the character U+0000",
        ),
        (b"# caf\xe9\n", "`list.txt:1:6` cannot be read: not UTF-8"),
        (
            b"192.0.2.1 # \x1b[31m\n",
            "`list.txt:1:13` cannot be read: the character U+001B",
        ),
        (b"# none\n\n", "error[empty-list]: `"),
    ] {
        let directory = Directory::with_list(content);
        let report = directory.report_of("policy.yaml");
        assert!(
            report.replace(&directory.prefix(), "").contains(part),
            "{report}"
        );
        assert!(report.contains("policy.yaml:3:22"), "{report}");
    }
}

#[test]
fn what_is_no_file_is_refused_at_once_as_policy_and_as_list() {
    let directory = Directory::with_list(b"");
    let list = directory.at("list.txt");
    let kinds: [(&str, Make); 5] = [
        ("a FIFO, not a file", |path| {
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0)
                .unwrap();
        }),
        ("a socket, not a file", |path| {
            drop(UnixListener::bind(path).unwrap());
        }),
        ("a device, not a file", |path| {
            symlink("/dev/zero", path).unwrap();
        }),
        ("Too many levels of symbolic links", |path| {
            symlink(path, path).unwrap();
        }),
        ("1,073,741,824 bytes, and there is room for", |path| {
            File::create(path).unwrap().set_len(1 << 30).unwrap();
        }),
    ];
    for (words, make) in kinds {
        fs::remove_file(&list).unwrap();
        make(&list);
        let started = Instant::now();
        let report = directory.report_of("policy.yaml");
        assert!(report.contains(words), "{report}");
        let error = Policy::read(&list).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(started.elapsed() < Duration::from_secs(2), "{words}");
    }
}

#[test]
fn all_files_together_have_a_limit() {
    let names: Vec<String> = (0..3).map(|index| format!("{index}.txt")).collect();
    let items: Vec<String> = names
        .iter()
        .map(|name| format!("{{file: {name}}}"))
        .collect();
    let text = format!("{HEAD}prefixes: {{all: [{}]}}\n", items.join(", "));
    let directory = Directory::new(&[("policy.yaml", &text)]);
    let mut content = " ".repeat(30 << 20);
    content.push_str("\n192.0.2.1\n");
    for name in &names {
        fs::write(directory.at(name), &content).unwrap();
    }
    let report = directory.report_of("policy.yaml");
    assert_eq!(report.matches("error[").count(), 1, "{report}");
    assert!(report.contains("2.txt` cannot be read: "), "{report}");
    assert!(report.contains("all files of a policy 64 MiB"), "{report}");

    let large = directory.at("large.yaml");
    File::create(&large)
        .unwrap()
        .set_len((32 << 20) + 1)
        .unwrap();
    let words = Policy::read(&large).unwrap_err().to_string();
    assert!(words.contains("one YAML file may hold 32 MiB"), "{words}");
}

#[test]
fn a_list_of_too_many_lines_is_refused_with_the_numbers() {
    let directory = Directory::with_list("192.0.2.1\n".repeat(1_000_001).as_bytes());
    let report = directory.report_of("policy.yaml");
    assert!(
        report.contains("list.txt` has 1,000,001 lines: there is room for 1,000,000"),
        "{report}"
    );
}

#[test]
fn a_list_that_is_wrong_throughout_is_told_in_part_and_counted() {
    let directory = Directory::with_list("host.example\n".repeat(100_000).as_bytes());
    let report = directory.report_of("policy.yaml");
    assert!(
        report.starts_with("error[bad-prefix]: `host.example` is not an address or prefix"),
        "{report}"
    );
    assert!(report.ends_with("\n\n... and 99,950 more"));
}

#[test]
fn more_files_than_a_policy_may_have_are_refused() {
    let mut text = format!("{HEAD}prefixes:\n  all:\n");
    for index in 0..5000 {
        writeln!(text, "    - {{file: {index}.txt}}").unwrap();
    }
    let directory = Directory::new(&[("policy.yaml", &text)]);
    let Err(ReadError::Policy(report)) = Policy::read(&directory.at("policy.yaml")) else {
        panic!("read");
    };
    let last = report.findings.last().unwrap().value.to_string();
    assert!(last.contains("one file too many"), "{last}");
}

#[test]
fn a_text_that_is_no_file_reads_no_files() {
    let text = format!("{HEAD}prefixes: {{all: {{file: /etc/passwd}}}}\n");
    let report = Policy::parse("standard input", &text)
        .unwrap_err()
        .to_string();
    assert!(
        report.contains("`/etc/passwd` cannot be read: this policy is not in a file"),
        "{report}"
    );
}

struct Directory {
    root: TempDir,
}

impl Directory {
    fn new(files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(root.path().join(name), text).unwrap();
        }
        Self { root }
    }

    /// One with `policy.yaml` whose only rule has the list in `list.txt`.
    fn with_list(content: &[u8]) -> Self {
        let text = format!(
            "{HEAD}prefixes: {{l: {{file: list.txt}}}}\ngroups: {{g: {{allow: [{{to: l}}]}}}}\n"
        );
        let directory = Self::new(&[("policy.yaml", &text)]);
        fs::write(directory.at("list.txt"), content).unwrap();
        directory
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn prefix(&self) -> String {
        format!("{}/", self.root.path().display())
    }

    fn policy(&self) -> Result<Policy, ReadError> {
        Policy::read(self.root.path())
    }

    fn report(&self) -> String {
        refused(self.root.path())
    }

    fn report_of(&self, name: &str) -> String {
        refused(&self.at(name))
    }
}

fn refused(path: &Path) -> String {
    let error = Policy::read(path).unwrap_err();
    assert!(matches!(error, ReadError::Policy(_)), "{error}");
    error.to_string()
}
