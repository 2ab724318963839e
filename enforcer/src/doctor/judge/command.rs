//! Commands, ready to be pasted into a shell.

use crate::directories::Directories;
use crate::doctor::facts::{Daemon, Facts};

/// Lets the daemon put the policy in force, or starts it if it does not run.
pub(super) fn put_in_force(facts: &Facts) -> String {
    match &facts.daemon {
        Ok(Daemon::Runs { process, .. }) => format!("kill -HUP {process}"),
        Ok(Daemon::Stopped) | Err(_) => start(facts),
    }
}

/// Starts the daemon.
pub(super) fn start(facts: &Facts) -> String {
    let is_of_unit = facts.host.has_unit && options(&facts.directories).is_empty();
    if is_of_unit {
        return "systemctl start enforcer".to_owned();
    }
    let policy = facts.asked.path.as_deref().unwrap_or(POLICY);
    let options = options(&facts.directories);
    format!("enforcer{options} run --policy {}", quote(policy))
}

/// Where a policy is looked for, and where the manual puts it.
pub(super) const POLICY: &str = "/etc/enforcer/policy.yaml";

/// A word as a shell takes it for one, whatever is in it.
pub(super) fn quote(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+,=".contains(letter);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The options that name directories, where they are not the usual ones.
fn options(directories: &Directories) -> String {
    let Directories { run, state, bpffs } = directories;
    let all = [
        ("run-dir", run, "/run/enforcer"),
        ("state-dir", state, "/var/lib/enforcer"),
        ("bpffs", bpffs, "/sys/fs/bpf/enforcer"),
    ];
    let others = all
        .iter()
        .filter(|(_, path, usual)| path.as_os_str() != *usual);
    let others =
        others.map(|(option, path, _)| format!(" --{option} {}", quote(&path.to_string_lossy())));
    others.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_a_word_for_one() {
        for (word, quoted) in [
            ("lan-cam1", "lan-cam1"),
            ("br-lan.50", "br-lan.50"),
            ("$(reboot)", "'$(reboot)'"),
            ("a'b", r"'a'\''b'"),
            ("-x", "'-x'"),
            ("", "''"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }
}
