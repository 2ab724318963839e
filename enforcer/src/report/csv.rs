//! The report for a spreadsheet: each destination and service of each camera is a row.

use std::{collections::BTreeSet, io::Write};

use anyhow::Result;

use super::{Call, Report};
use crate::spreadsheet::Sheet;

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
    let mut sheet = Sheet::new(out);
    sheet.row(HEAD)?;
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
        sheet.row(row)?;
    }
    sheet.end()
}

const fn yes_or_no(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}
