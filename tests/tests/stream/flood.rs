//! More events than can be taken.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use enforcer_tests::daemon::{Ends, Following, TICK};
use enforcer_tests::site::Site;

use super::{ALL, follow, is_missed, wait, wait_for_followers};

/// Longer than one that takes nothing is waited for.
const LONG: Duration = Duration::from_secs(7);

#[test]
fn each_gets_all_or_the_number_of_what_is_missing_and_nobody_waits_for_another() {
    let site = Site::new("stream_flood").unwrap();
    let events = site.file("events.json");
    let options = [ALL, &["--events", events.to_str().unwrap()]].concat();
    let mut daemon = site.started(&options).unwrap();
    let [mut quick, mut slow, mut dead] = [(); 3].map(|()| follow(&site, ""));
    wait_for_followers(&site, 3);
    let is_over = AtomicBool::new(false);
    let accounted = [(); 2].map(|()| AtomicU64::new(0));
    let (told, quick, slow) = thread::scope(|scope| {
        let quick = scope.spawn(|| Count::of(&mut quick, &accounted[0], None));
        let slow = scope.spawn(|| Count::of(&mut slow, &accounted[1], Some(&is_over)));
        let flood = site.flood().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < LONG {
            thread::sleep(TICK);
            let answer = site.enforcer.ask("GET", "/healthz", "").unwrap();
            assert_eq!(answer.status, 200, "others are served");
        }
        let sent = flood.stop().unwrap();
        let status = site.status_when(|status| status.dropped() == sent);
        is_over.store(true, Ordering::Relaxed);
        wait_for_followers(&site, 2);
        let told = status.unwrap().events.told;
        let metrics = site.enforcer.ask("GET", "/metrics", "").unwrap();
        let missed = metrics.metric("enforcer_event_followers_missed_total");
        let sink = ensure_sink_is_given_all(&site, &events, told);
        for accounted in &accounted {
            wait("all events are accounted for", || {
                (accounted.load(Ordering::Relaxed) == told).then_some(())
            });
        }
        daemon.terminate().unwrap();
        let [quick, slow] = [quick, slow].map(|counting| counting.join().unwrap());
        assert!(missed.unwrap() >= quick.missed, "{metrics:?}");
        println!("{told} told; quick: {quick:?}; slow: {slow:?}; the sink wrote {sink}");
        (told, quick, slow)
    });
    for count in [&quick, &slow] {
        assert_eq!(count.ends, Ends::Well);
        assert_eq!(count.received + count.missed, told, "{count:?}");
    }
    assert!(slow.missed > 0);
    assert!(quick.received > slow.received);
    let (_, ends) = dead.rest().unwrap();
    assert_eq!(ends, Ends::CutOff);
}

/// What a sink was given is written, or counted as missed; returns how many were written.
fn ensure_sink_is_given_all(site: &Site, events: &Path, told: u64) -> u64 {
    wait("the sink has written what waited", || {
        let metrics = site.enforcer.ask("GET", "/metrics", "").unwrap();
        let of = |name: &str, label: &str| {
            let sink = events.display();
            metrics
                .metric(&format!("{name}{{sink=\"{sink}\"{label}}}"))
                .unwrap()
        };
        let waiting = of("enforcer_sink_waiting_events", "");
        let written = of("enforcer_sink_events_total", r#",outcome="written""#);
        let missed = of("enforcer_sink_events_total", r#",outcome="missed""#);
        assert!(written + missed + waiting <= told, "{metrics:?}");
        (written + missed == told).then_some(written)
    })
}

/// What one who follows got.
#[derive(Debug)]
struct Count {
    received: u64,
    missed: u64,
    ends: Ends,
}

impl Count {
    /// Takes everything to the end, at once or only a little at a time until something is over.
    fn of(
        following: &mut Following,
        accounted: &AtomicU64,
        slow_until: Option<&AtomicBool>,
    ) -> Self {
        let (mut received, mut missed) = (0, 0);
        loop {
            let line = match following.line().unwrap() {
                Ok(line) => line,
                Err(ends) => {
                    return Self {
                        received,
                        missed,
                        ends,
                    };
                }
            };
            if is_missed(&line) {
                missed += super::missed(&line);
            } else {
                let is_whole = line.starts_with('{') && line.ends_with('}');
                assert!(is_whole, "{line}");
                received += 1;
            }
            accounted.store(received + missed, Ordering::Relaxed);
            let is_slow = slow_until.is_some_and(|is_over| !is_over.load(Ordering::Relaxed));
            if is_slow && received % 100 == 0 {
                thread::sleep(5 * TICK);
            }
        }
    }
}
