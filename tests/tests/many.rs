//! Many interfaces of one pattern, and changes of links without end.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use enforcer::kernel::links;
use enforcer_tests::daemon::{Daemon, PATIENCE, Status, TICK};
use enforcer_tests::network::STRANGER;
use enforcer_tests::sandbox::Namespace;
use enforcer_tests::site::{POLICY, Site};

const NO_OPTIONS: [&str; 0] = [];

/// How many interfaces come at once.
const MANY: usize = 100;

/// How long it may take from the last of them being there until all are enforced. It is some tenths of a
/// second; the machine may do much else.
const ENFORCED: Duration = Duration::from_secs(10);

/// How long the daemon may take for anything else meanwhile.
const MEANWHILE: Duration = Duration::from_secs(10);

#[test]
fn a_hundred_interfaces_of_one_pattern_are_enforced_changed_and_let_go() {
    let mut site = Site::new("many_hundred").unwrap();
    site.write(&POLICY.replace("lan-cam*", "cam*")).unwrap();
    // Else they would get addresses of their own after a while, and each makes another generation.
    let router = &site.network.router;
    router
        .sysctl(&[("ipv6/conf/default/disable_ipv6", "1")])
        .unwrap();
    let mut daemon = site.started(&[]).unwrap();
    // From here on there is a policy that can be gone back to, as in the end.
    site.write(&POLICY.replace("lan-cam*", "cam*").replace("123", "122"))
        .unwrap();
    daemon.wait_in_force().unwrap();
    // The store of the ledger is opened in a thread of its own.
    until(|| site.enforcer.directories().ledger().exists());
    let (files, pins) = (open_files(&daemon), pins(&site));

    let cameras = site.sandbox.add_namespace("cameras").unwrap();
    for _ in 0..2 {
        plug_in_many(&site, &cameras);
        let there = Instant::now();
        let all = |status: &Status| {
            let enforcing = status.interfaces.iter().filter(|it| it.enforcing);
            enforcing.count() == MANY
        };
        let status = site.status_when(all).unwrap();
        let took = there.elapsed();
        println!("{MANY} interfaces enforced {took:?} after the last was there");
        assert!(took < ENFORCED, "{took:?}");
        assert_eq!(site.enforcer.run(&["status"]).unwrap().code, Some(0));
        assert_eq!(programs(&site).len(), 1);

        let ports = ["udp/123", "udp/124"];
        let port = ports[usize::from(status.generation.is_multiple_of(2))];
        let other = POLICY.replace("lan-cam*", "cam*").replace("udp/123", port);
        site.write(&format!("{other}# {}\n", status.generation))
            .unwrap();
        let before = programs(&site);
        site.status_when(|now| now.generation > status.generation && all(now))
            .unwrap();
        // Another of the same policy may be on its way.
        until(|| {
            let after = programs(&site);
            after.len() == 1 && after.is_disjoint(&before)
        });

        let lines = names().fold(String::new(), |mut lines, name| {
            writeln!(lines, "link del {name}").unwrap();
            lines
        });
        site.network.router.ip(&lines).unwrap();
        let gone = site.status_when(|status| status.interfaces.is_empty());
        assert_eq!(gone.unwrap().waiting, ["cam*"]);
        until(|| {
            links::pinned(site.enforcer.directories())
                .unwrap()
                .is_empty()
        });
    }
    until(|| open_files(&daemon) <= files);
    // It may be about to take the last of them for gone.
    until(|| {
        let left = self::pins(&site);
        let mut left = left.difference(&pins);
        let of_generations = ["maps/rules-", "maps/ledger-", "program-previous"];
        let is_kept = |name: &String| of_generations.iter().any(|it| name.starts_with(it));
        left.clone().count() <= 5 && left.all(is_kept)
    });
}

#[test]
fn changes_of_links_without_end_keep_the_daemon_from_nothing() {
    let mut site = Site::new("many_changes").unwrap();
    site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    site.write(&POLICY.replace("lan-cam*", "lan-cam1")).unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let router = site.network.router.clone();
    let (stop, rounds) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let flood = scope.spawn(|| {
            // Each changes a link and, since nobody may take it off meanwhile, no table.
            let lines = (0..500).fold(String::new(), |mut lines, number| {
                writeln!(lines, "link set lan-cam2 alias number-{number}").unwrap();
                lines
            });
            while !stop.load(Ordering::Relaxed) {
                router.ip(&lines).unwrap();
                rounds.fetch_add(1, Ordering::Relaxed);
            }
        });
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let is_on = || rounds.load(Ordering::Relaxed);
            let begun = is_on();
            until(|| is_on() > begun + 1);
            for times in 1..=3 {
                site.detach_by_force().unwrap();
                let open = Instant::now();
                let again =
                    |status: &Status| status.is_enforcing("lan-cam1") && status.taken_off == times;
                site.status_when(again).unwrap();
                assert!(open.elapsed() < MEANWHILE, "{:?}", open.elapsed());
                let asked = Instant::now();
                let before = site.enforcer.status().unwrap().generation;
                daemon.reload().unwrap();
                site.status_when(|status| status.generation > before)
                    .unwrap();
                assert!(asked.elapsed() < MEANWHILE, "{:?}", asked.elapsed());
            }
            let asked = Instant::now();
            daemon.terminate().unwrap();
            assert!(asked.elapsed() < MEANWHILE, "{:?}", asked.elapsed());
            let last = is_on();
            until(|| is_on() > last);
        }));
        stop.store(true, Ordering::Relaxed);
        flood.join().unwrap();
        judged.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

fn names() -> impl Iterator<Item = String> {
    (1..=MANY).map(|number| format!("cam{number}"))
}

fn plug_in_many(site: &Site, cameras: &Namespace) {
    let lines = names().fold(String::new(), |mut lines, name| {
        let peer = cameras.name();
        writeln!(
            lines,
            "link add {name} type veth peer name {name} netns {peer}"
        )
        .unwrap();
        writeln!(lines, "link set {name} up").unwrap();
        lines
    });
    site.network.router.ip(&lines).unwrap();
}

/// The numbers of the programs that our links hold.
fn programs(site: &Site) -> BTreeSet<u32> {
    let pinned = links::pinned_programs(site.enforcer.directories()).unwrap();
    pinned.iter().map(|pinned| pinned.program).collect()
}

/// The pins beside those of links.
fn pins(site: &Site) -> BTreeSet<String> {
    let directories = site.enforcer.directories();
    let list = |directory: &str| {
        let entries = fs::read_dir(directories.bpffs.join(directory)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .map(|name| format!("{directory}{name}"))
            .collect::<Vec<_>>()
    };
    [list(""), list("maps/")].into_iter().flatten().collect()
}

fn open_files(daemon: &Daemon) -> usize {
    let open = fs::read_dir(format!("/proc/{}/fd", daemon.id())).unwrap();
    open.count()
}

fn until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}");
        thread::sleep(TICK);
    }
}
