//! The places that clients take up. Whoever comes is let in at once, and stands until it has said what it asks for:
//! then it has a seat, one of many while it is answered, and one of few when the answer has no end. Who says nothing
//! takes no seat, and goes when too many have come after it.
//!
//! Those who may change anything have places of their own, so that nobody who may only look keeps them out.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Extension,
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    answer::{Kind, Refusal},
    peer::Peer,
};

/// How many are answered at once.
const SEATS: usize = 32;

/// And how many of one user who may only look.
const SEATS_OF_ONE: usize = 16;

/// How many may stand.
const STANDING: usize = 64;

/// And how many of one user who may only look.
const STANDING_OF_ONE: usize = 32;

/// How many may follow events.
pub(super) const MOST_TO_STAY: usize = 8;

/// How many may wait for a large answer, one of which is made at a time.
const WAITING: usize = 8;

/// How long one who has asked waits for a seat.
const SOON: Duration = Duration::from_secs(10);

/// And for a large answer.
const IN_TURN: Duration = Duration::from_secs(20);

/// The places at one door.
#[derive(Debug, Default)]
pub(super) struct Room {
    for_changes: Arc<Places>,
    for_looking: Arc<Places>,
}

#[derive(Debug)]
struct Places {
    seats: Arc<Semaphore>,
    to_stay: Arc<Semaphore>,
    large: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Seats of users who may only look, of those who are here.
    of_users: Mutex<BTreeMap<u32, Arc<Semaphore>>>,
    /// Those who stand, who came first first.
    standing: Mutex<Vec<Standing>>,
}

#[derive(Debug)]
struct Standing {
    user: Option<u32>,
    leave: Arc<Notify>,
}

/// A client who was let in.
#[derive(Clone, Debug)]
pub(super) struct Client(Arc<Place>);

#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    /// Whose places it takes up, if they are counted.
    user: Option<u32>,
    leave: Arc<Notify>,
    seat: Mutex<Option<Seat>>,
    stays: AtomicBool,
    is_large: AtomicBool,
}

#[derive(Debug)]
struct Seat {
    _of_user: Option<OwnedSemaphorePermit>,
    _of_all: OwnedSemaphorePermit,
}

/// A place of one who stays, until this is dropped.
#[derive(Debug)]
pub(super) struct Staying {
    _place: OwnedSemaphorePermit,
}

/// The turn of one who is told much, until this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _turn: OwnedSemaphorePermit,
}

impl Default for Places {
    fn default() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self {
            seats: places(SEATS),
            to_stay: places(MOST_TO_STAY),
            large: places(1),
            waiting: places(WAITING),
            of_users: Mutex::default(),
            standing: Mutex::default(),
        }
    }
}

impl Room {
    /// Lets a client in. Where there are too many who stand, the one who came first of them goes.
    pub(super) fn enter(&self, peer: Peer) -> Client {
        let places = if peer.may_change() {
            &self.for_changes
        } else {
            &self.for_looking
        };
        let user = peer.user().filter(|_| !peer.may_change());
        Client(Arc::new(Place {
            leave: places.stand(user),
            places: Arc::clone(places),
            user,
            seat: Mutex::default(),
            stays: AtomicBool::default(),
            is_large: AtomicBool::default(),
        }))
    }
}

impl Places {
    fn stand(&self, user: Option<u32>) -> Arc<Notify> {
        let mut standing = locked(&self.standing);
        let is_theirs = |other: &Standing| user.is_some() && other.user == user;
        let theirs = standing.iter().filter(|other| is_theirs(other)).count();
        let first = if theirs >= STANDING_OF_ONE {
            standing.iter().position(is_theirs)
        } else {
            (standing.len() >= STANDING).then_some(0)
        };
        if let Some(first) = first {
            standing.remove(first).leave.notify_one();
        }
        let leave = Arc::new(Notify::new());
        standing.push(Standing {
            user,
            leave: Arc::clone(&leave),
        });
        leave
    }

    fn of_user(&self, user: u32) -> Arc<Semaphore> {
        let mut users = locked(&self.of_users);
        // Who has gone is forgotten.
        users.retain(|_, seats| Arc::strong_count(seats) > 1);
        let seats = users.entry(user);
        Arc::clone(seats.or_insert_with(|| Arc::new(Semaphore::new(SEATS_OF_ONE))))
    }

    async fn seat(&self, user: Option<u32>) -> Option<Seat> {
        // They are never closed, so there always is one in the end.
        let of_user = match user {
            Some(user) => Some(self.of_user(user).acquire_owned().await.ok()?),
            None => None,
        };
        let of_all = Arc::clone(&self.seats).acquire_owned().await.ok()?;
        Some(Seat {
            _of_user: of_user,
            _of_all: of_all,
        })
    }
}

impl Client {
    /// Has a client sit who has said what it asks for, once there is a seat.
    async fn sit(&self) -> Result<(), Refusal> {
        let Self(place) = self;
        let seat = timeout(SOON, place.places.seat(place.user)).await;
        let Ok(Some(seat)) = seat else {
            return Err(overloaded("too many ask at once; ask again"));
        };
        *locked(&place.seat) = Some(seat);
        place.stand_no_more();
        Ok(())
    }

    /// Has the client stay, if there is a place for that, and gives back the one that it has.
    pub(super) fn stay(&self) -> Result<Staying, Refusal> {
        let Self(place) = self;
        let to_stay = Arc::clone(&place.places.to_stay).try_acquire_owned();
        let to_stay = to_stay.map_err(|_full| {
            overloaded(&format!(
                "{MOST_TO_STAY} follow the events here already; ask again when one of them has gone"
            ))
        })?;
        place.stays.store(true, Ordering::Relaxed);
        drop(locked(&place.seat).take());
        Ok(Staying { _place: to_stay })
    }

    /// Whether the client stays.
    pub(super) fn stays(&self) -> bool {
        self.0.stays.load(Ordering::Relaxed)
    }

    /// The turn to be told much, once those before have gone.
    pub(super) async fn turn(&self) -> Result<Turn, Refusal> {
        let Self(place) = self;
        let many = "too many ask for so much at once; ask again";
        let waits = Arc::clone(&place.places.waiting).try_acquire_owned();
        let _waits = waits.map_err(|_full| overloaded(many))?;
        let turn = Arc::clone(&place.places.large).acquire_owned();
        let Ok(Ok(turn)) = timeout(IN_TURN, turn).await else {
            return Err(overloaded(many));
        };
        place.is_large.store(true, Ordering::Relaxed);
        Ok(Turn { _turn: turn })
    }

    /// Whether the client is told much.
    pub(super) fn is_told_much(&self) -> bool {
        self.0.is_large.load(Ordering::Relaxed)
    }

    /// Waits until it is to go, to make room for others.
    pub(super) async fn is_to_go(&self) {
        self.0.leave.notified().await;
    }
}

impl Place {
    fn stand_no_more(&self) {
        let mut standing = locked(&self.places.standing);
        standing.retain(|other| !Arc::ptr_eq(&other.leave, &self.leave));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stand_no_more();
    }
}

/// Has whoever asks sit first.
pub(super) async fn guard(
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    match client.sit().await {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn overloaded(words: &str) -> Refusal {
    Refusal::new(Kind::Overloaded, words)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const ROOT: Peer = Peer::User(0);

    const NOBODY: Peer = Peer::User(65_534);

    #[tokio::test]
    async fn who_stays_takes_one_of_few_places_and_none_of_the_others() {
        let room = Room::default();
        let free = || room.for_changes.seats.available_permits();
        let mut staying = Vec::new();
        for _ in 0..MOST_TO_STAY {
            let client = room.enter(ROOT);
            client.sit().await.unwrap();
            staying.push(client.stay().unwrap());
            assert!(client.stays());
            assert_eq!(free(), SEATS);
        }
        let client = room.enter(ROOT);
        client.sit().await.unwrap();
        let refusal = client.stay().unwrap_err();
        assert_eq!(refusal.kind, Kind::Overloaded);
        assert!(!client.stays());
        assert_eq!(free(), SEATS - 1);
        drop(staying.pop());
        client.stay().unwrap();
    }

    #[tokio::test]
    async fn who_says_nothing_takes_no_seat_and_goes_when_many_come() {
        let room = Room::default();
        let silent: Vec<_> = (0..=STANDING).map(|_| room.enter(Peer::Anybody)).collect();
        let gone = silent
            .iter()
            .map(|client| client.is_to_go().now_or_never().is_some());
        let gone: Vec<_> = gone.collect();
        assert!(gone[0] && !gone[1..].contains(&true), "{gone:?}");
        let client = room.enter(Peer::Anybody);
        client.sit().await.unwrap();
        // Who sits makes no room for anybody.
        let _more: Vec<_> = (0..2 * STANDING)
            .map(|_| room.enter(Peer::Anybody))
            .collect();
        assert!(client.is_to_go().now_or_never().is_none());
        drop(silent);
        assert_eq!(locked(&room.for_looking.standing).len(), STANDING);
    }

    #[tokio::test]
    async fn no_user_who_may_only_look_keeps_others_out() {
        let room = Room::default();
        let mut asking = Vec::new();
        for _ in 0..SEATS_OF_ONE {
            let client = room.enter(NOBODY);
            client.sit().await.unwrap();
            asking.push(client);
        }
        let one_more = room.enter(NOBODY);
        assert!(one_more.sit().now_or_never().is_none());
        let somebody = Peer::User(1_000);
        let others: Vec<_> = (0..STANDING_OF_ONE).map(|_| room.enter(somebody)).collect();
        let _silent: Vec<_> = (0..2 * STANDING).map(|_| room.enter(NOBODY)).collect();
        assert!(others[0].is_to_go().now_or_never().is_none());
        others[0].sit().await.unwrap();
        for _ in 0..SEATS {
            let client = room.enter(ROOT);
            client.sit().await.unwrap();
            asking.push(client);
        }
    }

    #[tokio::test]
    async fn one_at_a_time_is_told_much_and_few_wait_for_it() {
        let room = Room::default();
        let client = room.enter(NOBODY);
        let turn = client.turn().await.unwrap();
        assert!(client.is_told_much());
        let waiting: Vec<_> = (0..WAITING)
            .map(|_| {
                let client = room.enter(NOBODY);
                tokio::spawn(async move { client.turn().await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(client.turn().await.unwrap_err().kind, Kind::Overloaded);
        let _root = room.enter(ROOT).turn().await.unwrap();
        drop(turn);
        for waiting in waiting {
            drop(waiting.await.unwrap().unwrap());
        }
    }
}
