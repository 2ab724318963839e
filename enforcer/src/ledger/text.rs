//! The ledger for people, and for spreadsheets.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use anyhow::Result;
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

use super::{Line, line::receiver};
use crate::{
    labels,
    words::{
        Grouped,
        table::{Column, NOTHING, Table},
    },
};

const TO_THE_SECOND: &str = "%Y-%m-%d %H:%M:%S";

/// As a table. Names and owners have columns where some are known. Times are those of the machine's zone.
pub fn show(lines: &[Line], out: &mut impl Write) -> io::Result<()> {
    show_in(&TimeZone::system(), lines, out)
}

fn show_in(zone: &TimeZone, lines: &[Line], out: &mut impl Write) -> io::Result<()> {
    let times = Times::of(lines, zone);
    let columns = [
        Column::of_words("CAMERA"),
        Column::of_words("TO"),
        Column::of_words("NAME").where_known(),
        Column::of_words("OWNER").where_known(),
        Column::of_words("SERVICE"),
        Column::of_words("ACTION"),
        Column::of_words("REASON"),
        Column::of_numbers("FRAMES"),
        Column::of_numbers("BYTES"),
        Column::of_words(times.head("FIRST")),
        Column::of_words(times.head("LAST")),
    ];
    let rows = lines.iter().map(|line| cells(line, &times));
    Table::new(columns).with(rows).write("", out)
}

/// With a head, as RFC 4180 has it.
pub fn csv(lines: &[Line], out: &mut impl Write) -> Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    for line in lines {
        writer.serialize(line)?;
    }
    writer.flush()?;
    Ok(())
}

/// Whose it is in a few words.
fn owner(line: &Line) -> String {
    let organization = line.dest_organization.as_deref();
    let carrier = line.dest_carrier.as_deref();
    let system = line.dest_asn.map(|system| (system, organization, carrier));
    let words = labels::in_words(
        line.dest_cloud.as_deref(),
        line.dest_country.as_deref(),
        system,
    );
    Some(words)
        .filter(|words| !words.is_empty())
        .unwrap_or_else(|| NOTHING.to_owned())
}

/// How times are written: where all of them are as far from UTC, the head of the table says how far, else each does.
struct Times<'z> {
    zone: &'z TimeZone,
    offset: Option<Offset>,
}

impl<'z> Times<'z> {
    fn of(lines: &[Line], zone: &'z TimeZone) -> Self {
        let times = lines.iter().flat_map(|line| [line.first, line.last]);
        let offsets: BTreeSet<_> = times.map(|time| zone.to_offset(time)).collect();
        let mut offsets = offsets.into_iter();
        let offset = offsets.next().filter(|_| offsets.next().is_none());
        Self { zone, offset }
    }

    /// `FIRST (+01:00)`
    fn head(&self, name: &str) -> String {
        let Some(offset) = self.offset else {
            return name.to_owned();
        };
        let there = Timestamp::UNIX_EPOCH.to_zoned(offset.to_time_zone());
        format!("{name} ({})", there.strftime("%:z"))
    }

    fn cell(&self, time: Timestamp) -> String {
        let form = if self.offset.is_some() {
            TO_THE_SECOND
        } else {
            "%Y-%m-%d %H:%M:%S%:z"
        };
        time.to_zoned(self.zone.clone()).strftime(form).to_string()
    }
}

fn cells(line: &Line, times: &Times<'_>) -> [String; 11] {
    let or_dash = |text: Option<&str>| text.unwrap_or(NOTHING).to_owned();
    [
        or_dash(line.camera.as_deref()),
        receiver(line.others, line.dest_ip).to_string(),
        or_dash(line.dest_domain.as_deref()),
        owner(line),
        Some(line.service())
            .filter(|service| !service.is_empty())
            .unwrap_or_else(|| NOTHING.to_owned()),
        line.action.name().to_owned(),
        or_dash(line.reason.as_deref()),
        Grouped(line.packets).to_string(),
        Grouped(line.bytes).to_string(),
        times.cell(line.first),
        times.cell(line.last),
    ]
}

/// In the zone of the machine, to the second.
pub(crate) fn time(time: Timestamp) -> String {
    let here = time.to_zoned(TimeZone::system());
    here.strftime(TO_THE_SECOND).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_owners_have_columns_where_some_are_known() {
        let line: Line = serde_json::from_str(LINE).unwrap();
        let shown = |lines: &[Line]| {
            let mut out = Vec::new();
            show(lines, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let plain = shown(std::slice::from_ref(&line));
        assert!(
            plain.starts_with("CAMERA  TO           SERVICE "),
            "{plain}"
        );
        let named = Line {
            dest_domain: Some("dev.hik-connect.com".to_owned()),
            dest_cloud: Some("Hikvision".to_owned()),
            dest_country: Some("CN".to_owned()),
            dest_asn: Some(4134),
            dest_organization: Some("CHINANET-BACKBONE".to_owned()),
            dest_carrier: Some("China Telecom".to_owned()),
            ..line.clone()
        };
        let owned = Line {
            dest_asn: Some(64_496),
            dest_organization: Some("Example".to_owned()),
            ..line
        };
        let text = shown(&[named, owned]);
        let lines: Vec<_> = text.lines().collect();
        assert!(
            lines[0].starts_with("CAMERA  TO           NAME                 OWNER "),
            "{text}"
        );
        let whose =
            "dev.hik-connect.com  Hikvision's cloud, CN, AS4134 China Telecom (a state's)  tcp/443";
        assert!(lines[1].contains(whose), "{text}");
        assert!(
            lines[2].contains("-                    AS64496 Example "),
            "{text}"
        );
    }

    #[test]
    fn how_far_times_are_from_utc_is_said_once_or_where_it_changes_with_each() {
        let shown = |zone: &str, last: &str| {
            let line: Line = serde_json::from_str(LINE).unwrap();
            let last = last.parse().unwrap();
            let mut out = Vec::new();
            let zone = TimeZone::posix(zone).unwrap();
            show_in(&zone, &[Line { last, ..line }], &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines
        };
        let central_europe = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert!(
            shown("UTC0", "2030-01-31T17:00:01Z")[0]
                .ends_with("FIRST (+00:00)       LAST (+00:00)")
        );
        let winter = shown(central_europe, "2030-02-28T17:00:00Z");
        assert!(
            winter[0].ends_with("FIRST (+01:00)       LAST (+01:00)"),
            "{winter:?}"
        );
        assert!(
            winter[1].ends_with("2030-01-31 18:00:00  2030-02-28 18:00:00"),
            "{winter:?}"
        );
        let summer = shown(central_europe, "2030-07-31T17:00:00Z");
        assert!(
            summer[0].ends_with("FIRST                      LAST"),
            "{summer:?}"
        );
        assert!(
            summer[1].ends_with("18:00:00+01:00  2030-07-31 19:00:00+02:00"),
            "{summer:?}"
        );
    }

    const LINE: &str = r#"{"camera": "gate", "others": false, "dest_ip": "203.0.113.7", "proto": "TCP",
        "dest_port": 443, "action": "dropped", "reason": "not_allowed", "packets": 7, "bytes": 420,
        "first": "2030-01-31T17:00:00Z", "last": "2030-01-31T17:00:00Z"}"#;
}
