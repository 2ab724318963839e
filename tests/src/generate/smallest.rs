//! What is left of a frame when everything is taken from it that does not matter.

use super::SHORTEST;

/// The shortest cut of a frame, with as many bytes of zero as can be, that is `wrong` like the whole of
/// it. Nothing else may change between two calls of `wrong`.
pub fn smallest(frame: &[u8], mut wrong: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut left = frame.to_vec();
    let mut lengths = SHORTEST..frame.len();
    if let Some(length) = lengths.find(|length| left.get(..*length).is_some_and(&mut wrong)) {
        left.truncate(length);
    }
    for at in (0..left.len()).rev() {
        let mut without = left.clone();
        if let Some(byte) = without.get_mut(at) {
            *byte = 0;
        }
        if wrong(&without) {
            left = without;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_cut_off_or_zero() {
        let frame: Vec<u8> = (1..=60).collect();
        let wrong = |frame: &[u8]| frame.get(20) == Some(&21) && frame.first() != Some(&0);
        let mut expected = vec![0; 21];
        expected[0] = 1;
        expected[20] = 21;
        assert_eq!(smallest(&frame, wrong), expected);
    }

    #[test]
    fn what_matters_whole_stays_whole() {
        let frame: Vec<u8> = (1..=20).collect();
        assert_eq!(smallest(&frame, |left| left == frame), frame);
    }
}
