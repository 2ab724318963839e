//! How far a long capture is judged: a bar for a file, a tally for what has no end; on a terminal alone.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{replay, words::Count};

/// Short captures are judged before anybody has read what a bar says.
const LONG: Duration = Duration::from_secs(1);

/// On standard error, if that is a terminal.
pub(super) struct Progress {
    begun: Instant,
    size: Option<u64>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// For a capture of so many bytes, if that is known.
    pub(super) fn new(size: Option<u64>) -> Self {
        Self {
            begun: Instant::now(),
            size,
            bar: None,
        }
    }

    /// Shows how far it is.
    pub(super) fn show(&mut self, progress: replay::Progress) {
        if self.bar.is_none() && self.begun.elapsed() < LONG {
            return;
        }
        let size = self.size;
        let bar = self.bar.get_or_insert_with(|| bar(size));
        bar.set_position(progress.read);
        bar.set_message(Count(progress.frames, "frame").to_string());
    }

    /// Takes it off the terminal.
    pub(super) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(size: Option<u64>) -> ProgressBar {
    let template = if size.is_some() {
        "{msg}  {wide_bar} {percent}% of {total_bytes}, {eta} left"
    } else {
        "{spinner} {msg}, {bytes}, {elapsed}"
    };
    let bar = ProgressBar::with_draw_target(size, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        // The default one says how far it is, too.
        Err(_) => bar,
    }
}
