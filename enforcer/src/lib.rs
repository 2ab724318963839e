//! The daemon and the command line, as a library so that the tests use the very same parts.

pub mod events;
pub mod policy;
