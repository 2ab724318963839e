//! What the page says: goals, table and plot.

use std::fmt;

use xtask::bench::goal::{Amount, Goal, Limit};
use xtask::bench::plot::{Line, Plot};

use super::SIZES;
use super::peer::Peer;
use crate::clock::median;
use crate::stage::CAMERAS;

/// A floor that spreads by more than this says that the machine was busy with something else.
const SPREAD: f64 = 1.1;

/// What one peer cost with a list of one size.
pub(super) struct Measured {
    pub(super) peer: Peer,
    pub(super) size: usize,
    pub(super) samples: Vec<Sample>,
    /// How many samples do not stand.
    pub(super) void: usize,
}

/// Nanoseconds for a frame, in one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// To the empty program, before and after.
    floor: f64,
    /// To the peer.
    cost: f64,
}

impl Sample {
    /// Nothing if the floor says that the machine was busy.
    pub(super) fn new(before: f64, cost: f64, after: f64) -> Option<Self> {
        let stands = before.max(after) <= before.min(after) * SPREAD;
        let floor = f64::midpoint(before, after);
        stands.then_some(Self { floor, cost })
    }
}

impl Measured {
    /// Nothing is measured yet.
    pub(super) const fn new(peer: Peer, size: usize) -> Self {
        Self {
            peer,
            size,
            samples: Vec::new(),
            void: 0,
        }
    }

    fn floor(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.floor).collect())
    }

    /// How many times the floor of the same round.
    fn ratio(&self) -> f64 {
        let ratios = self.samples.iter().map(|sample| sample.cost / sample.floor);
        median(ratios.collect())
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            peer, size, void, ..
        } = self;
        let (ratio, floor) = (self.ratio(), self.floor());
        let cost = ratio * floor;
        write!(
            f,
            "{peer}, {size} prefixes: {cost:.0} ns a frame, {ratio:.2} x"
        )?;
        if *void > 0 {
            write!(f, " ({void} void)")?;
        }
        Ok(())
    }
}

/// All that was measured, as costs beyond making the frames.
struct Costs<'m>(&'m [Measured]);

impl Costs<'_> {
    fn find(&self, peer: Peer, size: usize) -> Option<&Measured> {
        let mut all = self.0.iter();
        all.find(|one| one.peer == peer && one.size == size)
    }

    /// In floors of making and handing over.
    fn beyond(&self, peer: Peer, size: usize) -> Option<f64> {
        let making = self.find(Peer::Nobody, size)?.ratio();
        Some(self.find(peer, size)?.ratio() - making)
    }

    fn nanoseconds(&self, peer: Peer, size: usize) -> Option<f64> {
        let floors = self.0.iter().filter(|one| one.size == size);
        let floor = median(floors.map(Measured::floor).collect());
        Some(self.beyond(peer, size)? * floor)
    }

    fn times(&self, peer: Peer, other: Peer, size: usize) -> Option<f64> {
        Some(self.beyond(peer, size)? / self.beyond(other, size)?)
    }
}

/// How many times cheaper this is than others.
pub(super) fn goals(measured: &[Measured]) -> Vec<Goal> {
    let costs = Costs(measured);
    let nft = ("nft doing the same", Peer::NftSame);
    let goals = [
        ("cheaper than nft doing the same, 1k", nft.1, 1000, 9.0),
        ("cheaper than nft doing the same, 50k", nft.1, 50_000, 30.0),
        (
            "cheaper than bpfilter's prefix set, 1k",
            Peer::Bpfilter,
            1000,
            2.0,
        ),
        (
            "cheaper than bpfilter's prefix set, 50k",
            Peer::Bpfilter,
            50_000,
            10.0,
        ),
    ];
    let goals = goals.iter().filter_map(|&(name, peer, size, limit)| {
        Some(Goal {
            name,
            value: Amount::Ratio(costs.times(peer, Peer::Enforcer, size)?),
            limit: Limit::AtLeast(Amount::Ratio(limit)),
        })
    });
    goals.collect()
}

/// What grows with the list, and what does not.
pub(super) fn plot(measured: &[Measured]) -> Plot {
    let costs = Costs(measured);
    let peers = Peer::ALL.iter().filter(|&&peer| peer != Peer::Nobody);
    let lines = peers.map(|&peer| {
        let points = SIZES.iter().filter_map(|&size| {
            let times = costs.times(peer, Peer::Empty, size)?;
            Some((size, times))
        });
        Line {
            name: peer.to_string(),
            ours: peer == Peer::Enforcer,
            points: points.collect(),
        }
    });
    Plot {
        title: "A frame that is dropped, beside the empty XDP program",
        across: "prefixes",
        up: "times the empty program",
        lines: lines.filter(|line| !line.points.is_empty()).collect(),
    }
}

/// The whole section.
pub(super) fn section(
    machine: &str,
    rounds: usize,
    found: &[(Peer, Result<(), &'static str>)],
    measured: &[Measured],
    goals: &[Goal],
) -> String {
    let costs = Costs(measured);
    let goals: Vec<String> = goals.iter().map(|goal| format!("- {goal}\n")).collect();
    let making = SIZES.map(|size| {
        let making = costs.find(Peer::Nobody, size);
        making.map_or(0.0, |one| one.ratio() * one.floor())
    });
    let making = median(making.to_vec());
    let rows = found.iter().filter(|(peer, _)| *peer != Peer::Nobody);
    let rows: String = rows
        .map(|&(peer, found)| row(peer, found, &costs))
        .collect();
    format!(
        "\
## Beside others

What filters cost that operators use. {machine}

Live frames of test runs (`BPF_F_TEST_XDP_LIVE_FRAMES`), redirected into a veth pair in a namespace of their
own, from {CAMERAS} cameras to addresses that the list does not hold: at the other end of the pair all are
dropped. Each is written anew before it goes, one of 65,536: MAC and IP address of the camera, destination,
time to live, checksum. Time is that of the processor on which all of this happens, for the thread that sends
and for the kernel's that helps it; what making the frames takes, {making:.0} ns here, is taken off. The peers
take turns, each between two measurements of the empty program, and the median of {rounds} rounds counts, as a
multiple of the empty program of the same round. A round does not stand if not every frame was dropped, or
if the empty program spreads by over 10 %. To repeat it: `cargo xtask bench peers`.

All cameras send at once, so each has used up its 100 events a second when the measurement begins, and what is
told is read by another thread as the daemon does. `one event a second` is what there is left of that where
next to nothing is told. nft, too, drops by a set of prefixes; `MAC map, set and limit` comes nearest to what
enforcer does: a verdict map of the cameras, and one limit on what is told, for all of them together. Before
nft and ipset stands an XDP program that passes everything, so that the way to them is the same. xdp-filter
knows no prefixes: it has the first address of each.

![cost of a dropped frame against the length of the list](performance/peers.svg)

{}
| | ns, 16 prefixes | 1k | 50k | times enforcer, 16 | 1k | 50k |
|---|--:|--:|--:|--:|--:|--:|
{rows}",
        goals.concat()
    )
}

fn row(peer: Peer, found: Result<(), &'static str>, costs: &Costs<'_>) -> String {
    if let Err(why) = found {
        return format!("| {peer} | {why} | | | | | |\n");
    }
    let cells = |cell: &dyn Fn(usize) -> Option<String>| {
        let cells = SIZES.map(|size| cell(size).unwrap_or_else(|| "–".to_owned()));
        cells.join(" | ")
    };
    let nanoseconds = cells(&|size| {
        let cost = costs.nanoseconds(peer, size);
        let full = || (size > peer.room()).then(|| format!("at most {}", peer.room()));
        cost.map(|cost| format!("{cost:.0}")).or_else(full)
    });
    let times = cells(&|size| {
        let times = costs.times(peer, Peer::Enforcer, size)?;
        Some(format!("{times:.1}"))
    });
    format!("| {peer} | {nanoseconds} | {times} |\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(costs: &[(Peer, f64)]) -> Vec<Measured> {
        let one = |&(peer, cost)| Measured {
            samples: [cost, 1.0, 9999.0]
                .map(|cost| Sample { floor: 100.0, cost })
                .to_vec(),
            ..Measured::new(peer, 1000)
        };
        costs.iter().map(one).collect()
    }

    #[test]
    fn what_is_compared_is_what_comes_after_making_the_frames() {
        let measured = measured(&[
            (Peer::Nobody, 60.0),
            (Peer::Enforcer, 110.0),
            (Peer::NftSame, 560.0),
        ]);
        let goals = goals(&measured);
        let told: Vec<String> = goals.iter().map(Goal::to_string).collect();
        assert_eq!(
            told,
            ["cheaper than nft doing the same, 1k: 10.0 x (limit at least 9.0 x): met"]
        );
    }

    #[test]
    fn a_peer_that_is_not_measured_has_a_row_that_says_why() {
        let measured = measured(&[
            (Peer::Nobody, 60.0),
            (Peer::Enforcer, 110.0),
            (Peer::XdpFilter, 85.0),
        ]);
        let found = [
            (Peer::Nobody, Ok(())),
            (Peer::Enforcer, Ok(())),
            (Peer::Bpfilter, Err("not in this system's packages")),
            (Peer::XdpFilter, Ok(())),
        ];
        let page = section("On a machine.", 3, &found, &measured, &[]);
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
        assert_eq!(
            rows[1..],
            [
                "| enforcer | – | 50 | – | – | 1.0 | – |",
                "| bpfilter, XDP, prefix set | not in this system's packages | | | | | |",
                "| xdp-filter, whole addresses | – | 25 | at most 10000 | – | 0.5 | – |",
            ]
        );
    }

    #[test]
    fn a_sample_whose_floor_spreads_does_not_stand() {
        assert!(Sample::new(100.0, 500.0, 109.0).is_some());
        assert!(Sample::new(100.0, 500.0, 111.0).is_none());
        assert!(Sample::new(111.0, 500.0, 100.0).is_none());
    }
}
