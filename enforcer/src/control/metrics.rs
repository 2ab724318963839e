//! What Prometheus is told: every number that is known, read anew each time, so that none is kept twice.
//!
//! Labels are names that the policy has, and words of which there are few. A tally that is zero has no line: ten
//! thousand cameras have a line each, and those that send some more.

mod outlets;
mod plain;

use std::fmt;

use anyhow::Result;
use enforcer_common::{
    DropReason,
    counter::{Counter, Counters, Drops, Telling},
    table::STRANGERS,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeLabelSet, EncodeMetric as _, text},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};

use self::outlets::Outlets;
pub(super) use self::plain::plain;
use super::{feed::Feed, numbers::Numbers};
use crate::{
    configuration::Amiss,
    directories::Directories,
    status::{self, Counted},
};

/// Labels of what has none.
const NONE: [(&str, &str); 0] = [];

/// One of the two things that a tally of frames has.
struct Size {
    /// In the middle of a name.
    what: &'static str,
    /// What is counted.
    words: &'static str,
    of: fn(Counter) -> u64,
}

const SIZES: [Size; 2] = [
    Size {
        what: "packets",
        words: "Frames",
        of: |counter| counter.packets,
    },
    Size {
        what: "bytes",
        words: "Bytes of frames",
        of: |counter| counter.bytes,
    },
];

/// Everything, as text.
pub(super) fn tell(directories: &Directories, numbers: &Numbers, feed: &Feed) -> Result<String> {
    let now = Now {
        counted: status::counted(directories)?,
        reload_errors: numbers.reload_errors(),
        is_stale: numbers.is_stale(),
        turned_away: numbers.turned_away(),
        amiss: Amiss::read(directories)?.0.len(),
        started: numbers.started(),
        outlets: Outlets::new(numbers, feed),
    };
    let mut registry = Registry::default();
    registry.register_collector(Box::new(now));
    let mut told = String::new();
    text::encode(&mut told, &registry)?;
    Ok(told)
}

#[derive(Debug)]
struct Now {
    counted: Option<Counted>,
    reload_errors: u64,
    is_stale: bool,
    turned_away: u64,
    amiss: usize,
    started: f64,
    outlets: Outlets,
}

impl Collector for Now {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Families(encoder);
        self.daemon(&mut out)?;
        self.in_force(&mut out)?;
        self.cameras(&mut out)?;
        self.unlisted(&mut out)?;
        self.events(&mut out)?;
        self.outlets.encode(&mut out)
    }
}

impl Now {
    fn daemon(&self, out: &mut Families<'_>) -> fmt::Result {
        out.gauges(
            "enforcer_build_info",
            "Which version of the daemon answers",
            [([("version", env!("CARGO_PKG_VERSION"))], 1_u64)],
        )?;
        out.gauges(
            "process_start_time_seconds",
            "When the daemon was started, in seconds since 1970",
            [(NONE, self.started)],
        )?;
        out.counters(
            "enforcer_policy_reload_errors",
            "Policies that were refused since the daemon was started",
            [(NONE, self.reload_errors)],
        )?;
        out.gauges(
            "enforcer_policy_stale",
            "1 if the files of the policy are not what is in force",
            [(NONE, u64::from(self.is_stale))],
        )?;
        out.gauges(
            "enforcer_settings_amiss",
            "How many of the daemon's own settings do not hold, so that it goes on without",
            [(NONE, self.amiss)],
        )?;
        out.counters(
            "enforcer_ledger_others_packets",
            "Frames that have no line of their own in the ledger, since the daemon was started",
            [(NONE, self.turned_away)],
        )
    }

    fn in_force(&self, out: &mut Families<'_>) -> fmt::Result {
        let record = self.counted.as_ref().map(|counted| &counted.record);
        out.gauges(
            "enforcer_policy_generation",
            "Number of the generation in force, 0 if none is",
            [(NONE, record.map_or(0, |record| record.generation))],
        )?;
        let interfaces = self.counted.iter().flat_map(|counted| &counted.interfaces);
        let modes = interfaces.map(|interface| {
            let mode = interface.mode.map(|mode| mode.to_string());
            let mode = mode.unwrap_or_else(|| "none".to_owned());
            (&interface.name, mode, interface.enforcing)
        });
        out.gauges(
            "enforcer_enforcing",
            "1 if the program is on an interface that the policy names, and in which mode",
            modes.map(|(name, mode, enforcing)| {
                let labels = [("interface", name.clone()), ("mode", mode)];
                (labels, u64::from(enforcing))
            }),
        )?;
        out.counters(
            "enforcer_taken_off",
            "How often somebody else took the program off an interface",
            [(NONE, record.map_or(0, |record| record.taken_off))],
        )
    }

    fn cameras(&self, out: &mut Families<'_>) -> fmt::Result {
        let cameras = self
            .counted
            .iter()
            .flat_map(|counted| counted.record.cameras.values());
        out.gauges(
            "enforcer_cameras",
            "Cameras of the policy in force",
            [(NONE, cameras.clone().count())],
        )?;
        out.gauges(
            "enforcer_camera_info",
            "What the policy in force says of a camera",
            cameras.map(|camera| {
                let labels = [
                    ("camera", camera.name.as_str()),
                    ("group", &camera.group),
                    ("mode", camera.mode.name()),
                ];
                (labels, 1_u64)
            }),
        )?;
        for Size { what, words, of } in SIZES {
            out.counters(
                &format!("enforcer_allowed_{what}"),
                &format!("{words} of a camera that the policy allows"),
                self.tallies().filter_map(|(camera, tally)| {
                    let count = of(tally.allowed);
                    (count > 0).then_some(([("camera", camera)], count))
                }),
            )?;
            out.counters(
                &format!("enforcer_dropped_{what}"),
                &format!("{words} of a camera that were dropped; in audit, that would have been"),
                self.tallies().flat_map(|(camera, tally)| {
                    drops(tally).map(move |(reason, drops)| {
                        let labels = [("camera", camera), ("reason", reason.name())];
                        (labels, of(drops.all()))
                    })
                }),
            )?;
        }
        Ok(())
    }

    /// No camera's name can be told from what stands for no camera, so these have names of their own.
    fn unlisted(&self, out: &mut Families<'_>) -> fmt::Result {
        for Size { what, words, of } in SIZES {
            let drops = self.strangers().into_iter().flat_map(drops);
            out.counters(
                &format!("enforcer_unlisted_dropped_{what}"),
                &format!("{words} that were dropped of sources that are no camera's"),
                drops.map(|(reason, drops)| ([("reason", reason.name())], of(drops.all()))),
            )?;
        }
        let events = self.strangers().into_iter().flat_map(events);
        out.counters(
            "enforcer_unlisted_events",
            "What became of the events of these drops; of a reason, they add up to them",
            events.map(|(reason, telling, count)| {
                let labels = [("reason", reason.name()), ("outcome", telling.name())];
                (labels, count)
            }),
        )
    }

    fn events(&self, out: &mut Families<'_>) -> fmt::Result {
        out.counters(
            "enforcer_events",
            "What became of the events of a camera's drops; of a camera and a reason, they add up to them",
            self.tallies().flat_map(|(camera, tally)| {
                events(tally).map(move |(reason, telling, count)| {
                    let labels = [
                        ("camera", camera),
                        ("reason", reason.name()),
                        ("outcome", telling.name()),
                    ];
                    (labels, count)
                })
            }),
        )?;
        let tallies = self.tallies().map(|(_, tally)| tally);
        let lost = tallies.chain(self.strangers());
        let lost = lost.map(|tally| tally.dropped().lost).sum();
        out.counters(
            "enforcer_events_lost",
            "Drops that could not be told since nobody read the events in time",
            [(NONE, lost)],
        )
    }

    /// The cameras of the policy of which anything was counted.
    fn tallies(&self) -> impl Iterator<Item = (&str, &Counters)> {
        self.counted.iter().flat_map(|counted| {
            let cameras = counted.record.cameras.iter();
            cameras
                .filter_map(|(id, camera)| Some((camera.name.as_str(), counted.tallies.get(id)?)))
        })
    }

    fn strangers(&self) -> Option<&Counters> {
        self.counted.as_ref()?.tallies.get(&STRANGERS)
    }
}

fn drops(tally: &Counters) -> impl Iterator<Item = (DropReason, Drops)> {
    let reasons = DropReason::ALL.iter();
    let drops = reasons.map(|&reason| (reason, tally.of(reason)));
    drops.filter(|(_, drops)| drops.all().packets > 0)
}

fn events(tally: &Counters) -> impl Iterator<Item = (DropReason, Telling, u64)> {
    let events = drops(tally).flat_map(|(reason, drops)| {
        let tellings = Telling::ALL.into_iter();
        tellings.map(move |telling| (reason, telling, drops.of(telling)))
    });
    events.filter(|(_, _, count)| *count > 0)
}

/// Metrics of one name each, one after the other.
struct Families<'a>(DescriptorEncoder<'a>);

impl Families<'_> {
    /// `_total` is put behind the name.
    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let Self(encoder) = self;
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in samples {
            ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn gauges<L: EncodeLabelSet, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        let Self(encoder) = self;
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in samples {
            ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
