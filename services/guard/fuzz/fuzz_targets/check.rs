//! Any text.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| verbund_guard_fuzz::check(text));
