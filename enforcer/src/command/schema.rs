//! `enforcer schema`: what a policy may be written with, or what the daemon answers, for programs. Needs no privileges
//! and no kernel.

use std::io::{self, Write};

use serde_json::Value;

use crate::{cli, control, policy};

/// Prints one of them, with a line break at the end.
pub fn schema(options: &cli::Schema, out: &mut impl Write) -> io::Result<()> {
    print(
        &if options.api {
            control::description()
        } else {
            policy::json_schema()
        },
        out,
    )
}

fn print(schema: &Value, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, schema)?;
    writeln!(out)
}
