//! Who keeps the ledger is asked here: routes for what is in it, and the daemon's loop to say which
//! generations are loaded.

use std::{
    collections::BTreeSet,
    sync::mpsc::{self, Receiver, Sender},
    time::Instant,
};

use anyhow::Result as Done;
use tokio::sync::oneshot;

use super::answer::{Kind, Refusal};
use crate::{labels::Labels, ledger::store::Store};

/// What whoever asks does with the store, or with the reason why there is none.
pub type Look = Box<dyn FnOnce(Result<(&Store, &Labels), Refusal>) + Send>;

/// What is asked.
pub enum Ask {
    /// To look into the store, with all that was counted until it was asked.
    Look {
        /// What is done with it.
        look: Look,
        /// When it was asked.
        asked: Instant,
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
    /// What is found in the store, that of this very moment included.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Store, &Labels) -> Done<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let stopping = || Refusal::new(Kind::Stopping, "the daemon ends");
        let (to, answer) = oneshot::channel();
        let sent = self.0.send(Ask::Look {
            look: Box::new(|store| {
                let found =
                    |(store, labels)| look(store, labels).map_err(|error| Refusal::from(&error));
                // Whoever has asked may have gone.
                drop(to.send(store.and_then(found)));
            }),
            asked: Instant::now(),
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
