//! What names cameras know addresses by, as resolvers told them ([`answer`], [`heard`]). A name is a label: nothing is
//! allowed or dropped by it.

pub mod answer;
pub mod heard;
pub(crate) mod told;

pub use heard::Heard;
