//! Who keeps the ledger is asked here: routes for what is in it, and the daemon's loop to say which
//! generations are loaded.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Weak,
        mpsc::{self, Receiver, Sender},
    },
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
        /// Gone once nobody waits for it any more.
        waits: Weak<()>,
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
        let here = Arc::new(());
        let sent = self.0.send(Ask::Look {
            look: Box::new(|store| {
                let found =
                    |(store, labels)| look(store, labels).map_err(|error| Refusal::from(&error));
                // Whoever has asked may have gone.
                drop(to.send(store.and_then(found)));
            }),
            asked: Instant::now(),
            waits: Arc::downgrade(&here),
        });
        sent.map_err(|_gone| stopping())?;
        let answer = answer.await.map_err(|_gone| stopping());
        drop(here);
        answer?
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn nobody_looks_for_whoever_has_gone() {
        let (desk, asked) = open();
        let gone = desk.look(|_, _| Ok(()));
        let short = Duration::from_millis(10);
        assert!(tokio::time::timeout(short, gone).await.is_err());
        let Ok(Ask::Look { waits, .. }) = asked.try_recv() else {
            panic!("nothing was asked");
        };
        assert_eq!(waits.strong_count(), 0);
        let look = tokio::spawn(async move { desk.look(|_, _| Ok(())).await });
        tokio::task::yield_now().await;
        let Ok(Ask::Look {
            waits, look: it, ..
        }) = asked.try_recv()
        else {
            panic!("nothing was asked");
        };
        assert_eq!(waits.strong_count(), 1);
        let refusal = Refusal::new(Kind::Failed, "no");
        it(Err(refusal.clone()));
        assert_eq!(look.await.unwrap(), Err(refusal));
    }
}
