//! What was heard: by camera and address the name, for as long as it is good and a while longer.
//!
//! What a camera can make a resolver say takes a share of the room that is its own, so that none can fill the memory,
//! or push out what another one asked for.

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use enforcer_common::table::CameraId;
use rustc_hash::FxHashMap;

use super::answer::Answer;

/// How many addresses there is room for.
const ROOM: usize = 65_536;

/// How many a camera may have at most, and at least.
const MOST: usize = 256;
const LEAST: usize = 8;

/// How long a name is kept after it has ceased to be good. Cameras go on using addresses that they once were told.
pub const GRACE: Duration = Duration::from_hours(1);

/// Nobody's name is good for longer.
const LONGEST: Duration = Duration::from_hours(24);

/// Names of addresses, as cameras know them. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<RwLock<Books>>);

#[derive(Debug, Default)]
struct Books {
    books: FxHashMap<CameraId, Book>,
    /// How many addresses each may have.
    share: usize,
}

#[derive(Debug)]
struct Book {
    camera: Arc<str>,
    names: FxHashMap<IpAddr, Name>,
}

#[derive(Debug)]
struct Name {
    name: Arc<str>,
    until: Instant,
}

impl Heard {
    /// Only of these cameras names are kept, from now on.
    pub fn know<'c>(&self, cameras: impl Iterator<Item = (CameraId, &'c str)>) {
        let mut books = self.write();
        let mut known = FxHashMap::default();
        for (camera, name) in cameras {
            let before = books.books.remove(&camera);
            // A number may be another camera's now.
            let book = before.filter(|book| &*book.camera == name);
            let book = book.unwrap_or_else(|| Book {
                camera: name.into(),
                names: FxHashMap::default(),
            });
            known.insert(camera, book);
        }
        books.share = (ROOM / known.len().max(1)).clamp(LEAST, MOST);
        books.books = known;
        let share = books.share;
        for book in books.books.values_mut() {
            while book.names.len() > share {
                book.forget_one();
            }
        }
    }

    /// Keeps what a camera was told.
    pub fn note(&self, camera: CameraId, answer: &Answer, now: Instant) {
        let mut books = self.write();
        let share = books.share;
        let Some(book) = books.books.get_mut(&camera) else {
            return;
        };
        let name: Arc<str> = answer.name.as_str().into();
        for (address, seconds) in &answer.addresses {
            let good_for = Duration::from_secs((*seconds).into()).min(LONGEST);
            if book.names.len() >= share && !book.names.contains_key(address) {
                book.forget_one();
            }
            let name = Name {
                name: Arc::clone(&name),
                until: now + good_for + GRACE,
            };
            book.names.insert(*address, name);
        }
    }

    /// The name by which a camera knows an address.
    pub fn of(&self, camera: CameraId, address: IpAddr, now: Instant) -> Option<Arc<str>> {
        let books = self.read();
        books.books.get(&camera)?.of(address, now)
    }

    /// The same for a camera of this name, if that is its number's.
    pub fn of_camera(
        &self,
        (camera, name): (CameraId, &str),
        address: IpAddr,
        now: Instant,
    ) -> Option<Arc<str>> {
        let books = self.read();
        let book = books.books.get(&camera);
        book.filter(|book| &*book.camera == name)?.of(address, now)
    }

    fn read(&self) -> RwLockReadGuard<'_, Books> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Books> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn of(&self, address: IpAddr, now: Instant) -> Option<Arc<str>> {
        let known = self.names.get(&address);
        known
            .filter(|known| now <= known.until)
            .map(|known| Arc::clone(&known.name))
    }

    /// Forgets the one that is good for the shortest time.
    fn forget_one(&mut self) {
        let soonest = self.names.iter().min_by_key(|(_, name)| name.until);
        let soonest = soonest.map(|(address, _)| *address);
        if let Some(address) = soonest {
            self.names.remove(&address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_for_as_long_as_it_is_good_and_a_while_longer() {
        let (heard, now) = (Heard::default(), Instant::now());
        heard.know([(7, "gate")].into_iter());
        heard.note(7, &answer("cloud.example", &[1], 60), now);
        let after = |seconds| heard.of(7, address(1), now + Duration::from_secs(seconds));
        assert_eq!(after(0).as_deref(), Some("cloud.example"));
        assert_eq!(after(3_660).as_deref(), Some("cloud.example"));
        assert_eq!(after(3_661), None);
        assert_eq!(heard.of(7, address(2), now), None);
        assert_eq!(heard.of(8, address(1), now), None);
    }

    #[test]
    fn no_name_is_good_for_ever() {
        let (heard, now) = (Heard::default(), Instant::now());
        heard.know([(7, "gate")].into_iter());
        heard.note(7, &answer("cloud.example", &[1], u32::MAX), now);
        assert!(heard.of(7, address(1), now + LONGEST).is_some());
        assert!(
            heard
                .of(7, address(1), now + LONGEST + GRACE + GRACE)
                .is_none()
        );
    }

    #[test]
    fn the_last_name_of_an_address_is_the_one_that_counts() {
        let (heard, now) = (Heard::default(), Instant::now());
        heard.know([(7, "gate")].into_iter());
        heard.note(7, &answer("one.example", &[1, 2], 60), now);
        heard.note(7, &answer("two.example", &[2], 60), now);
        assert_eq!(heard.of(7, address(1), now).as_deref(), Some("one.example"));
        assert_eq!(heard.of(7, address(2), now).as_deref(), Some("two.example"));
    }

    #[test]
    fn a_camera_that_asks_without_end_pushes_out_its_own_names_alone() {
        let (heard, now) = (Heard::default(), Instant::now());
        heard.know([(7, "gate"), (8, "door")].into_iter());
        heard.note(8, &answer("quiet.example", &[1], 60), now);
        for number in 0..10_000_u32 {
            let answer = answer("loud.example", &[number], number);
            heard.note(7, &answer, now);
        }
        assert_eq!(heard.read().books[&7].names.len(), MOST);
        assert!(heard.of(7, address(9_999), now).is_some());
        assert!(heard.of(7, address(0), now).is_none());
        assert_eq!(
            heard.of(8, address(1), now).as_deref(),
            Some("quiet.example")
        );
    }

    #[test]
    fn with_many_cameras_each_has_less_room_and_all_have_some() {
        let (heard, now) = (Heard::default(), Instant::now());
        heard.know([(0, "0")].into_iter());
        for number in 0..1_000 {
            heard.note(0, &answer("loud.example", &[number], 60), now);
        }
        let names: Vec<_> = (0..20_000_u32).map(|camera| camera.to_string()).collect();
        heard.know((0..).zip(names.iter().map(String::as_str)));
        assert_eq!(heard.read().books[&0].names.len(), LEAST);
        for number in 0..1_000 {
            heard.note(19_999, &answer("last.example", &[number], number), now);
        }
        assert_eq!(heard.read().books[&19_999].names.len(), LEAST);
    }

    #[test]
    fn names_go_with_their_camera_and_not_to_whoever_has_its_number() {
        let (heard, now) = (Heard::default(), Instant::now());
        heard.know([(7, "gate"), (8, "door")].into_iter());
        for camera in [7, 8] {
            heard.note(camera, &answer("cloud.example", &[1], 60), now);
        }
        let of = |camera, name| heard.of_camera((camera, name), address(1), now).is_some();
        assert!(of(7, "gate") && !of(7, "door"));
        heard.know([(7, "gate"), (8, "yard")].into_iter());
        assert!(of(7, "gate") && !of(8, "door") && !of(8, "yard"));
        heard.note(9, &answer("cloud.example", &[1], 60), now);
        assert!(heard.of(9, address(1), now).is_none());
    }

    fn answer(name: &str, numbers: &[u32], seconds: u32) -> Answer {
        Answer {
            name: name.to_owned(),
            addresses: numbers
                .iter()
                .map(|number| (address(*number), seconds))
                .collect(),
        }
    }

    fn address(number: u32) -> IpAddr {
        IpAddr::from((0xc633_0000 + number).to_be_bytes())
    }
}
