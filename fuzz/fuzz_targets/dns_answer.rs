//! Any bytes as what a resolver answers. The test that replays the corpus runs the same function.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../enforcer/tests/fuzz/dns_answer.rs"]
mod dns_answer;

fuzz_target!(|bytes: &[u8]| dns_answer::run(bytes));
