//! `enforcer events`: the last drops, and those to come. It asks the daemon.

use std::{
    io::Write,
    os::fd::{AsFd, OwnedFd},
    thread,
    time::Duration,
};

use anyhow::Result;
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::sync::oneshot;

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
    let format = if arguments.json {
        Format::Eve
    } else {
        arguments.format
    };
    let wanted = Wanted {
        cameras: arguments.camera.clone(),
        reasons: arguments.reason.clone(),
        to: arguments.to.clone(),
        format,
        color,
        last: arguments.last.or(arguments.follow.then_some(LAST)),
    };
    if arguments.follow {
        client::run()?.block_on(follow(directories, &wanted, out, errors))?;
    } else {
        out.write_all(&wanted.kept(directories)?)?;
        out.flush()?;
    }
    Ok(Exit::Ok)
}

/// Until nobody reads any more, or there is no daemon for too long.
async fn follow(
    directories: &Directories,
    wanted: &Wanted,
    out: &mut (impl Write + AsFd),
    errors: &mut impl Write,
) -> Result<()> {
    let closed = closed(out.as_fd().try_clone_to_owned()?);
    tokio::pin!(closed);
    let mut follower = Follower::begin(directories, wanted).await?;
    loop {
        let next = tokio::select! {
            next = follower.next() => next,
            () = &mut closed => return Ok(()),
        };
        let why = match next {
            Ok(messages) => {
                // At once, so that whoever ends this leaves no half of a line.
                out.write_all(lines(&messages).as_bytes())?;
                out.flush()?;
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
async fn closed(output: OwnedFd) {
    let (tell, told) = oneshot::channel();
    // It cannot be ended, and ends with the program.
    thread::spawn(move || {
        // What is no longer read is told without being asked for.
        let mut outputs = [PollFd::new(&output, PollFlags::empty())];
        loop {
            match poll(&mut outputs, None) {
                Err(Errno::INTR) => {}
                Err(_) => break,
                Ok(_) => return tell.send(()).unwrap_or_default(),
            }
        }
    });
    if told.await.is_err() {
        std::future::pending::<()>().await;
    }
}
