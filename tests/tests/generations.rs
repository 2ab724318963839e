//! Two generations are loaded at any time: the one in force, and the one before, to which `enforcer
//! revert` goes back.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use enforcer::good::Good;
use enforcer::kernel::links::{self, PinnedProgram};
use enforcer::record::{Record, Records};
use enforcer_tests::actor::Wire;
use enforcer_tests::daemon::wait;
use enforcer_tests::loaded::{Loaded, ensure_two_left};
use enforcer_tests::network::STRANGER;
use enforcer_tests::site::{POLICY, Site, forbidden, wider};

const NO_OPTIONS: [&str; 0] = [];

/// Longer than it takes to notice a change of the file.
const LULL: Duration = Duration::from_millis(900);

/// Frames enough to tell what becomes of them.
const SOME: u64 = 20;

#[test]
fn going_back_puts_the_old_program_in_force_as_it_is_and_the_file_waits_for_its_next_change() {
    let site = Site::new("generations_back").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let first = program_in_force(&site);
    site.ensure_judged(false).unwrap();
    site.write(&wider()).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    let second = program_in_force(&site);
    assert_ne!(first, second);
    site.ensure_judged(true).unwrap();

    for (from, to, program, passes) in [
        (2, 1, first, false),
        (1, 2, second, true),
        (2, 1, first, false),
    ] {
        let outcome = site.enforcer.run(&["revert"]).unwrap();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let told = format!("went back from generation {from} to generation {to}; ");
        assert!(outcome.stdout.starts_with(&told), "{outcome:?}");
        assert_eq!(daemon.wait_in_force().unwrap(), to);
        assert_eq!(program_in_force(&site), program);
        let records = Records::read(site.enforcer.directories()).unwrap();
        assert_eq!(records.in_force.unwrap().generation, to);
        assert_eq!(records.kept.unwrap().generation, from);
        site.ensure_judged(passes).unwrap();
    }
    assert_eq!(
        daemon.in_force_within(LULL).unwrap(),
        None,
        "the file is as it was"
    );
    assert!(!daemon.log().contains("earlier daemon"), "{}", daemon.log());

    site.write(&format!("{}# again\n", wider())).unwrap();
    assert_eq!(
        daemon.wait_in_force().unwrap(),
        3,
        "no number is given twice"
    );
    site.ensure_judged(true).unwrap();
    site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 4, "whoever asks gets it");
    site.ensure_judged(true).unwrap();
}

#[test]
fn without_a_daemon_the_command_goes_back_itself_and_the_next_daemon_stays_there() {
    let mut site = Site::new("generations_alone").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let first = program_in_force(&site);
    site.write(&wider()).unwrap();
    daemon.wait_in_force().unwrap();
    wait_kept(&site);
    daemon.kill().unwrap();
    site.ensure_judged(true).unwrap();

    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(program_in_force(&site), first);
    assert_eq!(site.enforcer.status().unwrap().generation, 1);
    site.ensure_judged(false).unwrap();

    // Its policy is kept, so whatever comes now makes other tables of it.
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("generation 2 was gone back from").unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 3);
    site.ensure_judged(false).unwrap();
    site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 4);
    daemon.kill().unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("generation 2 was gone back from").unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 5);
    site.ensure_judged(false).unwrap();

    site.write(&format!("{}# again\n", wider())).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 6);
    site.ensure_judged(true).unwrap();
    wait_kept(&site);
    daemon.kill().unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 7);
    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(daemon.wait_in_force().unwrap(), 5);
    // An earlier daemon's program, and then this one's of the same policy.
    assert_eq!(daemon.wait_in_force().unwrap(), 8);
    site.ensure_judged(false).unwrap();
    assert!(!daemon.log().contains("earlier daemon"), "{}", daemon.log());
}

#[test]
fn without_the_policy_that_was_gone_back_to_its_program_goes_on_as_it_is() {
    let mut site = Site::new("generations_unkept").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let first = program_in_force(&site);
    site.write(&wider()).unwrap();
    daemon.wait_in_force().unwrap();
    wait_kept(&site);
    daemon.kill().unwrap();
    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let directories = site.enforcer.directories();
    for kept in [directories.last_good(), directories.previous_good()] {
        std::fs::remove_file(kept).unwrap();
    }
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon
        .wait_for("was made by an earlier daemon, and its policy is not kept")
        .unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    assert_eq!(program_in_force(&site), first);
    site.ensure_judged(false).unwrap();

    // A program that was made before an interface was there lets pass nothing that it does not know from it.
    let second = site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    site.status_when(|status| status.is_enforcing(STRANGER.port))
        .unwrap();
    let leaks = site.leaks().unwrap();
    let unlisted = site.enforcer.status().unwrap().unlisted.packets;
    let wire = Wire::open(&second, "eth0").unwrap();
    let mut stranger = forbidden();
    stranger[11] = 0x77;
    for _ in 0..SOME {
        wire.send(&stranger).unwrap();
    }
    site.status_when(|status| status.unlisted.packets >= unlisted + SOME)
        .unwrap();
    assert_eq!(leaks.settled(), 0);
    assert_eq!(program_in_force(&site), first);
}

#[test]
fn there_is_nothing_to_go_back_to_before_there_were_two_policies_and_after_detaching() {
    let site = Site::new("generations_none").unwrap();
    let nothing = || {
        let outcome = site.enforcer.run(&["revert"]).unwrap();
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert_eq!(outcome.stdout, "there is no generation to go back to\n");
    };
    nothing();
    let mut daemon = site.started(&[]).unwrap();
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    // It is the same policy twice.
    nothing();
    site.write(&wider()).unwrap();
    daemon.wait_in_force().unwrap();
    site.enforcer.detach().unwrap();
    nothing();
    let pins = &site.enforcer.directories().bpffs;
    assert_eq!(std::fs::read_dir(pins).unwrap().count(), 0);
    assert_eq!(
        site.enforcer.run(&["status"]).unwrap().stdout,
        "nothing is in force\n"
    );
}

#[test]
fn thirty_policies_leave_the_programs_and_maps_of_two_in_the_kernel() {
    let site = Site::new("generations_thirty").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let loaded_now = || {
        let loaded = Loaded::in_force(site.enforcer.directories()).unwrap();
        assert!(loaded.maps.len() > 10, "{loaded:?}");
        loaded
    };
    let mut loaded = vec![loaded_now()];
    for generation in 2..=30 {
        let policy = POLICY.replace("udp/123", &format!("udp/{}", 200 + generation));
        site.rename_over(&policy).unwrap();
        assert_eq!(daemon.wait_in_force().unwrap(), generation);
        let now = loaded_now();
        assert!(!loaded.contains(&now));
        loaded.push(now);
        ensure_two_left(&loaded).unwrap();
    }
    let sizes: BTreeSet<usize> = loaded.iter().map(|loaded| loaded.maps.len()).collect();
    assert_eq!(sizes.len(), 1, "{sizes:?}");
    // An interface that comes makes another generation of this policy, and that is no reason to forget the
    // one before.
    let before = Records::read(site.enforcer.directories())
        .unwrap()
        .kept
        .unwrap();
    site.network
        .router
        .ip("address add 192.168.50.201/24 dev br-lan")
        .unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 31);
    let kept = Records::read(site.enforcer.directories())
        .unwrap()
        .kept
        .unwrap();
    assert_eq!(kept.program, before.program);
}

#[test]
fn what_cannot_be_removed_once_the_new_policy_is_in_force_is_told_as_that_and_tried_again() {
    let site = Site::new("generations_stuck").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    // Stands where the link of an interface would, and is no file.
    let stuck = site.enforcer.directories().links().join("4000000");
    std::fs::create_dir(&stuck).unwrap();
    site.write(&wider()).unwrap();
    daemon
        .wait_for(
            "generation 2 is in force, and an interface that it does not name is still enforced",
        )
        .unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    std::fs::remove_dir(&stuck).unwrap();
    assert_eq!(
        Record::read(site.enforcer.directories())
            .unwrap()
            .unwrap()
            .generation,
        2
    );
    site.ensure_judged(true).unwrap();
    assert!(!daemon.log().contains("stays in force"), "{}", daemon.log());
}

/// Waits until the policy in force is kept, which comes after it is in force.
fn wait_kept(site: &Site) {
    let directories = site.enforcer.directories();
    let in_force = Record::read(directories).unwrap().unwrap().read;
    wait("the policy is kept", || Good::of(&in_force, directories));
}

/// The program that the links hold and that is pinned and written down, which is the same.
fn program_in_force(site: &Site) -> u32 {
    let directories = site.enforcer.directories();
    let record = Record::read(directories).unwrap().unwrap();
    let programs = links::pinned_programs(directories).unwrap();
    assert!(!programs.is_empty());
    for PinnedProgram { program, .. } in programs {
        assert_eq!(program, record.program);
    }
    let pinned = links::in_force(directories).unwrap().unwrap();
    assert_eq!(pinned.info().unwrap().id(), record.program);
    record.program
}
