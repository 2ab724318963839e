//! The daemon's own log: to the journal with all its fields where systemd made standard error its
//! way there, else lines of text on standard error.

use std::{env, ffi::OsStr, io, os::fd::AsFd};

use rustix::fs::fstat;
use tracing::Subscriber;
use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::{
    EnvFilter, Layer, fmt::format::debug_fn, layer::SubscriberExt as _, registry::LookupSpan,
    util::SubscriberInitExt as _,
};

/// Starts the log. `ENFORCER_LOG` beats `verbose`.
pub fn start(verbose: u8, color: bool) {
    let level = if verbose == 0 { "info" } else { "debug" };
    // What libraries say about sockets and probes is of interest to nobody who debugs a policy.
    let filter = format!("{level},netlink_proto=warn,aya=warn,aya_obj=warn");
    let filter = EnvFilter::try_from_env("ENFORCER_LOG").unwrap_or_else(|_| EnvFilter::new(filter));
    let journal = leads_to_journal(io::stderr(), env::var_os("JOURNAL_STREAM").as_deref());
    // Who cannot reach the journal is still heard on standard error.
    let journal = journal.then(|| tracing_journald::layer().ok()).flatten();
    let text = journal.is_none().then(|| text(color));
    tracing_subscriber::registry()
        .with(filter)
        .with(journal.map(as_operators_search))
        .with(text)
        .init();
}

/// Sentences; the fields are for programs, and the sentence says them too.
fn text<S: Subscriber + for<'s> LookupSpan<'s>>(color: bool) -> impl Layer<S> {
    tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(color)
        .with_target(false)
        .fmt_fields(debug_fn(|writer, field, value| {
            if field.name() == "message" {
                write!(writer, "{value:?}")
            } else {
                Ok(())
            }
        }))
}

/// `journalctl -t enforcer -p warning`, `journalctl ENFORCER_GENERATION=7`.
fn as_operators_search(journal: tracing_journald::Layer) -> tracing_journald::Layer {
    journal
        .with_syslog_identifier("enforcer".to_owned())
        .with_field_prefix(Some("ENFORCER".to_owned()))
        .with_priority_mappings(PriorityMappings {
            error: Priority::Error,
            warn: Priority::Warning,
            info: Priority::Informational,
            debug: Priority::Debug,
            trace: Priority::Debug,
        })
}

/// Whether a stream is the one whose device and inode systemd names. It names them to children too,
/// whose stream may lead elsewhere.
fn leads_to_journal(stream: impl AsFd, named: Option<&OsStr>) -> bool {
    let named = named.and_then(OsStr::to_str);
    let named = named.and_then(|named| named.split_once(':'));
    let (Some((device, inode)), Ok(stream)) = (named, fstat(stream)) else {
        return false;
    };
    device.parse() == Ok(stream.st_dev) && inode.parse() == Ok(stream.st_ino)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_stream_that_is_named_leads_to_the_journal() {
        let (one, other) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let of_one = fstat(&one).unwrap();
        let name = format!("{}:{}", of_one.st_dev, of_one.st_ino);
        let leads = |name: &str| leads_to_journal(&one, Some(OsStr::new(name)));
        assert!(leads(&name));
        assert!(!leads_to_journal(&other, Some(OsStr::new(&name))));
        assert!(!leads_to_journal(&one, None));
        for wrong in ["", ":", "8", "8:x"] {
            assert!(!leads(wrong), "{wrong}");
        }
    }
}
