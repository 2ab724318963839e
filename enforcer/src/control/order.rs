//! What the daemon's loop is asked to do, and its answer.

use std::time::Duration;

use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot,
};

use super::{
    answer::{Done, Kind, Refusal},
    caller::Caller,
};

/// How many may wait for the daemon's loop, which does one after the other.
const MOST: usize = 8;

/// Something that only the daemon can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Put the policy in force as its files are now.
    Reload {
        /// And go back from it after this time, unless it is confirmed.
        confirm: Option<Duration>,
    },
    /// Keep the policy that waits for this.
    Confirm,
    /// Go back to what was in force before.
    Revert {
        /// Only if it is this generation that waits.
        unless_confirmed: Option<u32>,
    },
}

/// An order, and who waits for the answer.
#[derive(Debug)]
pub struct Asked {
    /// What is to be done.
    pub order: Order,
    caller: Caller,
    answer: oneshot::Sender<Result<Done, Refusal>>,
}

/// Where orders are given.
#[derive(Clone, Debug)]
pub struct Orders(mpsc::Sender<Asked>);

/// Where the daemon's loop takes them.
#[derive(Debug)]
pub struct Inbox(mpsc::Receiver<Asked>);

/// A way from the server to the daemon's loop.
pub fn channel() -> (Orders, Inbox) {
    let (sender, receiver) = mpsc::channel(MOST);
    (Orders(sender), Inbox(receiver))
}

impl Orders {
    /// Has an order carried out, if whoever gave it is there when its turn comes.
    pub async fn give(&self, order: Order, caller: Caller) -> Result<Done, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.0
            .try_send(Asked {
                order,
                caller,
                answer,
            })
            .map_err(|error| match error {
                TrySendError::Full(_) => {
                    Refusal::new(Kind::Overloaded, "too many wait for the daemon; try again")
                }
                TrySendError::Closed(_) => stopping(),
            })?;
        let answered = answered.await.ok();
        answered.unwrap_or_else(|| Err(stopping()))
    }
}

impl Inbox {
    /// The next order whose giver still waits for the answer.
    pub async fn next(&mut self) -> Option<Asked> {
        loop {
            let asked = self.0.recv().await?;
            if !asked.answer.is_closed() && asked.caller.is_there() {
                return Some(asked);
            }
        }
    }
}

impl Asked {
    /// Answers; whoever asked may have gone.
    pub fn answer(self, answer: Result<Done, Refusal>) {
        drop(self.answer.send(answer));
    }
}

fn stopping() -> Refusal {
    Refusal::new(Kind::Stopping, "the daemon ends; what is in force stays")
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[tokio::test]
    async fn who_does_not_wait_for_the_answer_gets_nothing_done() {
        let (orders, mut inbox) = channel();
        let gone = orders.give(Order::Confirm, Caller::default());
        let short = Duration::from_millis(10);
        assert!(tokio::time::timeout(short, gone).await.is_err());
        let reload = Order::Reload { confirm: None };
        let giver = tokio::spawn({
            let (orders, reload) = (orders.clone(), reload.clone());
            async move { orders.give(reload, Caller::default()).await }
        });
        let asked = inbox.next().await.unwrap();
        assert_eq!(asked.order, reload);
        let refusal = Refusal::new(Kind::NothingWaits, "no");
        asked.answer(Err(refusal.clone()));
        assert_eq!(giver.await.unwrap(), Err(refusal));
    }

    #[tokio::test]
    async fn who_has_hung_up_before_its_turn_gets_nothing_done() {
        let (orders, mut inbox) = channel();
        let (here, there) = UnixStream::pair().unwrap();
        drop(there);
        let gone = orders.give(Order::Confirm, Caller::of(&here));
        let reload = Order::Reload { confirm: None };
        let waits = orders.give(reload.clone(), Caller::default());
        tokio::select! {
            // In this order, so that both are given.
            biased;
            _ = gone => panic!("nobody answers"),
            _ = waits => panic!("nobody answers"),
            asked = inbox.next() => assert_eq!(asked.unwrap().order, reload),
        }
    }

    #[tokio::test]
    async fn a_daemon_that_is_busy_or_gone_says_so() {
        let (orders, inbox) = channel();
        let waiting: Vec<_> = (0..MOST)
            .map(|_| {
                let orders = orders.clone();
                tokio::spawn(async move { orders.give(Order::Confirm, Caller::default()).await })
            })
            .collect();
        tokio::task::yield_now().await;
        let refused = orders
            .give(Order::Confirm, Caller::default())
            .await
            .unwrap_err();
        assert_eq!(refused.kind, Kind::Overloaded);
        drop(inbox);
        for waiting in waiting {
            let refused = waiting.await.unwrap().unwrap_err();
            assert_eq!(refused.kind, Kind::Stopping);
        }
        let refused = orders
            .give(Order::Confirm, Caller::default())
            .await
            .unwrap_err();
        assert_eq!(refused.kind, Kind::Stopping);
    }
}
