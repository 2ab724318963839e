//! The lab: a camera, its recorder, a router and a cloud on this machine, each in a network
//! namespace of its own, before and after `enforcer` is in force.

mod conversation;
mod interrupt;
mod page;
mod protocol;
mod report;
mod stage;
mod told;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use enforcer_common::DropReason;

use conversation::{Conversation, Fate};
pub use interrupt::{Interrupt, Interrupted};
use page::Ink;
pub use page::Page;
use report::Row;
use stage::Stage;
use told::Told;

use crate::actor::Reply;
use crate::daemon::{Daemon, Enforcer, PATIENCE, TICK};

/// An answer has this long, on however busy a machine.
const ANSWER: Duration = Duration::from_secs(3);

/// Silence is believed after this long: that a frame was dropped, its event must say.
const SILENCE: Duration = Duration::from_millis(400);

/// An event has this long after its frame.
const EVENT: Duration = Duration::from_secs(1);

/// When every drop has been told, there may be one more event about it.
const LULL: Duration = Duration::from_millis(100);

/// What the lab is made of.
#[derive(Clone, Debug)]
pub struct Lab {
    /// The program to try; nothing for a network without enforcement.
    pub enforcer: Option<PathBuf>,
    /// `policies/recorder-only.yaml`, or another with the same meaning.
    pub policy: PathBuf,
}

impl Lab {
    /// Holds every conversation without and with enforcement; true if all went as expected.
    pub fn run(&self, page: &mut Page<impl Write>, interrupt: &Interrupt) -> Result<bool> {
        let conversations = conversation::conversations();
        introduce(page)?;
        let stage = Stage::new(&conversations)?;
        interrupt.check()?;
        hold(&stage, &conversations, |_| Reply::Answered).context("without enforcement")?;
        page.step("without enforcement", "every conversation takes place")?;
        interrupt.check()?;
        let Some(program) = &self.enforcer else {
            return Ok(true);
        };

        page.step("policy", self.policy.display())?;
        let start = Instant::now();
        let directories = stage.sandbox().directories();
        let enforcer = Enforcer::new(program, stage.router(), directories);
        // Who builds the lab owns the policy, and the lab runs as root.
        let trust = "--allow-insecure-policy";
        let options = ["--events", "-", "--format", "text", trust];
        let mut daemon = enforcer.start(&self.policy, &options)?;
        let words = wait_in_force(&mut daemon, interrupt)?;
        let took = start.elapsed().as_millis();
        page.step("enforcer", format!("{words}, after {took} ms"))?;
        page.step("with enforcement", "the same again; every drop is told:")?;
        let rows = with_enforcement(&stage, &conversations, &mut daemon, page, interrupt)?;
        let ended = end(&stage, &conversations, &enforcer, daemon, page);

        page.gap()?;
        report::print(page, &rows)?;
        ended?;
        Ok(rows.iter().all(Row::is_ok))
    }
}

fn introduce(page: &mut Page<impl Write>) -> Result<()> {
    page.line(
        Ink::Bold,
        "The lab: a camera network in namespaces of this machine",
    )?;
    page.gap()?;
    page.step(
        "camera ports",
        "lan-cam1: the camera `gate`; lan-cam2: a stranger",
    )?;
    page.step(
        "beyond them",
        "a recorder on the same bridge, the router, the vendor's cloud",
    )?;
    Ok(())
}

/// Waits until the policy is in force; in the daemon's words.
fn wait_in_force(daemon: &mut Daemon, interrupt: &Interrupt) -> Result<String> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        interrupt.check()?;
        if let Some(words) = daemon.in_force_within(TICK)? {
            return Ok(words);
        }
    }
    bail!("not in force after {PATIENCE:?}:\n{}", daemon.log())
}

/// Holds every conversation while the policy is in force, and hears the events.
fn with_enforcement<'a>(
    stage: &Stage,
    conversations: &'a [Conversation],
    daemon: &mut Daemon,
    page: &mut Page<impl Write>,
    interrupt: &Interrupt,
) -> Result<Vec<Row<'a>>> {
    stage.forget_neighbours()?;
    let mut reasons = vec![BTreeSet::new(); conversations.len()];
    let replies = thread::scope(|scope| {
        let held = scope.spawn(|| {
            stage.hold(conversations, |conversation| {
                patience(conversation.fate.reply())
            })
        });
        let mut quiet_since = Instant::now();
        while !held.is_finished() || quiet_since.elapsed() < lull(conversations, &reasons) {
            interrupt.check()?;
            if let Some(line) = daemon.event(TICK) {
                quiet_since = Instant::now();
                page.event(&line)?;
                note(&line, conversations, &mut reasons);
            }
        }
        stage::finish(held)
    })?;
    Ok(conversations
        .iter()
        .zip(replies)
        .zip(reasons)
        .map(|((conversation, reply), reasons)| Row::new(conversation, reply, reasons))
        .collect())
}

/// Ends first the daemon, which must change nothing, and then enforcement.
fn end(
    stage: &Stage,
    conversations: &[Conversation],
    enforcer: &Enforcer,
    mut daemon: Daemon,
    page: &mut Page<impl Write>,
) -> Result<()> {
    daemon.terminate().context("SIGTERM")?;
    hold(stage, conversations, |conversation| {
        conversation.fate.reply()
    })
    .context("after the daemon stopped")?;
    page.step(
        "daemon stopped",
        "still the same, enforcement goes on without it",
    )?;
    enforcer.detach().context("`enforcer detach`")?;
    hold(stage, conversations, |_| Reply::Answered).context("after `enforcer detach`")?;
    page.step("detached", "every conversation takes place again")?;
    Ok(())
}

/// Holds every conversation; an error names the first that has another reply than expected.
fn hold(
    stage: &Stage,
    conversations: &[Conversation],
    expected: impl Fn(&Conversation) -> Reply + Sync,
) -> Result<()> {
    let replies = stage.hold(conversations, |conversation| {
        patience(expected(conversation))
    })?;
    for (conversation, reply) in conversations.iter().zip(replies) {
        let Conversation {
            who, topic, whom, ..
        } = conversation;
        ensure!(
            reply == expected(conversation),
            "{who} {} ({} to {whom}): {}",
            topic.what,
            conversation.service(),
            report::word(reply)
        );
    }
    Ok(())
}

const fn patience(expected: Reply) -> Duration {
    match expected {
        Reply::Answered | Reply::Refused => ANSWER,
        Reply::Silent => SILENCE,
    }
}

/// Adds the reason that an event tells to the conversation that it is about.
fn note(line: &str, conversations: &[Conversation], reasons: &mut [BTreeSet<DropReason>]) {
    let Some(told) = Told::read(line) else {
        return;
    };
    for (conversation, reasons) in conversations.iter().zip(reasons) {
        if told.is_about(conversation) {
            reasons.insert(told.reason);
        }
    }
}

/// How long nothing must be told before nothing more is expected.
fn lull(conversations: &[Conversation], reasons: &[BTreeSet<DropReason>]) -> Duration {
    let untold = conversations
        .iter()
        .zip(reasons)
        .any(|(conversation, reasons)| conversation.fate != Fate::Answer && reasons.is_empty());
    if untold { EVENT } else { LULL }
}
