//! Mistakes that somebody could well make, which no general operator makes: each is put into a copy of the
//! workspace, and the tests that anyone may run must fail there.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::{ebpf, sh};

/// One mistake.
struct Planted {
    what: &'static str,
    /// In `enforcer-common/src`.
    file: &'static str,
    /// Stands there once.
    right: &'static str,
    wrong: &'static str,
}

const PLANTED: [Planted; 8] = [
    Planted {
        what: "a packet may end one byte behind its frame",
        file: "network.rs",
        right: "if end > frame.length() || ",
        wrong: "if end > frame.length() + 1 || ",
    },
    Planted {
        what: "a transport header may miss its last byte",
        file: "transport.rs",
        right: "if available < header {",
        wrong: "if available + 1 < header {",
    },
    Planted {
        what: "one extension header too many is walked past",
        file: "network.rs",
        right: "for position in 0..=MAX_EXTENSION_HEADERS {",
        wrong: "for position in 0..=MAX_EXTENSION_HEADERS + 1 {",
    },
    Planted {
        what: "the key of a source ends before the address does",
        file: "source.rs",
        right: "fourth & masks[3],",
        wrong: "0,",
    },
    Planted {
        what: "an IPv4 address is taken out of a translated one backwards",
        file: "translator.rs",
        right: "Some(Address::v4(number.to_be_bytes()))",
        wrong: "Some(Address::v4(number.to_le_bytes()))",
    },
    Planted {
        what: "every field of a header is read in the wrong byte order",
        file: "header.rs",
        right: "network_endian::{U16, U32},",
        wrong: "little_endian::{U16, U32},",
    },
    Planted {
        what: "a first fragment of IPv4 counts as a whole packet",
        file: "network.rs",
        right: "(0, true) => Piece::First,",
        wrong: "(0, true) => Piece::Whole,",
    },
    Planted {
        what: "a later fragment of IPv6 counts as a first one",
        file: "network.rs",
        right: "flow.fragment = if header.offset() == 0 {",
        wrong: "flow.fragment = if header.offset() < u16::MAX {",
    },
];

/// Plants every mistake, one after the other; fails if no test notices one of them.
pub fn run() -> Result<()> {
    let object = ebpf::build()?;
    let copy = sh::workspace().join("target/planted");
    copy_workspace(&copy)?;
    let tests = || super::tests(&copy, &object);
    sh::say("no mistake: every test must pass");
    sh::run(&mut tests())?;
    let mut missed = Vec::new();
    for planted in &PLANTED {
        let path = copy.join("enforcer-common/src").join(planted.file);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let places = text.matches(planted.right).count();
        ensure!(
            places == 1,
            "`{}` stands {places} times in {}",
            planted.right,
            planted.file
        );
        fs::write(&path, text.replace(planted.right, planted.wrong))?;
        // What does not compile is no mistake that anybody could make.
        sh::run(tests().arg("--no-run"))?;
        let passed = tests().output().context("the tests")?.status.success();
        fs::write(&path, text)?;
        let fate = if passed { "MISSED" } else { "noticed" };
        sh::say(&format!("{fate}: {}", planted.what));
        if passed {
            missed.push(planted.what);
        }
    }
    ensure!(missed.is_empty(), "no test noticed: {}", missed.join("; "));
    Ok(())
}

/// What is under version control, as it is now; files that have not changed keep their times, so that
/// they are not built again.
fn copy_workspace(to: &Path) -> Result<()> {
    let from = sh::workspace();
    let mut git = Command::new("git");
    let listed = sh::output(
        git.current_dir(&from)
            .args(["ls-files", "-z", "--cached", "--others"])
            .arg("--exclude-standard"),
    )?;
    for name in listed.split_terminator('\0') {
        let (old, new) = (from.join(name), to.join(name));
        let Ok(bytes) = fs::read(&old) else {
            continue;
        };
        if fs::read(&new).is_ok_and(|copied| copied == bytes) {
            continue;
        }
        let folder = new.parent().context("a file's folder")?;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        fs::write(&new, bytes).with_context(|| new.display().to_string())?;
    }
    Ok(())
}
