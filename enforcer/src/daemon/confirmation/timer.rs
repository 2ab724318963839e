//! A timer of systemd that goes back from a policy which nobody confirms, should the daemon have died and not
//! come back. Where systemd does not run, the next start does it.

use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use tokio::{process::Command, time::timeout};
use tracing::warn;

use crate::{directories::Directories, unconfirmed::Unconfirmed};

/// Is there where systemd runs (`sd_booted(3)`).
const SYSTEMD: &str = "/run/systemd/system";

/// How long systemd may take; the daemon waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How `systemctl stop` ends where there is no such unit any more (`systemctl(1)`, exit status).
const NOT_LOADED: i32 = 5;

/// Sets a timer; its name, if there is one.
pub(super) async fn start(
    patience: Duration,
    unconfirmed: &Unconfirmed,
    directories: &Directories,
) -> Option<String> {
    if !Path::new(SYSTEMD).is_dir() {
        return None;
    }
    let unit = format!("enforcer-unconfirmed-{}", unconfirmed.deadline);
    let started = async {
        let program = env::current_exe().context("this program's path")?;
        let program = installed(program);
        let generation = unconfirmed.generation;
        let words = start_words(&unit, patience, &program, generation, directories);
        run(&words, &[0]).await
    };
    match started.await {
        Ok(()) => Some(unit),
        Err(error) => {
            warn!("should the daemon die and not be started anew, nobody goes back: {error:#}");
            None
        }
    }
}

/// Removes the timer, if one was set.
pub(super) async fn stop(unconfirmed: &Unconfirmed) {
    let Some(unit) = &unconfirmed.timer else {
        return;
    };
    let unit = format!("{unit}.timer");
    let words = ["systemctl", "--no-block", "stop", &unit].map(OsString::from);
    // It is gone if its time was over.
    if let Err(error) = run(&words, &[0, NOT_LOADED]).await {
        // It finds nothing to go back from.
        warn!("{unit} is still there, and will change nothing: {error:#}");
    }
}

/// `systemd-run … enforcer … revert --unless-confirmed 7`
fn start_words(
    unit: &str,
    patience: Duration,
    program: &Path,
    generation: u32,
    directories: &Directories,
) -> Vec<OsString> {
    let Directories { run, state, bpffs } = directories;
    let mut words: Vec<OsString> = [
        "systemd-run".to_owned(),
        "--quiet".to_owned(),
        "--collect".to_owned(),
        format!("--unit={unit}"),
        "--description=Goes back from a policy that nobody confirmed".to_owned(),
        format!("--on-active={}s", patience.as_secs()),
        "--timer-property=AccuracySec=1s".to_owned(),
        "--".to_owned(),
    ]
    .map(OsString::from)
    .to_vec();
    words.push(program.into());
    for (option, directory) in [
        ("--run-dir", run),
        ("--state-dir", state),
        ("--bpffs", bpffs),
    ] {
        words.push(option.into());
        words.push(directory.into());
    }
    words.push("revert".into());
    words.push("--unless-confirmed".into());
    words.push(generation.to_string().into());
    words
}

/// Where the program is, even if another version has taken its place since it was started.
fn installed(program: PathBuf) -> PathBuf {
    let path = program.into_os_string().into_vec();
    let there = path.strip_suffix(b" (deleted)").unwrap_or(&path);
    PathBuf::from(OsStr::from_bytes(there))
}

/// Runs a program to its end, which must be one of these.
async fn run(words: &[OsString], good: &[i32]) -> Result<()> {
    let (program, arguments) = words.split_first().context("no program")?;
    let name = program.to_string_lossy();
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, output)
        .await
        .with_context(|| name.to_string())?;
    let output = output.with_context(|| name.to_string())?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let is_good = output
        .status
        .code()
        .is_some_and(|code| good.contains(&code));
    ensure!(is_good, "{name}: {}", complaint.trim());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_is_asked_to_go_back_from_this_generation_in_these_directories() {
        let directories = Directories {
            run: "/run/enforcer".into(),
            state: "/var/lib/enforcer".into(),
            bpffs: "/sys/fs/bpf/enforcer".into(),
        };
        let minute = Duration::from_mins(1);
        let program = Path::new("/usr/bin/enforcer");
        let words = start_words("enforcer-unconfirmed-1", minute, program, 7, &directories);
        let expected = [
            "systemd-run",
            "--quiet",
            "--collect",
            "--unit=enforcer-unconfirmed-1",
            "--description=Goes back from a policy that nobody confirmed",
            "--on-active=60s",
            "--timer-property=AccuracySec=1s",
            "--",
            "/usr/bin/enforcer",
            "--run-dir",
            "/run/enforcer",
            "--state-dir",
            "/var/lib/enforcer",
            "--bpffs",
            "/sys/fs/bpf/enforcer",
            "revert",
            "--unless-confirmed",
            "7",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn an_upgrade_leaves_the_program_where_it_was() {
        for path in ["/usr/bin/enforcer", "/usr/bin/enforcer (deleted)"] {
            assert_eq!(installed(path.into()), Path::new("/usr/bin/enforcer"));
        }
    }

    #[tokio::test]
    async fn what_a_program_complains_about_is_told() {
        let words = |words: &[&str]| -> Vec<OsString> { words.iter().map(Into::into).collect() };
        run(&words(&["true"]), &[0]).await.unwrap();
        let error = run(&words(&["sh", "-c", "echo no bus >&2; exit 1"]), &[0]).await;
        assert_eq!(format!("{:#}", error.unwrap_err()), "sh: no bus");
        let error = run(&words(&["no-such-program-anywhere"]), &[0]).await;
        assert!(format!("{:#}", error.unwrap_err()).starts_with("no-such-program-anywhere: "));
    }
}
