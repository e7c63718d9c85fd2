//! Any charter, with any text.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| verbund_guard_fuzz::settings(input));
