//! The daemon and the command line, as a library so that the tests use the very same parts.

pub mod compile;
pub mod model;
pub mod numbering;
pub mod policy;
mod rows;
pub mod topology;
