//! What one verdict costs: test runs of the loaded program on frames of which none is like the one
//! before.

mod cases;
mod frames;
mod table;

use anyhow::{Result, bail, ensure};
use xtask::bench::{Effort, goal, machine, page, plot};
use xtask::sh;

use self::cases::{Case, Plan};
pub(crate) use self::frames::{To, frames};
use crate::clock::{self, median};
use crate::stage::{Counts, Program, Stage};
use crate::wrapper::{Run, Wrapper};

/// Its name on the page.
const NAME: &str = "verdict";

/// A floor that spreads by more than this says that the machine was busy with something else.
const SPREAD: f64 = 1.1;

/// What a case cost in one round, in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Sample {
    floor: f64,
    /// The verdict: what the program takes beyond the empty one in its place, and the floor.
    cost: f64,
}

/// What was measured of one case.
struct Measured {
    case: Case,
    wrapper: Wrapper,
    /// What must be counted of each of its frames once.
    counts: Counts,
    samples: Vec<Sample>,
    void: usize,
    /// Something else was counted: nothing that was measured means anything.
    wrong: Option<String>,
}

/// A program, and the cases that it is measured with.
struct Subject {
    plan: Plan,
    program: Program,
    cases: Vec<Measured>,
    /// Bytes of all its maps.
    memory: u64,
}

/// Measures, prints the goals, and writes the section.
pub(crate) fn run(object: &[u8], effort: Effort) -> Result<()> {
    let stage = Stage::new(NAME)?;
    let subjects = stage.run(|| {
        clock::stay()?;
        let mut subjects = Vec::new();
        for plan in cases::plans(effort) {
            sh::say(&format!("loading {plan}"));
            subjects.push(Subject::new(&stage, object, plan)?);
        }
        measure(&mut subjects, effort)?;
        Ok(subjects)
    })?;
    for subject in &subjects {
        for case in &subject.cases {
            sh::say(&format!("{}: {case}", subject.plan));
        }
    }
    let goals = table::goals(&subjects);
    goal::print(&goals)?;
    let mut all = subjects.iter().flat_map(|subject| &subject.cases);
    ensure!(
        all.all(|case| case.wrong.is_none()),
        "verdicts are wrong, so there is no page"
    );
    if effort == Effort::Full {
        plot::write(NAME, &table::plot(&subjects))?;
        let machine = machine::described()?;
        page::write(
            NAME,
            &table::section(&machine, rounds(effort), &subjects, &goals),
        )?;
    }
    Ok(())
}

const fn rounds(effort: Effort) -> usize {
    match effort {
        Effort::Quick => 3,
        Effort::Full => 7,
    }
}

/// Each case once a round, so that what else the machine does meets all of them; a sample that does
/// not stand is taken again in the next.
fn measure(subjects: &mut [Subject], effort: Effort) -> Result<()> {
    let rounds = rounds(effort);
    for round in 1.. {
        let wanted = subjects.iter().flat_map(|subject| &subject.cases);
        let wanted = wanted.filter(|case| case.wants(rounds)).count();
        if wanted == 0 {
            break;
        }
        if round > 5 * rounds {
            bail!("the machine is too busy: the floor spreads by over 10 % in most samples");
        }
        sh::say(&format!(
            "measuring, round {round} of {rounds}: {wanted} cases"
        ));
        for subject in &mut *subjects {
            for case in &mut subject.cases {
                if case.wants(rounds) {
                    case.sample(&mut subject.program, effort)?;
                }
            }
        }
    }
    Ok(())
}

impl Subject {
    fn new(stage: &Stage, object: &[u8], plan: Plan) -> Result<Self> {
        let list = plan.list()?;
        let mut program = stage.load(&plan.name(), &list, plan.terms())?;
        let mut cases = Vec::new();
        for &case in plan.cases {
            let (frames, counts) = case.frames(&list)?;
            let wrapper = Wrapper::new(object, &frames, crate::stage::INTERFACE, program.fd()?)?;
            cases.push(Measured {
                case,
                wrapper,
                counts,
                samples: Vec::new(),
                void: 0,
                wrong: None,
            });
        }
        Ok(Self {
            memory: program.memory()?,
            plan,
            program,
            cases,
        })
    }
}

impl Measured {
    /// Program and empty program in turns, between two measurements of the floor.
    fn sample(&mut self, program: &mut Program, effort: Effort) -> Result<()> {
        let runs = self.case.runs(effort);
        let floor = |wrapper: &Wrapper| wrapper.run(Run::Floor, runs.floor);
        let before = program.counts()?;
        let first = floor(&self.wrapper)?;
        let (mut with, mut without) = (0.0, 0.0);
        for _ in 0..runs.calls {
            with += self.wrapper.run(Run::Program, runs.repeat)?;
            without += self.wrapper.run(Run::Empty, runs.repeat)?;
            if self.case == Case::Told {
                program.drain();
            }
        }
        let last = floor(&self.wrapper)?;
        let counted = program.counts()?.since(before);
        let times = u64::from(runs.calls) * u64::from(runs.repeat) / self.case.count();
        let expected = self.counts.times(times);
        let untold = self.case == Case::Told && counted.told != expected.not_allowed;
        if counted.verdicts() != expected || untold {
            self.wrong = Some(format!("{counted:?} was counted instead of {expected:?}"));
            return Ok(());
        }
        if first.max(last) > first.min(last) * SPREAD {
            self.void += 1;
            return Ok(());
        }
        let floor = f64::midpoint(first, last);
        let cost = (with - without) / f64::from(runs.calls) + floor;
        self.samples.push(Sample { floor, cost });
        Ok(())
    }

    /// Whether there is more to measure.
    const fn wants(&self, rounds: usize) -> bool {
        self.wrong.is_none() && self.samples.len() < rounds
    }

    /// Nanoseconds of the empty program.
    fn floor(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.floor).collect())
    }

    /// Nanoseconds of a verdict.
    fn cost(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.cost).collect())
    }

    /// How many times the floor of the same round.
    fn ratio(&self) -> f64 {
        let ratios = self.samples.iter().map(|sample| sample.cost / sample.floor);
        median(ratios.collect())
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { case, void, .. } = self;
        if let Some(wrong) = &self.wrong {
            return write!(f, "{case}: {wrong}");
        }
        let (cost, ratio) = (self.cost(), self.ratio());
        write!(f, "{case}: {cost:.1} ns, {ratio:.1} x the floor")?;
        if *void > 0 {
            write!(f, " ({void} void)")?;
        }
        Ok(())
    }
}
