//! The report for a spreadsheet: each destination and service of each camera is a row.

use std::{borrow::Cow, collections::BTreeSet, io::Write};

use anyhow::Result;

use super::{Call, Report};

const HEAD: [&str; 25] = [
    "camera",
    "others",
    "dest_ip",
    "name",
    "owner",
    "country",
    "service",
    "app_proto",
    "encryption",
    "action",
    "reason",
    "rule",
    "packets",
    "bytes",
    "first",
    "last",
    "new",
    "since",
    "host",
    "on_link",
    "in_period",
    "until",
    "maker",
    "cloud",
    "carrier",
];

/// With a head, as RFC 4180 has it. What is new and was called before the period alone has rows at the end.
pub fn write(report: &Report, out: &mut impl Write) -> Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEAD)?;
    let [since, until] = [report.since, report.until].map(|time| time.to_string());
    let calls = report.calls.iter().map(|call| (call, true));
    let made: BTreeSet<_> = report.calls.iter().map(Call::key).collect();
    let new = report.new.iter().filter(|call| !made.contains(&call.key()));
    for (call, is_in_period) in calls.chain(new.map(|call| (call, false))) {
        let address = call.dest_ip.map(|address| address.to_string());
        let row = [
            call.camera.as_deref().unwrap_or_default(),
            yes_or_no(call.others),
            address.as_deref().unwrap_or_default(),
            call.name.as_deref().unwrap_or_default(),
            call.owner.as_deref().unwrap_or_default(),
            call.country.as_deref().unwrap_or_default(),
            &call.service,
            call.app_proto.as_deref().unwrap_or_default(),
            call.encryption.name(),
            call.action.name(),
            call.reason.as_deref().unwrap_or_default(),
            call.rule.as_deref().unwrap_or_default(),
            &call.packets.to_string(),
            &call.bytes.to_string(),
            &call.first.to_string(),
            &call.last.to_string(),
            yes_or_no(call.is_new),
            &since,
            &report.host,
            yes_or_no(call.on_link),
            yes_or_no(is_in_period),
            &until,
            call.maker.as_deref().unwrap_or_default(),
            call.cloud.as_deref().unwrap_or_default(),
            call.carrier.as_deref().unwrap_or_default(),
        ];
        writer.write_record(row.map(|cell| text(cell).into_owned()))?;
    }
    writer.flush()?;
    Ok(())
}

/// What a spreadsheet would take for a formula stands behind an apostrophe, so that it is text: a name server may have
/// said it. No number here is less than zero.
fn text(cell: &str) -> Cow<'_, str> {
    if cell.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠',
    ]) {
        return format!("'{cell}").into();
    }
    cell.into()
}

const fn yes_or_no(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_formula() {
        for formula in [
            "=HYPERLINK(\"http://x\")",
            "+1",
            "-2+3",
            "@SUM(1)",
            "\t=1",
            "\r=1",
        ] {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        for other in ["gate", "198.51.100.7", "", "a=b", "2030-01-31T18:00:00Z"] {
            assert_eq!(text(other), other);
        }
    }
}
