//! What a line is about, as bytes in the store: their meaning is for good.

use enforcer_common::{Address, ledger::What};

use crate::kernel::ledger::Subject;

/// What the bytes of a flow begin with.
const FLOW: u8 = 0;

/// And those of what did not fit.
const REST: u8 = 1;

/// The bytes of a subject.
pub(super) fn to_bytes(subject: &Subject) -> Vec<u8> {
    match subject {
        Subject::Flow(destination, what) => {
            let mut bytes = vec![FLOW, destination.family];
            bytes.extend(destination.bytes);
            bytes.extend(what.to_bytes());
            bytes
        }
        Subject::Rest(kind) => vec![REST, u8::try_from(*kind).unwrap_or(u8::MAX)],
    }
}

/// The subject of bytes; none of those that another version has written.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Subject> {
    match bytes {
        [FLOW, family, rest @ ..] => {
            let (address, what) = rest.split_first_chunk::<16>()?;
            let what = what.try_into().ok()?;
            let destination = Address::new(*family, *address);
            Some(Subject::Flow(destination, What::from_bytes(what)))
        }
        [REST, kind] => Some(Subject::Rest(usize::from(*kind))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_survives_being_stored() {
        let what = What::from_bytes([1, 187, 6, 19]);
        assert_eq!(what.port, 443);
        for subject in [
            Subject::Flow(Address::v4([198, 51, 100, 7]), what),
            Subject::Flow(Address::v6([0x20; 16]), what),
            Subject::Flow(Address::NONE, what),
            Subject::Rest(2),
        ] {
            assert_eq!(from_bytes(&to_bytes(&subject)), Some(subject));
        }
        for other in [&[][..], &[0], &[0; 21], &[0; 23], &[1], &[1, 1, 1], &[2, 0]] {
            assert_eq!(from_bytes(other), None);
        }
    }
}
