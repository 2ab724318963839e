//! What a report says: in the audit, and once the draft is in force.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::Ipv4Addr;

use enforcer::ledger::Action;
use enforcer::report::{Report, Share};

use crate::cast::CAMERAS;
use crate::scene::Scene;
use crate::script::Flow;
use crate::{counted, expected, sheet};

/// Each destination has its name, its owner and its country, and as many packets as were sent there.
pub(crate) fn is_reported(scene: &Scene) {
    let report: Report =
        serde_json::from_value(scene.told(&["report", "--format", "json"])).unwrap();
    let all: u64 = scene.script.iter().map(|flow| flow.packets).sum();
    let places: BTreeSet<_> = scene.script.iter().map(|flow| flow.to).collect();
    let (groups, places): (BTreeSet<_>, BTreeSet<_>) =
        places.into_iter().partition(Ipv4Addr::is_multicast);
    assert_eq!(
        groups.len(),
        1,
        "where SADP looks for others is no destination"
    );
    assert_eq!(report.summary.cameras, CAMERAS.len());
    assert_eq!(report.summary.destinations, places.len());
    assert_eq!(report.summary.refused, places.len());
    assert_eq!(report.summary.sums.audited.packets, all);
    assert_eq!(report.summary.sums.refused(), all);
    assert_eq!(report.summary.others, 0);
    let calls = report.calls.iter().map(|call| {
        let to = call.dest_ip.unwrap().to_string();
        let key = (call.camera.clone().unwrap(), to, call.service.clone());
        (key, call.packets)
    });
    assert_eq!(counted(calls), expected(scene, |_| true));
    for flow in &scene.script {
        let call = report.calls.iter().find(|call| {
            call.camera.as_deref() == Some(flow.camera.name)
                && call.dest_ip == Some(flow.to.into())
                && call.service == flow.service
        });
        let call = call.unwrap();
        assert_eq!(call.name.as_deref(), flow.name, "{flow:?}");
        let owner = flow.whose().map(|(_, owner)| *owner);
        assert_eq!(call.owner.as_deref(), owner, "{flow:?}");
        assert_eq!(call.cloud.as_deref(), flow.cloud(), "{flow:?}");
        let country = flow.owner().map(|owner| owner.country);
        assert_eq!(call.country.as_deref(), country, "{flow:?}");
        assert_eq!(call.action, Action::Audited, "{flow:?}");
    }
    let countries = scene.script.iter().filter_map(|flow| {
        let owner = flow.owner()?;
        Some((owner.country.to_owned(), flow.packets))
    });
    let owners = scene.script.iter().filter_map(|flow| {
        let (_, owner) = flow.whose()?;
        Some(((*owner).to_owned(), flow.packets))
    });
    let clouds = scene
        .script
        .iter()
        .filter_map(|flow| Some((flow.cloud()?.to_owned(), flow.packets)));
    are_summed(&report.countries, &summed(countries));
    are_summed(&report.owners, &summed(owners));
    are_summed(&report.clouds, &summed(clouds));
    let goals = |is_one: &dyn Fn(&Flow) -> bool| {
        let flows = scene.script.iter().filter(|flow| is_one(flow));
        flows.map(|flow| flow.to).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(report.summary.clouds, goals(&|flow| flow.cloud().is_some()));
    let is_states = |flow: &Flow| flow.owner().is_some_and(|owner| owner.system == 4134);
    assert_eq!(report.summary.carriers, goals(&is_states));
    let makers = report.cameras.iter().map(|camera| {
        let name = camera.camera.as_deref().unwrap();
        (name, camera.maker.as_deref().unwrap())
    });
    let expected_makers = CAMERAS.iter().map(|camera| (camera.name, camera.maker));
    let makers: BTreeMap<_, _> = makers.collect();
    assert_eq!(makers, expected_makers.collect());
    assert_eq!(makers.values().collect::<BTreeSet<_>>().len(), 3);
    for camera in &report.cameras {
        let own = scene.script.iter();
        let own = own.filter(|flow| camera.camera.as_deref() == Some(flow.camera.name));
        let own: u64 = own.map(|flow| flow.packets).sum();
        assert_eq!(camera.sums.audited.packets, own, "{camera:?}");
    }

    let page = scene.site.file("report.html");
    let path = page.to_str().unwrap();
    scene.run(&["report", "--format", "html", "-o", path]);
    sheet::is_shown(scene, path, &report);
    let page = fs::read_to_string(&page).unwrap();
    for flow in &scene.script {
        let to = flow.to.to_string();
        let owner = flow
            .whose()
            .map(|(_, owner)| owner.trim_end_matches(" (a state's)"));
        for words in [flow.name, owner, Some(&to)].into_iter().flatten() {
            assert!(page.contains(words), "{words}");
        }
    }
}

/// Each flow stands there with what the audit let pass of it, and beside that with what has become of it since.
pub(crate) fn is_reported_again(scene: &Scene) {
    let report: Report = serde_json::from_value(scene.told(&["report", "--json"])).unwrap();
    let told = report.calls.iter().map(|call| {
        let to = call.dest_ip.unwrap().to_string();
        let key = (call.camera.clone().unwrap(), to, call.service.clone());
        ((key, call.action), call.packets)
    });
    let told: BTreeMap<_, _> = told.collect();
    assert_eq!(told.len(), report.calls.len());
    let sent = scene.script.iter().flat_map(|flow| {
        let now = if flow.is_video() {
            Action::Allowed
        } else {
            Action::Dropped
        };
        [Action::Audited, now].map(|action| ((flow.key(), action), flow.packets))
    });
    assert_eq!(told, sent.collect());
    let sum = |is_video| {
        let flows = scene
            .script
            .iter()
            .filter(|flow| flow.is_video() == is_video);
        flows.map(|flow| flow.packets).sum::<u64>()
    };
    let (video, other) = (sum(true), sum(false));
    let sums = &report.summary.sums;
    let packets = [sums.allowed, sums.dropped, sums.audited].map(|frames| frames.packets);
    assert_eq!(packets, [video, other, video + other]);
    assert_eq!(report.summary.partly, 1, "the recorder");
    assert!(report.new.is_empty(), "all of it stood in the one before");
    let by_rule: u64 = report.rules.iter().map(|rule| rule.frames.packets).sum();
    assert_eq!(by_rule, video);
}

/// Each has one bar, with all that went there.
fn are_summed(shares: &[Share], expected: &BTreeMap<String, u64>) {
    let told: BTreeMap<_, _> = shares
        .iter()
        .map(|share| (share.name.clone(), share.sums.refused()))
        .collect();
    assert_eq!(told.len(), shares.len(), "{shares:?}");
    assert_eq!(&told, expected);
}

fn summed(shares: impl Iterator<Item = (String, u64)>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (name, packets) in shares {
        *sums.entry(name).or_default() += packets;
    }
    sums
}
