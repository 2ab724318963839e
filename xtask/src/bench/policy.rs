//! What the command line takes for large policies, and what grows with what.

mod made;
mod table;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use self::made::Made;
use super::goal::{self, Amount, Goal, Limit};
use super::process::Usage;
use super::{Effort, machine, page};
use crate::{build, sh};

/// Its name on the page.
const NAME: &str = "policy";

/// What is done with policies of growing size.
struct Case {
    what: What,
    /// What it is done with, in words.
    of: &'static str,
    /// What there is more of: `camera` or `prefix`.
    unit: &'static str,
    /// From the smallest.
    sizes: Vec<Size>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Check,
    Explain,
    Diff,
}

/// One policy, or two, and what was measured of it.
struct Size {
    /// How many there are of the case's unit.
    count: usize,
    /// Runs the program.
    command: Command,
    /// The exit code that says it did what it was to do.
    code: i32,
    runs: Vec<Usage>,
}

/// Measures, prints the goals, and writes the section.
pub(super) fn run(effort: Effort) -> Result<()> {
    let enforcer = build::release()?;
    sh::say("making policies");
    let made = Made::new(sh::workspace().join("target/bench/policy"))?;
    let mut cases = cases(&enforcer, &made)?;
    let rounds = match effort {
        Effort::Quick => 3,
        Effort::Full => 7,
    };
    for round in 1..=rounds {
        sh::say(&format!("measuring, round {round} of {rounds}"));
        // Each case once a round, so that what else the machine does meets all of them.
        for size in cases.iter_mut().flat_map(|case| &mut case.sizes) {
            let usage = Usage::of(&mut size.command, size.code)?;
            size.runs.push(usage);
        }
    }
    let goals = goals(&cases)?;
    goal::print(&goals)?;
    match effort {
        Effort::Quick => Ok(()),
        Effort::Full => page::write(
            NAME,
            &table::section(&machine::described()?, rounds, &cases, &goals),
        ),
    }
}

fn cases(enforcer: &Path, made: &Made) -> Result<Vec<Case>> {
    let command = |arguments: &[&str], paths: &[&Path]| {
        let mut command = Command::new(enforcer);
        command.args(arguments).args(paths);
        command
    };
    let check = |path: &Path| command(&["check"], &[path]);
    // No rule is for that address: the answer is "no", and takes the most work.
    let explain = |path: &Path| {
        let (name, to) = (made::name(0), "203.0.113.7");
        let asked = [
            "explain", "--camera", &name, "--to", to, "--port", "tcp/443",
        ];
        let mut command = command(&asked, &[]);
        command.arg("--policy").arg(path);
        command
    };
    let lists = [10_000, 100_000, 1_000_000];
    let cameras = [100, 1000, 10_000];
    let case = |what, of, unit, sizes: Vec<Size>| Case {
        what,
        of,
        unit,
        sizes,
    };
    let mut all = Vec::new();
    let (mut checks, mut explains) = (Vec::new(), Vec::new());
    let mut diffs = Vec::new();
    for count in lists {
        let (old, new) = (made.list(count, 0)?, made.list(count, 1)?);
        checks.push(Size::new(count, check(&old), 0));
        explains.push(Size::new(count, explain(&old), 1));
        diffs.push(Size::new(count, command(&["diff"], &[&old, &new]), 1));
    }
    let of = "a list file";
    all.push(case(What::Check, of, "prefix", checks));
    all.push(case(What::Explain, of, "prefix", explains));
    let of = "two list files, 1 % apart";
    all.push(case(What::Diff, of, "prefix", diffs));

    let (mut checks, mut explains) = (Vec::new(), Vec::new());
    let mut whole = Vec::new();
    for count in cameras {
        let alone = made.site(count, 0)?;
        checks.push(Size::new(count, check(&alone), 0));
        explains.push(Size::new(count, explain(&alone), 1));
        whole.push(Size::new(count, check(&made.site(count, 10 * count)?), 0));
    }
    let of = "cameras of one group";
    all.push(case(What::Check, of, "camera", checks));
    all.push(case(What::Explain, of, "camera", explains));
    let of = "cameras, and ten prefixes for each, in one file";
    all.push(case(What::Check, of, "camera", whole));
    Ok(all)
}

fn goals(cases: &[Case]) -> Result<Vec<Goal>> {
    let largest = |what: What, unit: &str| {
        let mut cases = cases.iter().rev();
        let case = cases.find(|case| case.what == what && case.unit == unit);
        let size = case.and_then(|case| case.sizes.last());
        size.map(Size::usage).context("a case that has a goal")
    };
    let time = |name, usage: Usage, seconds| Goal {
        name,
        value: Amount::Time(usage.cpu),
        limit: Limit::AtMost(Amount::Time(Duration::from_secs(seconds))),
    };
    let site = largest(What::Check, "camera")?;
    Ok(vec![
        time("check of 10,000 cameras and 100,000 prefixes", site, 1),
        Goal {
            name: "memory for that",
            value: Amount::Memory(site.memory),
            limit: Limit::AtMost(Amount::Memory(200 << 20)),
        },
        time(
            "check of a million prefixes",
            largest(What::Check, "prefix")?,
            1,
        ),
        time(
            "check and compile of a million prefixes (explain)",
            largest(What::Explain, "prefix")?,
            1,
        ),
        time(
            "diff of two policies of a million prefixes",
            largest(What::Diff, "prefix")?,
            3,
        ),
    ])
}

impl Size {
    const fn new(count: usize, command: Command, code: i32) -> Self {
        Self {
            count,
            command,
            code,
            runs: Vec::new(),
        }
    }

    fn usage(&self) -> Usage {
        Usage::median(&self.runs)
    }
}
