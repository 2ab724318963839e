//! Builds the kernel program, so that it is inside whatever is built of this package.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let object = xtask::ebpf::build()?;
    let mut stdout = std::io::stdout();
    let mut tell = |words: &str| std::io::Write::write_all(&mut stdout, words.as_bytes());
    tell(&format!(
        "cargo::rustc-env=ENFORCER_BPF={}\n",
        object.display()
    ))?;
    for variable in [xtask::ebpf::OWN_OBJECT, xtask::toolchain::OWN_RUSTC] {
        tell(&format!("cargo::rerun-if-env-changed={variable}\n"))?;
    }
    for path in [
        "Cargo.toml",
        "Cargo.lock",
        "enforcer-common/Cargo.toml",
        "enforcer-common/src",
        "enforcer-ebpf/Cargo.toml",
        "enforcer-ebpf/src",
    ] {
        tell(&format!("cargo::rerun-if-changed=../{path}\n"))?;
    }
    tell(&format!("cargo::rerun-if-changed={}\n", object.display()))?;
    Ok(())
}
