//! Another kernel: the tests of the loaded program, in a virtual machine that runs it.
//!
//! The machine is an emulated one, so it needs no rights and no hardware, and is the same everywhere. All that
//! it holds is an initial file system made here: the kernel's modules, this system's shell and `ip`, the
//! program, and the tests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use crate::{build, sh};

mod image;

use image::Image;

/// Debian's package that always depends on its newest kernel.
const NEWEST: &str = "linux-image-cloud-amd64";

/// The tests that ask the kernel what becomes of frames, and what becomes of a program that is in force. The rest
/// would tell nothing of the kernel, or needs packages.
const TESTS: [&str; 5] = ["verdicts", "threats", "generations", "lifecycle", "events"];

/// What the networks of the tests are made of, each after what it needs.
const MODULES: [&str; 4] = ["llc", "stp", "bridge", "veth"];

/// What the machine's last words are when all went well.
const PASSED: &str = "all tests passed on Linux";

/// Runs the tests on the kernel of a Debian package: a file, or the name of one that this system's sources
/// have.
pub fn run(package: Option<&str>) -> Result<()> {
    for (program, package) in [
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("busybox", "busybox-static"),
        ("cpio", "cpio"),
        ("dpkg-deb", "dpkg"),
    ] {
        if !sh::is_there(program) {
            bail!("the program `{program}` is missing; install the package {package}");
        }
    }
    let enforcer = build::release()?;
    let budget = enforcer.with_file_name("enforcer-budget");
    let tests = tests()?;
    let folder = sh::workspace().join("target/kernel");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let package = match package {
        Some(path) if Path::new(path).is_file() => PathBuf::from(path),
        name => download(name, &folder)?,
    };
    sh::say(&format!("booting {}", package.display()));
    let image = Image::new(&folder, &package)?;
    for program in [enforcer.as_path(), &budget, Path::new("bpftool")] {
        image.add_program(program)?;
    }
    for program in ["bash", "ip", "install", "mount", "ethtool"] {
        image.add_program(Path::new(program))?;
    }
    for (name, test) in &tests {
        image.add_test(name, test)?;
    }
    image.add_modules(&MODULES)?;
    image.add_init(&init())?;
    boot(&image)
}

/// What the machine does: it shows what the program takes of this kernel, runs the tests and ends.
fn init() -> String {
    let tests = TESTS.map(|test| format!("run {test}\n")).concat();
    format!(
        "#!/bin/bash
export PATH=/bin:/busybox HOME=/ ENFORCER_BIN=/bin/enforcer
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mount -t bpf bpf /sys/fs/bpf
for module in /modules/*; do insmod $module; done
ip link set lo up
failed=
run() {{
    /tests/$1 --quiet || failed=\"$failed $1\"
}}
enforcer-budget /policies/isp-edge.yaml
cd /tmp
{tests}
if [ -z \"$failed\" ]; then echo \"{PASSED} $(uname -r)\"; else echo \"failed:$failed\"; fi
poweroff -f
"
    )
}

/// Builds the tests; where each is.
fn tests() -> Result<Vec<(&'static str, PathBuf)>> {
    let mut cargo = sh::cargo();
    cargo.args(["test", "--no-run", "--package=enforcer-tests"]);
    let tests = TESTS.map(|test| format!("--test={test}"));
    let output = cargo.args(tests).stderr(Stdio::piped()).output()?;
    // `Executable tests/threats.rs (target/debug/deps/threats-0123)`
    let words = String::from_utf8(output.stderr)?;
    let found = TESTS.iter().map(|test| {
        let named = format!("tests/{test}.rs (");
        let line = words.lines().find_map(|line| line.split_once(&named));
        let (_, path) = line.with_context(|| format!("the test {test} was not built:\n{words}"))?;
        Ok((*test, sh::workspace().join(path.trim_end_matches(')'))))
    });
    found.collect()
}

/// Gets a package, or the one that it stands for.
fn download(name: Option<&str>, folder: &Path) -> Result<PathBuf> {
    let name = if let Some(name) = name {
        name.to_owned()
    } else {
        let words = sh::output(Command::new("apt-cache").args(["depends", NEWEST]))?;
        let depends = words.lines().find_map(|line| line.split_once("Depends: "));
        let (_, name) = depends.with_context(|| format!("no package {NEWEST} here"))?;
        name.to_owned()
    };
    let packages = folder.join("packages");
    fs::create_dir_all(&packages).with_context(|| packages.display().to_string())?;
    let kept = |name: &str| -> Result<Option<PathBuf>> {
        let mut files = fs::read_dir(&packages)?.filter_map(Result::ok);
        let start = format!("{name}_");
        let file = files.find(|file| file.file_name().to_string_lossy().starts_with(&start));
        Ok(file.map(|file| file.path()))
    };
    if kept(&name)?.is_none() {
        sh::run(
            Command::new("apt-get")
                .args(["--quiet=2", "-o", "APT::Sandbox::User=", "download", &name])
                .current_dir(&packages),
        )?;
    }
    kept(&name)?.with_context(|| format!("apt-get download {name} left no package"))
}

fn boot(image: &Image) -> Result<()> {
    let mut machine = Command::new("timeout");
    machine
        .args(["1800", "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max"])
        .args(["-smp", "2", "-m", "3072", "-nographic", "-no-reboot"])
        .arg("-kernel")
        .arg(image.kernel()?)
        .arg("-initrd")
        .arg(image.pack()?)
        .args([
            "-append",
            "console=ttyS0 quiet loglevel=3 panic=-1 no_timer_check",
        ]);
    let words = sh::output(&mut machine)?;
    // Before its first words stand those of the machine's firmware.
    let words = words
        .split_once("kernel program: ")
        .map_or(&*words, |it| it.1);
    sh::say(words);
    if !words.contains(PASSED) {
        bail!("not all tests passed on this kernel");
    }
    Ok(())
}
