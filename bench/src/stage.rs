//! Where the program under test is loaded: a namespace with one interface for cameras, and a policy
//! on it whose every step is timed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use aya::maps::MapInfo;
use aya::programs::{ProgramFd, Xdp};
use enforcer::compile::CompiledPolicy;
use enforcer::directories::Directories;
use enforcer::kernel::counters;
use enforcer::kernel::generation::{Loaded, Proved, Settings};
use enforcer::kernel::ring::Ring;
use enforcer::numbering::CameraIds;
use enforcer::policy::Policy;
use enforcer::record::Record;
use enforcer::topology::{Link, Topology};
use enforcer_common::DropReason;
use enforcer_tests::sandbox::{Namespace, Sandbox};
use tempfile::TempDir;

use crate::clock;
use crate::list::List;

/// Index of the interface that cameras are behind.
pub(crate) const INTERFACE: u32 = 100;

/// Index of its far end.
pub(crate) const PEER: u32 = 101;

/// Cameras of every policy, known by MAC address and bound to an address of each family.
pub(crate) const CAMERAS: u16 = 1000;

/// The namespace, and a folder for policies.
pub(crate) struct Stage {
    namespace: Namespace,
    files: TempDir,
    sandbox: Sandbox,
}

/// What is special about a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The groups that cameras are spread over; each allows the whole list.
    pub(crate) groups: u16,
    /// Whether the rules name ports.
    pub(crate) ports: bool,
    /// Events a second for each camera.
    pub(crate) event_rate: u32,
}

/// A program that judges.
pub(crate) struct Program {
    proved: Proved,
    directories: Directories,
    ring: Ring,
    /// What its steps took.
    pub(crate) took: Took,
    /// Instructions that the verifier looked at.
    pub(crate) verified: Option<u32>,
}

/// Time of the processor that each step took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    /// From the file to a policy.
    pub(crate) read: Duration,
    /// From there to the rows of the tables.
    pub(crate) compile: Duration,
    /// From there to a program in the kernel, its tables filled.
    pub(crate) load: Duration,
    /// From there to a proved one.
    pub(crate) prove: Duration,
}

/// What was counted, all cameras together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Frames that a rule let through.
    pub(crate) allowed: u64,
    /// Frames that no rule allows.
    pub(crate) not_allowed: u64,
    /// Frames dropped for any other reason.
    pub(crate) other: u64,
    /// Drops that were told.
    pub(crate) told: u64,
    /// Drops beyond the camera's share of events.
    pub(crate) suppressed: u64,
    /// Drops that the ring had no room for.
    pub(crate) lost: u64,
}

impl Took {
    /// From the file to a proved generation.
    pub(crate) fn all(self) -> Duration {
        let Self {
            read,
            compile,
            load,
            prove,
        } = self;
        read + compile + load + prove
    }
}

impl Counts {
    /// What came on top of an earlier count.
    pub(crate) const fn since(self, before: Self) -> Self {
        Self {
            allowed: self.allowed - before.allowed,
            not_allowed: self.not_allowed - before.not_allowed,
            other: self.other - before.other,
            told: self.told - before.told,
            suppressed: self.suppressed - before.suppressed,
            lost: self.lost - before.lost,
        }
    }

    /// So many times as much.
    pub(crate) const fn times(self, times: u64) -> Self {
        Self {
            allowed: self.allowed * times,
            not_allowed: self.not_allowed * times,
            other: self.other * times,
            told: self.told * times,
            suppressed: self.suppressed * times,
            lost: self.lost * times,
        }
    }

    /// The verdicts alone: how many are told depends on time.
    pub(crate) const fn verdicts(self) -> Self {
        Self {
            told: 0,
            suppressed: 0,
            lost: 0,
            ..self
        }
    }
}

impl Stage {
    /// Makes the namespace.
    pub(crate) fn new(bench: &str) -> Result<Self> {
        let mut sandbox = Sandbox::new(&format!("bench-{bench}"))?;
        let namespace = sandbox.add_namespace("router")?;
        namespace.ip(&format!(
            "link add lan0 index {INTERFACE} address 02:00:00:00:00:01 type veth \
             peer name peer0 index {PEER}\n\
             link set lan0 up\n\
             link set peer0 up\n\
             address add 10.255.0.1/8 dev lan0\n\
             link add wan0 type veth peer name wan1\n\
             link set wan0 up\n\
             link set wan1 up\n\
             address add 192.0.2.1/24 dev wan0\n\
             route add default via 192.0.2.2\n"
        ))?;
        namespace.sysctl(&[
            ("ipv4/ip_forward", "1"),
            ("ipv6/conf/all/disable_ipv6", "1"),
        ])?;
        let files = tempfile::tempdir().context("a folder for policies")?;
        Ok(Self {
            namespace,
            files,
            sandbox,
        })
    }

    /// A folder for files of peers.
    pub(crate) fn files(&self) -> &Path {
        self.files.path()
    }

    /// Does something where the interface is.
    pub(crate) fn run<T: Send>(&self, task: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        self.namespace.run(task)?
    }

    /// Puts a policy for a list into the kernel.
    pub(crate) fn load(&self, name: &str, list: &List, terms: Terms) -> Result<Program> {
        let path = self.write(name, list, terms)?;
        let paths = self.sandbox.directories();
        let directories = Directories {
            run: paths.run.join(name),
            state: paths.state.join(name),
            bpffs: paths.bpffs.join(name),
        };
        directories.create()?;
        let topology = topology()?;
        let (read, policy) = clock::time(|| Ok(Policy::read(&path)?))?;
        let ids = CameraIds::default().assign(&policy);
        let compile = || Ok(CompiledPolicy::new(&policy, &topology, &ids)?);
        let (compile, compiled) = clock::time(compile)?;
        let record = Record::new(1, &policy, ids);
        let settings = Settings {
            event_rate: terms.event_rate,
            log_level: 0,
        };
        let load = || Loaded::new(&compiled, &record, &directories, settings);
        let (load, mut loaded) = clock::time(load)?;
        let verified = loaded.verified_instructions()?;
        let prove = || loaded.prove_policy(&policy, &topology, &record.ids);
        let (prove, proved) = clock::time(prove)?;
        Ok(Program {
            proved,
            ring: Ring::open(&directories)?,
            directories,
            took: Took {
                read,
                compile,
                load,
                prove,
            },
            verified,
        })
    }

    fn write(&self, name: &str, list: &List, terms: Terms) -> Result<PathBuf> {
        let mut text = Vec::new();
        for prefix in &list.prefixes {
            writeln!(text, "{prefix}")?;
        }
        let file = self.files.path().join(format!("{name}.txt"));
        fs::write(&file, text).with_context(|| file.display().to_string())?;
        let ports = if terms.ports {
            ", ports: [tcp/443, udp/8000-8010]"
        } else {
            ""
        };
        let mut text = b"version: 1\ninterfaces: {lan*: {unlisted: pass}}\n".to_vec();
        writeln!(text, "prefixes: {{many: [{{file: {name}.txt}}]}}\ngroups:")?;
        for group in 0..terms.groups {
            writeln!(text, "  group-{group}: {{allow: [{{to: many{ports}}}]}}")?;
        }
        writeln!(text, "cameras:")?;
        for camera in 1..=CAMERAS {
            let [high, low] = camera.to_be_bytes();
            writeln!(
                text,
                "  camera-{camera}: {{match: {{mac: \"02:00:00:00:{high:02x}:{low:02x}\", \
                 ip: [10.0.{high}.{low}, \"fd00::{camera:x}\"]}}, group: group-{}}}",
                camera % terms.groups
            )?;
        }
        let path = self.files.path().join(format!("{name}.yaml"));
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        Ok(path)
    }
}

impl Program {
    /// To be attached.
    pub(crate) fn program(&mut self) -> Result<&mut Xdp> {
        self.proved.program()
    }

    /// For whoever hands frames to it.
    pub(crate) fn fd(&mut self) -> Result<&ProgramFd> {
        Ok(self.proved.program()?.fd()?)
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> Result<Counts> {
        let mut counts = Counts::default();
        for tally in counters::read(&self.directories)?.values() {
            let dropped = tally.dropped();
            counts.allowed += tally.allowed.packets;
            counts.told += dropped.told;
            counts.suppressed += dropped.suppressed;
            counts.lost += dropped.lost;
            let not_allowed = tally.of(DropReason::NotAllowed).all().packets;
            counts.not_allowed += not_allowed;
            counts.other += dropped.all().packets - not_allowed;
        }
        Ok(counts)
    }

    /// Where it tells.
    pub(crate) const fn ring(&mut self) -> &mut Ring {
        &mut self.ring
    }

    /// Takes what was told off the ring.
    pub(crate) fn drain(&mut self) {
        while self.ring.take(|_| ()).is_some() {}
    }

    /// What its maps take, in bytes.
    pub(crate) fn memory(&mut self) -> Result<u64> {
        let maps = self.proved.program()?.info()?.map_ids()?;
        let maps = maps.context("the kernel does not tell the program's maps")?;
        maps.into_iter().map(memory_of).sum()
    }
}

/// What the kernel says that a map takes.
fn memory_of(map: u32) -> Result<u64> {
    use std::os::fd::{AsFd as _, AsRawFd as _};
    let fd = MapInfo::from_id(map)?.fd()?;
    let path = format!("/proc/self/fdinfo/{}", fd.as_fd().as_raw_fd());
    let text = fs::read_to_string(Path::new(&path)).context(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix("memlock:"));
    let bytes = line.context("the kernel does not tell a map's memory")?;
    bytes.trim().parse().context("a map's memory")
}

fn topology() -> Result<Topology> {
    let link = Link {
        index: INTERFACE,
        name: "lan0".to_owned(),
        addresses: vec!["10.255.0.1/8".parse()?, "fd00::ffff/64".parse()?],
        ..Link::default()
    };
    Ok(Topology { links: vec![link] })
}
