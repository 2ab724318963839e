//! One file a verb; `run` is [`crate::daemon`].

pub mod check;
mod count;
pub mod detach;
pub mod status;
