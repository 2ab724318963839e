//! Always in force: a camera floods the router at full speed, and whatever happens to the daemon, to its
//! policy, or to the link, nothing of that gets through, every frame is counted, and another camera goes on.
//!
//! A tenth of it each time that the tests run; all of it with `cargo xtask soak always`.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use enforcer_tests::daemon::{Daemon, Enforcer, Status};
use enforcer_tests::executable;
use enforcer_tests::loaded::{Loaded, ensure_two_left};
use enforcer_tests::site::{POLICY, Site, Storm, Storms};

const NO_OPTIONS: [&str; 0] = [];

/// Set by `cargo xtask soak`: everything, not a tenth of it.
const FULL: &str = "ENFORCER_SOAK";

/// Frames of the flood between two events, so that each happens under it.
const BETWEEN: u64 = 2_000;

/// How much more memory the daemon may hold at the end than after a tenth of the reloads: what an allocator
/// keeps for itself, and no more.
const MORE_MEMORY: u64 = 4 << 20;

/// One storm at a time.
static WEATHER: Mutex<()> = Mutex::new(());

#[test]
fn reloads_good_and_bad_lose_no_frame_and_leave_nothing_behind() {
    let _alone = alone();
    let (good, bad) = (times(1000), times(200));
    let site = Site::new("always_reload").unwrap();
    Storm::prepare(&site).unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let storm = Storm::begin(&site).unwrap();
    let mut loaded = vec![Loaded::in_force(site.enforcer.directories()).unwrap()];
    let mut held = None;
    let mut refused = 0;
    for number in 1..=good {
        let generation = u32::try_from(number + 1).unwrap();
        let words = format!("{POLICY}# {number}\n");
        let policy = words.replace("[udp/123]", &format!("[udp/123, udp/{}]", 200 + number));
        site.rename_over(&policy).unwrap();
        assert_eq!(daemon.wait_in_force().unwrap(), generation);
        loaded.push(Loaded::in_force(site.enforcer.directories()).unwrap());
        if number * bad / good > refused {
            refused += 1;
            site.rename_over(&policy.replace("to: router", "to: nowhere"))
                .unwrap();
            daemon.wait_for("what was in force stays in force").unwrap();
            assert_eq!(site.enforcer.status().unwrap().generation, generation);
        }
        if number == good.div_ceil(10) {
            held = Some(Held::by(&daemon));
        }
    }
    assert_eq!(refused, bad);
    let storm = ended(&format!("{good} reloads, {bad} refused ones"), storm, &site);
    storm.ensure_complete().unwrap();
    ensure_two_left(&loaded).unwrap();
    let (before, after) = (held.unwrap(), Held::by(&daemon));
    assert_eq!(before.files, after.files);
    assert!(
        after.memory <= before.memory + MORE_MEMORY,
        "{before:?}, {after:?}"
    );
}

#[test]
fn daemons_that_are_killed_and_come_again_lose_no_frame() {
    let _alone = alone();
    let count = times(50);
    let site = Site::new("always_kill").unwrap();
    Storm::prepare(&site).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let storm = Storm::begin(&site).unwrap();
    for _ in 0..count {
        daemon.kill().unwrap();
        storm.go_on(BETWEEN).unwrap();
        daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
        // Killed at any moment of a start, too.
        storm.go_on(BETWEEN / 10).unwrap();
        daemon.kill().unwrap();
        daemon = site.started(&[]).unwrap();
    }
    let storm = ended(&format!("{count} kills and restarts"), storm, &site);
    storm.ensure_complete().unwrap();
}

#[test]
fn upgrades_to_another_version_and_back_lose_no_frame() {
    let _alone = alone();
    let count = times(20);
    let site = Site::new("always_upgrade").unwrap();
    Storm::prepare(&site).unwrap();
    let next = site.file("enforcer-next");
    executable::another_version(site.enforcer.program(), &next).unwrap();
    let versions = [
        site.enforcer.clone().with_program(&next),
        site.enforcer.clone(),
    ];
    assert_ne!(version(&versions[0]), version(&versions[1]));
    let mut daemon = site.started(&[]).unwrap();
    let storm = Storm::begin(&site).unwrap();
    for number in 0..count {
        daemon.terminate().unwrap();
        storm.go_on(BETWEEN).unwrap();
        let version = &versions[usize::try_from(number % 2).unwrap()];
        daemon = version.start(site.policy(), &NO_OPTIONS).unwrap();
        daemon.wait_for("is in force already; taking over").unwrap();
        daemon.wait_in_force().unwrap();
    }
    let storm = ended(&format!("{count} upgrades"), storm, &site);
    storm.ensure_complete().unwrap();
}

#[test]
fn a_link_that_flaps_lets_nothing_through_in_generic_mode() {
    let _alone = alone();
    let storm = flap("always_flap_generic", "attach: generic");
    storm.ensure_closed().unwrap();
}

/// The kernel's driver of virtual Ethernet takes the program off a port that goes down before the port is
/// down (`veth_close` in `drivers/net/veth.c`, which `__dev_close_many` calls before it clears `IFF_UP`).
/// Whoever sends without a pause gets a frame by now and then, whatever the program.
#[test]
fn a_veth_that_flaps_in_native_mode_lets_by_no_more_than_its_driver_does() {
    let _alone = alone();
    let storm = flap("always_flap_native", "attach: native");
    let missed = storm.seen.checked_sub(storm.dropped).unwrap();
    assert!(storm.leaked.max(missed) * 1000 < storm.seen, "{storm:?}");
}

fn flap(test: &str, attach: &str) -> Storms {
    let count = times(50);
    let site = Site::new(test).unwrap();
    Storm::prepare(&site).unwrap();
    site.write(&POLICY.replace("lan-cam*: {}", &format!("lan-cam*: {{{attach}}}")))
        .unwrap();
    let _daemon = site.started(&[]).unwrap();
    let storm = Storm::flood_alone(&site).unwrap();
    for _ in 0..count {
        let router = &site.network.router;
        router.ip("link set lan-cam1 down").unwrap();
        storm.go_on(BETWEEN).unwrap();
        let before = dropped(&site.enforcer.status().unwrap());
        router.ip("link set lan-cam1 up").unwrap();
        // What is sent while it is down gets nowhere; then it is judged again.
        site.status_when(|status| dropped(status) > before + BETWEEN)
            .unwrap();
    }
    ended(&format!("{count} link flaps ({attach})"), storm, &site)
}

#[test]
fn a_program_that_is_taken_off_by_force_comes_back_and_the_gap_is_told() {
    let _alone = alone();
    let count = times(20);
    let site = Site::new("always_forced").unwrap();
    Storm::prepare(&site).unwrap();
    let _daemon = site.started(&[]).unwrap();
    let mut gaps = Vec::new();
    let mut leaked = 0;
    for number in 1..=count {
        let storm = Storm::flood_alone(&site).unwrap();
        storm.go_on(BETWEEN).unwrap();
        let begun = Instant::now();
        site.detach_by_force().unwrap();
        site.status_when(|status| status.taken_off == number && status.is_enforcing("lan-cam1"))
            .unwrap();
        gaps.push(begun.elapsed());
        let storm = storm.end(&site).unwrap();
        assert!(storm.leaked > 0, "the gap is real");
        leaked += storm.leaked;
        // And it is over.
        let storm = Storm::flood_alone(&site).unwrap();
        storm.go_on(BETWEEN).unwrap();
        storm.end(&site).unwrap().ensure_closed().unwrap();
    }
    gaps.sort_unstable();
    let (median, longest) = (gaps[gaps.len() / 2], gaps[gaps.len() - 1]);
    say(&format!(
        "{count} forced detaches: open for {median:.0?} (median), {longest:.0?} at most; {leaked} frames got \
         through"
    ));
    assert!(longest < Duration::from_secs(1), "{gaps:?}");
}

/// What a daemon holds.
#[derive(Debug)]
struct Held {
    /// Open files, maps, programs and links.
    files: usize,
    /// Bytes of memory.
    memory: u64,
}

impl Held {
    fn by(daemon: &Daemon) -> Self {
        let process = format!("/proc/{}", daemon.id());
        let status = fs::read_to_string(format!("{process}/status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: u64 = resident
            .and_then(|words| words.trim().strip_suffix(" kB")?.parse().ok())
            .unwrap();
        Self {
            files: fs::read_dir(format!("{process}/fd")).unwrap().count(),
            memory: kilobytes << 10,
        }
    }
}

/// Waits until no other test of these runs.
fn alone() -> MutexGuard<'static, ()> {
    WEATHER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a storm and says what there was.
fn ended(what: &str, storm: Storm, site: &Site) -> Storms {
    let storm = storm.end(site).unwrap();
    say(&format!(
        "{what}: {} frames at {} a second, {} got through; {} of {} allowed frames arrived",
        storm.forbidden,
        storm.rate(),
        storm.leaked,
        storm.arrived,
        storm.allowed
    ));
    storm
}

#[expect(clippy::print_stderr, reason = "whoever soaks wants the figures")]
fn say(words: &str) {
    eprintln!("{words}");
}

fn dropped(status: &Status) -> u64 {
    status.camera("flooder").unwrap().dropped.packets
}

fn version(enforcer: &Enforcer) -> String {
    enforcer.run(&["--version"]).unwrap().stdout
}

/// A tenth of so many, unless all of it is wanted.
fn times(all: u64) -> u64 {
    if std::env::var_os(FULL).is_some() {
        all
    } else {
        all / 10
    }
}
