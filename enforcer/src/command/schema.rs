//! `enforcer schema`: the JSON Schema of a policy. Needs no privileges and no kernel.

use std::io::{self, Write};

use crate::policy::json_schema;

/// Prints it, with a line break at the end.
pub fn schema(out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &json_schema())?;
    writeln!(out)
}
