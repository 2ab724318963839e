//! The chores, as a library so that `enforcer/build.rs` builds the kernel program by the same
//! function as `cargo xtask build`.

pub mod bench;
pub mod build;
mod debian;
pub mod ebpf;
pub mod fuzz;
pub mod kernel;
pub mod lab;
pub mod lint;
pub mod makers;
pub mod mutants;
pub mod package;
pub mod paths;
pub mod sh;
pub mod soak;
pub mod suricata;
pub mod test;
pub mod toolchain;
