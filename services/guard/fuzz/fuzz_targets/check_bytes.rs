//! Any bytes: no panic, and findings lie inside them.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use verbund_guard::{Guard, GuardSettings};

static GUARD: LazyLock<Guard> = LazyLock::new(|| Guard::new(GuardSettings::default()));

fuzz_target!(|bytes: &[u8]| {
    for it in GUARD.check_bytes(bytes).findings {
        assert!(it.start <= it.end && it.end <= bytes.len());
    }
});
