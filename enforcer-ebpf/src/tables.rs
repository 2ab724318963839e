//! Where this generation's arrays lie; what is looked up in them is [`enforcer_common::compiled`]'s.

use core::arch::asm;

use enforcer_common::{
    Source, Translator,
    compiled::{Cell, Depth, InterfaceRow, Memory, Plan, SourceRow, V4Row, V6Row},
    service::Services,
    slots::Places,
    steps::{Head, Line, Steps},
    table::GroupId,
};
use zerocopy::transmute;

use crate::maps;

/// The generation that this program is.
pub(crate) struct Generation;

impl Steps for Generation {
    #[inline(always)]
    fn line(&self, index: u32) -> Option<&Line> {
        maps::LINES.get(index)
    }

    #[inline(always)]
    fn part(&self, index: u32) -> Option<&Head> {
        maps::PARTS.get(index)
    }

    #[inline(always)]
    fn difference(mut one: u64, other: u64) -> u64 {
        // SAFETY: a subtraction of registers.
        unsafe {
            asm!("{0} -= {1}", inout(reg) one, in(reg) other, options(pure, nomem, nostack));
        }
        one
    }

    #[inline(always)]
    fn sum(mut one: usize, other: usize) -> usize {
        // SAFETY: an addition of registers.
        unsafe {
            asm!("{0} += {1}", inout(reg) one, in(reg) other, options(pure, nomem, nostack));
        }
        one
    }
}

impl Memory for Generation {
    #[inline(always)]
    fn interface_places(&self) -> Places {
        Places {
            mask: maps::INTERFACES_MASK.load(),
            seed: maps::INTERFACES_SEED.load(),
        }
    }

    #[inline(always)]
    fn interface(&self, place: u32) -> Option<&InterfaceRow> {
        maps::INTERFACES.get(place)
    }

    #[inline(always)]
    fn masks(&self) -> u32 {
        maps::MASK_COUNT.load()
    }

    #[inline(always)]
    fn mask(&self, index: u32) -> Option<Source> {
        maps::MASKS.row(index).map(|words| transmute!(words))
    }

    #[inline(always)]
    fn source_places(&self) -> Places {
        Places {
            mask: maps::SOURCES_MASK.load(),
            seed: maps::SOURCES_SEED.load(),
        }
    }

    #[inline(always)]
    fn source(&self, place: u32) -> Option<&SourceRow> {
        maps::SOURCES.get(place)
    }

    #[inline(always)]
    fn v4_places(&self) -> Places {
        Places {
            mask: maps::V4_MASK.load(),
            seed: maps::V4_SEED.load(),
        }
    }

    #[inline(always)]
    fn v4(&self, place: u32) -> Option<&V4Row> {
        maps::V4.get(place)
    }

    #[inline(always)]
    fn v6_places(&self) -> Places {
        Places {
            mask: maps::V6_MASK.load(),
            seed: maps::V6_SEED.load(),
        }
    }

    #[inline(always)]
    fn v6(&self, place: u32) -> Option<&V6Row> {
        maps::V6.get(place)
    }

    #[inline(always)]
    fn rounds(&self) -> u32 {
        maps::ROUNDS.load()
    }

    #[inline(always)]
    fn depth(&self, index: u32) -> Option<&Depth> {
        maps::DEPTHS.get(index)
    }

    #[inline(always)]
    fn plan(&self, group: GroupId) -> Option<&Plan> {
        maps::PLANS.get(group)
    }

    #[inline(always)]
    fn cell(&self, index: u32) -> Option<&Cell> {
        maps::CELLS.get(index)
    }

    #[inline(always)]
    fn services(&self, index: u32) -> Option<&Services> {
        maps::SERVICES.get(index)
    }

    #[inline(always)]
    fn translators(&self) -> u32 {
        maps::TRANSLATOR_COUNT.load()
    }

    #[inline(always)]
    fn translator(&self, index: u32) -> Option<&Translator> {
        maps::TRANSLATORS.get(index)
    }
}
