//! What the tests share: a builder of frames ([`frame`]), what becomes of each kind of frame
//! ([`cases`]), what the host says to it ([`host`]), and a source of frames that nobody thought of
//! ([`generate`]).

pub mod cases;
pub mod frame;
pub mod generate;
pub mod host;
