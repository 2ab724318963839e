//! Texts of known length, written without a detour: there are some in each event, and a formatter with a text of its
//! own for each took half of the time of a record.

use arrayvec::ArrayString;
use jiff::{Timestamp, tz::Offset};
use serde::{Serialize, Serializer};

/// An Ethernet address: `02:00:00:00:50:99`.
pub(super) fn mac(address: [u8; 6]) -> ArrayString<17> {
    let mut text = ArrayString::new();
    for (index, octet) in address.into_iter().enumerate() {
        if index > 0 {
            text.push(':');
        }
        text.push(hexadecimal(octet >> 4));
        text.push(hexadecimal(octet & 0xf));
    }
    text
}

/// A time to the microsecond, in UTC, with an offset as Suricata writes it: `2026-11-25T17:40:00.123456+0000`. Clocks
/// are not set to years before zero.
pub(super) fn timestamp(at: Timestamp) -> ArrayString<31> {
    let at = Offset::UTC.to_datetime(at);
    let mut text = ArrayString::new();
    push::<4>(&mut text, at.year().unsigned_abs().into(), "-");
    push::<2>(&mut text, at.month().unsigned_abs().into(), "-");
    push::<2>(&mut text, at.day().unsigned_abs().into(), "T");
    push::<2>(&mut text, at.hour().unsigned_abs().into(), ":");
    push::<2>(&mut text, at.minute().unsigned_abs().into(), ":");
    push::<2>(&mut text, at.second().unsigned_abs().into(), ".");
    push::<6>(
        &mut text,
        at.subsec_nanosecond().unsigned_abs() / 1000,
        "+0000",
    );
    text
}

/// Appends the last digits of a number, as many as are said, and what stands behind it.
fn push<const DIGITS: usize>(text: &mut ArrayString<31>, number: u32, end: &str) {
    let (mut digits, mut rest) = ([b'0'; DIGITS], number);
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    text.push_str(str::from_utf8(&digits).unwrap_or_default());
    text.push_str(end);
}

fn hexadecimal(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or('0')
}

/// A number that is written as a text.
pub(super) struct Decimal<N>(pub(super) N);

impl<N: itoa::Integer + Copy> Serialize for Decimal<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(itoa::Buffer::new().format(self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::MacPrefix;

    proptest! {
        #[test]
        fn times_are_written_as_the_library_writes_them(
            second in 0..253_402_207_200_i64, nanosecond in 0..1_000_000_000_i32,
        ) {
            let at = Timestamp::new(second, nanosecond).unwrap();
            let expected = format!("{at:.6}").replace('Z', "+0000");
            prop_assert_eq!(timestamp(at).to_string(), expected);
        }

        #[test]
        fn addresses_are_written_as_a_policy_has_them(address: [u8; 6]) {
            let expected = MacPrefix { address, bits: MacPrefix::BITS }.to_string();
            prop_assert_eq!(mac(address).to_string(), expected);
        }
    }
}
