//! What the kernel program takes of what kernels allow; `cargo xtask build` shows it. Its argument is a
//! policy, under which the kernel is asked too, by root.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use enforcer::{
    apart::Apart,
    compile::CompiledPolicy,
    kernel::{
        budget::{Code, Verified},
        generation::{Loaded, Settings},
    },
    numbering::CameraIds,
    policy::Policy,
    record::Record,
    topology::{Link, Topology},
};

fn main() -> Result<()> {
    let policy = std::env::args_os().nth(1).context("which policy?")?;
    let policy = PathBuf::from(policy);
    let Code {
        bytes,
        stack,
        calls,
    } = Code::new()?;
    let mut out = io::stdout();
    writeln!(
        out,
        "kernel program: {bytes} bytes of instructions, {stack} of 512 bytes of stack, {calls} calls"
    )?;
    if !rustix::process::geteuid().is_root() {
        writeln!(
            out,
            "not root, so the kernel is not asked what it makes of it"
        )?;
        return Ok(());
    }
    let Verified {
        instructions,
        bytes,
        machine_code,
    } = match verified(&policy) {
        Ok(verified) => verified,
        // Root in a container may load nothing, and can build all the same.
        Err(error) => {
            writeln!(
                out,
                "the kernel does not say what it makes of it: {error:#}"
            )?;
            return Ok(());
        }
    };
    let told = |number: Option<u32>| {
        number.map_or_else(
            || "an untold number of".to_owned(),
            |number| number.to_string(),
        )
    };
    writeln!(
        out,
        "under {}: {} instructions verified of 100000 at most, {} bytes of them kept, {} bytes of \
         machine code",
        policy.display(),
        told(instructions),
        told(bytes),
        told(machine_code)
    )?;
    Ok(())
}

/// Loads the policy, for interfaces that nobody has, and lets it go again.
fn verified(path: &Path) -> Result<Verified> {
    let policy = Policy::read(path)?;
    let names = policy.interfaces.iter().zip(2..);
    let links = names.map(|(row, index)| Link {
        index,
        name: row.name.to_string().replace('*', "1"),
        ..Link::default()
    });
    let topology = Topology {
        links: links.collect(),
    };
    let apart = Apart::new()?;
    let ids = CameraIds::default().assign(&policy);
    let compiled = CompiledPolicy::new(&policy, &topology, &ids)?;
    let record = Record::new(1, &policy, ids);
    let settings = Settings {
        event_rate: 100,
        log_level: 0,
    };
    Loaded::new(&compiled, &record, apart.directories(), settings)?.verified()
}
