//! What the tests share. Frames: a builder ([`frame`]), what becomes of each kind ([`cases`]), what
//! the host says to it ([`host`]), the loaded program ([`kernel`]), and frames that nobody thought of
//! ([`generate`]). Networks: a sandbox of namespaces ([`sandbox`]), who is in them ([`network`]),
//! what they do ([`actor`]), and the lab ([`lab`]).

pub mod actor;
pub mod cases;
pub mod frame;
pub mod generate;
pub mod host;
pub mod kernel;
pub mod lab;
pub mod network;
pub mod sandbox;
