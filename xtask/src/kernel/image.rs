//! The file system that a virtual machine starts with.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{build, sh};

/// A folder that becomes one, and the kernel that it is for.
#[derive(Debug)]
pub(super) struct Image {
    root: PathBuf,
    package: PathBuf,
}

impl Image {
    /// An empty one beside the unpacked package of a kernel.
    pub(super) fn new(folder: &Path, package: &Path) -> Result<Self> {
        let image = Self {
            root: folder.join("root"),
            package: folder.join("package"),
        };
        for old in [&image.root, &image.package] {
            if old.exists() {
                fs::remove_dir_all(old).with_context(|| old.display().to_string())?;
            }
        }
        sh::run(
            Command::new("dpkg-deb")
                .arg("-x")
                .arg(package)
                .arg(&image.package),
        )?;
        for folder in [
            "bin", "busybox", "dev", "etc", "modules", "policies", "proc", "run", "sys", "tests",
            "tmp",
        ] {
            make(&image.root.join(folder))?;
        }
        // Where Debian has them, too.
        for old in ["sbin", "usr"] {
            symlink(if old == "usr" { "." } else { "bin" }, image.root.join(old))?;
        }
        copy(&found("busybox")?, &image.root.join("bin/busybox"))?;
        let policy = sh::workspace().join(build::POLICY);
        copy(&policy, &image.root.join(build::POLICY))?;
        Ok(image)
    }

    /// Adds a program, by its path or its name, with the libraries that it is linked to.
    pub(super) fn add_program(&self, program: &Path) -> Result<()> {
        let program = match program.to_str() {
            Some(name) if !name.contains('/') => found(name)?,
            _ => program.to_owned(),
        };
        let name = program.file_name().context("a program has a name")?;
        copy(&program, &self.root.join("bin").join(name))?;
        self.add_libraries(&program)
    }

    /// Adds a test, without what only a debugger reads.
    pub(super) fn add_test(&self, name: &str, test: &Path) -> Result<()> {
        let to = self.root.join("tests").join(name);
        sh::run(Command::new("strip").arg("-o").arg(&to).arg(test))?;
        self.add_libraries(test)
    }

    /// Adds modules of the kernel, to be loaded in this order.
    pub(super) fn add_modules(&self, names: &[&str]) -> Result<()> {
        for (nth, name) in names.iter().enumerate() {
            let words = sh::output(
                Command::new("find")
                    .arg(&self.package)
                    .args(["-name", &format!("{name}.ko*")]),
            )?;
            // What is not a module is part of the kernel.
            let Some(module) = words.lines().next() else {
                continue;
            };
            let to = self.root.join("modules").join(format!("{nth}-{name}.ko"));
            if Path::new(module).extension() == Some("xz".as_ref()) {
                let bytes = Command::new("xz").args(["-dc", module]).output()?.stdout;
                fs::write(to, bytes)?;
            } else {
                copy(Path::new(module), &to)?;
            }
        }
        Ok(())
    }

    /// Adds what the kernel starts.
    pub(super) fn add_init(&self, script: &str) -> Result<()> {
        let path = self.root.join("init");
        fs::write(&path, script)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        let root = &self.root;
        for applet in ["cut", "insmod", "poweroff", "uname"] {
            symlink("/bin/busybox", root.join("busybox").join(applet))?;
        }
        Ok(())
    }

    /// The kernel itself.
    pub(super) fn kernel(&self) -> Result<PathBuf> {
        let mut files = fs::read_dir(self.package.join("boot"))?.filter_map(Result::ok);
        let kernel = files.find(|file| file.file_name().as_encoded_bytes().starts_with(b"vmlinuz"));
        Ok(kernel.context("no kernel in the package")?.path())
    }

    /// Packs it as the kernel wants it.
    pub(super) fn pack(&self) -> Result<PathBuf> {
        let packed = self.root.with_extension("cpio.gz");
        let script = "cd \"$1\" && find . | cpio --quiet --create --format=newc --owner=0:0 | gzip -1 > \"$2\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "pack"]);
        sh::run(shell.arg(&self.root).arg(&packed))?;
        Ok(packed)
    }

    fn add_libraries(&self, program: &Path) -> Result<()> {
        let words = sh::output(Command::new("ldd").arg(program))?;
        let paths = words
            .split_whitespace()
            .filter(|word| word.starts_with('/'));
        for library in paths {
            let to = self.root.join(library.trim_start_matches('/'));
            if !to.exists() {
                copy(Path::new(library), &to)?;
            }
        }
        Ok(())
    }
}

/// Where a program is; also one that is for root.
fn found(name: &str) -> Result<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(Path::new);
    let mut paths = folders.iter().map(|folder| folder.join(name));
    let path = paths.find(|path| path.is_file());
    path.with_context(|| format!("the program `{name}` is missing; install it"))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    make(to.parent().unwrap_or(to))?;
    fs::copy(from, to).with_context(|| format!("copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}
