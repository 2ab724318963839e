//! The places that clients take up: one of many while they ask and are answered, and one of few when what they ask
//! for has no end, so that those who stay take no place of those who come and go.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::{Kind, Refusal};

/// How many clients are served at once; others wait until one of these is gone.
const MOST: usize = 32;

/// How many may follow events.
pub(super) const MOST_TO_STAY: usize = 8;

/// The places at one door.
#[derive(Debug)]
pub(super) struct Room {
    to_come_and_go: Arc<Semaphore>,
    to_stay: Arc<Semaphore>,
}

/// A client's place.
#[derive(Clone, Debug)]
pub(super) struct Seat(Arc<Taken>);

#[derive(Debug)]
struct Taken {
    place: Mutex<Option<OwnedSemaphorePermit>>,
    to_stay: Arc<Semaphore>,
    stays: AtomicBool,
}

/// A place of one who stays, until this is dropped.
#[derive(Debug)]
pub(super) struct Staying {
    _place: OwnedSemaphorePermit,
}

impl Room {
    pub(super) fn new() -> Self {
        Self {
            to_come_and_go: Arc::new(Semaphore::new(MOST)),
            to_stay: Arc::new(Semaphore::new(MOST_TO_STAY)),
        }
    }

    /// A place for one who asks, once there is one.
    pub(super) async fn seat(&self) -> Seat {
        // It is never closed, so there always is one.
        let place = Arc::clone(&self.to_come_and_go).acquire_owned().await.ok();
        Seat(Arc::new(Taken {
            place: Mutex::new(place),
            to_stay: Arc::clone(&self.to_stay),
            stays: AtomicBool::new(false),
        }))
    }
}

impl Seat {
    /// Has the client stay, if there is a place for that, and gives back the one that it has.
    pub(super) fn stay(&self) -> Result<Staying, Refusal> {
        let Self(taken) = self;
        let place = Arc::clone(&taken.to_stay).try_acquire_owned();
        let place = place.map_err(|_full| {
            let words = format!(
                "{MOST_TO_STAY} follow the events here already; ask again when one of them has gone"
            );
            Refusal::new(Kind::Overloaded, words)
        })?;
        taken.stays.store(true, Ordering::Relaxed);
        let mut before = taken.place.lock().unwrap_or_else(PoisonError::into_inner);
        drop(before.take());
        Ok(Staying { _place: place })
    }

    /// Whether the client stays.
    pub(super) fn stays(&self) -> bool {
        self.0.stays.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_stays_takes_one_of_few_places_and_none_of_the_others() {
        let room = Room::new();
        let mut staying = Vec::new();
        for _ in 0..MOST_TO_STAY {
            let seat = room.seat().await;
            staying.push(seat.stay().unwrap());
            assert!(seat.stays());
            assert_eq!(room.to_come_and_go.available_permits(), MOST);
        }
        let seat = room.seat().await;
        let refusal = seat.stay().unwrap_err();
        assert_eq!(refusal.kind, Kind::Overloaded);
        assert!(!seat.stays());
        assert_eq!(room.to_come_and_go.available_permits(), MOST - 1);
        drop(staying.pop());
        seat.stay().unwrap();
    }
}
