//! The loaded program on the frames of a suite: what the kernel's own test runs say of it, what it
//! counts and what it tells.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use anyhow::{Context as _, Result, bail};
use aya::programs::{ProgramError, TestRun as _, TestRunOptions, Xdp};
use aya_log::EbpfLogger;
use enforcer::{
    compile::CompiledPolicy,
    directories::Directories,
    kernel::{
        budget::Verified,
        counters::{self, Tally},
        generation::{Loaded, Proved, Settings},
        ledger::Ledger,
        object::Frames,
        proof::{context, test_run},
        ring::{Ring, Unreadable},
    },
    model::Model,
    numbering::CameraIds,
    policy::Policy,
    record::Record,
    topology::Topology,
};
use enforcer_common::{
    Judgement,
    counter::{Counter, Slot},
    event::{DropEvent, Report},
    table::CameraId,
};
use log::Log;

use crate::{
    cases::Ports,
    sandbox::{Namespace, Sandbox},
};

/// A program that tells of every drop and says nothing of itself.
pub const TELLING: Settings = Settings {
    event_rate: 1_000_000_000,
    log_level: 0,
};

/// What was counted, by camera and [`Slot::index`]; nothing that is zero.
pub type Counts = BTreeMap<(CameraId, usize), Counter>;

/// A network namespace that has the interfaces of the suites, since a test run must name one.
#[derive(Debug)]
pub struct Bench {
    namespace: Namespace,
    sandbox: Sandbox,
}

/// A policy in the kernel, with counters and ring of its own.
pub struct Program {
    loaded: Loaded,
    record: Record,
    directories: Directories,
}

/// A program that counts and tells.
pub struct Counting {
    proved: Proved,
    directories: Directories,
    ring: Ring,
}

impl Bench {
    /// Makes the namespace, with interfaces of these indexes.
    pub fn new(test: &str, ports: &Ports) -> Result<Self> {
        let mut sandbox = Sandbox::new(test)?;
        let namespace = sandbox.add_namespace("bench")?;
        let Ports {
            cameras,
            trunk,
            vlan,
            mixed,
            uplink,
        } = ports;
        for index in [cameras, trunk, vlan, mixed, uplink] {
            let peer = index + 1000;
            namespace.ip(&format!(
                "link add port{index} index {index} type veth peer name peer{index} index {peer}\n"
            ))?;
        }
        Ok(Self { namespace, sandbox })
    }

    /// Does something where the interfaces are.
    pub fn run<T: Send>(&self, task: impl FnOnce(&Self) -> Result<T> + Send) -> Result<T> {
        self.namespace.run(|| task(self))?
    }

    /// Runs `ip` commands there, one a line.
    pub fn ip(&self, lines: &str) -> Result<()> {
        self.namespace.ip(lines)
    }

    /// Loads a policy; `name` sets its directories apart from those of others on the same bench.
    pub fn load(
        &self,
        name: &str,
        policy: &Policy,
        topology: &Topology,
        settings: Settings,
    ) -> Result<Program> {
        self.load_taking(Frames::here()?, name, policy, topology, settings)
    }

    /// The same for a kernel that hands frames over like this.
    pub fn load_taking(
        &self,
        frames: Frames,
        name: &str,
        policy: &Policy,
        topology: &Topology,
        settings: Settings,
    ) -> Result<Program> {
        let paths = self.sandbox.directories();
        // A bpffs takes no dots, and a suite's name is a sentence.
        let folder: String = name
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '-'
                }
            })
            .collect();
        let directories = Directories {
            run: paths.run.join(&folder),
            state: paths.state.join(&folder),
            bpffs: paths.bpffs.join(&folder),
        };
        directories.create()?;
        let ids = CameraIds::default().assign(policy);
        let compiled = CompiledPolicy::new(policy, topology, &ids)?;
        let record = Record::new(1, policy, ids);
        let loaded = Loaded::taking(frames, &compiled, &record, &directories, settings)?;
        Ok(Program {
            loaded,
            record,
            directories,
        })
    }
}

impl Program {
    /// What the kernel made of the program.
    pub fn verified(&mut self) -> Result<Verified> {
        self.loaded.verified()
    }

    /// The kernel's verdicts on frames and the interfaces that they come in on.
    pub fn judge<'f>(
        &mut self,
        frames: impl IntoIterator<Item = (&'f [u8], u32)>,
    ) -> Result<Vec<Judgement>> {
        let mut trial = self.loaded.trial()?;
        let judged: Result<Vec<Judgement>> = frames
            .into_iter()
            .map(|(frame, interface)| match trial.judge(frame, interface)? {
                Some((judgement, told)) if told == interface => Ok(judgement),
                other => bail!("no verdict for interface {interface}: {other:?}"),
            })
            .collect();
        trial.end()?;
        judged
    }

    /// The same program, counting and telling from here on.
    pub fn counting(self, policy: &Policy, topology: &Topology) -> Result<Counting> {
        let model = Model::new(policy, topology, &self.record.ids);
        Ok(Counting {
            proved: self.loaded.prove(Vec::new(), &model)?,
            ring: Ring::open(&self.directories)?,
            directories: self.directories,
        })
    }
}

impl Counting {
    /// Runs a frame and returns the action.
    pub fn run(&mut self, frame: &[u8], interface: u32) -> Result<u32> {
        let program = self.proved.program()?;
        test_run(program, frame, Some(interface)).context("test run")
    }

    /// Runs a frame whose first piece has so many bytes, and returns the action; nothing where the kernel
    /// cannot be told (before 6.18, commit fe9544ed1a2e).
    pub fn run_in_pieces(
        &mut self,
        frame: &[u8],
        first: usize,
        interface: u32,
    ) -> Result<Option<u32>> {
        let context = context(frame.get(..first).context("no such piece")?, interface);
        let mut options = TestRunOptions::new();
        options.data_in = Some(frame);
        options.ctx_in = Some(&context);
        match self.proved.program()?.test_run(options) {
            Ok(ran) => Ok(Some(ran.return_value)),
            Err(ProgramError::SyscallError(error))
                if error.io_error.kind() == ErrorKind::InvalidInput =>
            {
                Ok(None)
            }
            Err(error) => Err(error).context("test run"),
        }
    }

    /// The program itself.
    pub fn program(&mut self) -> Result<&mut Xdp> {
        self.proved.program()
    }

    /// Passes on to `logger` what the program says of itself, each time that it is flushed.
    pub fn diagnostics<L: Log>(&mut self, logger: L) -> Result<EbpfLogger<L>> {
        let logger = EbpfLogger::init_with_logger(self.proved.ebpf(), logger);
        logger.context("the program's diagnostics")
    }

    /// What was counted so far, by camera.
    pub fn tallies(&self) -> Result<BTreeMap<CameraId, Tally>> {
        counters::read(&self.directories)
    }

    /// The tallies that are not zero.
    pub fn counts(&self) -> Result<Counts> {
        let mut counts = Counts::new();
        for (camera, tally) in self.tallies()? {
            for slot in Slot::all() {
                let counter = tally.of(slot);
                if counter != Counter::default() {
                    counts.insert((camera, slot.index()), counter);
                }
            }
        }
        Ok(counts)
    }

    /// What was told since the last call.
    pub fn events(&mut self) -> Result<Vec<DropEvent>> {
        let reports = self.reports()?.into_iter();
        Ok(reports.map(|report| report.event).collect())
    }

    /// The same with the frames' first bytes.
    pub fn reports(&mut self) -> Result<Vec<Report>> {
        let mut reports = Vec::new();
        while let Some(report) = self.ring.take(|report| *report) {
            match report {
                Ok(report) => reports.push(report),
                Err(Unreadable) => bail!("the ring holds what is no event"),
            }
        }
        Ok(reports)
    }

    /// What was written down so far.
    pub fn ledger(&self) -> Result<Ledger> {
        let mut all = Ledger::all(&self.directories)?;
        let last = all.pop().context("there is no ledger")?;
        last.map_err(|unread| anyhow::anyhow!("{unread}"))
    }
}
