//! One file a verb; `run` is [`crate::daemon`].

pub mod check;
pub mod detach;
pub mod status;
