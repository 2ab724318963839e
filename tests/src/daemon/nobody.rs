//! The program as started by somebody without any privilege.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::{Enforcer, Outcome};
use crate::executable;

/// Nobody in particular.
const NOBODY: u32 = 65534;

/// Program and policy where anybody can read them, and nobody in particular who does.
#[derive(Debug)]
pub struct Nobody {
    enforcer: Enforcer,
    policy: PathBuf,
    _directory: TempDir,
}

impl Nobody {
    /// For an installation, and a policy.
    pub fn new(enforcer: &Enforcer, policy: &str) -> Result<Self> {
        let directory = tempfile::tempdir().context("a directory that all can read")?;
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755))?;
        let program = directory.path().join("enforcer");
        executable::copy(enforcer.program(), &program)?;
        let path = directory.path().join("policy.yaml");
        fs::write(&path, policy)?;
        Ok(Self {
            enforcer: enforcer.clone().with_program(&program),
            policy: path,
            _directory: directory,
        })
    }

    /// Where the policy is.
    pub fn policy(&self) -> &Path {
        &self.policy
    }

    /// Runs a verb.
    pub fn run(&self, arguments: &[&str]) -> Result<Outcome> {
        self.run_in_group(NOBODY, arguments)
    }

    /// Runs a verb as a member of a group, and of no other.
    pub fn run_in_group(&self, group: u32, arguments: &[&str]) -> Result<Outcome> {
        let mut command = self.enforcer.command(arguments);
        command.uid(NOBODY).gid(group);
        self.enforcer.finish(&mut command)
    }
}
