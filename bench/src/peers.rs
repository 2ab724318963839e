//! What others cost that do the same: live frames over a veth pair, all on one processor, none of
//! which may pass.

mod bpfilter;
mod command;
mod ipset;
mod judge;
mod nft;
mod peer;
mod reader;
mod sender;
mod table;
mod tools;
mod xdp_filter;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use xtask::bench::{Effort, Numbers, goal, machine, page, plot};
use xtask::sh;

use self::judge::Judge;
use self::peer::Peer;
use self::sender::{Sender, Way};
use self::table::{Measured, Sample};
use crate::clock;
use crate::list::{Kind, List};
use crate::stage::Stage;
use crate::verdict::{To, frames};

/// Its name on the page.
const NAME: &str = "peers";

/// Different frames of one size.
const FRAMES: usize = 1 << 16;

/// The sizes of the list. The last two are what goals are about, and all that a quick look takes.
const SIZES: [usize; 3] = [16, 1000, 50_000];

/// What is set up anew is slow at first.
const WARM: u32 = 1 << 13;

/// As many frames as use up what cameras have saved up of events.
const FLOOD: u32 = 1 << 18;

/// How much is measured.
#[derive(Clone, Copy)]
struct Amounts {
    /// How many samples have to stand.
    rounds: usize,
    /// How many rounds are made for that at most.
    attempts: usize,
    /// Frames for a sample, and for each of the floors beside it.
    frames: u32,
    floor: u32,
}

/// Measures, prints the goals, and writes the section.
pub(crate) fn run(object: &[u8], effort: Effort) -> Result<()> {
    clock::tells_all()?;
    let mut found = Vec::new();
    for &peer in Peer::ALL {
        let there = tools::get(peer.tools())?;
        if let Err(why) = there {
            sh::say(&format!("{peer}: {why}"));
        }
        found.push((peer, there));
    }
    let there = found.iter().filter(|(_, there)| there.is_ok());
    let there: Vec<Peer> = there.map(|&(peer, _)| peer).collect();
    let amounts = Amounts::of(effort);
    let stage = Stage::new(NAME)?;
    let mut measured = stage.run(|| {
        own_bpffs()?;
        clock::stay()?;
        let mut measured = Vec::new();
        let first = usize::from(effort == Effort::Quick);
        for size in SIZES.into_iter().skip(first) {
            measured.extend(of_size(&stage, object, size, &there, amounts)?);
        }
        Ok(measured)
    })?;
    whole(&mut measured, effort, amounts.rounds)?;
    for one in &measured {
        sh::say(&one.to_string());
    }
    let goals = table::goals(&measured);
    goal::print(&goals)?;
    if effort == Effort::Full {
        let machine = machine::described()?;
        plot::write(NAME, &table::plot(&measured))?;
        let section = table::section(&machine, amounts.rounds, &found, &measured, &goals);
        page::write(NAME, &section)?;
    }
    Ok(())
}

/// A bpffs that this thread and what it starts see alone: some peers pin there whatever they load,
/// under names that may be taken.
fn own_bpffs() -> Result<()> {
    // SAFETY: descriptors stay shared; only mounts are this thread's own.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS) }.context("mounts of its own")?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).context("mounts of its own")?;
    let path = "/sys/fs/bpf";
    mount("bpf", path, "bpf", MountFlags::NOSUID, None).context(path)
}

impl Amounts {
    const fn of(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Self {
                rounds: 3,
                attempts: 5,
                frames: 1 << 17,
                floor: 1 << 16,
            },
            Effort::Full => Self {
                rounds: 7,
                attempts: 35,
                frames: 1 << 18,
                floor: 1 << 17,
            },
        }
    }
}

/// Every peer once a round, in turns, each between two measurements of the floor; a sample that does
/// not stand is taken again in the next round.
fn of_size(
    stage: &Stage,
    object: &[u8],
    size: usize,
    peers: &[Peer],
    amounts: Amounts,
) -> Result<Vec<Measured>> {
    sh::say(&format!("{size} prefixes: setting up"));
    let list = List::new(Kind::V4, size)?;
    let (frames, _) = frames(&list, true, To::Miss, FRAMES, &mut Numbers::new(2))?;
    let sender = Sender::new(object, &frames)?;
    let peers = peers.iter().filter(|peer| size <= peer.room());
    let peers: Vec<Peer> = peers.copied().collect();
    let mut judge = Judge::new(stage, object, &list, &peers)?;
    let mut all: Vec<Measured> = peers
        .iter()
        .map(|&peer| Measured::new(peer, size))
        .collect();
    let rounds = amounts.rounds;
    for round in 1..=amounts.attempts {
        let wanted = all.iter().filter(|one| one.samples.len() < rounds).count();
        if wanted == 0 {
            break;
        }
        sh::say(&format!(
            "{size} prefixes, round {round} of {rounds}: {wanted} peers"
        ));
        let mut before = floor(&mut judge, &sender, amounts)?;
        for one in all.iter_mut().filter(|one| one.samples.len() < rounds) {
            let cost = cost(&mut judge, &sender, one.peer, amounts.frames)?;
            let after = floor(&mut judge, &sender, amounts)?;
            let sample = match (before, cost, after) {
                (Some(before), Some(cost), Some(after)) => Sample::new(before, cost, after),
                _ => None,
            };
            match sample {
                Some(sample) => one.samples.push(sample),
                None => one.void += 1,
            }
            before = after;
        }
    }
    Ok(all)
}

/// Leaves out what the machine was too busy for, or ends where everything has to be there.
fn whole(measured: &mut Vec<Measured>, effort: Effort, rounds: usize) -> Result<()> {
    let missing = |one: &Measured| match effort {
        Effort::Quick => one.samples.is_empty(),
        Effort::Full => one.samples.len() < rounds,
    };
    for one in measured.iter().filter(|one| missing(one)) {
        let Measured { peer, size, .. } = one;
        sh::say(&format!("{peer}, {size} prefixes: not measured"));
    }
    let before = measured.len();
    measured.retain(|one| !missing(one));
    if effort == Effort::Full && measured.len() < before {
        bail!(
            "the machine is too busy: frames are lost, or the floor spreads by over 10 %, in most \
             samples"
        );
    }
    Ok(())
}

/// Nanoseconds for a frame to the empty program.
fn floor(judge: &mut Judge, sender: &Sender, amounts: Amounts) -> Result<Option<f64>> {
    cost(judge, sender, Peer::Empty, amounts.floor)
}

/// Nanoseconds for a frame to a peer; nothing if some were lost on the way.
fn cost(judge: &mut Judge, sender: &Sender, peer: Peer, frames: u32) -> Result<Option<f64>> {
    if peer == Peer::Nobody {
        return sender.send(Way::Nowhere, frames).map(Some);
    }
    judge.put_up(peer)?;
    let tells = matches!(peer, Peer::Enforcer | Peer::EnforcerSilent);
    let warm = if tells { FLOOD } else { WARM };
    judge.served(peer, || sender.send(Way::Interface, warm))?;
    let before = judge.dropped(peer)?;
    let nanoseconds = judge.served(peer, || sender.send(Way::Interface, frames))?;
    let dropped = judge.dropped(peer)? - before;
    judge.take_down(peer)?;
    ensure!(
        dropped <= u64::from(frames),
        "{peer}: {dropped} frames came of {frames}"
    );
    Ok((dropped == u64::from(frames)).then_some(nanoseconds))
}
