//! Do frames take another way, or come in another shape?

use enforcer_tests::network::STRANGER;
use enforcer_tests::site::{POLICY, Site};

use crate::{examine, examine_until, paste};

#[test]
fn a_bridge_in_place_of_its_ports_is_an_error_until_the_policy_names_them() {
    let site = Site::new("doctor_bridge").unwrap();
    site.write(&POLICY.replace("lan-cam*", "br-lan")).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let bridge = [
        ("bridge", "error", Some("br-lan")),
        ("attach-mode", "note", Some("br-lan")),
    ];
    let diagnosis = examine_until(&site, &bridge);
    let found = diagnosis.to("bridge").unwrap();
    assert_eq!(found.policy, ["interfaces:", "  lan-cam1: {}"]);

    // Both is no better: the program on the bridge keeps it from the port.
    let rows = format!("{}\n  br-lan: {{}}", found.policy.join("\n"));
    site.write(&POLICY.replace("interfaces:\n  lan-cam*: {}", &rows))
        .unwrap();
    daemon.wait_for("attach to lan-cam1").unwrap();
    let (diagnosis, code) = examine(&site);
    assert_eq!(code, Some(1));
    let open = diagnosis.to("enforced").unwrap();
    assert_eq!(
        open.message,
        "no program is on it, because one is on br-lan above it"
    );
    assert_eq!(diagnosis.to("bridge").unwrap().level, "warning");
    assert_eq!(diagnosis.to("policy").unwrap().level, "warning");

    site.write(&POLICY.replace("interfaces:\n  lan-cam*: {}", &found.policy.join("\n")))
        .unwrap();
    site.enforcer.detach().unwrap();
    let _daemon = site.started(&[]).unwrap();
    examine_until(&site, &[]);
}

#[test]
fn tags_that_the_sender_leaves_beside_the_frame_are_found_and_the_command_puts_them_in() {
    let site = Site::new("doctor_tags").unwrap();
    let router = &site.network.router;
    router
        .ip("link add lan-cam3 type veth peer name cam3\nlink set lan-cam3 up\nlink set cam3 up\n")
        .unwrap();
    let policy = "version: 1\n\
         interfaces: {lan-cam3: {unlisted: pass}}\n\
         groups: {yard: {allow: [{to: 192.168.50.10}]}}\n\
         cameras: {yard: {match: {vlan: 50}, group: yard}}\n";
    site.write(policy).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let tags = [("vlan-tags", "error", Some("lan-cam3"))];
    let diagnosis = examine_until(&site, &tags);
    let found = diagnosis.to("vlan-tags").unwrap();
    assert_eq!(found.run, ["ethtool -K cam3 txvlan off"]);
    assert!(found.message.contains("`yard`"), "{found:?}");

    // For cameras alone, nothing gets by.
    site.write(&policy.replace("pass", "drop")).unwrap();
    daemon.wait_in_force().unwrap();
    examine_until(&site, &[("vlan-tags", "warning", Some("lan-cam3"))]);
    paste(&site, found);
    examine_until(&site, &[]);

    // Of an end in another namespace nothing is known, and that is told.
    site.write(&policy.replace("lan-cam3", "lan-cam1")).unwrap();
    daemon.wait_in_force().unwrap();
    examine_until(&site, &[("vlan-tags", "unknown", Some("lan-cam1"))]);
}

#[test]
fn a_part_of_an_interface_is_noted_unless_the_policy_names_the_whole() {
    let site = Site::new("doctor_part").unwrap();
    let router = &site.network.router;
    router
        .ip("link add link wan0 name lan-mac type macvlan\nlink set lan-mac up\n")
        .unwrap();
    site.write(&POLICY.replace("lan-cam*", "lan-mac")).unwrap();
    let _daemon = site.started(&[]).unwrap();
    let part = [
        ("sub-interface", "note", Some("lan-mac")),
        ("attach-mode", "note", Some("lan-mac")),
    ];
    let diagnosis = examine_until(&site, &part);
    assert_eq!(
        diagnosis.to("sub-interface").unwrap().policy,
        ["interfaces:", "  wan0: {}"]
    );
}

#[test]
fn an_mtu_is_nothing_to_tell_where_the_driver_takes_frames_in_pieces() {
    let site = Site::new("doctor_mtu").unwrap();
    for (namespace, link) in [(&site.network.router, "lan-cam1"), (&site.camera, "eth0")] {
        namespace.ip(&format!("link set {link} mtu 9000")).unwrap();
    }
    // Before anything is in force the driver alone says what it takes, and afterwards that it did.
    let (diagnosis, _) = examine(&site);
    assert!(diagnosis.to("mtu").is_err(), "{diagnosis:#?}");
    let _daemon = site.started(&[]).unwrap();
    let diagnosis = examine_until(&site, &[]);
    let mode = &diagnosis.to("enforced").unwrap().message;
    assert_eq!(mode, "enforced, in native mode");
}

#[test]
fn the_mode_that_it_would_be_is_told_before_anything_is_in_force() {
    let mut site = Site::new("doctor_would").unwrap();
    site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    site.write(&POLICY.replace("lan-cam*: {}", "{br-lan: {attach: native}, lan-cam2: {}}"))
        .unwrap();
    let (diagnosis, code) = examine(&site);
    assert_eq!(code, Some(1));
    let modes = diagnosis.wrong().into_iter();
    let modes: Vec<_> = modes
        .filter(|(code, _, _)| *code == "attach-mode")
        .collect();
    // A veth has native mode and a bridge has not, whether the kernel says so or not.
    assert_eq!(modes, [("attach-mode", "warning", Some("br-lan"))]);
}
