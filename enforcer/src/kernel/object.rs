//! The kernel program's object, as it was built with this binary, and as older kernels take it.

use aya::{
    programs::{ProgramError, ProgramType},
    sys::{BpfHelper, is_helper_supported},
};
use zerocopy::IntoBytes as _;

/// The object. Aligned, because it is read as an ELF file in place.
static OBJECT: &[u8] = aya::include_bytes_aligned!(env!("ENFORCER_BPF"));

// The maps that all generations share, by the names that the object gives them.
pub(super) const COUNTERS: &str = "COUNTERS";
pub(super) const BUCKETS: &str = "BUCKETS";
pub(super) const EVENTS: &str = "EVENTS";

/// How often each rule decided.
pub(super) const RULES: &str = "RULES";

/// What each camera sent where.
pub(super) const LEDGER: &str = "LEDGER";

/// What that is, and which half of it is written to.
pub(super) const BOOK: &str = "BOOK";

/// What the numbers in it stand for.
pub(super) const NAMES: &str = "NAMES";

/// The section of the program's variables, of which there is one: where verdicts are written down while
/// the generation is proved.
pub(super) const VARIABLES: &str = ".bss";

/// The program.
pub(crate) const PROGRAM: &str = "enforce";

/// Name of the program's section: aya loads what is in it with `BPF_F_XDP_HAS_FRAGS`.
const SECTION: &[u8] = b"xdp.frags\0";

/// Where that name ends for a program that takes frames in one piece alone.
const PLAIN: usize = b"xdp".len();

/// How the program gets its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// As the driver has them, be it in several pieces: a driver does not have to refuse an MTU of more
    /// than a page.
    InPieces,
    /// In one piece each, as kernels before 5.18 have them.
    Whole,
}

impl Frames {
    /// How this kernel can hand them over. The flag came with this helper, in one series (5.18, commits
    /// c2f2cdbeffda and 0165cc817075), and unlike a version number the helper tells of backports too.
    pub fn here() -> Result<Self, ProgramError> {
        let helper = BpfHelper::BPF_FUNC_xdp_get_buff_len;
        Ok(if is_helper_supported(ProgramType::Xdp, helper)? {
            Self::InPieces
        } else {
            Self::Whole
        })
    }

    /// What the object is told.
    pub(super) const fn constant(self) -> u32 {
        match self {
            Self::InPieces => 1,
            Self::Whole => 0,
        }
    }

    /// Calls `load` with the object that gets its frames so.
    pub(super) fn with_object<T>(self, load: impl FnOnce(&[u8]) -> T) -> T {
        match self {
            Self::InPieces => load(OBJECT),
            Self::Whole => {
                let mut words = vec![0_u64; OBJECT.len().div_ceil(size_of::<u64>())];
                let (object, _) = words.as_mut_bytes().split_at_mut(OBJECT.len());
                object.copy_from_slice(OBJECT);
                rename(object);
                load(object)
            }
        }
    }
}

/// Takes the mark off the program's section, wherever the object names it: in ELF's strings and in
/// those of BTF. Strings end with a zero, so a zero makes it shorter.
fn rename(object: &mut [u8]) {
    let mut from = 0;
    while let Some(rest) = object.get_mut(from..) {
        let found = rest.windows(SECTION.len()).position(|text| text == SECTION);
        let Some(at) = found else { return };
        if let Some(end) = rest.get_mut(at + PLAIN) {
            *end = 0;
        }
        from += at + SECTION.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_for_older_kernels_differs_in_the_name_of_its_section_alone() {
        let count = |bytes: &[u8]| {
            bytes
                .windows(SECTION.len())
                .filter(|at| *at == SECTION)
                .count()
        };
        let named = count(OBJECT);
        assert!(named > 0);
        Frames::InPieces.with_object(|object| assert_eq!(object, OBJECT));
        Frames::Whole.with_object(|object| {
            assert_eq!(count(object), 0);
            assert_eq!(object.len(), OBJECT.len());
            let pairs = object.iter().zip(OBJECT);
            let other: Vec<_> = pairs.filter(|(new, old)| new != old).collect();
            assert_eq!(other, vec![(&0, &b'.'); named]);
        });
    }
}
