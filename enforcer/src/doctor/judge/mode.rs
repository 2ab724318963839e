//! Where does the program run, and could it run in the driver?

use crate::doctor::facts::{Device, Facts, Kind, Row};
use crate::doctor::{Finding, Level, Question};
use crate::netlink::AttachMode;
use crate::policy::Attach;

use super::command::quote;

/// Above this, a driver that hands frames over in one piece alone refuses native mode: a page of 4,096
/// bytes, less room in front, the kernel's notes behind, and an Ethernet header with two tags.
const ONE_PIECE: u32 = 3_498;

pub(super) fn judge(facts: &Facts, findings: &mut Vec<Finding>) {
    for (device, row) in facts.enforced() {
        let mode = device.xdp.as_ref().map(|running| running.attached.mode);
        let wanted = row.map_or(Attach::Auto, |row| row.attach);
        // Nothing to be had or to be asked for.
        if mode == Some(AttachMode::Native) || wanted == Attach::Generic {
            continue;
        }
        let found = [
            attach_mode(device, row, mode),
            mtu(device, wanted),
            merging(device),
        ];
        findings.extend(
            found
                .into_iter()
                .flatten()
                .map(|finding| finding.on(device)),
        );
    }
}

const COST: &str = "Verdicts are the same. Each frame costs more, a flood costs the router more, and frames \
                    that the stack has merged (GRO) are judged and counted as one.";

fn attach_mode(device: &Device, row: Option<Row>, mode: Option<AttachMode>) -> Option<Finding> {
    let note = |message: &str| Finding::new(Question::AttachMode, Level::Note, message, COST);
    // Those that sit on another have no driver.
    let has_driver = matches!(device.kind, Kind::Veth | Kind::Other);
    let native = if has_driver {
        device.native.clone()
    } else {
        Ok(false)
    };
    let is_attached = mode.is_some();
    let wants_native = row.is_some_and(|row| row.attach == Attach::Native);
    match native {
        Ok(false) if wants_native && !is_attached => Some(
            Finding::new(
                Question::AttachMode,
                Level::Warning,
                "`attach: native`, and the driver has no native mode",
                "The program cannot be put on it as the policy asks, so it is not enforced. Write `attach: \
                 auto`, or nothing.",
            )
            .interfaces([device.name.as_str()]),
        ),
        Ok(false) if is_attached => Some(note("generic mode: the driver has no native one")),
        Ok(false) => Some(note("it would be generic mode: the driver has no native one")),
        Ok(true) if is_attached => Some(note("generic mode, though the driver has a native one")),
        // Then nothing keeps it from native mode but what the other questions ask.
        Ok(true) => None,
        Err(_) if is_attached => Some(note("generic mode")),
        Err(untold) => Some(Finding::unknown(Question::AttachMode, &untold)),
    }
}

fn mtu(device: &Device, wanted: Attach) -> Option<Finding> {
    let is_at_fault = device.native != Ok(false) && device.in_pieces != Ok(true);
    if device.mtu <= ONE_PIECE || !is_at_fault {
        return None;
    }
    let level = if wanted == Attach::Native {
        Level::Warning
    } else {
        Level::Note
    };
    Some(
        Finding::new(
            Question::Mtu,
            level,
            format!("MTU {}", device.mtu),
            format!(
                "A driver that cannot hand over a frame in several pieces refuses native mode above \
                 {ONE_PIECE} bytes, and so does every one before Linux 5.18: `attach: auto` then runs in \
                 generic mode, and `attach: native` not at all."
            ),
        )
        .run(format!("ip link set dev {} mtu 1500", quote(&device.name))),
    )
}

fn merging(device: &Device) -> Option<Finding> {
    let features = [("rx-lro", "lro"), ("rx-gro-hw", "rx-gro-hw")];
    let on = features
        .into_iter()
        .filter(|(feature, _)| device.has(feature).is_ok_and(|on| on));
    let (features, options): (Vec<_>, Vec<_>) = on.unzip();
    if features.is_empty() {
        return None;
    }
    let off: Vec<String> = options
        .iter()
        .map(|option| format!("{option} off"))
        .collect();
    Some(
        Finding::new(
            Question::Merging,
            Level::Warning,
            format!("{} is on", features.join(" and ")),
            "The card merges frames of one flow. Many drivers refuse native mode then, and in generic mode \
             what was merged is judged and counted as one.",
        )
        .run(format!("ethtool -K {} {}", quote(&device.name), off.join(" "))),
    )
}
