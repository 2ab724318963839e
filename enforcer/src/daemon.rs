//! `enforcer run`: puts a policy in force, keeps it there as policy and links change, and tells about
//! drops. It holds nothing that enforcement needs: that goes on without it.

use std::{path::absolute, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, sleep_until},
};
use tracing::{error, info, warn};

use crate::{
    cli,
    control::{
        feed::Feed,
        listen::Listen,
        numbers::Numbers,
        order::{self, Inbox, Order},
        routes::Shared,
        server::Server,
    },
    directories::Directories,
    exit::{Exit, Failure, exit_of},
    kernel::{generation::Settings, links, ring::Ring},
    netlink::Netlink,
    policy::{Policy, ReadError},
};

mod audits;
mod closed;
mod configured;
mod confinement;
mod confirmation;
mod diagnostics;
mod duty;
mod enforcement;
mod keeper;
mod listener;
pub mod lock;
mod manager;
mod policy_file;
mod pulse;
mod sinks;
mod start;
mod stream;

use configured::Configured;
use confirmation::Confirmation;
use duty::Duty;
use enforcement::Enforcement;
use keeper::Keeper;
use lock::Lock;
use manager::Manager;
use policy_file::PolicyFile;
use sinks::Opened;
use stream::{Names, Stream, Told};

/// Links come up in bursts of messages; they are read when none has come for this long.
const SETTLE: Duration = Duration::from_millis(20);

/// And this long after the first, should they never cease.
const SETTLE_AT_MOST: Duration = Duration::from_millis(100);

/// After a failure, and while an interface is somebody else's, how long until it is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Runs until it is told to stop.
pub fn run(directories: &Directories, options: &cli::Run, verbose: u8) -> Result<Exit> {
    let options = &from_root(options)?;
    let mut configured = Configured::read(options);
    let listen = Listen::new(options)?;
    let mut file = PolicyFile::new(&options.policy, options.allow_insecure_policy);
    // Before anything else may be wrong.
    let policy = start::read_first(&mut file, directories, options)?;
    require_privilege()?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime")?;
    directories.create()?;
    let lock = match Lock::take(directories)? {
        Ok(lock) => lock,
        Err(holder) => return Err(taken(holder)),
    };
    let sinks = configured.open(directories);
    configured.tell(directories);
    let port = listen.as_ref().and_then(Listen::open);
    // While this is the only thread: others are confined as the one that starts them.
    confinement::confine(directories, &configured.wanted.sinks);
    let settings = Settings {
        event_rate: options.event_rate,
        log_level: diagnostics::level(verbose),
    };
    runtime.block_on(async {
        let signals = Signals::catch()?;
        let numbers = Arc::new(Numbers::default());
        numbers.set_sinks(sinks.iter().map(Opened::tally).collect());
        let (orders, mut inbox) = order::channel();
        let feed = Arc::new(Feed::default());
        let names = Names::default();
        let (knowing, listener) = listener::start(&configured.wanted)?;
        let kept = (configured.retention, knowing.clone());
        let keeper = Keeper::start(directories, kept, Arc::clone(&numbers))?;
        let shared = Shared {
            directories: Arc::new(directories.clone()),
            orders,
            numbers: Arc::clone(&numbers),
            feed: Arc::clone(&feed),
            desk: keeper.desk(),
        };
        let server = Server::start(shared, port)?;
        let ears = (names.clone(), listener);
        let mut enforcement = Enforcement::new(directories, settings, ears, keeper.desk());
        let mut manager = Manager::find(configured.in_words());
        let netlink = Netlink::connect()?;
        let mut confirmation = Confirmation::read(directories)?;
        let files = file.fingerprint();
        let taken_over = confirmation.take_over(&files, &mut enforcement, &netlink);
        let policy = match taken_over.await {
            Ok(true) => None,
            Ok(false) => Some(policy),
            // One that was not confirmed, and cannot be gone back from, is as bad as one that is wrong.
            Err(error) if exit_of(&error) == Exit::BadPolicy => Some(Err(error)),
            Err(error) => return Err(error),
        };
        if let Some(policy) = policy {
            let begun = start::begin(policy, &mut file, options, &mut enforcement, &netlink);
            Box::pin(begun).await?;
        }
        if enforcement.read() == files {
            confirmation.forget_gone_back();
        }
        let stream = Ring::open(directories).and_then(|ring| {
            let told = Told {
                sinks,
                feed: Arc::clone(&feed),
                knowing,
            };
            Stream::start(ring, told, names)
        });
        let untold = "events are not read until the daemon is started anew; enforcement goes on";
        let unread = |error: anyhow::Error| {
            feed.end();
            error!("{untold}: {error:#}");
        };
        let stream = stream.map_err(unread).ok();
        manager.settled(&enforcement.in_words());
        let duty = Duty {
            enforcement: &mut enforcement,
            netlink,
            file,
            confirmation,
            numbers,
            unasked: None,
            good: None,
        };
        let stopped = follow(duty, &mut inbox, signals, &mut manager, stream.as_ref()).await;
        // Who follows events gets the last of them.
        if let Some(stream) = &stream {
            stream.end();
        }
        // Who still waits for an answer hears that there is none to come.
        drop(inbox);
        drop(server);
        drop(keeper);
        manager.stopping(&enforcement.in_words());
        if let Some(stream) = stream {
            stream.stop();
        }
        stopped
    })?;
    drop(lock);
    Ok(Exit::Ok)
}

/// With the policy named from the root on: whoever asks for it later does so from another directory.
fn from_root(options: &cli::Run) -> Result<cli::Run> {
    let path = absolute(&options.policy);
    Ok(cli::Run {
        policy: path.with_context(|| options.policy.display().to_string())?,
        ..options.clone()
    })
}

/// What the daemon is told by signals. They are caught before anything is done: who sees that a
/// policy is in force may send one.
struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
    /// Whoever rotates a file of events sends it.
    rotated: Signal,
}

impl Signals {
    fn catch() -> Result<Self> {
        let catch = |kind| signal(kind).context("signals");
        Ok(Self {
            hangup: catch(SignalKind::hangup())?,
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            rotated: catch(SignalKind::user_defined1())?,
        })
    }
}

/// Follows policy and links until the daemon is told to stop.
async fn follow(
    mut duty: Duty<'_, '_>,
    inbox: &mut Inbox,
    signals: Signals,
    manager: &mut Manager,
    stream: Option<&Stream>,
) -> Result<()> {
    let Signals {
        mut hangup,
        mut terminate,
        mut interrupt,
        mut rotated,
    } = signals;
    let mut retry = (!duty.enforcement.is_complete()).then(|| Instant::now() + RETRY);
    let mut told = None;
    let mut look = pulse::next();
    duty.note_stale();
    loop {
        let again = retry.unwrap_or_else(Instant::now);
        // One that could not be ended is tried again like anything else.
        let is_tried = |end: &Timestamp| retry.is_none() || *end > Timestamp::now();
        let end = duty.enforcement.next_end().filter(is_tried);
        let followed = tokio::select! {
            // In this order, since one may come without end: what links and addresses do must not keep
            // the daemon from anything else.
            biased;
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = rotated.recv() => {
                if let Some(stream) = stream {
                    stream.look();
                }
                continue;
            }
            // Whoever asks for something gets an answer, be it the same again.
            _ = hangup.recv() => {
                told = None;
                manager.reloading();
                duty.reload().await
            }
            Some(asked) = inbox.next() => {
                told = None;
                if matches!(asked.order, Order::Reload { .. }) {
                    manager.reloading();
                }
                duty.carry_out(asked).await
            }
            () = duty.file.changed() => {
                told = None;
                manager.reloading();
                duty.follow_files().await
            }
            () = duty.confirmation.over() => duty.go_back().await,
            () = sleep_until(look) => {
                let watched = duty.enforcement.watch(&duty.netlink).await;
                look = pulse::next();
                match watched {
                    Ok(false) => continue,
                    Ok(true) => Ok(()),
                    Err(error) => Err(error),
                }
            }
            () = manager.due() => {
                manager.alive();
                continue;
            }
            () = audits::come(end) => duty.enforcement.adapt(&duty.netlink).await,
            changed = duty.netlink.changed() => {
                if let Err(error) = changed {
                    warn!("{error:#}; connecting anew");
                    duty.netlink = Netlink::connect()?;
                }
                duty.netlink.settle(SETTLE, SETTLE_AT_MOST).await;
                duty.enforcement.adapt(&duty.netlink).await
            }
            () = sleep_until(again), if retry.is_some() => {
                duty.enforcement.adapt(&duty.netlink).await
            }
        };
        duty.note_stale();
        let enforcement = &duty.enforcement;
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
    let generation = duty.enforcement.generation();
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
