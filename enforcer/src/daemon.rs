//! `enforcer run`: puts a policy in force, keeps it there as policy and links change, and tells about
//! drops. It holds nothing that enforcement needs: that goes on without it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tracing::{error, info, warn};

use crate::{
    cli,
    directories::Directories,
    exit::{Exit, Failure},
    kernel::{generation::Settings, links, ring::Ring},
    netlink::Netlink,
    policy::{Policy, ReadError},
};

mod audits;
mod closed;
mod confinement;
mod diagnostics;
mod enforcement;
pub mod lock;
mod manager;
mod policy_file;
mod start;
mod stream;

use enforcement::{Enforcement, Provenance};
use lock::Lock;
use manager::Manager;
use policy_file::PolicyFile;
use stream::{Names, Sink, Stream};

/// Links come up in bursts of messages; they are read when none has come for this long.
const SETTLE: Duration = Duration::from_millis(20);

/// And this long after the first, should they never cease.
const SETTLE_AT_MOST: Duration = Duration::from_millis(100);

/// After a failure, and while an interface is somebody else's, how long until it is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// How often it is looked whether the program still is where it was put: about the longest that an
/// interface is open after somebody has taken it off.
const WATCH: Duration = Duration::from_millis(500);

/// Runs until it is told to stop.
pub fn run(directories: &Directories, options: &cli::Run, verbose: u8) -> Result<Exit> {
    let mut file = PolicyFile::new(&options.policy, options.allow_insecure_policy);
    let policy = read(&mut file);
    // Before anything else may be wrong.
    let policy = match policy {
        Err(error) if !start::may_stand_in(directories, options) => return Err(error),
        read => read,
    };
    require_privilege()?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime")?;
    // Before the lock says whom `enforcer revert` has to send it to.
    let back = {
        let _entered = runtime.enter();
        signal(SignalKind::user_defined1()).context("signals")?
    };
    directories.create()?;
    let lock = match Lock::take(directories)? {
        Ok(lock) => lock,
        Err(holder) => return Err(taken(holder)),
    };
    let sink = options.events.as_deref();
    let sink = sink
        .map(|path| Sink::open(path, options.format))
        .transpose()?;
    // While this is the only thread: others are confined as the one that starts them.
    confinement::confine(directories, options.events.as_deref());
    let settings = Settings {
        event_rate: options.event_rate,
        log_level: diagnostics::level(verbose),
    };
    runtime.block_on(async {
        let signals = Signals::catch(back)?;
        let mut manager = Manager::find();
        let netlink = Netlink::connect()?;
        let names = Names::default();
        let mut enforcement = Enforcement::new(directories, settings, names.clone());
        let begun = start::begin(policy, &mut file, options, &mut enforcement, &netlink);
        Box::pin(begun).await?;
        let stream = Ring::open(directories).and_then(|ring| Stream::start(ring, sink, names));
        let untold = "events are not read until the daemon is started anew; enforcement goes on";
        let stream = stream.map_err(|error| error!("{untold}: {error:#}")).ok();
        manager.settled(&enforcement.in_words());
        let stopped = follow(&mut enforcement, netlink, file, signals, &mut manager).await;
        manager.stopping(&enforcement.in_words());
        if let Some(stream) = stream {
            stream.stop();
        }
        stopped
    })?;
    drop(lock);
    Ok(Exit::Ok)
}

/// What the daemon is told by signals. They are caught before anything is done: who sees that a
/// policy is in force may send one.
struct Signals {
    hangup: Signal,
    /// From `enforcer revert`.
    back: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn catch(back: Signal) -> Result<Self> {
        let catch = |kind| signal(kind).context("signals");
        Ok(Self {
            hangup: catch(SignalKind::hangup())?,
            back,
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
        })
    }
}

/// Follows policy and links until the daemon is told to stop.
async fn follow(
    enforcement: &mut Enforcement<'_>,
    mut netlink: Netlink,
    mut file: PolicyFile,
    signals: Signals,
    manager: &mut Manager,
) -> Result<()> {
    let Signals {
        mut hangup,
        mut back,
        mut terminate,
        mut interrupt,
    } = signals;
    let mut retry = (!enforcement.is_complete()).then(|| Instant::now() + RETRY);
    let mut told = None;
    let mut watch = interval(WATCH);
    watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let again = retry.unwrap_or_else(Instant::now);
        // One that could not be ended is tried again like anything else.
        let is_tried = |end: &Timestamp| retry.is_none() || *end > Timestamp::now();
        let end = enforcement.next_end().filter(is_tried);
        let followed = tokio::select! {
            // In this order, since one may come without end: what links and addresses do must not keep
            // the daemon from anything else.
            biased;
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            // Whoever asks for something gets an answer, be it the same again.
            _ = hangup.recv() => {
                told = None;
                manager.reloading();
                reload(enforcement, &netlink, &mut file).await
            }
            _ = back.recv() => {
                told = None;
                enforcement.revert(&netlink).await
            }
            () = file.changed() => {
                told = None;
                manager.reloading();
                reload(enforcement, &netlink, &mut file).await
            }
            _ = watch.tick() => match enforcement.watch(&netlink).await {
                Ok(false) => continue,
                Ok(true) => Ok(()),
                Err(error) => Err(error),
            },
            () = manager.due() => {
                manager.alive();
                continue;
            }
            () = audits::come(end) => enforcement.adapt(&netlink).await,
            changed = netlink.changed() => {
                if let Err(error) = changed {
                    warn!("{error:#}; connecting anew");
                    netlink = Netlink::connect()?;
                }
                netlink.settle(SETTLE, SETTLE_AT_MOST).await;
                enforcement.adapt(&netlink).await
            }
            () = sleep_until(again), if retry.is_some() => enforcement.adapt(&netlink).await,
        };
        let is_half_done = followed.as_ref().is_err_and(links::is_half_done);
        let failure = followed.err().map(|error| format!("{error:#}"));
        if let Some(words) = failure
            .as_ref()
            .filter(|words| told.as_ref() != Some(*words))
        {
            let generation = enforcement.generation();
            if is_half_done {
                error!(generation, "{words}");
            } else {
                error!(generation, "what was in force stays in force: {words}");
            }
        }
        manager.settled(&in_words(enforcement, failure.as_deref()));
        let again = failure.is_some() || !enforcement.is_complete();
        // What fails again and again meanwhile does not put it off.
        let pending = retry.filter(|&at| at > Instant::now());
        retry = again.then(|| pending.unwrap_or_else(|| Instant::now() + RETRY));
        told = failure;
    }
    let generation = enforcement.generation();
    info!(
        generation,
        "stopping; generation {generation} stays in force"
    );
    Ok(())
}

/// What is in force, and what could not be.
fn in_words(enforcement: &Enforcement<'_>, failure: Option<&str>) -> String {
    let in_force = enforcement.in_words();
    match failure {
        Some(words) => format!("{in_force}; refused: {words}"),
        None => in_force,
    }
}

/// Puts the policy in force as it is now.
async fn reload(
    enforcement: &mut Enforcement<'_>,
    netlink: &Netlink,
    file: &mut PolicyFile,
) -> Result<()> {
    let policy = read(file).inspect_err(|error| enforcement.still_instead(error))?;
    let from = Provenance::files(file.fingerprint());
    enforcement.put_in_force(policy, from, netlink).await?;
    enforcement.keep_as_good(file.good());
    Ok(())
}

fn read(file: &mut PolicyFile) -> Result<Policy> {
    let policy = file.read()?;
    let policy = policy.map(|policy| policy.at(Timestamp::now()));
    let policy = policy.map_err(|error| {
        let words = if let ReadError::Policy(report) = &error {
            format!("{}: the policy has problems\n{report}", report.path)
        } else {
            error.to_string()
        };
        Failure::new(Exit::BadPolicy, words)
    })?;
    for (location, warning) in policy.warnings().located() {
        warn!("{}:{location}: {warning}", policy.path_of(location));
    }
    Ok(policy)
}

fn require_privilege() -> Result<()> {
    use rustix::thread::{CapabilitySet, capabilities};
    let effective = capabilities(None).context("capabilities")?.effective;
    let enough = effective.contains(CapabilitySet::NET_ADMIN)
        && (effective.contains(CapabilitySet::SYS_ADMIN)
            || effective.contains(CapabilitySet::BPF | CapabilitySet::PERFMON));
    if enough {
        return Ok(());
    }
    let words = "needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON";
    Err(Failure::new(Exit::Privilege, words).into())
}

fn taken(holder: Option<i32>) -> anyhow::Error {
    let holder = holder.map_or_else(String::new, |process| format!(" (process {process})"));
    let words =
        format!("another daemon{holder} runs on these directories; stop it, or give others");
    Failure::new(Exit::Busy, words).into()
}
