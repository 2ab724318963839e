//! What the privileged tests share.

pub mod actor;
pub mod lab;
pub mod network;
pub mod sandbox;
