//! The daemon and the command line, as a library so that the tests use the very same parts.
//!
//! A policy's way: [`policy`] → [`compile`] → [`kernel::generation`] → [`kernel::proof`] →
//! [`kernel::links`]; [`daemon`] walks it again whenever the policy or the router's links change.

pub mod apart;
pub mod app_proto;
mod assumed_router;
pub mod boot;
pub mod canary;
pub mod cli;
mod clock;
pub mod command;
pub mod compile;
pub mod configuration;
pub mod control;
pub mod daemon;
pub mod diff;
pub mod directories;
pub mod doctor;
pub mod events;
pub mod exit;
pub mod explain;
mod frame;
pub mod good;
pub mod hindsight;
pub mod impact;
pub mod kernel;
pub mod labels;
mod lan;
pub mod learn;
pub mod ledger;
pub mod log;
mod marks;
pub mod model;
pub mod names;
pub mod netlink;
pub mod numbering;
pub mod policy;
pub mod ranges;
pub mod record;
pub mod replay;
pub mod report;
mod rows;
mod spreadsheet;
pub mod stand_in;
pub mod status;
mod times;
pub mod to_the_end;
pub mod topology;
pub mod unconfirmed;
mod words;
