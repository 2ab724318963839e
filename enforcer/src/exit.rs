//! How the program ends: the exit codes that scripts rely on.

use std::{fmt, io, process::ExitCode};

/// Exit codes; documented in the help text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// The answer is no, or something failed that none of the others names.
    No = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The daemon does not run.
    NotRunning = 3,
    /// The policy cannot be put in force.
    BadPolicy = 4,
    /// The right to do this is missing.
    Privilege = 5,
    /// The kernel lacks something.
    Kernel = 6,
    /// An interface, or the directories, are somebody else's.
    Busy = 7,
    /// Somebody had seen enough: 128 and the number of SIGINT, as shells have it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure that has an exit code of its own. As part of an [`anyhow::Error`] it decides how the
/// program ends.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    words: String,
}

impl Failure {
    /// What went wrong and what to do, in one line.
    pub fn new(exit: Exit, words: impl Into<String>) -> Self {
        Self {
            exit,
            words: words.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Failure {}

/// The exit code of an error: that of the failure in it, if there is one.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    error
        .downcast_ref::<Failure>()
        .map_or(Exit::No, |failure| failure.exit)
}

/// Whether whoever read the output has seen enough of it.
pub fn is_gone(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_failure_keeps_its_code_under_any_context() {
        let failure: anyhow::Result<()> = Err(Failure::new(Exit::Busy, "taken").into());
        let error = failure.context("attach").context("start").unwrap_err();
        assert_eq!(exit_of(&error), Exit::Busy);
        let cause: anyhow::Result<()> = Err(anyhow::anyhow!("cause"));
        let error = cause
            .context(Failure::new(Exit::Kernel, "no bpffs"))
            .unwrap_err();
        assert_eq!(exit_of(&error), Exit::Kernel);
        assert_eq!(exit_of(&anyhow::anyhow!("other")), Exit::No);
    }
}
