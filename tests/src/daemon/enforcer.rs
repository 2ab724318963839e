//! The program: where it is, and its verbs with directories of their own.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use enforcer::directories::Directories;

use super::{Answer, Daemon, Diagnosis, Reader, Status, Verb};
use crate::sandbox::{self, Namespace};

/// The program has this long for whatever it does, on however busy a machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Names the program to test.
const VARIABLE: &str = "ENFORCER_BIN";

/// `enforcer` in one namespace and with one set of directories.
#[derive(Clone, Debug)]
pub struct Enforcer {
    /// What starts the program: words before its name.
    starter: Vec<OsString>,
    program: PathBuf,
    namespace: Namespace,
    directories: Directories,
}

/// How a verb ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit code; nothing if a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl Enforcer {
    /// A program with a sandbox's directories.
    pub fn new(program: &Path, namespace: &Namespace, directories: &sandbox::Directories) -> Self {
        let sandbox::Directories {
            run, state, bpffs, ..
        } = directories;
        Self {
            starter: Vec::new(),
            program: program.to_owned(),
            namespace: namespace.clone(),
            directories: Directories {
                run: run.clone(),
                state: state.clone(),
                bpffs: bpffs.clone(),
            },
        }
    }

    /// Another installation beside this one, which shares nothing but the namespace.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        let Directories { run, state, bpffs } = &self.directories;
        Self {
            directories: Directories {
                run: run.with_file_name(format!("run-{name}")),
                state: state.with_file_name(format!("state-{name}")),
                bpffs: bpffs.with_file_name(format!("enforcer-{name}")),
            },
            ..self.clone()
        }
    }

    /// The same with pins elsewhere.
    #[must_use]
    pub fn with_bpffs(mut self, bpffs: &Path) -> Self {
        bpffs.clone_into(&mut self.directories.bpffs);
        self
    }

    /// The same with its run directory elsewhere.
    #[must_use]
    pub fn with_run(mut self, run: &Path) -> Self {
        run.clone_into(&mut self.directories.run);
        self
    }

    /// The same with another copy of the program.
    #[must_use]
    pub fn with_program(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    /// The same, started by another command, which must become it: `env NAME=VALUE`.
    #[must_use]
    pub fn started_by<W: AsRef<OsStr>>(mut self, words: &[W]) -> Self {
        self.starter = words.iter().map(|word| word.as_ref().to_owned()).collect();
        self
    }

    /// The same with the directories that it has by itself.
    #[must_use]
    pub fn at_home(mut self) -> Self {
        self.directories = Directories {
            run: "/run/enforcer".into(),
            state: "/var/lib/enforcer".into(),
            bpffs: "/sys/fs/bpf/enforcer".into(),
        };
        self
    }

    /// The program itself.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Where it keeps what it has.
    pub const fn directories(&self) -> &Directories {
        &self.directories
    }

    /// Starts `enforcer run`, with more options; its standard output is read.
    pub fn start<O: AsRef<OsStr>>(&self, policy: &Path, options: &[O]) -> Result<Daemon> {
        self.start_for(Reader::Attentive, policy, options)
    }

    /// Starts `enforcer run`, with more options.
    pub fn start_for<O: AsRef<OsStr>>(
        &self,
        reader: Reader,
        policy: &Path,
        options: &[O],
    ) -> Result<Daemon> {
        let mut run = self.command(&["run", "--policy"]);
        run.arg(policy)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for whoever started it, who then ends the daemon in an order of their own.
            .process_group(0);
        Daemon::new(self.namespace.spawn(&mut run)?, reader)
    }

    /// Starts a verb that may run for long.
    pub fn spawn(&self, arguments: &[&str]) -> Result<Verb> {
        let (output, writer) = std::io::pipe().context("pipe")?;
        let mut command = self.command(arguments);
        command.stdout(writer).stderr(Stdio::piped());
        Verb::new(self.namespace.spawn(&mut command)?, output)
    }

    /// Runs a verb to its end.
    pub fn run(&self, arguments: &[&str]) -> Result<Outcome> {
        self.finish(&mut self.command(arguments))
    }

    /// Runs a verb to its end and answers what it asks.
    pub fn run_answering(&self, arguments: &[&str], answer: &str) -> Result<Outcome> {
        let (input, mut writer) = std::io::pipe().context("pipe")?;
        std::io::Write::write_all(&mut writer, answer.as_bytes()).context("pipe")?;
        drop(writer);
        self.finish(self.command(arguments).stdin(input))
    }

    /// Runs a command made from [`Enforcer::command`] to its end.
    pub fn finish(&self, command: &mut Command) -> Result<Outcome> {
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.namespace.spawn(piped)?;
        let output = child.wait_with_output().context("wait for a process")?;
        Ok(output.into())
    }

    /// Asks the daemon over its control socket.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Result<Answer> {
        Answer::to(&self.directories.control(), method, path, body)
    }

    /// What is in force.
    pub fn status(&self) -> Result<Status> {
        let outcome = self.run(&["status", "--json"])?;
        serde_json::from_str(&outcome.stdout).with_context(|| format!("{outcome:?}"))
    }

    /// What `doctor` finds, with options, and its exit code.
    pub fn doctor(&self, options: &[&str]) -> Result<(Diagnosis, Option<i32>)> {
        let outcome = self.run(&[&["doctor", "--json"], options].concat())?;
        let diagnosis = serde_json::from_str(&outcome.stdout);
        let diagnosis = diagnosis.with_context(|| format!("{outcome:?}"))?;
        Ok((diagnosis, outcome.code))
    }

    /// Ends enforcement.
    pub fn detach(&self) -> Result<()> {
        let outcome = self.run(&["detach", "--yes"])?;
        ensure!(outcome.code == Some(0), "{outcome:?}");
        Ok(())
    }

    /// The program with its directories and arguments, to be started in the namespace.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let Directories { run, state, bpffs } = &self.directories;
        let program = self.program.clone().into_os_string();
        let mut words = self.starter.iter().cloned().chain([program]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        for (option, directory) in [
            ("--run-dir", run),
            ("--state-dir", state),
            ("--bpffs", bpffs),
        ] {
            command.arg(option).arg(directory);
        }
        command.args(arguments).stdin(Stdio::null());
        command
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

/// The program to test: the one that `cargo xtask test` has built, or else the newest that was built
/// beside the test.
pub fn find() -> Result<PathBuf> {
    if let Some(program) = env::var_os(VARIABLE) {
        return Ok(program.into());
    }
    let test = env::current_exe().context("this test's own path")?;
    let profiles = test.ancestors().nth(3).unwrap_or(&test);
    let built = ["debug", "release"].map(|profile| profiles.join(profile).join("enforcer"));
    let built = built.into_iter().max_by_key(|program| age(program));
    match built {
        Some(program) if program.is_file() => Ok(program),
        _ => bail!(
            "the program `enforcer` is not built: `cargo xtask test` builds it and runs the tests"
        ),
    }
}

/// When a program was built; what is not there was so before all others.
fn age(program: &Path) -> Option<SystemTime> {
    fs::metadata(program).ok()?.modified().ok()
}
