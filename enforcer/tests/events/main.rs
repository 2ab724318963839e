//! What a drop looks like to whoever reads about it: Suricata's readers, Elastic's, syslog's, the journal's, and
//! people.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod cases;
mod elastic;
mod envelopes;
mod lines;
mod properties;
mod schema;
