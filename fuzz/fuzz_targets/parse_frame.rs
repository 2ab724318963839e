//! Any bytes as a frame. The tests that replay the corpus, on the host and in the kernel, run the same
//! function.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../enforcer/tests/fuzz/parse_frame.rs"]
mod parse_frame;

fuzz_target!(|bytes: &[u8]| parse_frame::run(bytes));
