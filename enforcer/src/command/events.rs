//! `enforcer events`: the last drops, and those to come, as lines or as the frames themselves. It asks the daemon.

mod capture;

use std::{
    io::Write,
    os::fd::{AsFd, OwnedFd},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use self::capture::Capture;
use crate::{
    cli,
    control::client::{
        self,
        events::{Follower, Message, Wanted},
    },
    directories::Directories,
    events::Format,
    exit::Exit,
};

/// How many of the last come first before those that follow.
const LAST: usize = 10;

/// How long a daemon that has ended may stay away: an upgrade of the package, on a slow router.
const PATIENCE: Duration = Duration::from_mins(2);

/// Shows the events that are kept, and those to come if that is asked for.
pub fn events(
    directories: &Directories,
    arguments: &cli::Events,
    color: bool,
    out: &mut (impl Write + AsFd),
    errors: &mut impl Write,
) -> Result<Exit> {
    let mut wanted = Wanted {
        cameras: arguments.camera.clone(),
        reasons: arguments.reason.clone(),
        to: arguments.to.clone(),
        format: if arguments.json {
            Format::Eve
        } else {
            arguments.format
        },
        color,
        last: arguments.last.or(arguments.follow.then_some(LAST)),
        packet: false,
    };
    if let Some(path) = &arguments.pcap {
        wanted.format = Format::Eve;
        wanted.packet = true;
        // Before anything is asked: it may be a place that cannot be written to.
        let mut capture = Capture::open(path, out)?;
        let captured = if arguments.follow {
            client::run()?.block_on(capture_on(directories, &wanted, &mut capture, errors))
        } else {
            capture_kept(directories, &wanted, &mut capture)
        };
        if capture.has_begun() {
            capture.sum_up(errors)?;
        }
        captured?;
    } else if arguments.follow {
        client::run()?.block_on(show_on(directories, &wanted, out, errors))?;
    } else {
        out.write_all(&wanted.kept(directories)?)?;
        out.flush()?;
    }
    Ok(Exit::Ok)
}

fn capture_kept(
    directories: &Directories,
    wanted: &Wanted,
    capture: &mut Capture<'_, impl Write>,
) -> Result<()> {
    let kept = wanted.kept(directories)?;
    capture.begin()?;
    capture.take_lines(&kept)
}

/// Until it is interrupted, which is how a capture ends and no failure, or nobody reads it any more.
async fn capture_on(
    directories: &Directories,
    wanted: &Wanted,
    capture: &mut Capture<'_, impl Write + AsFd>,
    errors: &mut impl Write,
) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("signals")?;
    let reader = capture.reader().map(|reader| reader.try_clone_to_owned());
    let reader = reader.transpose()?;
    let follow = async {
        let follower = Follower::begin(directories, wanted).await?;
        capture.begin()?;
        follow(follower, reader, |messages| capture.take(messages), errors).await
    };
    tokio::select! {
        ended = follow => ended,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

async fn show_on(
    directories: &Directories,
    wanted: &Wanted,
    out: &mut (impl Write + AsFd),
    errors: &mut impl Write,
) -> Result<()> {
    let reader = out.as_fd().try_clone_to_owned()?;
    let follower = Follower::begin(directories, wanted).await?;
    let show = |messages: &[Message]| {
        // At once, so that whoever ends this leaves no half of a line.
        out.write_all(lines(messages).as_bytes())?;
        Ok(out.flush()?)
    };
    follow(follower, Some(reader), show, errors).await
}

/// Until nobody reads any more, or there is no daemon for too long.
async fn follow(
    mut follower: Follower,
    reader: Option<OwnedFd>,
    mut take: impl FnMut(&[Message]) -> Result<()>,
    errors: &mut impl Write,
) -> Result<()> {
    let closed = closed(reader);
    tokio::pin!(closed);
    loop {
        let next = tokio::select! {
            next = follower.next() => next,
            () = &mut closed => return Ok(()),
        };
        let why = match next {
            Ok(messages) => {
                take(&messages)?;
                continue;
            }
            Err(why) => why,
        };
        let minutes = PATIENCE.as_secs() / 60;
        writeln!(errors, "{why:#}; waiting for it, {minutes} minutes at most")?;
        tokio::select! {
            back = follower.come_back(PATIENCE) => back?,
            () = &mut closed => return Ok(()),
        }
        writeln!(errors, "the daemon is there again; events go on")?;
    }
}

fn lines(messages: &[Message]) -> String {
    let lines = messages.iter().flat_map(|message| [&message.line, "\n"]);
    lines.collect()
}

/// Comes to an end when nobody reads any more: who ends after a line, as `head` does, need not wait for the next one
/// to end this, too. Of what is no pipe that is never known.
async fn closed(reader: Option<OwnedFd>) {
    let (tell, told) = oneshot::channel();
    if let Some(reader) = reader {
        // It cannot be ended, and ends with the program.
        thread::spawn(move || {
            // What is no longer read is told without being asked for.
            let mut outputs = [PollFd::new(&reader, PollFlags::empty())];
            loop {
                match poll(&mut outputs, None) {
                    Err(Errno::INTR) => {}
                    Err(_) => break,
                    Ok(_) => return tell.send(()).unwrap_or_default(),
                }
            }
        });
    }
    if told.await.is_err() {
        std::future::pending::<()>().await;
    }
}
