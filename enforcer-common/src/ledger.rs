//! The ledger: what each camera sent where, one row for each destination and service.
//!
//! Every camera has a region of its own on every CPU, so however many destinations one makes up, the
//! rows of the others stay; what does not fit in its region is counted in one row of it. A region is a
//! hash table of small pages: a row is on one of two pages, so that a frame looks at two at most.
//!
//! There are two halves. The program writes into one; the daemon takes down what stands in the other,
//! clears it, and only then turns the program to it ([`Book::epoch`]).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, transmute};

use crate::{
    address::Address,
    flow::{Flow, Piece},
    header::{Tcp, ethertype, protocol},
    reason::DropReason,
    slots::Places,
};

/// Rows on a page: four of 64 bytes.
pub const ROWS: usize = 4;

/// Halves that there are.
pub const HALVES: u32 = 2;

/// What the daemon must know of a ledger that another version of it has made: it changes with the
/// layout of [`Row`], or of where rows are.
pub const LAYOUT: u32 = 1;

/// Ports from here on are handed out by systems to whoever asks (Linux's `ip_local_port_range`; IANA's
/// dynamic ports begin later, at 49,152, RFC 6335), so that one tells nothing of the service.
const EPHEMERAL: u16 = 32_768;

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
    /// How many pages a region has for rows, a power of two; one page for what does not fit stands before them.
    pub pages: u32,
}

impl Book {
    /// How many pages there are in all.
    pub const fn all(&self) -> u32 {
        HALVES * self.half()
    }

    /// How many pages a half has.
    #[inline(always)]
    pub const fn half(&self) -> u32 {
        self.cpus * self.cameras * self.region()
    }

    /// How many pages a region has.
    #[inline(always)]
    pub const fn region(&self) -> u32 {
        self.pages + 1
    }
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

/// What was sent, and what became of it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
)]
#[repr(C)]
pub struct What {
    /// By protocol: the service's port, host order; type and code of an ICMP message, or type of an IGMP
    /// message, in the upper half; without an IP packet, the ethertype; zero where nothing is known.
    pub port: u16,
    /// Transport protocol, or the extension header where reading ended.
    pub protocol: u8,
    /// What became of it, and whose the port is: [`Outcome`] and [`What::OWN_PORT`].
    outcome: u8,
}

impl What {
    /// The port is the camera's own, which it answers from.
    const OWN_PORT: u8 = 0x80;
    /// It was judged as a drop and passed.
    const AUDITED: u8 = 0x40;
    /// The rest: one for what was allowed, and from two on the numbers of reasons.
    const ALLOWED: u8 = 1;

    /// In an order that does not depend on the machine: port, protocol, outcome.
    pub const fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.port.to_be_bytes();
        [high, low, self.protocol, self.outcome]
    }

    /// What [`Self::to_bytes`] has made.
    pub const fn from_bytes([high, low, protocol, outcome]: [u8; 4]) -> Self {
        Self {
            port: u16::from_be_bytes([high, low]),
            protocol,
            outcome,
        }
    }

    /// Whether the port is the camera's own, which it answers from.
    pub const fn is_own_port(&self) -> bool {
        self.outcome & Self::OWN_PORT != 0
    }

    /// What became of it; none for a row that is not used, or of a reason that this version does not know.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.outcome & !(Self::OWN_PORT | Self::AUDITED) {
            0 => None,
            Self::ALLOWED => Some(Outcome::Allowed),
            number => {
                let reason = DropReason::ALL.get(usize::from(number - Self::ALLOWED - 1))?;
                Some(if self.outcome & Self::AUDITED == 0 {
                    Outcome::Dropped(*reason)
                } else {
                    Outcome::Audited(*reason)
                })
            }
        }
    }
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It passed.
    Allowed,
    /// It was dropped.
    Dropped(DropReason),
    /// Audit: it passed, and would be dropped.
    Audited(DropReason),
}

impl Outcome {
    /// Of a drop, or of what would be one.
    #[inline(always)]
    pub const fn of_drop(reason: DropReason, is_audited: bool) -> Self {
        if is_audited {
            Self::Audited(reason)
        } else {
            Self::Dropped(reason)
        }
    }

    /// How many kinds there are.
    pub const KINDS: usize = 3;

    /// Which row counts those of its kind that do not fit.
    #[inline(always)]
    pub const fn kind(self) -> usize {
        match self {
            Self::Allowed => 0,
            Self::Dropped(_) => 1,
            Self::Audited(_) => 2,
        }
    }

    /// Why it is a drop, if it is one.
    #[inline(always)]
    pub const fn reason(self) -> Option<DropReason> {
        match self {
            Self::Allowed => None,
            Self::Dropped(reason) | Self::Audited(reason) => Some(reason),
        }
    }

    /// Whether the frame passed.
    #[inline(always)]
    pub const fn passes(self) -> bool {
        matches!(self, Self::Allowed | Self::Audited(_))
    }

    #[inline(always)]
    const fn number(self) -> u8 {
        match self {
            Self::Allowed => What::ALLOWED,
            Self::Dropped(reason) => What::ALLOWED + 1 + reason as u8,
            Self::Audited(reason) => (What::ALLOWED + 1 + reason as u8) | What::AUDITED,
        }
    }
}

const _: () = assert!(Outcome::KINDS <= ROWS);
const _: () = assert!(DropReason::ALL.len() + 2 <= What::AUDITED as usize);

/// Rows that lie together.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Page {
    /// Used from the first on.
    pub rows: [Row; ROWS],
}

/// A frame, as the ledger sees it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// See [`Row::destination`].
    pub destination: Address,
    /// See [`Row::what`].
    pub what: What,
    /// See [`Row::rule`].
    pub rule: u32,
    /// Which row counts it if it does not fit: [`Outcome::kind`].
    pub kind: usize,
}

impl Entry {
    /// What there is to write about a frame.
    #[inline(always)]
    pub const fn new(flow: &Flow, outcome: Outcome, rule: u32) -> Self {
        let (port, side) = service(flow);
        Self {
            destination: flow.destination,
            what: What {
                port,
                protocol: flow.protocol,
                outcome: outcome.number() | side,
            },
            rule,
            kind: outcome.kind(),
        }
    }

    /// On which two of the pages of a region it may stand, by their numbers from zero.
    #[inline(always)]
    pub fn places(&self, pages: u32) -> [u32; 2] {
        let places = Places {
            mask: pages.wrapping_sub(1),
            seed: 0,
        };
        let [family, high, low]: [u64; 3] = transmute!(self.destination);
        let what: u32 = transmute!(self.what);
        let [one, other] = places.of([family, high, low, u64::from(what)]);
        // Two, whatever the hash says.
        [one, if other == one { one ^ 1 } else { other }]
    }
}

/// The port by which a service is known, and whether it is the camera's own.
///
/// A frame does not say who began. TCP's handshake does; of any other frame it is taken that who has a
/// port that is handed out has asked, and who has one below those is asked.
#[inline(always)]
const fn service(flow: &Flow) -> (u16, u8) {
    let is_ip = matches!(flow.ethertype, ethertype::ETH_P_IP | ethertype::ETH_P_IPV6);
    if !is_ip {
        return (flow.ethertype, 0);
    }
    if matches!(flow.fragment, Piece::Later) {
        return (0, 0);
    }
    match flow.protocol {
        protocol::IPPROTO_TCP | protocol::IPPROTO_UDP => {
            let is_tcp = flow.protocol == protocol::IPPROTO_TCP;
            let opens = is_tcp && flow.tcp_flags & Tcp::SYN != 0;
            let answers = if opens {
                flow.tcp_flags & Tcp::ACK != 0
            } else {
                flow.source_port < EPHEMERAL && flow.destination_port >= EPHEMERAL
            };
            if answers {
                (flow.source_port, What::OWN_PORT)
            } else {
                (flow.destination_port, 0)
            }
        }
        protocol::IPPROTO_ICMP | protocol::IPPROTO_ICMPV6 | protocol::IPPROTO_IGMP => {
            (((flow.icmp_type as u16) << 8) | flow.icmp_code as u16, 0)
        }
        _ => (0, 0),
    }
}

impl Page {
    /// The row that a frame is counted in, if it has one here or there is room for it.
    #[inline(always)]
    pub fn row(&mut self, entry: &Entry) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.is_free_for(entry))
    }

    /// The row for frames that have no room: this is the page before those of a region.
    #[inline(always)]
    pub fn rest(&mut self, entry: &Entry) -> Option<&mut Row> {
        self.rows.get_mut(entry.kind)
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

    /// Whether it is this one's or nobody's.
    #[inline(always)]
    fn is_free_for(&self, entry: &Entry) -> bool {
        let here: u32 = transmute!(self.what);
        let what: u32 = transmute!(entry.what);
        let [family, high, low]: [u64; 3] = transmute!(self.destination);
        let [its_family, its_high, its_low]: [u64; 3] = transmute!(entry.destination);
        let difference =
            u64::from(here ^ what) | (family ^ its_family) | (high ^ its_high) | (low ^ its_low);
        here == 0 || difference == 0
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, vec, vec::Vec};

    use super::*;

    /// One region, as the program uses it.
    struct Region(Vec<Page>);

    impl Region {
        fn new(pages: usize) -> Self {
            Self(vec![Page::default(); pages + 1])
        }

        fn count(&mut self, entry: &Entry, bytes: u32, now: u64) {
            let Self(pages) = self;
            let among = u32::try_from(pages.len() - 1).unwrap();
            let [one, other] = entry.places(among).map(|place| place as usize + 1);
            for page in [one, other] {
                if let Some(row) = pages[page].row(entry) {
                    return row.count(entry, bytes, now);
                }
            }
            pages[0].rest(entry).unwrap().count(entry, bytes, now);
        }

        fn rows(&self) -> impl Iterator<Item = &Row> {
            let pages = self.0.iter().skip(1);
            pages
                .flat_map(|page| &page.rows)
                .filter(|row| row.packets > 0)
        }
    }

    #[test]
    fn every_frame_is_counted_once_and_a_destination_has_one_row() {
        let mut region = Region::new(8);
        let mut sent: BTreeMap<(Address, u16), u64> = BTreeMap::new();
        for number in 0..10_000_u32 {
            let [.., a, b] = (number % 97 % 61).to_be_bytes();
            let flow = udp([198, 51, a, b], 5000, 53);
            let entry = Entry::new(&flow, Outcome::Dropped(DropReason::NotAllowed), 0);
            region.count(&entry, 100, u64::from(number));
            *sent.entry((flow.destination, 53)).or_default() += 1;
        }
        let mut rest = region.0[0].rows[1].packets;
        assert_eq!(region.0[0].rows[0], Row::default());
        for row in region.rows() {
            let packets = sent.remove(&(row.destination, row.what.port));
            let packets = packets.expect("a row for each destination, and one alone");
            let later = packets - row.packets;
            assert_eq!(row.bytes, row.packets * 100);
            rest -= later;
        }
        assert_eq!(
            rest,
            sent.values().sum::<u64>(),
            "the others are in the rest"
        );
        assert!(
            region.rows().count() >= 28,
            "nearly all of 32 rows are used"
        );
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
