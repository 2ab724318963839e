//! Frames of a capture, many together, in memory that is used again.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    capture::{Broken, Packet},
    cooked,
};
use crate::policy::NamePattern;

/// So many frames are judged at a time.
const MOST: usize = 1_024;

/// And so many bytes of them, or one frame more.
const MOST_BYTES: usize = 1 << 20;

/// Of so many interfaces the names, or numbers, are told.
const MOST_TOLD: usize = 64;

/// What libpcap calls all interfaces at once.
const ALL: &str = "any";

/// Frames that came in, one after the other.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    rows: Vec<Row>,
    /// Packets that were on their way out, which no program sees.
    pub(super) outgoing: u64,
    /// Packets without an Ethernet source.
    pub(super) foreign: u64,
    /// Packets that came in where no policy is for it.
    pub(super) elsewhere: u64,
    /// Some of the interfaces that these came in on.
    pub(super) elsewhere_on: BTreeSet<Arc<str>>,
    /// Interfaces that cooked packets came in on and that the capture has no names of, some of them: zero where not even
    /// a number says which.
    pub(super) nameless: BTreeSet<u32>,
    /// When the first packet came, and the last: milliseconds since 1970.
    pub(super) span: Option<(i64, i64)>,
    /// How many bytes of the capture were read until then.
    pub(super) read: u64,
    /// Nothing comes after it.
    pub(super) is_last: bool,
    /// Why the capture was not read to its end, if it was not.
    pub(super) broken: Option<Broken>,
}

#[derive(Debug)]
struct Row {
    number: u64,
    time: i64,
    length: usize,
    interface: Option<Arc<str>>,
    /// Where it ends in the bytes; it begins where the one before does.
    end: usize,
}

/// A frame that came in.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'b> {
    /// That of its packet.
    pub number: u64,
    /// Milliseconds since 1970.
    pub time: i64,
    /// How long it was.
    pub length: usize,
    /// Where it came in, if the capture says so and a policy is for it.
    pub interface: Option<&'b str>,
    /// As much as there is of it.
    pub frame: &'b [u8],
}

impl Taken<'_> {
    /// Whether the capture has its beginning alone.
    pub const fn is_cut(&self) -> bool {
        self.length > self.frame.len()
    }
}

/// The interfaces that a policy is for.
#[derive(Debug, Default)]
pub struct Places {
    patterns: Vec<NamePattern>,
    is_told: bool,
    known: HashMap<String, Place>,
}

/// Where a packet came in.
#[derive(Clone, Debug)]
enum Place {
    /// On an interface that a policy is for.
    On(Arc<str>),
    /// On another.
    Elsewhere(Arc<str>),
    /// Whoever asked has said where.
    Told,
}

impl Places {
    /// Those of some patterns. What came in elsewhere is left out, unless it is told where that is.
    pub fn new(patterns: impl IntoIterator<Item = NamePattern>, is_told: bool) -> Self {
        Self {
            patterns: patterns.into_iter().collect(),
            is_told,
            known: HashMap::new(),
        }
    }

    fn find(&mut self, name: &str) -> Place {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let is_for = self.patterns.iter().any(|pattern| pattern.matches(name));
        let place = match (is_for, self.is_told) {
            (true, _) => Place::On(name.into()),
            (false, true) => Place::Told,
            (false, false) => Place::Elsewhere(name.into()),
        };
        self.known.insert(name.to_owned(), place.clone());
        place
    }
}

impl Batch {
    /// Takes the frame of a packet, if it is one that came in from a link with Ethernet addresses.
    pub(super) fn take(&mut self, packet: &Packet<'_>, places: &mut Places) {
        let (first, last) = self.span.unwrap_or((packet.time, packet.time));
        self.span = Some((first.min(packet.time), last.max(packet.time)));
        if packet.is_outgoing || cooked::is_outgoing(packet) {
            self.outgoing += 1;
            return;
        }
        let interface = match packet.interface.filter(|name| *name != ALL) {
            None => None,
            Some(name) => match places.find(name) {
                Place::On(name) => Some(name),
                Place::Told => None,
                Place::Elsewhere(name) => {
                    self.elsewhere += 1;
                    note(&mut self.elsewhere_on, name);
                    return;
                }
            },
        };
        let begin = self.bytes.len();
        if !cooked::append(packet, &mut self.bytes) {
            self.foreign += 1;
            return;
        }
        if interface.is_none()
            && let Some(number) = cooked::interface(packet)
        {
            note(&mut self.nameless, number);
        }
        let end = self.bytes.len();
        let missing = packet.original.saturating_sub(packet.captured());
        self.rows.push(Row {
            number: packet.number,
            time: packet.time,
            length: (end - begin).saturating_add(missing),
            interface,
            end,
        });
    }

    /// All frames, in order.
    pub fn iter(&self) -> impl Iterator<Item = Taken<'_>> + Clone {
        let mut begin = 0;
        self.rows.iter().map(move |row| {
            let frame = self.bytes.get(begin..row.end).unwrap_or_default();
            begin = row.end;
            Taken {
                number: row.number,
                time: row.time,
                length: row.length,
                interface: row.interface.as_deref(),
                frame,
            }
        })
    }

    /// How many frames there are.
    pub(super) const fn frames(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing was taken.
    pub(super) const fn is_untouched(&self) -> bool {
        self.span.is_none()
    }

    pub(super) const fn is_full(&self) -> bool {
        self.rows.len() >= MOST || self.bytes.len() >= MOST_BYTES
    }

    /// Empty, as it was at first.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.rows.clear();
        *self = Self {
            bytes: std::mem::take(&mut self.bytes),
            rows: std::mem::take(&mut self.rows),
            ..Self::default()
        };
    }
}

/// Adds one to those that are told, while there is room.
pub(super) fn note<T: Ord>(told: &mut BTreeSet<T>, one: T) {
    if told.len() < MOST_TOLD {
        told.insert(one);
    }
}
