//! Where the policy is wrong or gone when a daemon starts, the last good one is in force, and everybody can
//! see it.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Instant;

use enforcer::good::Good;
use enforcer::record::Record;
use enforcer::stand_in::What;
use enforcer_tests::actor::Wire;
use enforcer_tests::daemon::{Daemon, PATIENCE, Status, TICK};
use enforcer_tests::frame::{arp_request, ethernet};
use enforcer_tests::network::{Device, STRANGER};
use enforcer_tests::sandbox::Namespace;
use enforcer_tests::site::{POLICY, Site, Traffic, allowed, forbidden};

const NO_OPTIONS: [&str; 0] = [];

/// Frames enough to tell by which policy they are judged.
const SOME: u64 = 20;

#[test]
fn a_policy_that_is_wrong_unreadable_or_gone_at_boot_is_stood_in_for_until_it_is_mended() {
    let site = Site::new("last_good_boot").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let path = site.policy().display().to_string();
    for (number, (spoil, because)) in (1_u32..).zip([
        (wrong as fn(&Site), "the policy has problems"),
        (gone, "no such file"),
        (theirs, "others can write it (mode 0666), and so the policy"),
        (of_bytes, "not UTF-8"),
    ]) {
        boot(&site, &mut daemon);
        spoil(&site);
        daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
        daemon
            .wait_for("the policy cannot be put in force")
            .unwrap();
        assert_eq!(daemon.wait_in_force().unwrap(), 1, "{number}");
        let told = daemon.wait_for("this is the last good policy of ").unwrap();
        assert!(told.contains("ERROR") && told.contains(because), "{told}");
        assert!(!daemon.log().contains("last-good"), "{}", daemon.log());

        let status = site.enforcer.status().unwrap();
        assert_eq!(status.policy, path);
        let stand_in = status.stand_in.clone().unwrap();
        assert!(matches!(stand_in.what, What::LastGood { .. }));
        assert!(stand_in.because.starts_with(&path), "{stand_in:?}");
        assert!(stand_in.because.contains(because), "{stand_in:?}");
        assert!(status.rules.iter().all(|rule| rule.at.starts_with(&path)));
        let outcome = site.enforcer.run(&["status"]).unwrap();
        assert_eq!(outcome.code, Some(1));
        assert!(
            outcome
                .stdout
                .contains("NOT IN FORCE: in its place is the last good policy of "),
            "{outcome:?}"
        );
        let outcome = site.enforcer.run(&["check", &path]).unwrap();
        let is_mentioned = outcome
            .stdout
            .contains("note: in force on this machine is the last good");
        // Whoever runs it may read what the daemon does not take.
        assert_eq!(is_mentioned, outcome.code == Some(1), "{outcome:?}");
        assert_judged(&site, &site.camera);

        mend(&site, POLICY);
        assert_eq!(daemon.wait_in_force().unwrap(), 2);
        let status = site.enforcer.status().unwrap();
        assert_eq!(status.stand_in, None);
        assert_eq!(site.enforcer.run(&["status"]).unwrap().code, Some(0));
    }
}

#[test]
fn the_whole_report_on_what_is_wrong_is_in_the_log_and_what_is_wrong_now_in_the_status() {
    let site = Site::new("last_good_report").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    boot(&site, &mut daemon);
    site.write(&POLICY.replace("to: router", "to: ruoter"))
        .unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("did you mean router?").unwrap();
    daemon.wait_in_force().unwrap();
    gone(&site);
    let is_gone = |status: &Status| {
        let stand_in = status.stand_in.as_ref();
        stand_in.is_some_and(|stand_in| stand_in.because.ends_with("no such file"))
    };
    assert_eq!(site.status_when(is_gone).unwrap().generation, 1);
}

#[test]
fn the_lists_of_a_policy_are_kept_with_it() {
    let site = Site::new("last_good_lists").unwrap();
    let list = site.file("routers.txt");
    fs::write(&list, "192.168.50.1\n").unwrap();
    mend(
        &site,
        &POLICY.replace("[192.168.50.1]", "[{file: routers.txt}]"),
    );
    let mut daemon = site.started(&[]).unwrap();
    boot(&site, &mut daemon);
    fs::remove_file(&list).unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("this is the last good policy").unwrap();
    assert_judged(&site, &site.camera);
    fs::write(&list, "192.168.50.1\n").unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    assert_eq!(site.enforcer.status().unwrap().stand_in, None);
}

#[test]
fn a_daemon_that_starts_over_what_is_in_force_with_a_wrong_policy_follows_links_all_the_same() {
    let mut site = Site::new("last_good_adopt").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let traffic = Traffic::begin(&site).unwrap();
    kill(&site, &mut daemon);
    wrong(&site);
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    traffic.go_on().unwrap();
    let sent = traffic.end().unwrap();
    sent.ensure_counted(&site.enforcer.status().unwrap())
        .unwrap();

    let second = site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    let status = site
        .status_when(|status| status.is_enforcing(STRANGER.port))
        .unwrap();
    assert!(status.stand_in.is_some());
    assert_judged(&site, &second);
    // It is still the only policy that there was.
    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
}

#[test]
fn what_is_kept_and_cannot_be_relied_on_is_told_and_not_used() {
    let site = Site::new("last_good_refused").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    boot(&site, &mut daemon);
    wrong(&site);
    let kept = site.enforcer.directories().last_good();
    let state = site.enforcer.directories().state.clone();
    let whole = fs::read_to_string(&kept).unwrap();
    let refuse = |words: &str| {
        let policy = site.policy().to_str().unwrap();
        let outcome = site.enforcer.run(&["run", "--policy", policy]).unwrap();
        assert_eq!(outcome.code, Some(4), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert!(
            outcome
                .stderr
                .contains("the last good policy cannot be used"),
            "{outcome:?}"
        );
        assert_eq!(
            site.enforcer.run(&["status"]).unwrap().stdout,
            "nothing is in force\n"
        );
    };
    fs::write(&kept, whole.replace("192.168.50.1", "192.168.50.2")).unwrap();
    refuse("last-good.jsonl: damaged: the texts are not those that were written");
    fs::write(&kept, whole.replace("\"version\":1,", "\"version\":9,")).unwrap();
    refuse("last-good.jsonl: written by another version of enforcer (format 9");
    fs::write(&kept, whole).unwrap();
    fs::set_permissions(&state, Permissions::from_mode(0o777)).unwrap();
    refuse("others can write it (mode 0777)");

    fs::set_permissions(&state, Permissions::from_mode(0o700)).unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("this is the last good policy").unwrap();
    assert_judged(&site, &site.camera);
}

#[test]
fn without_a_policy_and_without_a_good_one_named_interfaces_let_nothing_pass_but_housekeeping() {
    let mut site = Site::new("last_good_closed").unwrap();
    gone(&site);
    let policy = site.policy().to_str().unwrap().to_owned();
    let outcome = site.enforcer.run(&["run", "--policy", &policy]).unwrap();
    assert_eq!(outcome.code, Some(4), "{outcome:?}");
    let outcome = site
        .enforcer
        .run(&["run", "--policy", &policy, "--fail-closed"])
        .unwrap();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");

    let mut daemon = site.enforcer.start(site.policy(), &CLOSED).unwrap();
    let told = daemon
        .wait_for("this is nothing but link housekeeping (--fail-closed)")
        .unwrap();
    assert!(
        told.contains("ERROR") && told.contains("no such file"),
        "{told}"
    );
    let outcome = site.enforcer.run(&["status"]).unwrap();
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stdout
            .contains("NOT IN FORCE: in its place is nothing but link housekeeping"),
        "{outcome:?}"
    );
    assert_closed(&site, &site.camera);
    let late = site.network.plug_in(&mut site.sandbox, &LATE).unwrap();
    site.status_when(|status| status.is_enforcing(LATE.port))
        .unwrap();
    assert_closed(&site, &late);

    mend(
        &site,
        &POLICY.replace("lan-cam*: {}", "lan-cam*: {}\n  lan-late: {}"),
    );
    daemon.wait_for("(native), lan-late (native)").unwrap();
    let status = site
        .status_when(|status| status.stand_in.is_none())
        .unwrap();
    assert!(status.is_enforcing("lan-late"));
    assert_judged(&site, &site.camera);
    assert_judged(&site, &late);
    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(
        outcome.code,
        Some(1),
        "nobody goes back to no policy: {outcome:?}"
    );
}

#[test]
fn what_is_in_force_already_stays_where_a_daemon_would_fail_closed() {
    let mut site = Site::new("last_good_closed_over").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    kill(&site, &mut daemon);
    fs::remove_file(site.enforcer.directories().last_good()).unwrap();
    gone(&site);
    let mut daemon = site.enforcer.start(site.policy(), &CLOSED).unwrap();
    daemon.wait_for("its policy is not kept").unwrap();
    daemon
        .wait_for("this is what an earlier daemon put in force")
        .unwrap();
    assert_judged(&site, &site.camera);
    let late = site.network.plug_in(&mut site.sandbox, &LATE).unwrap();
    site.status_when(|status| status.is_enforcing(LATE.port))
        .unwrap();
    let before = site.enforcer.status().unwrap().unlisted.packets;
    let mut stranger = allowed();
    stranger[11] = 0x77;
    send(&late, &stranger);
    site.status_when(|status| status.unlisted.packets >= before + SOME)
        .unwrap();
    assert_eq!(site.enforcer.run(&["status"]).unwrap().code, Some(1));
}

#[test]
fn what_is_not_known_at_all_is_replaced_by_what_lets_nothing_pass_and_opens_no_interface() {
    let site = Site::new("last_good_closed_unknown").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    kill(&site, &mut daemon);
    fs::remove_file(site.enforcer.directories().last_good()).unwrap();
    fs::remove_file(site.enforcer.directories().record()).unwrap();
    gone(&site);
    let options = ["--fail-closed", "--interface", "lan-late"];
    let mut daemon = site.enforcer.start(site.policy(), &options).unwrap();
    daemon
        .wait_for("this is nothing but link housekeeping")
        .unwrap();
    assert_closed(&site, &site.camera);
}

const CLOSED: [&str; 5] = [
    "--fail-closed",
    "--interface",
    "lan-cam*",
    "--interface",
    "lan-late",
];

/// A port that no policy here names until it is there.
const LATE: Device = Device {
    name: "late",
    port: "lan-late",
    ..STRANGER
};

/// What a boot leaves: the state directory.
fn boot(site: &Site, daemon: &mut Daemon) {
    kill(site, daemon);
    site.sandbox.directories().remount_bpffs().unwrap();
    for file in fs::read_dir(&site.enforcer.directories().run).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    let status = site.enforcer.run(&["status"]).unwrap();
    assert_eq!(status.stdout, "nothing is in force\n");
}

/// Once what is in force is kept, which comes after.
fn kill(site: &Site, daemon: &mut Daemon) {
    let directories = site.enforcer.directories();
    let deadline = Instant::now() + PATIENCE;
    let in_force = Record::read(directories).unwrap().unwrap().read;
    while Good::of(&in_force, directories).is_none() {
        assert!(Instant::now() < deadline, "not kept");
        thread::sleep(TICK);
    }
    daemon.kill().unwrap();
}

fn wrong(site: &Site) {
    site.write(&POLICY.replace("to: router", "to: ruoter"))
        .unwrap();
}

fn gone(site: &Site) {
    fs::remove_file(site.policy()).unwrap();
}

fn theirs(site: &Site) {
    fs::set_permissions(site.policy(), Permissions::from_mode(0o666)).unwrap();
}

fn of_bytes(site: &Site) {
    fs::write(site.policy(), b"version: 1 # \xff").unwrap();
}

/// A new file, with the permissions of one.
fn mend(site: &Site, policy: &str) {
    site.rename_over(policy).unwrap();
}

/// By [`POLICY`], whoever the port belongs to: what is allowed passes, what is not does not, and all is counted.
fn assert_judged(site: &Site, port: &Namespace) {
    let (leaks, arrivals) = (site.leaks().unwrap(), site.arrivals().unwrap());
    let counts = |status: &Status| {
        let of = |name| status.camera(name).unwrap();
        (
            of("steady").allowed.packets,
            of("flooder").dropped_as("not_allowed"),
        )
    };
    let (passed, dropped) = counts(&site.enforcer.status().unwrap());
    send(port, &allowed());
    send(port, &forbidden());
    let expected = (passed + SOME, dropped + SOME);
    site.status_when(|status| counts(status) == expected)
        .unwrap();
    assert_eq!(arrivals.wait_for(SOME), SOME);
    assert_eq!(leaks.settled(), 0);
}

/// Nothing passes but ARP.
fn assert_closed(site: &Site, port: &Namespace) {
    let (leaks, arrivals) = (site.leaks().unwrap(), site.arrivals().unwrap());
    let counts = |status: &Status| {
        let all = status.camera("everything").unwrap();
        (all.allowed.packets, all.dropped.packets)
    };
    let (passed, dropped) = counts(&site.enforcer.status().unwrap());
    for frame in [allowed(), forbidden(), question()] {
        send(port, &frame);
    }
    let expected = (passed + SOME, dropped + 2 * SOME);
    site.status_when(|status| counts(status) == expected)
        .unwrap();
    assert_eq!((leaks.settled(), arrivals.settled()), (0, 0));
}

/// Who has the router's address?
fn question() -> Vec<u8> {
    let mac = [2, 0, 0, 0, 0x50, 0x55];
    let request = arp_request(mac, "192.168.50.55", "192.168.50.1");
    (ethernet(mac).to([0xff; 6]) / request).build()
}

fn send(port: &Namespace, frame: &[u8]) {
    let wire = Wire::open(port, "eth0").unwrap();
    for _ in 0..SOME {
        wire.send(frame).unwrap();
    }
}
