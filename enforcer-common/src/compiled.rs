//! A policy as the kernel holds it: flat arrays that are filled before they are first read, and how
//! the verdict's questions are answered from them ([`Compiled`]). The kernel program and the host
//! read the same arrays by this same code; only where they lie is each one's own ([`Memory`]).
//!
//! Addresses are looked up by range. The upper 16 bits of an IPv4 address find a function of the lower
//! 16 ([`crate::steps`]) in a hash table of two probes ([`crate::slots`]). An IPv6 address is looked up
//! 16 bits at a time in the same way, and bits that tell nothing apart are passed over ([`Depth`]), so
//! that one or two rounds are the rule.

use core::hint::black_box;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, transmute};

use crate::{
    address::Address,
    rule::{Request, RuleId, Ruling},
    service::{self, Services},
    slots::Places,
    source::Source,
    steps::{Head, Line, Steps, value_at},
    table::{
        Camera, CameraId, GroupId, Holders, Interface, MAX_SHAPES, Neighbour, STRANGERS, Tables,
    },
    translator::{MAX_TRANSLATORS, Translator},
};

/// What a value of an address says, and to whom: the first bits of every key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope(u64);

impl Scope {
    /// How the rules answer: a class of addresses, in a realm.
    #[inline(always)]
    pub const fn destinations(realm: u32) -> Self {
        Self(1 << 48 | (realm as u64) << 16)
    }

    /// Whether it is bound to a camera, or to any ([`STRANGERS`]).
    #[inline(always)]
    pub const fn bindings(camera: CameraId) -> Self {
        Self(2 << 48 | (camera as u64) << 16)
    }

    /// What the router knows of it behind an interface.
    #[inline(always)]
    pub const fn neighbours(interface: u32) -> Self {
        Self(3 << 48 | (interface as u64) << 16)
    }
}

/// The first value of an IPv6 function that is none but the index of a [`Depth`].
pub const DEEPER: u16 = 0x8000;

/// How many times 16 bits an IPv6 address has.
pub const MAX_ROUNDS: u32 = 8;

/// The function of the lower half of the IPv4 addresses with one upper half.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct V4Row {
    /// See [`v4_key`]; zero for a place that is not taken.
    pub key: u64,
    /// The function.
    pub head: Head,
}

/// The function of the next 16 bits of the IPv6 addresses that begin with the same bits.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct V6Row {
    /// See [`v6_key`]; all zero for a place that is not taken.
    pub key: [u64; 3],
    /// The function.
    pub head: Head,
}

/// Who a source is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct SourceRow {
    /// The source under a mask, as words.
    pub key: [u64; 4],
    /// Whose it is; that of strangers for a place that is not taken.
    pub camera: Camera,
}

const _: () = assert!(size_of::<SourceRow>() == size_of::<Line>());

/// What holds for an interface.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct InterfaceRow {
    /// Its index; zero for a place that is not taken.
    pub index: u32,
    /// What holds.
    pub interface: Interface,
    /// Zero.
    pub reserved: u16,
    /// What the router knows of the upper halves of IPv4 addresses that no row tells about: numbers of
    /// [`Neighbour`].
    pub neighbours: Head,
}

/// Where the rules of a group are looked up.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Plan {
    /// The scope of its destinations, which groups may share.
    pub realm: u32,
    /// Index of the cell of class zero; those of the other classes follow.
    pub cells: u32,
    /// Classes of the upper halves of IPv4 addresses that no row tells about.
    pub v4: Head,
    /// Index of the [`Depth`] at which IPv6 addresses are first looked up.
    pub v6: u16,
    /// Zero.
    pub reserved: [u16; 3],
}

/// How far into an IPv6 address the next look-up is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Depth {
    /// The bits before it, of the first word and of the second.
    pub before: [u64; 2],
    /// All ones if the 16 bits are in the second word, else zero.
    pub second: u64,
    /// How far the 16 bits are to be shifted down within their word.
    pub shift: u32,
    /// Number of bits before it.
    pub bits: u16,
    /// The value of the addresses that no row tells about.
    pub value: u16,
}

/// A class of addresses, to a group: index of the first of two rows of [`Services`] in the lower
/// bits.
pub type Cell = u32;

/// The bit of a [`Cell`] that says that the addresses are broadcast addresses of the router's.
pub const BROADCAST: Cell = 1 << 31;

/// The arrays, and the numbers that go with them.
pub trait Memory: Steps {
    /// Where interfaces are in [`Self::interface`].
    fn interface_places(&self) -> Places;
    /// What holds for an interface.
    fn interface(&self, place: u32) -> Option<&InterfaceRow>;
    /// How many masks sources are looked up under.
    fn masks(&self) -> u32;
    /// The masks, the most specific first.
    fn mask(&self, index: u32) -> Option<Source>;
    /// Where sources are in [`Self::source`].
    fn source_places(&self) -> Places;
    /// Who a source is.
    fn source(&self, place: u32) -> Option<&SourceRow>;
    /// Where functions are in [`Self::v4`].
    fn v4_places(&self) -> Places;
    /// Functions of lower halves of IPv4 addresses.
    fn v4(&self, place: u32) -> Option<&V4Row>;
    /// Where functions are in [`Self::v6`].
    fn v6_places(&self) -> Places;
    /// Functions of parts of IPv6 addresses.
    fn v6(&self, place: u32) -> Option<&V6Row>;
    /// How many rounds the look-up of an IPv6 address takes at most.
    fn rounds(&self) -> u32;
    /// How far in the next round is. The first is at the front, and its value is zero.
    fn depth(&self, index: u32) -> Option<&Depth>;
    /// Where a group's rules are.
    fn plan(&self, group: GroupId) -> Option<&Plan>;
    /// What a class of addresses is to a group.
    fn cell(&self, index: u32) -> Option<&Cell>;
    /// What rules come to.
    fn services(&self, index: u32) -> Option<&Services>;
    /// How many translators the policy names.
    fn translators(&self) -> u32;
    /// The translators.
    fn translator(&self, index: u32) -> Option<&Translator>;
}

/// The answers of arrays to the verdict's questions.
#[derive(Clone, Copy, Debug)]
pub struct Compiled<M>(
    /// The arrays.
    pub M,
);

/// What the rules of a group say of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The rule that denies it as written, where it is written otherwise than it is judged; or zero.
    pub literal: RuleId,
    /// What it is judged by.
    pub cell: Cell,
}

/// The key of an upper half of IPv4 addresses.
#[inline(always)]
pub const fn v4_key(scope: Scope, upper: u16) -> u64 {
    scope.0 | upper as u64
}

/// The key of the bits in front of a depth.
#[inline(always)]
pub const fn v6_key(scope: Scope, depth: &Depth, address: [u64; 2]) -> [u64; 3] {
    let [first, second] = address;
    let [before_first, before_second] = depth.before;
    [
        scope.0 | depth.bits as u64,
        first & before_first,
        second & before_second,
    ]
}

/// Whether keys are the same. Word by word, since the compiler calls a function for arrays.
#[inline(always)]
fn same<const WORDS: usize>(one: &[u64; WORDS], other: &[u64; WORDS]) -> bool {
    let mut differs = 0;
    for (one, other) in one.iter().zip(other) {
        differs |= one ^ other;
    }
    differs == 0
}

impl<M: Memory> Compiled<M> {
    /// The value of an address. By `missing` go the upper halves of IPv4 addresses that no row tells
    /// about; the look-up of an IPv6 address begins at the front.
    #[inline(always)]
    fn value(&self, scope: Scope, address: &Address, missing: Head) -> u16 {
        match address.family {
            4 => self.value_v4(scope, address, missing),
            6 => self.value_v6(scope, address, 0),
            _ => 0,
        }
    }

    #[inline(always)]
    fn value_v4(&self, scope: Scope, address: &Address, missing: Head) -> u16 {
        let [a, b, c, d, ..] = address.bytes;
        let upper = u16::from_be_bytes([a, b]);
        let key = v4_key(scope, upper);
        let (mut head, mut number) = (missing, upper);
        for place in self.0.v4_places().of([key]) {
            if let Some(row) = self.0.v4(place)
                && row.key == key
            {
                (head, number) = (row.head, u16::from_be_bytes([c, d]));
                break;
            }
        }
        value_at(&self.0, head, number)
    }

    #[inline(always)]
    fn value_v6(&self, scope: Scope, address: &Address, begin: u16) -> u16 {
        let words: [[u8; 8]; 2] = transmute!(address.bytes);
        let [first, second] = words.map(u64::from_be_bytes);
        let mut next = begin;
        for round in 0..MAX_ROUNDS {
            if round >= self.0.rounds() {
                break;
            }
            let Some(depth) = self.0.depth(u32::from(next & !DEEPER)) else {
                break;
            };
            let key = v6_key(scope, depth, [first, second]);
            let mut value = depth.value;
            for place in self.0.v6_places().of(key) {
                if let Some(row) = self.0.v6(place)
                    && same(&row.key, &key)
                {
                    let word = (first & !depth.second) | (second & depth.second);
                    #[expect(clippy::cast_possible_truncation, reason = "16 bits are asked for")]
                    let number = (word >> (depth.shift & 63)) as u16;
                    value = value_at(&self.0, row.head, number);
                    break;
                }
            }
            if value < DEEPER {
                return value;
            }
            next = value;
        }
        0
    }

    #[inline(always)]
    fn interface_row(&self, index: u32) -> Option<&InterfaceRow> {
        for place in self.0.interface_places().of([u64::from(index)]) {
            // No interface has number zero, and a place that is not taken has.
            if let Some(row) = self.0.interface(place)
                && row.index == index
                && index != 0
            {
                return Some(row);
            }
        }
        None
    }

    /// What the router knows of IPv4 addresses that no row tells about.
    #[inline(always)]
    fn neighbours_missing(&self, interface: u32) -> Head {
        match self.interface_row(interface) {
            Some(row) => row.neighbours,
            None => Head::constant(0),
        }
    }

    #[inline(always)]
    fn cell(&self, plan: &Plan, class: u16) -> Cell {
        let index = plan.cells.wrapping_add(u32::from(class));
        self.0.cell(index).copied().unwrap_or(0)
    }
}

impl<M: Memory> Tables for Compiled<M> {
    type Destination = Found;

    #[inline(always)]
    fn interface(&self, index: u32) -> Interface {
        match self.interface_row(index) {
            Some(row) => row.interface,
            None => Interface::UNKNOWN,
        }
    }

    #[inline(always)]
    fn camera(&self, source: &Source) -> Option<Camera> {
        for index in 0..MAX_SHAPES {
            if index >= self.0.masks() {
                break;
            }
            let key: [u64; 4] = transmute!(source.under(&self.0.mask(index)?));
            for place in self.0.source_places().of(key) {
                if let Some(row) = self.0.source(place)
                    && same(&row.key, &key)
                    && row.camera.id != STRANGERS
                {
                    return Some(row.camera);
                }
            }
        }
        None
    }

    #[inline(always)]
    fn is_bound(&self, camera: CameraId, address: &Address) -> bool {
        self.value(Scope::bindings(camera), address, Head::constant(0)) != 0
    }

    #[inline(always)]
    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour {
        let missing = self.neighbours_missing(interface);
        let value = self.value(Scope::neighbours(interface), address, missing);
        Neighbour::from_number(value)
    }

    #[inline(always)]
    fn holders(&self, camera: &Camera, interface: u32, address: &Address) -> Holders {
        let scopes = [
            Scope::neighbours(interface),
            Scope::bindings(camera.id),
            Scope::bindings(STRANGERS),
        ];
        let mut missing = self.neighbours_missing(interface);
        let mut values = [0; 3];
        // A loop, so that the look-up stands in the program once.
        for (value, scope) in values.iter_mut().zip(black_box(scopes)) {
            *value = self.value(scope, address, missing);
            missing = Head::constant(0);
        }
        let [neighbour, own, any] = values;
        Holders {
            neighbour: Neighbour::from_number(neighbour),
            is_its_own: own != 0,
            is_bound: any != 0,
        }
    }

    #[inline(always)]
    fn translator(&self, address: &Address) -> Option<Translator> {
        for index in 0..MAX_TRANSLATORS {
            if index >= self.0.translators() {
                break;
            }
            let translator = self.0.translator(index)?;
            if translator.covers(address) {
                return Some(*translator);
            }
        }
        None
    }

    #[inline(always)]
    fn destination(&self, group: GroupId, literal: &Address, inside: &Address) -> Found {
        let mut found = Found {
            literal: 0,
            cell: 0,
        };
        let Some(plan) = self.0.plan(group) else {
            return found;
        };
        // Each family is looked up at one place in the program only, which the verifier thanks for.
        if literal.family == 6 {
            let class = self.value_v6(Scope::destinations(plan.realm), literal, plan.v6);
            found.cell = self.cell(plan, class);
        }
        if inside.family == 4 {
            if literal.family == 6
                && let Some(services) = self.0.services(found.cell & !BROADCAST)
            {
                found.literal = services.deny;
            }
            let class = self.value_v4(Scope::destinations(plan.realm), inside, plan.v4);
            found.cell = self.cell(plan, class);
        }
        found
    }

    #[inline(always)]
    fn is_broadcast(&self, destination: &Found) -> bool {
        destination.cell & BROADCAST != 0
    }

    #[inline(always)]
    fn rule(&self, _: GroupId, destination: &Found, request: &Request<'_>) -> Ruling {
        let kind = if request.flow.to_group {
            service::GROUP
        } else {
            service::UNICAST
        };
        match self.0.services((destination.cell & !BROADCAST) + kind) {
            _ if destination.literal != 0 => Ruling {
                deny: destination.literal,
                ..Ruling::NOTHING
            },
            Some(services) => services.rule(&self.0, request),
            None => Ruling::NOTHING,
        }
    }
}
