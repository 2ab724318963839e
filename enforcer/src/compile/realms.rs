//! Classes of addresses: those that are alike to every group of a realm.
//!
//! Groups mostly share their lists, so the addresses are told apart once for many groups: a look-up
//! finds the class, and a small table says what that class is to the group at hand. Groups that differ
//! in nothing but the rules' numbers share even the column that tells classes apart.

use std::collections::BTreeSet;
use std::hash::{Hash as _, Hasher as _};
use std::net::Ipv4Addr;

use enforcer_common::compiled::{BROADCAST, Cell, DEEPER, Plan, Scope};
use rustc_hash::{FxHashMap, FxHasher};

use super::CapacityError;
use super::services::Settled;
use super::spaces::{Spaces, Steps};
use crate::ranges::{GroupRanges, Number, Range, Ranges};

/// How many columns tell the classes of a realm apart. More make the tables of cells large and
/// sparse; groups beyond that get another realm.
const MAX_COLUMNS: usize = 256;

/// How many cells a realm may have.
const MAX_CELLS: usize = 1 << 22;

/// The plans of all groups, and the cells that they point to.
#[derive(Debug, Default)]
pub(super) struct Realms {
    pub(super) plans: Vec<Plan>,
    pub(super) cells: Vec<Cell>,
    count: u32,
}

/// Groups that cover the same ranges and answer alike wherever another of them does.
struct Column<'r> {
    ranges: &'r GroupRanges,
    /// Answers of the first group, by the order in which they occur, to that order from one.
    order: FxHashMap<u32, u32>,
    /// The groups by their indexes, each with its answers in that order.
    groups: Vec<(usize, Vec<u32>)>,
}

/// Addresses by class.
struct Classes {
    v4: Steps<u32>,
    v6: Steps<u128>,
    /// What each column says, and at the end whether it is a broadcast address. The first is of
    /// addresses of which nothing is said.
    rows: Vec<Vec<u32>>,
    numbers: FxHashMap<Vec<u32>, u16>,
}

impl Realms {
    /// Lays out what the groups of a policy reach. The last error is what does not fit however few
    /// groups share a realm.
    pub(super) fn new(
        ranges: &Ranges,
        names: &[&str],
        broadcast: &BTreeSet<Ipv4Addr>,
        spaces: &mut Spaces,
        settled: &mut Settled,
    ) -> Result<Self, CapacityError> {
        let columns = columns(ranges, names.len());
        let mut realms = Self {
            plans: vec![Plan::default(); names.len()],
            ..Self::default()
        };
        for columns in columns.chunks(MAX_COLUMNS) {
            realms.lay_out(columns, ranges, names, broadcast, spaces, settled)?;
        }
        Ok(realms)
    }

    /// Makes one realm of the columns, or two if one is too small.
    fn lay_out(
        &mut self,
        columns: &[Column<'_>],
        ranges: &Ranges,
        names: &[&str],
        broadcast: &BTreeSet<Ipv4Addr>,
        spaces: &mut Spaces,
        settled: &mut Settled,
    ) -> Result<(), CapacityError> {
        let groups: usize = columns.iter().map(|column| column.groups.len()).sum();
        let room = usize::from(DEEPER).min(MAX_CELLS / groups.max(1));
        let classes = match (Classes::new(columns, broadcast, room), columns) {
            (Some(classes), _) => classes,
            (None, [_, _, ..]) => {
                let (one, other) = columns.split_at(columns.len() / 2);
                self.lay_out(one, ranges, names, broadcast, spaces, settled)?;
                return self.lay_out(other, ranges, names, broadcast, spaces, settled);
            }
            (None, _) => {
                let mut groups = columns.iter().flat_map(|column| &column.groups);
                let group = groups.find_map(|(group, _)| names.get(*group));
                return Err(CapacityError::Classes {
                    group: group.copied().unwrap_or_default().to_owned(),
                    room,
                });
            }
        };
        self.count += 1;
        let scope = Scope::destinations(self.count);
        let v4 = spaces.write_v4_apart(scope, &classes.v4);
        let v6 = spaces.write_v6_apart(scope, &classes.v6);
        for (index, column) in columns.iter().enumerate() {
            for (group, answers) in &column.groups {
                let plan = Plan {
                    realm: self.count,
                    cells: u32::try_from(self.cells.len()).unwrap_or(u32::MAX),
                    v4,
                    v6,
                    ..Plan::default()
                };
                if let Some(row) = self.plans.get_mut(*group) {
                    *row = plan;
                }
                for class in &classes.rows {
                    let said = class.get(index).and_then(|said| said.checked_sub(1));
                    let said = said.and_then(|said| answers.get(usize::try_from(said).ok()?));
                    let pair = match said {
                        Some(&said) => settled.pair(ranges, said, &mut spaces.lines)?,
                        None => 0,
                    };
                    let flag = if class.last() == Some(&0) {
                        0
                    } else {
                        BROADCAST
                    };
                    self.cells.push(pair | flag);
                }
            }
        }
        Ok(())
    }
}

/// The columns of all groups, in the order of the first group of each.
fn columns(ranges: &Ranges, groups: usize) -> Vec<Column<'_>> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    let mut known: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    for group in 0..groups {
        let Some(of_group) = u32::try_from(group)
            .ok()
            .and_then(|group| ranges.group(group))
        else {
            continue;
        };
        let column = Column::new(of_group, group);
        let alike = known.entry(column.fingerprint()).or_default();
        let same = alike.iter().copied().find(|&index| {
            let other: Option<&Column<'_>> = columns.get(index);
            other.is_some_and(|other| other.is_like(&column))
        });
        if let Some(same) = same.and_then(|index| columns.get_mut(index)) {
            same.groups.extend(column.groups);
        } else {
            alike.push(columns.len());
            columns.push(column);
        }
    }
    columns
}

impl<'r> Column<'r> {
    fn new(ranges: &'r GroupRanges, group: usize) -> Self {
        let mut order = FxHashMap::default();
        let mut answers = Vec::new();
        let v4 = ranges.v4.iter().map(|range| range.answer);
        let v6 = ranges.v6.iter().map(|range| range.answer);
        for answer in v4.chain(v6) {
            let next = u32::try_from(answers.len() + 1).unwrap_or(u32::MAX);
            order.entry(answer).or_insert_with(|| {
                answers.push(answer);
                next
            });
        }
        Self {
            ranges,
            order,
            groups: vec![(group, answers)],
        }
    }

    fn said<A>(&self, range: &Range<A>) -> u32 {
        self.order.get(&range.answer).copied().unwrap_or(0)
    }

    fn fingerprint(&self) -> u64 {
        let mut hasher = FxHasher::default();
        for seen in self.seen(&self.ranges.v4) {
            seen.hash(&mut hasher);
        }
        for seen in self.seen(&self.ranges.v6) {
            seen.hash(&mut hasher);
        }
        hasher.finish()
    }

    fn is_like(&self, other: &Self) -> bool {
        self.seen(&self.ranges.v4).eq(other.seen(&other.ranges.v4))
            && self.seen(&self.ranges.v6).eq(other.seen(&other.ranges.v6))
    }

    /// Where ranges lie, and what is said there.
    fn seen<A: Number>(&self, ranges: &[Range<A>]) -> impl Iterator<Item = (A, A, u32)> {
        let ranges = ranges.iter();
        ranges.map(|range| (range.first, range.last, self.said(range)))
    }
}

/// A column says something from an address on: what, and nothing if it ends there.
struct Turn<A> {
    at: A,
    column: u16,
    said: u32,
}

impl Classes {
    /// Tells addresses apart; nothing if there are more than `room` classes of them.
    fn new(columns: &[Column<'_>], broadcast: &BTreeSet<Ipv4Addr>, room: usize) -> Option<Self> {
        let nothing = vec![0; columns.len() + 1];
        let mut classes = Self {
            v4: Steps::new(),
            v6: Steps::new(),
            rows: vec![nothing.clone()],
            numbers: FxHashMap::from_iter([(nothing, 0)]),
        };
        let mut v4 = turns(columns, |column| &column.ranges.v4);
        for address in broadcast {
            let (at, column) = (address.to_bits(), number(columns.len()));
            v4.push(Turn {
                at,
                column,
                said: 1,
            });
            v4.extend(at.next().map(|at| Turn {
                at,
                column,
                said: 0,
            }));
        }
        classes.v4 = classes.walk(v4, room)?;
        let v6 = turns(columns, |column| &column.ranges.v6);
        classes.v6 = classes.walk(v6, room)?;
        Some(classes)
    }

    /// Walks from the first address to the last, and notes where the class changes.
    fn walk<A: Number + Default>(
        &mut self,
        mut turns: Vec<Turn<A>>,
        room: usize,
    ) -> Option<Steps<A>> {
        // What begins at an address comes after what ends there.
        turns.sort_unstable_by_key(|turn| (turn.at, turn.said != 0, turn.column));
        let mut row = self.rows.first()?.clone();
        let mut steps = vec![(A::default(), 0)];
        // Where one list ends, it is mostly as it was before that began.
        let (mut class, mut before) = (0, 0);
        for turns in turns.chunk_by(|one, other| one.at == other.at) {
            for turn in turns {
                *row.get_mut(usize::from(turn.column))? = turn.said;
            }
            let next = if self.rows.get(usize::from(before)) == Some(&row) {
                before
            } else {
                self.number(&row, room)?
            };
            (before, class) = (class, next);
            let at = turns.first()?.at;
            steps.pop_if(|&mut (last, _)| last == at);
            if steps.last().is_none_or(|&(_, last)| last != class) {
                steps.push((at, class));
            }
        }
        Some(steps)
    }

    /// The number of a class; nothing if there is no room for another.
    fn number(&mut self, row: &[u32], room: usize) -> Option<u16> {
        if let Some(&known) = self.numbers.get(row) {
            return Some(known);
        }
        let number = u16::try_from(self.rows.len()).ok();
        let number = number.filter(|&number| usize::from(number) < room)?;
        self.rows.push(row.to_vec());
        self.numbers.insert(row.to_vec(), number);
        Some(number)
    }
}

fn turns<'r, A: Number + 'r>(
    columns: &[Column<'r>],
    ranges: impl Fn(&Column<'r>) -> &'r [Range<A>],
) -> Vec<Turn<A>> {
    let mut turns = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let index = number(index);
        for range in ranges(column) {
            turns.push(Turn {
                at: range.first,
                column: index,
                said: column.said(range),
            });
            turns.extend(range.last.next().map(|at| Turn {
                at,
                column: index,
                said: 0,
            }));
        }
    }
    turns
}

/// Of a column, of which there are not as many.
fn number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}
