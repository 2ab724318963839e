//! What builds the kernel program: a rustc with `core` for BPF of the very same release, and
//! bpf-linker, which uses the LLVM of that rustc. All of it lives in `target/tools`; nothing is
//! installed into the system.
//!
//! Debian ships such a rustc as `rustc-web`. Elsewhere rustup gets a nightly, whose `core` is then
//! built from source.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

pub use self::fuzzer::Fuzzer;

use crate::sh;

mod fuzzer;

/// The newest that opens the compiler's own LLVM at run time instead of bringing one.
const BPF_LINKER: &str = "0.10.3";

/// Builds and runs the fuzzers' targets.
const CARGO_FUZZ: &str = "0.13.1";

/// Changes the code and asks the tests.
const CARGO_MUTANTS: &str = "27.1.0";

/// Debian's package of the LLVM that bpf-linker wants.
const LLVM: &str = "libllvm22";

/// The same LLVM.
const NIGHTLY: &str = "nightly-2026-05-25";

/// A rustc of one's own that has `core` for bpfel-unknown-none, for those who package this.
pub const OWN_RUSTC: &str = "ENFORCER_BPF_RUSTC";

/// What builds the kernel program.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The compiler.
    pub rustc: PathBuf,
    /// Where the compiler's libraries are, LLVM among them.
    pub libraries: PathBuf,
    /// The linter of the compiler's release, where it comes with one.
    pub clippy: Option<PathBuf>,
    /// bpf-linker.
    pub linker: PathBuf,
    /// `core` has to be built from its source.
    pub build_core: bool,
}

impl Toolchain {
    /// The toolchain, after getting what is missing of it.
    pub fn ready() -> Result<Self> {
        let tools = tools()?;
        let linker = linker(&tools)?;
        if let Some(rustc) = env::var_os(OWN_RUSTC) {
            return Self::own(rustc.into(), linker);
        }
        if sh::is_there("apt-get") && sh::is_there("dpkg-deb") {
            match Debian::new(&tools).and_then(|debian| debian.toolchain(&linker)) {
                Ok(toolchain) => return Ok(toolchain),
                Err(error) if !sh::is_there("rustup") => return Err(error),
                Err(error) => sh::say(&format!("{error:#}\ntrying rustup instead")),
            }
        }
        Self::nightly(linker)
    }

    fn own(rustc: PathBuf, linker: PathBuf) -> Result<Self> {
        let libraries = sysroot(&mut Command::new(&rustc))?.join("lib");
        Ok(Self {
            rustc,
            libraries,
            clippy: None,
            linker,
            build_core: false,
        })
    }

    fn nightly(linker: PathBuf) -> Result<Self> {
        if !sh::is_there("rustup") {
            bail!(
                "the kernel program needs a rustc with `core` for BPF: install rustup, or on Debian \
                 run `apt-get update`, or name one in {OWN_RUSTC}"
            );
        }
        let rustc = || {
            let mut rustc = Command::new("rustup");
            rustc.args(["run", NIGHTLY, "rustc"]);
            rustc
        };
        let installed = sysroot(&mut rustc())
            .is_ok_and(|sysroot| sysroot.join("lib/rustlib/src/rust/library/core").is_dir());
        if !installed {
            sh::say(&format!("getting {NIGHTLY} with the source of `core`"));
            sh::run(
                Command::new("rustup")
                    .args(["toolchain", "install", NIGHTLY, "--profile", "minimal"])
                    .args(["--component", "rust-src", "--component", "clippy"]),
            )?;
        }
        let sysroot = sysroot(&mut rustc())?;
        Ok(Self {
            rustc: sysroot.join("bin/rustc"),
            libraries: sysroot.join("lib"),
            clippy: Some(sysroot.join("bin/cargo-clippy")),
            linker,
            build_core: true,
        })
    }
}

/// cargo-mutants.
pub fn mutants() -> Result<PathBuf> {
    installed(&tools()?, "cargo-mutants", CARGO_MUTANTS)
}

/// bpf-linker.
fn linker(tools: &Path) -> Result<PathBuf> {
    installed(tools, "bpf-linker", BPF_LINKER)
}

/// A program of one version, built where it is missing.
fn installed(tools: &Path, program: &str, version: &str) -> Result<PathBuf> {
    let root = tools.join(format!("{program}-{version}"));
    let binary = root.join("bin").join(program);
    if !binary.is_file() {
        sh::say(&format!(
            "building {program} {version} (once, about a minute)"
        ));
        let build = tools.join(format!("{program}-build"));
        let mut cargo = crate::ebpf::clean_cargo();
        cargo
            .args(["install", program, "--locked", "--quiet"])
            .args(["--version", version, "--root"])
            .arg(&root)
            .arg("--target-dir")
            .arg(&build);
        // Some crates bring a file along that names the toolchain of their authors, and rustup goes by it.
        if let Some(toolchain) = env::var_os("RUSTUP_TOOLCHAIN") {
            cargo.env("RUSTUP_TOOLCHAIN", toolchain);
        }
        sh::run(&mut cargo)?;
        fs::remove_dir_all(&build).with_context(|| format!("folder {}", build.display()))?;
    }
    Ok(binary)
}

/// Where they all live.
fn tools() -> Result<PathBuf> {
    let tools = sh::workspace().join("target/tools");
    fs::create_dir_all(&tools).with_context(|| format!("folder {}", tools.display()))?;
    Ok(tools)
}

fn sysroot(rustc: &mut Command) -> Result<PathBuf> {
    let sysroot = sh::output(rustc.args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()))
}

/// Debian's packages, unpacked. Installing `rustc-web` would replace the system's rustc.
struct Debian {
    /// Where they are unpacked, one folder a version.
    root: PathBuf,
    /// `apt-get download` takes names; the standard library's has the version in it.
    packages: Vec<String>,
}

impl Debian {
    fn new(tools: &Path) -> Result<Self> {
        let (version, library) = match describe() {
            Ok(described) => described,
            // What a system comes with may be empty, or from before there was an LLVM 22.
            Err(error) if !are_lists_complete() => {
                if !sh::is_root()? {
                    return Err(error.context("run `apt-get update` as root, then try again"));
                }
                sh::say("updating Debian's package lists");
                sh::run(Command::new("apt-get").args(["--quiet=2", "update"]))?;
                describe()?
            }
            Err(error) => return Err(error),
        };
        let names = [
            "rustc-web",
            "libstd-rust-web-dev",
            "libstd-rust-web-dev-bpf",
        ];
        let mut packages: Vec<String> = names.map(str::to_owned).into();
        packages.extend(["rust-web-clippy".to_owned(), LLVM.to_owned(), library]);
        Ok(Self {
            root: tools.join(format!("rustc-{version}")),
            packages,
        })
    }

    fn toolchain(&self, linker: &Path) -> Result<Toolchain> {
        let binaries = self.root.join("usr/bin");
        if !self.root.is_dir() {
            self.unpack()?;
        }
        let rustc = binaries.join("rustc");
        let host = host()?;
        // Debian names folders after its own spelling of the platform.
        let folder = host.replace("-unknown-linux-", "-linux-");
        let toolchain = Toolchain {
            libraries: self.root.join("usr/lib").join(folder),
            clippy: Some(binaries.join("cargo-clippy")),
            linker: linker.to_owned(),
            build_core: false,
            rustc,
        };
        sh::output(
            Command::new(&toolchain.rustc)
                .env("LD_LIBRARY_PATH", &toolchain.libraries)
                .arg("--version"),
        )
        .context("Debian's rustc does not start; `apt-get install libz3-4 libxml2 gcc` helps")?;
        Ok(toolchain)
    }

    fn unpack(&self) -> Result<()> {
        let partial = self.root.with_extension("partial");
        if partial.is_dir() {
            fs::remove_dir_all(&partial).context("what an earlier try left")?;
        }
        let downloads = partial.join("downloads");
        fs::create_dir_all(&downloads).with_context(|| format!("{}", downloads.display()))?;
        sh::say("getting Debian's rustc for BPF (120 MB, unpacked into target/tools)");
        sh::run(
            Command::new("apt-get")
                .args(["--quiet=2", "-o", "APT::Sandbox::User=", "download"])
                .args(&self.packages)
                .current_dir(&downloads),
        )?;
        for package in fs::read_dir(&downloads).context("downloads")? {
            let package = package.context("downloads")?.path();
            sh::run(
                Command::new("dpkg-deb")
                    .arg("-x")
                    .arg(&package)
                    .arg(&partial),
            )?;
        }
        fs::remove_dir_all(&downloads).context("downloads")?;
        fs::rename(&partial, &self.root).with_context(|| format!("{}", self.root.display()))
    }
}

/// The version of `rustc-web` and the name of its standard library's package.
fn describe() -> Result<(String, String)> {
    let packages = sh::output(
        Command::new("apt-cache")
            .args(["show", "--no-all-versions"])
            .args(["rustc-web", "libstd-rust-web-dev", LLVM]),
    )?;
    let version = field(&packages, "Version: ").context("Debian's list has no rustc-web")?;
    let library = packages
        .lines()
        .filter(|line| line.starts_with("Depends: "))
        .flat_map(|line| line.split([' ', ',']))
        .find(|word| {
            let rest = word.strip_prefix("libstd-rust-web-");
            rest.is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
        })
        .context("Debian's list has no standard library for rustc-web")?;
    let version = version.split(['+', '-', '~']).next().unwrap_or(version);
    Ok((version.to_owned(), library.to_owned()))
}

/// Whether the package lists have been fetched, and so recently that they know of the LLVM that is
/// needed, or else never will.
fn are_lists_complete() -> bool {
    let knows =
        |package: &str| sh::output(Command::new("apt-cache").args(["show", package])).is_ok();
    knows("gcc") && !knows("rustc-web")
}

fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(name))
}

/// The platform that this runs on, as rustc spells it.
pub fn host() -> Result<String> {
    let version = sh::output(Command::new("rustc").arg("-vV"))?;
    let host = field(&version, "host: ").context("rustc -vV names no host")?;
    Ok(host.to_owned())
}
