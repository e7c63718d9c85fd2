//! Any labelled corpus.
#![no_main]

libfuzzer_sys::fuzz_target!(|tsv: &str| verbund_guard_fuzz::evaluate(tsv));
