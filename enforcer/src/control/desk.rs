//! Who keeps the ledger is asked here: routes for what is in it, and the daemon's loop to say which
//! generations are loaded.

use std::{
    collections::BTreeSet,
    sync::mpsc::{self, Receiver, Sender},
    time::Instant,
};

use tokio::sync::oneshot;

use super::answer::{Kind, Refusal};
use crate::ledger::{Line, Query};

/// What is asked.
#[derive(Debug)]
pub enum Ask {
    /// The lines of a query, with all that was counted until it was asked, and whom to tell.
    Read {
        /// Which lines.
        query: Query,
        /// When it was asked.
        asked: Instant,
        /// Whom to tell.
        to: oneshot::Sender<Result<Vec<Line>, Refusal>>,
    },
    /// Generations of these numbers are loaded; older ones write no more.
    Loaded(BTreeSet<u32>),
    /// To take down all there is, and end.
    Stop,
}

/// Where to ask.
#[derive(Clone, Debug)]
pub struct Desk(Sender<Ask>);

/// A desk, and what is asked there.
pub fn open() -> (Desk, Receiver<Ask>) {
    let (sender, asked) = mpsc::channel();
    (Desk(sender), asked)
}

impl Desk {
    /// The lines of a query, those of this very moment included.
    pub async fn read(&self, query: Query) -> Result<Vec<Line>, Refusal> {
        let stopping = || Refusal::new(Kind::Stopping, "the daemon ends");
        let (to, answer) = oneshot::channel();
        let sent = self.0.send(Ask::Read {
            query,
            asked: Instant::now(),
            to,
        });
        sent.map_err(|_gone| stopping())?;
        answer.await.map_err(|_gone| stopping())?
    }

    /// Says which generations are loaded.
    pub fn loaded(&self, generations: BTreeSet<u32>) {
        // Without a keeper, the kernel keeps it.
        drop(self.0.send(Ask::Loaded(generations)));
    }

    /// Has the keeper end.
    pub fn stop(&self) {
        drop(self.0.send(Ask::Stop));
    }
}
