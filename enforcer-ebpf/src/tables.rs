//! This generation's maps, as the verdict asks them.

use core::{cell::Cell, hint::black_box};

use aya_ebpf::btf_maps::{LpmTrie, lpm_trie::Key};
use enforcer_common::{
    Address, Source, Tables, Translator,
    rule::{MAX_CLAUSES, Request, Ruling},
    table::{Camera, CameraId, GroupId, Interface, MAX_SHAPES, Neighbour, PrefixKey},
    translator::MAX_TRANSLATORS,
};

use crate::maps;

/// The generation that this program is, with room for the keys it looks things up under.
pub(crate) struct Generation<'a> {
    source: &'a Cell<Source>,
    prefix: &'a Cell<Key<PrefixKey>>,
    ruling: &'a Cell<Ruling>,
}

impl<'a> Generation<'a> {
    #[inline(always)]
    pub(crate) const fn new(
        source: &'a mut Source,
        prefix: &'a mut Key<PrefixKey>,
        ruling: &'a mut Ruling,
    ) -> Self {
        Self {
            source: Cell::from_mut(source),
            prefix: Cell::from_mut(prefix),
            ruling: Cell::from_mut(ruling),
        }
    }

    /// The value of the longest prefix in a scope that covers an address.
    #[inline(always)]
    fn covering<'m, V, const N: usize, const F: usize>(
        &self,
        prefixes: &'m LpmTrie<PrefixKey, V, N, F>,
        scope: u32,
        address: &Address,
    ) -> Option<&'m V> {
        self.prefix
            .set(Key::new(PrefixKey::BITS, PrefixKey::new(scope, *address)));
        // SAFETY: the cell is not written while the helper reads the key.
        prefixes.get(unsafe { &*self.prefix.as_ptr() })
    }
}

impl Tables for Generation<'_> {
    #[inline(always)]
    fn interface(&self, index: u32) -> Interface {
        // SAFETY: the value is copied out at once.
        let row = unsafe { maps::INTERFACES.get(index) };
        row.copied().unwrap_or(Interface::UNKNOWN)
    }

    #[inline(always)]
    fn camera(&self, source: &Source) -> Option<Camera> {
        let count = maps::SHAPE_COUNT.load();
        for shape in 0..MAX_SHAPES {
            if shape >= count {
                break;
            }
            let mask = maps::SHAPES.get(shape)?;
            self.source.set(source.under(mask));
            // SAFETY: the cell is not written while the helper reads the key.
            let key = unsafe { &*self.source.as_ptr() };
            // SAFETY: the value is copied out at once.
            if let Some(camera) = unsafe { maps::SOURCES.get(key) } {
                return Some(*camera);
            }
        }
        None
    }

    #[inline(always)]
    fn is_bound(&self, camera: CameraId, address: &Address) -> bool {
        self.covering(&maps::BINDINGS, camera, address).is_some()
    }

    #[inline(always)]
    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour {
        match self.covering(&maps::NEIGHBOURS, interface, address) {
            Some(number) => Neighbour::from_number(*number),
            None => Neighbour::Elsewhere,
        }
    }

    #[inline(always)]
    fn translator(&self, address: &Address) -> Option<Translator> {
        let count = maps::TRANSLATOR_COUNT.load();
        for index in 0..MAX_TRANSLATORS {
            if index >= count {
                break;
            }
            let translator = maps::TRANSLATORS.get(index)?;
            if translator.covers(address) {
                return Some(*translator);
            }
        }
        None
    }

    #[inline(always)]
    fn rule(&self, group: GroupId, request: &Request<'_>) -> Ruling {
        self.ruling.set(Ruling::NOTHING);
        // Translated on its way, a packet has two destinations: a denial of either counts.
        if request.is_translated()
            && let Some(literal) =
                self.covering(&maps::DESTINATIONS, group, &request.flow.destination)
            && literal.deny != 0
        {
            return Ruling {
                deny: literal.deny,
                ..Ruling::NOTHING
            };
        }
        let Some(destination) = self.covering(&maps::DESTINATIONS, group, &request.destination)
        else {
            return Ruling::NOTHING;
        };
        if destination.deny != 0 {
            return Ruling {
                deny: destination.deny,
                ..Ruling::NOTHING
            };
        }
        for nth in 0..MAX_CLAUSES {
            if nth >= destination.count {
                break;
            }
            if let Some(clause) = maps::CLAUSES.get(destination.first + nth) {
                // By way of memory that the compiler must believe changed, so that the verifier
                // checks a round once and not once for each way that could have led there.
                let so_far = black_box(self.ruling);
                let mut ruling = so_far.get();
                ruling.consider(clause, request);
                so_far.set(ruling);
            }
        }
        black_box(self.ruling).get()
    }
}
