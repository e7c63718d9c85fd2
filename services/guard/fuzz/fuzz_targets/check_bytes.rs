//! Any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| verbund_guard_fuzz::check_bytes(bytes));
