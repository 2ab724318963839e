//! What the kernel program takes of what kernels allow; `cargo xtask build` shows it. Its argument is a
//! policy, under which the kernel is asked too, by root.

use std::{
    fs::{self, DirBuilder},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use enforcer::{
    compile::CompiledPolicy,
    directories::Directories,
    kernel::{
        budget::{Code, Verified},
        generation::{Loaded, Settings},
    },
    numbering::CameraIds,
    policy::Policy,
    record::Record,
    topology::{Link, Topology},
};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

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
    let pins = Pins::new()?;
    let root = &pins.0;
    let directories = Directories {
        run: root.join("run"),
        state: root.join("state"),
        bpffs: pins.mounted().join("enforcer"),
    };
    directories.create()?;
    let ids = CameraIds::default().assign(&policy);
    let compiled = CompiledPolicy::new(&policy, &topology, &ids)?;
    let record = Record::new(1, &policy, ids);
    let settings = Settings {
        event_rate: 100,
        log_level: 0,
    };
    Loaded::new(&compiled, &record, &directories, settings)?.verified()
}

/// A directory with a BPF file system in it; both are gone with this.
struct Pins(PathBuf);

impl Pins {
    fn new() -> Result<Self> {
        let name = format!("enforcer-budget-{}", std::process::id());
        let pins = Self(std::env::temp_dir().join(name));
        let mut private = DirBuilder::new();
        private.mode(0o700);
        for directory in [&pins.0, &pins.mounted()] {
            private
                .create(directory)
                .with_context(|| directory.display().to_string())?;
        }
        mount(
            "bpf",
            pins.mounted(),
            "bpf",
            MountFlags::NOSUID,
            c"mode=0700",
        )
        .context("mount a BPF file system")?;
        Ok(pins)
    }

    fn mounted(&self) -> PathBuf {
        self.0.join("bpf")
    }
}

impl Drop for Pins {
    fn drop(&mut self) {
        let unmounted = unmount(self.mounted(), UnmountFlags::DETACH);
        if unmounted
            .map_err(io::Error::from)
            .and_then(|()| fs::remove_dir_all(&self.0))
            .is_err()
        {
            drop(writeln!(io::stderr(), "left behind: {}", self.0.display()));
        }
    }
}
