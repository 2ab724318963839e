//! The whole line at work: five cameras of three makes are audited, reported, and drafted a policy for, which is checked,
//! replayed and put in force. Each step counts the same frames, and in the end the video is all that is left.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what the helpers cannot do fails the test"
)]

mod cast;
mod reported;
mod scene;
mod script;
mod sheet;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use enforcer::ledger::Line;
use enforcer_tests::capture::pcap;
use serde::Deserialize as _;
use serde_json::Value;

use cast::CAMERAS;
use scene::Scene;
use script::{Flow, Key};

const ETHERNET: u32 = 1;

/// Packets of each flow.
type Counted = BTreeMap<Key, u64>;

#[test]
fn what_five_cameras_do_is_told_to_the_packet_and_ends_but_for_the_video() {
    let mut scene = Scene::new("investigation");
    scene.site.write(&audit()).unwrap();
    let policy = scene.site.policy().to_owned();
    let mut daemon = scene.start(&policy);
    scene.play_in_audit();
    scene.settle();
    reported::is_reported(&scene);

    let draft = scene.site.file("draft.yaml");
    let path = draft.to_str().unwrap();
    is_drafted(&scene, path);
    scene.run(&["check", "--strict", path]);
    let foretold = foretold(&scene, path);
    daemon.terminate().unwrap();

    let mut daemon = scene.start(&draft);
    scene.play_enforced();
    scene.settle();
    is_enforced(&scene, &foretold);
    reported::is_reported_again(&scene);
    daemon.terminate().unwrap();
}

/// What an operator begins with: which cameras there are, and where the recorder is.
fn audit() -> String {
    let mut policy = "\
version: 1
mode: audit
interfaces:
  lan-cam*: {}
prefixes:
  recorder: [192.168.50.10]
groups:
  new: {}
cameras:
"
    .to_owned();
    for camera in &CAMERAS {
        let mac = camera.mac.map(|octet| format!("{octet:02x}")).join(":");
        let (name, address) = (camera.name, camera.address);
        let identity = format!("{{mac: \"{mac}\", ip: {address}}}");
        writeln!(policy, "  {name}: {{match: {identity}, group: new}}").unwrap();
    }
    policy
}

/// A draft covers the video alone, and says of all else why not.
fn is_drafted(scene: &Scene, path: &str) {
    let learnt = scene.told(&["learn", "--json", "-o", path]);
    let covered = expected(scene, Flow::is_video);
    assert_eq!(of_lines(&learnt["covered"]), covered);
    let left = expected(scene, |flow| !flow.is_video());
    assert_eq!(of_lines(&learnt["left_out"]), left);
    assert_eq!(learnt["unseen"], Value::Array(Vec::new()));
    for flow in scene.script.iter().filter(|flow| !flow.is_video()) {
        let lines = learnt["left_out"].as_array().unwrap();
        let line = lines.iter().find(|line| key(line) == flow.key());
        assert_eq!(line.unwrap()["why"], flow.draft, "{flow:?}");
    }
    let text = fs::read_to_string(path).unwrap();
    let sum = |counted: &Counted| counted.values().sum::<u64>();
    for words in [
        format!(
            "# It covers {} frames of that and leaves out {},",
            sum(&covered),
            sum(&left)
        ),
        "#   door to 192.0.2.44 tcp/8666: 11 frames, ".to_owned(),
        "#   yard to 239.255.255.250 udp/37020: 4 frames, ".to_owned(),
        ": public, of China Telecom\n".to_owned(),
        ": the cloud of EZVIZ\n".to_owned(),
    ] {
        assert!(text.contains(&words), "{words}\n{text}");
    }
}

/// What a replay of all frames says that the draft does: a line for each flow.
fn foretold(scene: &Scene, draft: &str) -> Vec<Value> {
    let capture = scene.site.file("all.pcap");
    let frames: Vec<_> = scene.script.iter().flat_map(Flow::frames).collect();
    fs::write(&capture, pcap(ETHERNET, &frames, 262_144)).unwrap();
    let capture = capture.to_str().unwrap();
    let replayed = scene.told(&["replay", capture, "--policy", draft, "--json"]);
    assert_eq!(replayed["judged_by"], "kernel");
    for camera in &CAMERAS {
        let own = |is_video| {
            let own = scene.script.iter();
            let own =
                own.filter(|flow| flow.camera.name == camera.name && flow.is_video() == is_video);
            own.map(|flow| flow.packets).sum::<u64>()
        };
        let cameras = replayed["cameras"].as_array().unwrap();
        let told = cameras.iter().find(|told| told["camera"] == camera.name);
        let told = told.unwrap();
        let fates = ["allowed", "dropped", "audited", "ignored"].map(|fate| told[fate].as_u64());
        let [allowed, dropped] = [own(true), own(false)].map(Some);
        assert_eq!(fates, [allowed, dropped, Some(0), Some(0)], "{told}");
    }
    let lines = replayed["lines"].as_array().unwrap();
    lines.clone()
}

/// Everything was dropped but the video, as a replay said that it would be: the lines of the ledger and the counters of
/// the kernel.
fn is_enforced(scene: &Scene, foretold: &[Value]) {
    let lines = scene.told(&["ledger", "--json"]);
    let lines = lines.as_array().unwrap().iter();
    let now = lines.filter(|line| line["action"] != "audited");
    let fates = |line: &Value| {
        let words = ["action", "reason"].map(|key| line[key].as_str().map(str::to_owned));
        ((key(line), words), line["packets"].as_u64().unwrap())
    };
    let became: BTreeMap<_, _> = now.map(fates).collect();
    assert_eq!(became, foretold.iter().map(fates).collect());
    let counted = became
        .iter()
        .map(|((key, _), packets)| (key.clone(), *packets));
    assert_eq!(self::counted(counted), expected(scene, |_| true));
    for (_, [action, reason]) in became.keys() {
        assert_eq!(action.as_deref() == Some("allowed"), reason.is_none());
    }

    let status = scene.site.enforcer.status().unwrap();
    for camera in &CAMERAS {
        let own = scene.script.iter();
        let own = own.filter(|flow| flow.camera.name == camera.name);
        let (mut all, mut video) = (0, 0);
        for flow in own {
            all += flow.packets;
            video += if flow.is_video() { flow.packets } else { 0 };
        }
        let told = status.camera(camera.name).unwrap();
        assert_eq!(told.mode, "enforce");
        assert_eq!(told.allowed.packets, video, "{told:?}");
        // What the audit let through is counted there, too.
        assert_eq!(told.dropped.packets, all + (all - video), "{told:?}");
    }
    assert_eq!(status.unlisted.packets, 0);
    assert_eq!(status.events.all(), status.dropped());
}

fn expected(scene: &Scene, is_one: impl Fn(&Flow) -> bool) -> Counted {
    let flows = scene.script.iter().filter(|flow| is_one(flow));
    counted(flows.map(|flow| (flow.key(), flow.packets)))
}

/// Each of them once.
fn counted(flows: impl Iterator<Item = (Key, u64)>) -> Counted {
    let mut counted = Counted::new();
    for (flow, packets) in flows {
        let before = counted.insert(flow.clone(), packets);
        assert_eq!(before, None, "{flow:?}");
    }
    counted
}

fn of_lines(lines: &Value) -> Counted {
    let lines = lines.as_array().unwrap().iter();
    counted(lines.map(|line| (key(line), line["packets"].as_u64().unwrap())))
}

fn key(line: &Value) -> Key {
    let line = Line::deserialize(line).unwrap();
    let to = line.dest_ip.unwrap().to_string();
    (line.camera.clone().unwrap(), to, line.service())
}
