//! The loop between the keys, the daemon and the screen; and the terminal, which is given back as it was.

use std::{
    io,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use ratatui::DefaultTerminal;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
    time::sleep,
};

use super::{
    feed,
    keys::Key,
    model::{Model, News, Next},
    view::{self, Looks},
};
use crate::directories::Directories;

/// How many news may wait to be shown.
const WAITING: usize = 1024;

/// How many are taken before the screen is drawn again.
const AT_ONCE: usize = 512;

/// How long the screen stays as it is drawn, however much comes.
const STILL: Duration = Duration::from_millis(50);

/// Shows it until whoever looks has seen enough, or is gone.
pub(super) async fn show(directories: &Directories, looks: Looks) -> Result<()> {
    let (teller, news) = mpsc::channel(WAITING);
    let (open, opened) = watch::channel(None);
    let mut screen = Screen::take()?;
    let shown = tokio::select! {
        shown = converse(&mut screen.terminal, looks, news, &open) => shown,
        () = feed::counters(directories, &teller, opened) => Ok(()),
        () = feed::events(directories, &teller) => Ok(()),
    };
    drop(screen);
    shown
}

async fn converse(
    terminal: &mut DefaultTerminal,
    looks: Looks,
    mut news: mpsc::Receiver<News>,
    open: &watch::Sender<Option<String>>,
) -> Result<()> {
    let started = Instant::now();
    let mut model = Model::default();
    let mut keys = EventStream::new();
    let mut signals = [
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::interrupt(),
    ]
    .map(signal)
    .into_iter()
    .collect::<io::Result<Vec<_>>>()
    .context("signals")?;
    let [terminate, hangup, interrupt] = signals.as_mut_slice() else {
        return Ok(());
    };
    let mut came = Vec::new();
    loop {
        terminal
            .draw(|frame| view::draw(&model, looks, frame))
            .context("the terminal")?;
        let next = tokio::select! {
            // Keys first: a flood of news must not keep anybody from quitting.
            biased;
            _ = terminate.recv() => Next::Quit,
            _ = hangup.recv() => Next::Quit,
            _ = interrupt.recv() => Next::Quit,
            key = keys.next() => pressed(&mut model, key)?,
            count = news.recv_many(&mut came, AT_ONCE) => {
                for news in came.drain(..) {
                    model.take(started.elapsed(), news);
                }
                if count > 0 { wait_still(&mut keys, &mut model).await? } else { Next::Quit }
            }
        };
        match next {
            Next::GoOn => {}
            Next::Redraw => redraw(terminal).context("the terminal")?,
            Next::Quit => return Ok(()),
        }
        let now = model.opened().map(|(name, _)| name.to_owned());
        open.send_if_modified(|before| {
            let is_other = *before != now;
            *before = now;
            is_other
        });
    }
}

/// Has everything drawn anew. `clear` would ask the terminal where its cursor is, which not every one answers.
fn redraw(terminal: &mut DefaultTerminal) -> io::Result<()> {
    let size = terminal.size()?;
    terminal.resize(size.into())
}

/// Lets the screen stand for a moment, unless a key is pressed.
async fn wait_still(keys: &mut EventStream, model: &mut Model) -> Result<Next> {
    tokio::select! {
        biased;
        key = keys.next() => pressed(model, key),
        () = sleep(STILL) => Ok(Next::GoOn),
    }
}

/// What a key says; the end of the terminal is the end.
fn pressed(model: &mut Model, event: Option<io::Result<Event>>) -> Result<Next> {
    let Some(event) = event else {
        return Ok(Next::Quit);
    };
    let event = event.context("the terminal")?;
    if matches!(event, Event::Resize(..)) {
        // It may have lost what was on it, be it as large as before again.
        return Ok(Next::Redraw);
    }
    Ok(Key::of(&event).map_or(Next::GoOn, |key| model.press(key)))
}

/// The terminal, with a screen of our own; given back when this is dropped, and by a panic before its words.
struct Screen {
    terminal: DefaultTerminal,
}

impl Screen {
    fn take() -> Result<Self> {
        let terminal = ratatui::try_init().context("the terminal")?;
        Ok(Self { terminal })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Whoever hung up has no terminal to be given back.
        drop(self.terminal.show_cursor());
        drop(ratatui::try_restore());
    }
}
