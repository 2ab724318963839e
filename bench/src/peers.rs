//! What others cost that do the same: live frames over a veth pair, all on one processor, none of
//! which may pass.

mod judge;
mod sender;

use std::fmt;
use std::process::Command;

use anyhow::{Result, bail, ensure};
use xtask::bench::goal::{Amount, Goal, Limit};
use xtask::bench::{Effort, Numbers, goal, machine, page};
use xtask::sh;

use self::judge::{Judge, Peer};
use self::sender::Sender;
use crate::clock::{self, median};
use crate::list::{Kind, List};
use crate::stage::Stage;
use crate::verdict::{To, frames};

/// Its name on the page.
const NAME: &str = "peers";

/// Different frames of one size.
const FRAMES: usize = 1 << 16;

/// The sizes of the list.
const SIZES: [usize; 3] = [16, 1000, 50_000];

/// What one peer cost with a list of one size: nanoseconds a frame, of each round.
struct Measured {
    peer: Peer,
    size: usize,
    rounds: Vec<f64>,
}

/// Measures, prints the goals, and writes the section.
pub(crate) fn run(object: &[u8], effort: Effort) -> Result<()> {
    install_nft()?;
    for other in ["ipset", "bpfilter", "xdp-filter"] {
        sh::say(&format!("{other}: not measured"));
    }
    let stage = Stage::new(NAME)?;
    let measured = stage.run(|| {
        clock::stay()?;
        let mut measured = Vec::new();
        for size in SIZES {
            measured.extend(of_size(&stage, object, size, effort)?);
        }
        Ok(measured)
    })?;
    for one in &measured {
        sh::say(&one.to_string());
    }
    let goals = goals(&measured);
    goal::print(&goals)?;
    match effort {
        Effort::Quick => Ok(()),
        Effort::Full => page::write(
            NAME,
            &section(&machine::described()?, rounds(effort), &measured, &goals),
        ),
    }
}

/// From the system's packages, as `.ci/run` gets what it lacks.
fn install_nft() -> Result<()> {
    if sh::is_there("nft") {
        return Ok(());
    }
    sh::say("installing nftables");
    let mut install = Command::new("apt-get");
    install.args(["--quiet=2", "install", "--yes", "--no-install-recommends"]);
    sh::run(install.arg("nftables"))
}

const fn rounds(effort: Effort) -> usize {
    match effort {
        Effort::Quick => 3,
        Effort::Full => 7,
    }
}

/// Every peer once a round, in turns.
fn of_size(stage: &Stage, object: &[u8], size: usize, effort: Effort) -> Result<Vec<Measured>> {
    let list = List::new(Kind::V4, size)?;
    let (frames, _) = frames(&list, true, To::Miss, FRAMES, &mut Numbers::new(2))?;
    let sender = Sender::new(object, &frames)?;
    let mut judge = Judge::new(stage, object, &list)?;
    let mut all: Vec<Measured> = Peer::ALL
        .iter()
        .map(|&peer| Measured {
            peer,
            size,
            rounds: Vec::new(),
        })
        .collect();
    let frames = match effort {
        Effort::Quick => 1 << 18,
        Effort::Full => 1 << 20,
    };
    let rounds = rounds(effort);
    for round in 1.. {
        if all.iter().all(|one| one.rounds.len() >= rounds) {
            break;
        }
        if round > 5 * rounds {
            bail!("the machine is too busy: frames are lost in most rounds");
        }
        sh::say(&format!("{size} prefixes, round {round} of {rounds}"));
        for one in all.iter_mut().filter(|one| one.rounds.len() < rounds) {
            judge.put_up(one.peer)?;
            // What is set up anew is slow at first.
            sender.send(1 << 12)?;
            let before = judge.dropped(one.peer)?;
            let nanoseconds = sender.send(frames)?;
            let dropped = judge.dropped(one.peer)? - before;
            judge.take_down(one.peer)?;
            ensure!(
                dropped <= u64::from(frames),
                "{dropped} frames came of {frames}"
            );
            if dropped == u64::from(frames) {
                one.rounds.push(nanoseconds);
            }
        }
    }
    Ok(all)
}

impl Measured {
    fn cost(&self) -> f64 {
        median(self.rounds.clone())
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, size, .. } = self;
        write!(f, "{peer}, {size} prefixes: {:.0} ns a frame", self.cost())
    }
}

fn find(measured: &[Measured], peer: Peer, size: usize) -> Option<f64> {
    let mut all = measured.iter();
    let one = all.find(|one| one.peer == peer && one.size == size)?;
    Some(one.cost())
}

/// What the filter itself costs: the way to it and back, that of the empty program, is taken off.
fn goals(measured: &[Measured]) -> Vec<Goal> {
    let goals = [
        ("cheaper than nft doing the same, 1k", 1000, 9.0),
        ("cheaper than nft doing the same, 50k", 50_000, 30.0),
    ];
    let goals = goals.iter().filter_map(|&(name, size, limit)| {
        let floor = find(measured, Peer::Empty, size)?;
        let nft = find(measured, Peer::NftSame, size)? - floor;
        let own = find(measured, Peer::Enforcer, size)? - floor;
        Some(Goal {
            name,
            value: Amount::Ratio(nft / own),
            limit: Limit::AtLeast(Amount::Ratio(limit)),
        })
    });
    goals.collect()
}

fn section(machine: &str, rounds: usize, measured: &[Measured], goals: &[Goal]) -> String {
    let goals: Vec<String> = goals.iter().map(|goal| format!("- {goal}\n")).collect();
    let rows = Peer::ALL.iter().map(|&peer| {
        let costs = SIZES.map(|size| find(measured, peer, size).unwrap_or_default());
        let [small, middle, large] = costs;
        format!("| {peer} | {small:.0} | {middle:.0} | {large:.0} |\n")
    });
    let rows: String = rows.collect();
    format!(
        "\
## Beside others

What filters cost that operators use. {machine}

Live frames of test runs (`BPF_F_TEST_XDP_LIVE_FRAMES`), redirected into a veth pair in a namespace of their
own; at its other end every frame is dropped. Of 65,536 frames each gets MAC addresses, addresses and checksum
of its own before it goes. Nanoseconds of the processor that all of it runs on, for each frame, sending
included; the median of {rounds} rounds. A round in which not every frame was dropped does not stand. How many
times cheaper, that is told without what sending to the empty program takes. ipset, bpfilter and xdp-filter are
not measured yet. To repeat it: `cargo xtask bench peers`.

{}
| prefixes | 16 | 1k | 50k |
|---|--:|--:|--:|
{rows}",
        goals.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_filter_is_not_the_filters() {
        let costs = [
            (Peer::Empty, 100.0),
            (Peer::Enforcer, 150.0),
            (Peer::NftSame, 600.0),
        ];
        let measured = costs.map(|(peer, cost)| Measured {
            peer,
            size: 1000,
            rounds: vec![cost, 1.0, 9999.0],
        });
        let goals = goals(&measured);
        let told: Vec<String> = goals.iter().map(Goal::to_string).collect();
        assert_eq!(
            told,
            ["cheaper than nft doing the same, 1k: 10.0 x (limit at least 9.0 x): met"]
        );
        let page = section("On a machine.", 3, &measured, &goals);
        assert!(page.contains("| enforcer | 0 | 150 | 0 |\n"), "{page}");
    }
}
