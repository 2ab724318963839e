//! A Debian machine to install packages on: this one's files with a layer of its own above them, in a
//! mount namespace of its own, and with them this one's dpkg and what is installed. It ends with the
//! test, however that ends, and leaves nothing.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::daemon::{Enforcer, Outcome};
use crate::sandbox::{Namespace, Sandbox};

/// Where the packages are, on the machine.
pub const PACKAGES: &str = "/mnt";

/// Everything is mounted where no other process sees it, so whoever cleans up cannot reach this
/// machine's files through it.
const MOUNT: &str = r#"
cd "$1"
mkdir -p layers machine
mount -t tmpfs tmpfs layers
mkdir layers/upper layers/work
mount -t overlay overlay -o lowerdir=/,upperdir=layers/upper,workdir=layers/work machine
mount --bind /proc machine/proc
mount --bind /dev machine/dev
mount --bind /sys machine/sys
mount -t bpf bpf machine/sys/fs/bpf
mount -t tmpfs tmpfs machine/run
mount --bind "$2" "machine$3"
# What takes long and nobody here asks for, an index of all manual pages and files safe on a disk, and
# what small machines leave out, the manual.
rm -f machine/var/lib/man-db/auto-update machine/etc/dpkg/dpkg.cfg.d/*
echo force-unsafe-io > machine/etc/dpkg/dpkg.cfg.d/enforcer-tests
echo mounted
# Until whoever made the machine is gone.
read -r _ || true
"#;

/// The machine. No service manager runs on it.
#[derive(Debug)]
pub struct Machine {
    holder: Child,
    root: PathBuf,
    namespace: Namespace,
}

impl Machine {
    /// A machine in a network, with a folder of packages at [`PACKAGES`].
    pub fn new(sandbox: &Sandbox, namespace: &Namespace, packages: &Path) -> Result<Self> {
        let place = sandbox.directories().root();
        let mut holder = Command::new("unshare");
        let mut holder = holder
            .args(["--mount", "sh", "-ec", MOUNT, "sh"])
            .args([place, packages, Path::new(PACKAGES)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("unshare")?;
        let stdout = holder.stdout.take().context("a pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        if line != "mounted\n" {
            let mut complaint = String::new();
            if let Some(mut stderr) = holder.stderr.take() {
                stderr.read_to_string(&mut complaint)?;
            }
            bail!("a machine of one's own: {complaint}");
        }
        Ok(Self {
            holder,
            root: place.join("machine"),
            namespace: namespace.clone(),
        })
    }

    /// Runs a command on it to its end.
    pub fn run<W: AsRef<OsStr>>(&self, words: &[W]) -> Result<Outcome> {
        let starter = self.starter();
        let (first, rest) = starter.split_first().context("no words")?;
        let mut command = Command::new(first);
        let output = self.namespace.output(command.args(rest).args(words))?;
        Ok(output.into())
    }

    /// What a command prints that must succeed.
    pub fn output<W: AsRef<OsStr>>(&self, words: &[W]) -> Result<String> {
        let outcome = self.run(words)?;
        let command: Vec<_> = words.iter().map(|word| word.as_ref().display()).collect();
        ensure!(outcome.code == Some(0), "{command:?}: {outcome:#?}");
        Ok(outcome.stdout)
    }

    /// Runs a script, with what it prints and complains of as the answer.
    pub fn script(&self, script: &str) -> Result<String> {
        self.output(&["sh", "-ec", &format!("exec 2>&1\n{script}")])
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        let starter = self.starter();
        let (first, rest) = starter.split_first().context("no words")?;
        let mut command = Command::new(first);
        let command = command.args(rest).args(["tee", path]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut stdin = child.stdin.take().context("a pipe")?;
        stdin.write_all(text.as_bytes())?;
        drop(stdin);
        ensure!(child.wait()?.success(), "{path} cannot be written");
        Ok(())
    }

    /// Whether there is such a file or folder.
    pub fn has(&self, path: &str) -> Result<bool> {
        Ok(self.run(&["test", "-e", path])?.code == Some(0))
    }

    /// The program that is installed on it.
    pub fn enforcer(&self, like: &Enforcer) -> Enforcer {
        let enforcer = like.clone().at_home().started_by(&self.starter());
        enforcer.with_program(Path::new("/usr/bin/enforcer"))
    }

    fn starter(&self) -> Vec<String> {
        let mounts = format!("--mount=/proc/{}/ns/mnt", self.holder.id());
        let root = self.root.display().to_string();
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let words = [
            "nsenter",
            &mounts,
            "chroot",
            &root,
            "env",
            "-i",
            path,
            "LC_ALL=C.UTF-8",
        ];
        words.map(str::to_owned).into()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Its end closes the pipe that the holder waits at.
        drop(self.holder.stdin.take());
        self.holder.wait().ok();
    }
}
