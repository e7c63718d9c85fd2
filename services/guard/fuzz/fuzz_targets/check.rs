//! Any text: no panic, findings lie inside the text on its characters' boundaries, and the same text is judged the same twice.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use verbund_guard::{Guard, GuardSettings};

static GUARD: LazyLock<Guard> = LazyLock::new(|| Guard::new(GuardSettings::default()));

fuzz_target!(|text: &str| {
    let verdict = GUARD.check(text);
    for it in &verdict.findings {
        assert!(it.start <= it.end && text.get(it.start..it.end).is_some());
    }
    assert_eq!(verdict, GUARD.check(text));
});
