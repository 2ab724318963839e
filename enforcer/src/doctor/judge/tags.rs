//! Does the program see the VLAN tags that the policy asks for?

use crate::doctor::facts::{Device, Facts, Kind, Known, Row, Untold};
use crate::doctor::{Finding, Level, Question};
use crate::policy::Unlisted;
use crate::words::names;

use super::command::quote;

/// The card takes the tag off and notes it beside the frame, where XDP does not look.
const RECEIVE: &str = "rx-vlan-hw-parse";
/// The sender notes the tag beside the frame and leaves it to the card to write.
const SEND: &str = "tx-vlan-hw-insert";

pub(super) fn judge(facts: &Facts, findings: &mut Vec<Finding>) {
    for (device, row) in facts.enforced() {
        findings.extend(tags(facts, device, row).map(|finding| finding.on(device)));
    }
}

fn tags(facts: &Facts, device: &Device, row: Option<Row>) -> Option<Finding> {
    let cameras: Option<Vec<&str>> = facts.asked.tagged.as_ref().map(|tagged| {
        let here = tagged.iter().filter(|camera| {
            let mut places = camera.interfaces.iter();
            camera.interfaces.is_empty() || places.any(|place| place.matches(&device.name))
        });
        here.map(|camera| camera.camera.as_str()).collect()
    });
    if cameras.as_ref().is_some_and(Vec::is_empty) {
        return None;
    }
    let by = match stripped(facts, device) {
        Ok(by) => by?,
        Err(untold) => return Some(Finding::unknown(Question::VlanTags, &untold)),
    };
    let Some(cameras) = cameras else {
        let untold = Untold::new(format!(
            "{} is on, and the policy that would say whether it matters cannot be read",
            by.feature
        ));
        return Some(Finding::unknown(Question::VlanTags, &untold));
    };
    let (level, consequence) = match row.map(|row| row.unlisted).unwrap_or_default() {
        Unlisted::Drop => (Level::Warning, "and `unlisted: drop` cuts it off."),
        Unlisted::Pass => (Level::Error, "and `unlisted: pass` lets all of it through."),
    };
    let whom = names(&cameras);
    Some(
        Finding::new(
            Question::VlanTags,
            level,
            format!("{} is on for {}, and the policy knows {whom} by `vlan`", by.feature, by.device.name),
            format!(
                "Tags are gone before the program sees the frame, so `vlan` never matches: the camera is a \
                 stranger, {consequence}"
            ),
        )
        .run(format!("ethtool -K {} {} off", quote(&by.device.name), by.option)),
    )
}

/// What takes tags off before the program sees them.
struct Stripper<'f> {
    device: &'f Device,
    feature: &'static str,
    option: &'static str,
}

fn stripped<'f>(facts: &'f Facts, device: &'f Device) -> Known<Option<Stripper<'f>>> {
    if device.kind != Kind::Veth {
        let stripper = Stripper {
            device,
            feature: RECEIVE,
            option: "rxvlan",
        };
        return Ok(device.has(RECEIVE)?.then_some(stripper));
    }
    // Between the ends of a pair nothing is written into the frame if the sender leaves it out.
    let peer = device.parent.and_then(|peer| facts.device(peer));
    let Some(peer) = peer else {
        return Err(Untold::new(format!(
            "a veth whose other end is in another network namespace; whether {SEND} is on there, only \
             that one knows"
        )));
    };
    let stripper = Stripper {
        device: peer,
        feature: SEND,
        option: "txvlan",
    };
    Ok(peer.has(SEND)?.then_some(stripper))
}
