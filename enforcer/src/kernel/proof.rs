//! The proof of a generation: canary frames, derived from its policy, run through the loaded
//! program, which must answer each as the host does: verdict, reason, camera and rule.

use anyhow::{Context as _, Result, ensure};
use aya::{
    maps::{Array, MapData},
    programs::{ProgramError, TestRun as _, TestRunOptions, Xdp},
};
use enforcer_common::{Judgement, Tables, decided, judgement::Proof};
use rustix::io::Errno;
use thiserror::Error;

use super::{
    errno,
    generation::{Loaded, Proved},
};
use crate::canary::{Canary, asked, canaries};
use crate::model::Model;
use crate::numbering::CameraIds;
use crate::policy::Policy;
use crate::topology::Topology;

/// The loopback interface, which frames come from where the kernel cannot be told another.
const LOOPBACK: u32 = 1;

/// The kernel's answer is not the host's.
#[derive(Debug, Error)]
#[error(
    "the kernel program disagrees with the policy about {}: {kernel:?} instead of {host:?}; this is a \
     bug, please report it with the policy",
    canary.about
)]
pub struct Disagreement {
    canary: Canary,
    kernel: Judgement,
    host: Judgement,
}

impl Loaded {
    /// Proves the generation against the words of its policy.
    pub fn prove_policy(
        self,
        policy: &Policy,
        topology: &Topology,
        ids: &CameraIds,
    ) -> Result<Proved> {
        let canaries = canaries(policy, topology);
        let asked = asked(&canaries, &Model::new(policy, topology, ids));
        let policy = policy.narrowed_to(asked);
        self.prove(canaries, &Model::new(&policy, topology, ids))
    }

    /// Proves the generation. Nothing that its program does meanwhile is counted or told.
    pub fn prove(mut self, canaries: Vec<Canary>, tables: &impl Tables) -> Result<Proved> {
        let mut trial = self.trial()?;
        for canary in canaries {
            let Some((kernel, interface)) = trial.judge(&canary.frame, canary.interface)? else {
                continue;
            };
            let (host, _) = decided(canary.frame.as_slice(), interface, tables);
            let host = Judgement::from(&host);
            if kernel != host {
                return Err(Disagreement {
                    canary,
                    kernel,
                    host,
                }
                .into());
            }
        }
        trial.end()?;
        Ok(self.into_proved())
    }

    /// Lets the program write its verdicts down, until the trial ends.
    pub fn trial(&mut self) -> Result<Trial<'_>> {
        let (program, proof) = self.parts()?;
        activate(proof, true)?;
        Ok(Trial {
            program,
            proof,
            knows_interfaces: true,
        })
    }
}

/// A loaded program whose verdicts are written down, and neither counted nor told.
pub struct Trial<'l> {
    program: &'l mut Xdp,
    proof: &'l mut Array<MapData, Proof>,
    /// The kernel can be told which interface a frame comes from (5.15, commit ec94670fcb3b).
    knows_interfaces: bool,
}

impl Trial<'_> {
    /// The verdict on a frame, and the interface that it was given for. Nothing, if the interface
    /// has vanished.
    pub fn judge(&mut self, frame: &[u8], interface: u32) -> Result<Option<(Judgement, u32)>> {
        let Some((digest, interface)) = self.run(frame, interface)? else {
            return Ok(None);
        };
        let judgement = self.last()?;
        ensure!(
            judgement.digest() == digest,
            "the kernel program says {judgement:?}, and {digest:#x} in short; this is a bug, please report it with \
             the policy"
        );
        Ok(Some((judgement, interface)))
    }

    /// The verdict on a frame that is expected to get this one. Only where its digest says that it is another it is
    /// looked up: a system call less for each frame.
    pub fn compare(
        &mut self,
        frame: &[u8],
        interface: u32,
        expected: Judgement,
    ) -> Result<Option<Judgement>> {
        match self.run(frame, interface)? {
            Some((digest, _)) if digest == expected.digest() => Ok(Some(expected)),
            Some(_) => self.last().map(Some),
            None => Ok(None),
        }
    }

    /// Runs a frame: the digest of its verdict, and the interface that it was given for.
    fn run(&mut self, frame: &[u8], interface: u32) -> Result<Option<(u32, u32)>> {
        let told = self.knows_interfaces.then_some(interface);
        match test_run(self.program, frame, told) {
            Ok(digest) => Ok(Some((digest, told.unwrap_or(LOOPBACK)))),
            Err(error) => match errno(&error) {
                Some(Errno::NODEV) => Ok(None),
                Some(Errno::INVAL) if self.knows_interfaces => {
                    self.knows_interfaces = false;
                    self.run(frame, interface)
                }
                _ => Err(error).context("run a canary frame"),
            },
        }
    }

    /// The last verdict.
    fn last(&self) -> Result<Judgement> {
        Ok(self.proof.get(&0, 0)?.judgement)
    }

    /// Lets the program count and tell again.
    pub fn end(self) -> Result<()> {
        activate(self.proof, false)
    }
}

/// Runs a frame through a loaded program as if it came in on an interface, and returns the action. What is
/// longer than a page comes in pieces, if the program takes them.
pub fn test_run(program: &Xdp, frame: &[u8], interface: Option<u32>) -> Result<u32, ProgramError> {
    let context = interface.map(|interface| context(frame, interface));
    let mut options = TestRunOptions::new();
    options.data_in = Some(frame);
    options.ctx_in = context.as_ref().map(<[u8; 24]>::as_slice);
    Ok(program.test_run(options)?.return_value)
}

fn activate(proof: &mut Array<MapData, Proof>, active: bool) -> Result<()> {
    let row = Proof {
        active: u32::from(active),
        judgement: Judgement::default(),
    };
    proof.set(0, row, 0).context("the proof")
}

/// A `struct xdp_md` (`linux/bpf.h`) for a test run: data, end of data, metadata, interface, queue,
/// outgoing interface; in the machine's own byte order.
pub fn context(frame: &[u8], interface: u32) -> [u8; 24] {
    let mut context = [0; 24];
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    let fields = [0, length, 0, interface, 0, 0];
    for (field, bytes) in fields.iter().zip(context.chunks_exact_mut(4)) {
        bytes.copy_from_slice(&field.to_ne_bytes());
    }
    context
}
