//! The program in the kernel, loaded to judge frames of a capture: attached to nothing, and pinned where nobody else
//! looks, so that it works beside a daemon.
//!
//! A test run must name an interface that is there, and every kernel has the loopback one. So there is a program
//! for each link that frames come in on, whose one interface has that number.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    os::fd::{AsRawFd as _, OwnedFd},
    path::Path,
};

use anyhow::{Context as _, Result};
use enforcer_common::Judgement;
use rustix::{
    io::Errno,
    mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount,
        fsopen,
    },
};

use super::place::Router;
use crate::{
    compile::CompiledPolicy,
    directories::Directories,
    exit::{Exit, Failure},
    kernel::{
        errno,
        generation::{Loaded, Settings},
    },
    record::Record,
};

/// The number of the loopback interface.
const LOOPBACK: u32 = 1;

/// The shortest frame that the kernel runs a program on.
const SHORTEST: usize = 14;

/// Nothing is told of by a program that only answers.
const SILENT: Settings = Settings {
    event_rate: 1,
    log_level: 0,
};

/// A program for each link, loaded when the first frame comes in there.
pub(super) struct Programs {
    directories: Directories,
    /// A BPF file system that is mounted nowhere, and gone with this.
    _pins: OwnedFd,
    record: Record,
    loaded: BTreeMap<u32, Loaded>,
}

impl Programs {
    /// Loads the first, so that whatever keeps the kernel from it is known before a frame is read.
    pub(super) fn new(router: &Router, record: &Record) -> Result<Self> {
        let pins = pins().map_err(|error| match error {
            Errno::PERM | Errno::ACCESS => anyhow::Error::new(error).context(Failure::new(
                Exit::Privilege,
                "needs root, or CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and CAP_SYS_ADMIN",
            )),
            _ => anyhow::Error::new(error).context(Failure::new(
                Exit::Kernel,
                "this kernel gives no BPF file system",
            )),
        })?;
        let root = format!("/proc/self/fd/{}", pins.as_raw_fd());
        let root = Path::new(&root);
        let directories = Directories {
            run: root.join("run"),
            state: root.join("state"),
            bpffs: root.join("enforcer"),
        };
        directories.create()?;
        let mut programs = Self {
            directories,
            _pins: pins,
            record: record.clone(),
            loaded: BTreeMap::new(),
        };
        programs.load(router, router.first())?;
        Ok(programs)
    }

    /// The verdicts on frames and the links that they came in on; none on those that the kernel does not take.
    pub(super) fn judge(
        &mut self,
        router: &Router,
        frames: &[(u32, Cow<'_, [u8]>)],
    ) -> Result<Vec<Option<Judgement>>> {
        let mut answers = vec![None; frames.len()];
        let mut by_link: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, (link, frame)) in frames.iter().enumerate() {
            if frame.len() >= SHORTEST {
                by_link.entry(*link).or_default().push(at);
            }
        }
        for (link, all) in by_link {
            if !self.loaded.contains_key(&link) {
                self.load(router, link)?;
            }
            let loaded = self.loaded.get_mut(&link).context("a program")?;
            let mut trial = loaded.trial()?;
            for at in all {
                let Some(((_, frame), answer)) = frames.get(at).zip(answers.get_mut(at)) else {
                    continue;
                };
                match trial.judge(frame, LOOPBACK) {
                    Ok(judged) => *answer = judged.map(|(judgement, _)| judgement),
                    // Longer than this kernel takes one.
                    Err(error) if is_too_long(&error) => {}
                    Err(error) => return Err(error),
                }
            }
            trial.end()?;
        }
        Ok(answers)
    }

    fn load(&mut self, router: &Router, link: u32) -> Result<()> {
        let topology = router.alone(link);
        let compiled = CompiledPolicy::new(&router.policy, &topology, &router.ids)?;
        let record = Record {
            generation: link,
            ..self.record.clone()
        };
        let loaded = Loaded::new(&compiled, &record, &self.directories, SILENT)?;
        self.loaded.insert(link, loaded);
        Ok(())
    }
}

fn is_too_long(error: &anyhow::Error) -> bool {
    matches!(
        errno(&**error),
        Some(Errno::INVAL | Errno::NOMEM | Errno::MSGSIZE | Errno::TOOBIG)
    )
}

fn pins() -> rustix::io::Result<OwnedFd> {
    let context = fsopen("bpf", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_set_string(&context, "mode", "0700")?;
    fsconfig_create(&context)?;
    fsmount(
        &context,
        FsMountFlags::FSMOUNT_CLOEXEC,
        MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV,
    )
}
