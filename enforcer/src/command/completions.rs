//! `enforcer completions`: what a shell needs to complete command lines. Needs no privileges and no
//! kernel.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::cli::Cli;

/// Prints the script of a shell.
pub fn completions(shell: Shell, out: &mut impl Write) -> io::Result<()> {
    // The generator panics where it cannot write; a closed pipe is no reason to.
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "enforcer", &mut script);
    out.write_all(&script)
}
