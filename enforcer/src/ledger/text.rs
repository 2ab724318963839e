//! The ledger for people, and for spreadsheets.

use std::io::{self, Write};

use anyhow::Result;
use jiff::{Timestamp, tz::TimeZone};

use super::Line;

/// As a table.
pub fn show(lines: &[Line], out: &mut impl Write) -> io::Result<()> {
    const HEAD: [&str; 9] = [
        "CAMERA", "TO", "SERVICE", "ACTION", "REASON", "PACKETS", "BYTES", "FIRST", "LAST",
    ];
    let rows: Vec<[String; 9]> = lines.iter().map(cells).collect();
    let mut widths = HEAD.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut write = |row: [&str; 9]| {
        let mut line = String::new();
        for (index, (cell, width)) in row.into_iter().zip(widths).enumerate() {
            // Numbers stand under each other.
            let padded = if matches!(index, 5 | 6) {
                format!("{cell:>width$}  ")
            } else {
                format!("{cell:<width$}  ")
            };
            line.push_str(&padded);
        }
        writeln!(out, "{}", line.trim_end())
    };
    write(HEAD)?;
    for row in &rows {
        write(row.each_ref().map(String::as_str))?;
    }
    Ok(())
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

fn cells(line: &Line) -> [String; 9] {
    let to = match (line.others, line.dest_ip) {
        (true, _) => "(others)".to_owned(),
        (false, Some(address)) => address.to_string(),
        (false, None) => "-".to_owned(),
    };
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    [
        or_dash(line.camera.as_deref()),
        to,
        Some(line.service())
            .filter(|service| !service.is_empty())
            .map_or("-".to_owned(), |it| it),
        line.action.name().to_owned(),
        or_dash(line.reason.as_deref()),
        line.packets.to_string(),
        line.bytes.to_string(),
        time(line.first),
        time(line.last),
    ]
}

/// In the zone of the machine, to the second.
pub(crate) fn time(time: Timestamp) -> String {
    let here = time.to_zoned(TimeZone::system());
    here.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
