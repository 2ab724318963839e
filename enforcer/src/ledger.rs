//! What each camera sent where, kept across restarts: the kernel's ledgers are taken down ([`take`]) into a
//! store in the state directory ([`store`]), and read from there ([`line`](mod@line), [`span`]).

pub mod line;
mod retention;
pub mod span;
pub mod store;
pub mod take;

mod subject;
pub mod text;

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::{SpanRelativeTo, Timestamp};

pub use line::{Action, Line};
pub use span::Span;

use crate::policy::{parse_prefix, parse_time};

/// Which lines are asked for: those that all of this is true of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Of one of these cameras; of any and of strangers, if there is none.
    pub cameras: Vec<String>,
    /// To an address in one of these prefixes; to any, if there is none.
    pub to: Vec<IpNet>,
    /// Seen since then. How much there was of a line is told by the hour, and after two days by the day: of that which this
    /// falls into, all counts ([`store::slot`]).
    pub since: Option<Timestamp>,
    /// Seen before then. How much there was is told as for `since`.
    pub until: Option<Timestamp>,
}

impl Query {
    /// As it stands in a request, or all that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let (mut query, mut problems) = (Self::default(), Vec::new());
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let taken = match &*name {
                "camera" => {
                    query.cameras.push(value.into_owned());
                    Ok(())
                }
                "to" => parse_prefix(&value)
                    .map(|to| query.to.push(to))
                    .map_err(|words| format!("to={value}: {words}")),
                "since" => time(&value)
                    .map(|time| query.since = Some(time))
                    .map_err(|words| format!("since={value}: {words}")),
                "until" => time(&value)
                    .map(|time| query.until = Some(time))
                    .map_err(|words| format!("until={value}: {words}")),
                _ => Err(format!(
                    "{name}: there is no such parameter; there are camera, to, since, until"
                )),
            };
            problems.extend(taken.err());
        }
        if problems.is_empty() {
            Ok(query)
        } else {
            Err(problems)
        }
    }

    /// As [`Self::parse`] reads it.
    pub fn to_text(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        for camera in &self.cameras {
            text.append_pair("camera", camera);
        }
        for to in &self.to {
            text.append_pair("to", &to.to_string());
        }
        if let Some(since) = self.since {
            text.append_pair("since", &since.to_string());
        }
        if let Some(until) = self.until {
            text.append_pair("until", &until.to_string());
        }
        text.finish()
    }

    /// Whether what there is of an hour or a day is asked for, by when that begins, and when the first and the last of it
    /// came; all in milliseconds since 1970.
    fn asks_for_time(&self, begin: i64, first: i64, last: i64) -> bool {
        let [since, until] =
            [self.since, self.until].map(|time| time.map(Timestamp::as_millisecond));
        since.is_none_or(|since| last >= since)
            && until.is_none_or(|until| begin < until && first < until)
    }

    /// Whether lines of a camera are asked for; nothing is the name of strangers.
    fn asks_for_camera(&self, camera: &str) -> bool {
        self.cameras.is_empty() || self.cameras.iter().any(|wanted| wanted == camera)
    }

    /// Whether lines to a destination are asked for.
    pub(crate) fn asks_for_destination(&self, destination: Option<IpAddr>) -> bool {
        let is_in = |prefix: &IpNet| destination.is_some_and(|address| prefix.contains(&address));
        self.to.is_empty() || self.to.iter().any(is_in)
    }
}

/// The same in a request, where a `+` that is written as it is stands for a blank: that of an offset is meant.
fn time(text: &str) -> Result<Timestamp, String> {
    since(text).or_else(|words| match text.rsplit_once(' ') {
        Some((time, offset)) => since(&format!("{time}+{offset}")).map_err(|_words| words),
        None => Err(words),
    })
}

/// When: a date, a time with its offset, or how long ago (`90m`, `7d`).
pub fn since(text: &str) -> Result<Timestamp, String> {
    let ago = text.parse::<jiff::Span>().ok();
    let ago = ago.and_then(|ago| ago.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    match ago {
        Some(ago) => {
            let time = Timestamp::now().checked_sub(ago.abs());
            time.map_err(|_far| "that is before all time".to_owned())
        }
        None => {
            parse_time(text).map_err(|words| format!("{words}; or how long ago, like 90m or 7d"))
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_query_survives_being_sent() {
        let query = Query {
            cameras: vec!["gate".to_owned(), "a&b = c".to_owned()],
            to: vec![
                "198.51.100.0/24".parse().unwrap(),
                "2001:db8::/32".parse().unwrap(),
            ],
            since: "2030-01-31T18:00:00Z".parse().ok(),
            until: "2030-02-28T18:00:00Z".parse().ok(),
        };
        assert_eq!(Query::parse(&query.to_text()), Ok(query));
        assert_eq!(Query::parse(""), Ok(Query::default()));
    }

    #[test]
    fn all_that_is_wrong_with_a_query_is_told() {
        let problems = Query::parse("to=nowhere&since=never&until=&cam=gate").unwrap_err();
        let begins: Vec<_> = problems
            .iter()
            .map(|words| words.split(':').next())
            .collect();
        assert_eq!(
            begins,
            [
                Some("to=nowhere"),
                Some("since=never"),
                Some("until="),
                Some("cam")
            ]
        );
    }

    #[test]
    fn an_offset_is_one_however_its_sign_is_written() {
        let since = |text: &str| Query::parse(text).unwrap().since;
        let expected = "2026-11-26T16:00:00Z".parse().ok();
        assert_eq!(since("since=2026-11-26T17:00:00+01:00"), expected);
        assert_eq!(since("since=2026-11-26T17:00:00%2B01:00"), expected);
        assert_eq!(since("since=2026-11-26T15:00:00-01:00"), expected);
        assert!(Query::parse("since=1h+30m").is_ok());
        let problems = Query::parse("until=some+day").unwrap_err();
        assert!(problems[0].starts_with("until=some day: "), "{problems:?}");
    }

    #[test]
    fn since_is_a_date_a_time_or_how_long_ago() {
        let ago = |text| Timestamp::now().duration_since(since(text).unwrap());
        for (text, minutes) in [
            ("90m", 90),
            ("7d", 7 * 24 * 60),
            ("1h 30m", 90),
            ("2w", 14 * 24 * 60),
        ] {
            let off = ago(text) - SignedDuration::from_mins(minutes);
            assert!(off.abs() < SignedDuration::from_secs(10), "{text}: {off}");
        }
        let time = since("2030-01-31T18:00:00+01:00").unwrap();
        assert_eq!(time.to_string(), "2030-01-31T17:00:00Z");
        assert!(since("2030-01-31").is_ok());
    }
}
