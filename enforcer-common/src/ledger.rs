//! The ledger: what each camera sent where, one row for each destination and service.
//!
//! Every camera has a region of its own on every CPU, so however many destinations one makes up, the
//! rows of the others stay; what does not fit in its region is counted in one row of it. A region is a
//! hash table of small pages: a row is on one of two pages. What stands on a page is told by its tags, so
//! that a frame looks at two words and one row, found or not.
//!
//! There are two halves. The program writes into one; the daemon takes down what stands in the other,
//! clears it, and only then turns the program to it ([`Book::epoch`]).

use core::ops::Range;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::address::Address;

mod entry;
mod tags;
mod what;

use self::tags::Seat;
pub use self::{
    entry::Entry,
    tags::Tags,
    what::{Outcome, What},
};

/// Rows on a page.
const ROWS: u32 = 4;

/// Rows for what does not fit.
const KINDS: u32 = 3;

const _: () = assert!(KINDS as usize == Outcome::KINDS);

/// Pages whose tags are on one line.
const TAGS: u32 = 8;

/// Halves that there are.
pub const HALVES: u32 = 2;

/// What the daemon must know of a ledger that another version of it has made: it changes with the
/// layout of [`Row`], or of where rows are.
pub const LAYOUT: u32 = 2;

/// What a ledger is, and which half of it is written to.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Book {
    /// Its lowest bit is the half that is written to.
    pub epoch: u64,
    /// Another for each ledger that ever was.
    pub identity: u64,
    /// [`LAYOUT`].
    pub layout: u32,
    /// How many CPUs write.
    pub cpus: u32,
    /// How many regions there are for each: by the camera's number.
    pub cameras: u32,
    /// How many pages a region has, a power of two.
    pub pages: u32,
}

impl Book {
    /// How many lines of cache there are in all.
    pub const fn all(&self) -> u32 {
        HALVES * self.half()
    }

    /// How many of them a half has.
    #[inline(always)]
    pub const fn half(&self) -> u32 {
        self.cpus * self.cameras * region_lines(self.pages)
    }

    /// A camera's region on a CPU. The first half has number zero.
    #[inline(always)]
    pub const fn region(&self, half: u32, cpu: u32, camera: u32) -> Region {
        Region {
            first: ((half * self.cpus + cpu) * self.cameras + camera) * region_lines(self.pages),
            pages: self.pages,
        }
    }
}

/// What is one camera's on one CPU, by the numbers of lines: first a row for each kind of what does not fit
/// ([`Outcome::kind`]), then tags, then the rows of each page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    first: u32,
    pages: u32,
}

/// How many lines a region of so many pages has.
#[inline(always)]
pub const fn region_lines(pages: u32) -> u32 {
    KINDS + pages.div_ceil(TAGS) + pages * ROWS
}

/// What was sent to one destination and service, and what became of it, on one CPU. It takes up one
/// line of cache.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Row {
    /// The receiver; none for a frame without an IP packet.
    pub destination: Address,
    /// What was sent there; all zero for a row that is not used. In the row of those that do not fit, this and
    /// [`Self::destination`] and [`Self::rule`] are those of the last of them.
    pub what: What,
    /// The rule that decided about the last frame; zero for none.
    pub rule: u32,
    /// Frames.
    pub packets: u64,
    /// Bytes of those frames, from the Ethernet header on.
    pub bytes: u64,
    /// When the first came: nanoseconds on the kernel's monotonic clock, to the tick.
    pub first: u64,
    /// When the last came.
    pub last: u64,
}

const _: () = assert!(size_of::<Row>() == 64);

const _: () = assert!(size_of::<Row>() == size_of::<Tags>());

/// The lines of a ledger, by their numbers.
pub trait Memory {
    /// A line that holds a row.
    fn row(&mut self, number: u32) -> Option<&mut Row>;

    /// A line that holds tags.
    fn tags(&mut self, number: u32) -> Option<&mut Tags>;
}

impl Region {
    /// The number of the row that a frame is counted in. `lines` must be those of its ledger.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "there are three kinds")]
    pub fn row(self, entry: &Entry, lines: &mut impl Memory) -> Option<u32> {
        let place = entry.place(self.pages);
        for page in place.pages {
            let tags = lines.tags(self.tags_of(page))?;
            match tags.seat(page, place.tag) {
                Some(Seat::Taken(row)) => return Some(self.of_page(page) + row),
                Some(Seat::Marked(row)) => {
                    let number = self.of_page(page) + row;
                    if entry.is_in(lines.row(number)?) {
                        return Some(number);
                    }
                }
                None => {}
            }
        }
        Some(self.first + entry.kind as u32)
    }

    /// The numbers of all its lines.
    pub const fn all(self) -> Range<u32> {
        self.first..self.first + region_lines(self.pages)
    }

    /// The numbers of the rows for frames that do not fit, by [`Outcome::kind`].
    pub const fn rest(self) -> Range<u32> {
        self.first..self.first + KINDS
    }

    /// The numbers of the lines with tags.
    pub const fn tags(self) -> Range<u32> {
        self.tags_of(0)..self.of_page(0)
    }

    /// The numbers of the rows of frames that have their own.
    pub const fn rows(self) -> Range<u32> {
        self.of_page(0)..self.all().end
    }

    /// The number of the line with a page's tags.
    #[inline(always)]
    const fn tags_of(self, page: u32) -> u32 {
        self.first + KINDS + page / TAGS
    }

    /// The number of the first row of a page.
    #[inline(always)]
    const fn of_page(self, page: u32) -> u32 {
        self.first + KINDS + self.pages.div_ceil(TAGS) + page * ROWS
    }
}

impl Row {
    /// Counts a frame here; where no such was before, it is this one's row from now on.
    #[inline(always)]
    pub fn count(&mut self, entry: &Entry, bytes: u32, now: u64) {
        if self.packets == 0 {
            self.first = now;
        }
        self.destination = entry.destination;
        self.what = entry.what;
        self.rule = entry.rule;
        self.packets += 1;
        self.bytes += u64::from(bytes);
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, vec, vec::Vec};

    use super::*;
    use crate::{
        flow::Flow,
        header::{Tcp, ethertype, protocol},
        reason::DropReason,
    };

    /// A ledger of one region, as the program uses it.
    struct Ledger {
        region: Region,
        lines: Vec<Line>,
    }

    #[derive(Clone, Copy, Default)]
    struct Line {
        row: Row,
        tags: Tags,
    }

    impl Ledger {
        fn new(pages: u32) -> Self {
            let book = Book {
                cpus: 1,
                cameras: 1,
                pages,
                ..Book::default()
            };
            Self {
                region: book.region(0, 0, 0),
                lines: vec![Line::default(); book.half() as usize],
            }
        }

        fn count(&mut self, entry: &Entry, bytes: u32, now: u64) {
            let number = self.region.row(entry, &mut self.lines).unwrap();
            Memory::row(&mut self.lines, number)
                .unwrap()
                .count(entry, bytes, now);
        }

        fn of(&self, numbers: Range<u32>) -> impl Iterator<Item = &Row> {
            numbers.map(|number| &self.lines[number as usize].row)
        }
    }

    impl Memory for Vec<Line> {
        fn row(&mut self, number: u32) -> Option<&mut Row> {
            self.get_mut(number as usize).map(|line| &mut line.row)
        }

        fn tags(&mut self, number: u32) -> Option<&mut Tags> {
            self.get_mut(number as usize).map(|line| &mut line.tags)
        }
    }

    #[test]
    fn every_frame_is_counted_once_and_a_destination_has_one_row() {
        let mut ledger = Ledger::new(8);
        let mut sent: BTreeMap<(Address, u16), u64> = BTreeMap::new();
        for number in 0..10_000_u32 {
            let [.., a, b] = (number % 97 % 61).to_be_bytes();
            let flow = udp([198, 51, a, b], 5000, 53);
            let entry = Entry::new(&flow, Outcome::Dropped(DropReason::NotAllowed), 0);
            ledger.count(&entry, 100, u64::from(number));
            *sent.entry((flow.destination, 53)).or_default() += 1;
        }
        let rest: Vec<u64> = ledger
            .of(ledger.region.rest())
            .map(|row| row.packets)
            .collect();
        let rows = ledger
            .of(ledger.region.rows())
            .filter(|row| row.packets > 0);
        let mut later = 0;
        let mut used = 0;
        for row in rows {
            let packets = sent.remove(&(row.destination, row.what.port));
            let packets = packets.expect("a row for each destination, and one alone");
            later += packets - row.packets;
            assert_eq!(row.bytes, row.packets * 100);
            used += 1;
        }
        assert_eq!(later, 0, "who has a row has it from the first frame on");
        assert_eq!(
            rest,
            [0, sent.values().sum(), 0],
            "the others are in the rest"
        );
        assert!(used >= 28, "nearly all of 32 rows are used: {used}");
    }

    #[test]
    fn the_port_is_that_of_the_service_whoever_has_asked() {
        let reason = DropReason::NotAllowed;
        for (flow, port, own) in [
            (udp([192, 0, 2, 1], 40_000, 53), 53, false),
            (udp([192, 0, 2, 1], 8_800, 51_000), 8_800, true),
            (udp([192, 0, 2, 1], 8_800, 8_900), 8_900, false),
            (udp([192, 0, 2, 1], 50_000, 40_000), 40_000, false),
            (tcp(554, 49_152, Tcp::ACK), 554, true),
            (tcp(554, 49_152, Tcp::SYN), 49_152, false),
            (tcp(50_000, 40_000, Tcp::SYN | Tcp::ACK), 50_000, true),
            (tcp(40_000, 443, Tcp::ACK), 443, false),
        ] {
            let entry = Entry::new(&flow, Outcome::Dropped(reason), 0);
            assert_eq!((entry.what.port, entry.what.is_own_port()), (port, own));
            assert_eq!(entry.what.outcome(), Some(Outcome::Dropped(reason)));
        }
    }

    #[test]
    fn an_outcome_survives_being_written() {
        let reasons = DropReason::ALL.iter();
        let reasons = reasons.flat_map(|&why| [Outcome::Dropped(why), Outcome::Audited(why)]);
        for outcome in reasons.chain([Outcome::Allowed]) {
            for flow in [udp([192, 0, 2, 1], 1, 2), tcp(1, 2, Tcp::SYN | Tcp::ACK)] {
                let entry = Entry::new(&flow, outcome, 7);
                assert_eq!(entry.what.outcome(), Some(outcome));
            }
        }
        assert_eq!(What::default().outcome(), None);
    }

    fn udp(to: [u8; 4], source_port: u16, destination_port: u16) -> Flow {
        Flow {
            ethertype: ethertype::ETH_P_IP,
            protocol: protocol::IPPROTO_UDP,
            destination: Address::v4(to),
            source_port,
            destination_port,
            ..Flow::default()
        }
    }

    fn tcp(source_port: u16, destination_port: u16, tcp_flags: u8) -> Flow {
        Flow {
            protocol: protocol::IPPROTO_TCP,
            tcp_flags,
            ..udp([192, 0, 2, 1], source_port, destination_port)
        }
    }
}
