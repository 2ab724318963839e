//! Building the kernel program. `cargo xtask build`, `enforcer/build.rs` and the tests all get it
//! from here.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{paths, sh, toolchain::Toolchain};

/// A ready object, for those who package this.
pub const OWN_OBJECT: &str = "ENFORCER_BPF_OBJECT";

/// The target. Byte order is the only thing about it that differs between machines, and no router
/// with XDP is big-endian.
const TARGET: &str = "bpfel-unknown-none";

/// Builds the object, if anything changed, and returns where it is.
pub fn build() -> Result<PathBuf> {
    if let Some(object) = std::env::var_os(OWN_OBJECT) {
        return Ok(object.into());
    }
    object("enforcer")
}

/// Builds what the benches run beside the program that ships, and returns where it is.
pub fn build_bench() -> Result<PathBuf> {
    object("bench")
}

fn object(binary: &str) -> Result<PathBuf> {
    let toolchain = Toolchain::ready()?;
    let output = target_folder();
    let mut cargo = cargo(&toolchain)?;
    cargo.args(["build", "--quiet", "--release", "--bin", binary]);
    sh::run(arguments(&mut cargo, &toolchain, &output))?;
    Ok(output.join(TARGET).join("release").join(binary))
}

/// Lints the kernel program with the linter of the compiler that builds it.
pub fn lint() -> Result<()> {
    let toolchain = Toolchain::ready()?;
    let Some(clippy) = &toolchain.clippy else {
        sh::say("no clippy beside this rustc: the kernel program is not linted");
        return Ok(());
    };
    let mut command = Command::new(clippy);
    command.current_dir(sh::workspace());
    environment(&mut command, &toolchain)?;
    command.args(["clippy", "--quiet", "--release"]);
    arguments(&mut command, &toolchain, &target_folder());
    sh::run(command.args(["--", "-D", "warnings"]))
}

/// Cargo as if nobody had started it: what an outer cargo, rustup or a coverage tool put into the
/// environment is about the host's build.
pub fn clean_cargo() -> Command {
    let mut cargo = sh::cargo();
    scrub(&mut cargo);
    cargo
}

fn cargo(toolchain: &Toolchain) -> Result<Command> {
    let mut cargo = sh::cargo();
    environment(&mut cargo, toolchain)?;
    Ok(cargo)
}

fn environment(command: &mut Command, toolchain: &Toolchain) -> Result<()> {
    scrub(command);
    let flags = flags(toolchain)?.join("\u{1f}");
    command
        .env("RUSTC", &toolchain.rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("LD_LIBRARY_PATH", &toolchain.libraries)
        .env("CARGO_ENCODED_RUSTFLAGS", flags);
    Ok(())
}

fn arguments<'c>(
    command: &'c mut Command,
    toolchain: &Toolchain,
    output: &Path,
) -> &'c mut Command {
    command.args(["--package", "enforcer-ebpf", "--target", TARGET]);
    if toolchain.build_core {
        command.arg("-Zbuild-std=core");
    }
    command.arg("--target-dir").arg(output)
}

fn flags(toolchain: &Toolchain) -> Result<Vec<String>> {
    let mut flags = vec![
        format!("-Clinker={}", toolchain.linker.display()),
        "-Clink-arg=--btf".to_owned(),
        // Else a few zeroes or bytes are written by a call of a function that goes byte by byte, and
        // 32-bit Arm's JIT takes no such calls.
        "-Clink-arg=--disable-expand-memcpy-in-order".to_owned(),
        "-Cdebuginfo=2".to_owned(),
        // Of use to kprobes only, so any value does, as long as it is the same everywhere.
        "--cfg=bpf_target_arch=\"x86_64\"".to_owned(),
    ];
    flags.extend(paths::unnamed()?);
    Ok(flags)
}

/// Takes out of a command's environment what is about another build.
pub fn scrub(command: &mut Command) {
    const KEPT: [&str; 4] = ["CARGO_HOME", "CARGO_NET", "CARGO_HTTP", "CARGO_REGISTRIES"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let of_cargo = text.starts_with("CARGO") && !KEPT.iter().any(|kept| text.starts_with(kept));
        let of_rustc = text.starts_with("RUSTC")
            || matches!(
                &*text,
                "RUSTFLAGS"
                    | "RUSTDOCFLAGS"
                    | "RUSTUP_TOOLCHAIN"
                    | "LLVM_PROFILE_FILE"
                    | "TARGET"
                    | "HOST"
                    | "LD_LIBRARY_PATH"
            );
        if of_cargo || of_rustc {
            command.env_remove(&name);
        }
    }
}

/// Its own, since the outer cargo holds the lock of the other.
fn target_folder() -> PathBuf {
    sh::workspace().join("target/bpf")
}
