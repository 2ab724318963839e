//! Times, as people write them.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::Offset,
};
use thiserror::Error;

/// Why a text is no time.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TimeError {
    /// It has another form; with what was probably meant.
    #[error("{}", advice(.0.as_deref()))]
    Malformed(Option<String>),
    /// It does not say in which part of the world.
    #[error("write {0}Z for UTC, or with an offset in place of the Z, {0}+01:00")]
    NoOffset(DateTime),
    /// It is later than anybody counts.
    #[error("the last day is 9999-12-30")]
    TooLate,
}

/// Reads a time: a date-time of RFC 3339 with its offset, or a date, which is its first second in UTC.
pub fn parse(text: &str) -> Result<Timestamp, TimeError> {
    if has_shape(text, "0000-00-00") {
        let date: Date = text.parse().map_err(|_malformed| malformed(text))?;
        let first = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
        return first.map_err(|_out_of_range| TimeError::TooLate);
    }
    if !is_date_time(text) {
        return Err(malformed(text));
    }
    text.parse().map_err(|_malformed| malformed(text))
}

/// `2030-01-31T18:00:00Z`, with a fraction, with `+01:00` in place of `Z`. jiff reads many a form
/// more; a policy has one.
fn is_date_time(text: &str) -> bool {
    let Some((seconds, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else {
        return false;
    };
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => {
            let offset = fraction.trim_start_matches(|letter: char| letter.is_ascii_digit());
            if offset.len() == fraction.len() {
                return false;
            }
            offset
        }
        None => rest,
    };
    has_shape(seconds, "0000-00-00T00:00:00")
        && (offset == "Z" || has_shape(offset, "+00:00") || has_shape(offset, "-00:00"))
}

/// Whether a text is like another, in which a zero stands for any digit.
fn has_shape(text: &str, shape: &str) -> bool {
    let alike = |(letter, like): (u8, u8)| match like {
        b'0' => letter.is_ascii_digit(),
        _ => letter == like,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(alike)
}

/// What was probably meant is what jiff reads: a time in another form, or one without its offset.
fn malformed(text: &str) -> TimeError {
    if let Ok(time) = text.parse::<Timestamp>() {
        return TimeError::Malformed(Some(time.to_string()));
    }
    match text.parse::<DateTime>() {
        Ok(time) if time.time() == Time::midnight() => {
            TimeError::Malformed(Some(time.date().to_string()))
        }
        Ok(time) => TimeError::NoOffset(time),
        Err(_) => TimeError::Malformed(None),
    }
}

fn advice(meant: Option<&str>) -> String {
    meant.map_or_else(
        || {
            "write a date, 2030-01-31, or a time with its offset, 2030-01-31T18:00:00+01:00"
                .to_owned()
        },
        |meant| format!("did you mean {meant}?"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_first_second_in_utc() {
        for (text, expected) in [
            ("2030-01-31", "2030-01-31T00:00:00Z"),
            ("2030-01-31T18:00:00Z", "2030-01-31T18:00:00Z"),
            ("2030-01-31T18:00:00+01:00", "2030-01-31T17:00:00Z"),
            ("2030-01-31T18:00:00.5-01:30", "2030-01-31T19:30:00.5Z"),
        ] {
            assert_eq!(
                parse(text).map(|time| time.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_time_it_looks_like() {
        for (text, meant) in [
            ("2030-01-31 18:00:00+01:00", Some("2030-01-31T17:00:00Z")),
            ("2030-01-31t18:00:00z", Some("2030-01-31T18:00:00Z")),
            ("20300131", Some("2030-01-31")),
            ("2030-01-31T00:00", Some("2030-01-31")),
            ("2030-02-30", None),
            ("2030-01-31T18:00:00.Z", None),
            ("31.01.2030", None),
            ("2030", None),
            ("30d", None),
            ("é030-01-31", None),
            ("", None),
        ] {
            let expected = TimeError::Malformed(meant.map(str::to_owned));
            assert_eq!(parse(text), Err(expected), "{text}");
        }
        assert_eq!(parse("9999-12-31"), Err(TimeError::TooLate));
        for text in ["2030-01-31T18:00:00", "2030-01-31 18:00"] {
            let words = parse(text).map_err(|error| error.to_string());
            let expected = "write 2030-01-31T18:00:00Z for UTC, or with an offset in place of the Z, \
                            2030-01-31T18:00:00+01:00";
            assert_eq!(words, Err(expected.to_owned()), "{text}");
        }
    }
}
