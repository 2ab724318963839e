//! Any bytes as the text of a policy. The test that replays the corpus runs the same function.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../enforcer/tests/fuzz/policy_text.rs"]
mod policy_text;

fuzz_target!(|bytes: &[u8]| policy_text::run(bytes));
