//! What must hold of any input, whoever made it.
//!
//! The fuzz targets search for inputs of which it does not hold; `tests/fuzz.rs` runs the same functions over the seeds and over
//! what was once found, at each run of the tests.

use std::sync::LazyLock;

use verbund_guard::{Finding, Guard, GuardSettings, Outcome, Verdict, evaluate};

static GUARD: LazyLock<Guard> = LazyLock::new(|| Guard::new(GuardSettings::default()));

/// Most findings that a verdict tells.
const FINDINGS_MAX: usize = 32;

/// Any text is judged, alike each time, and its findings lie on the boundaries of its characters.
pub fn check(text: &str) {
    let verdict = GUARD.check(text);
    is_sound(&verdict, text.len());
    for it in &verdict.findings {
        assert!(text.get(it.start..it.end).is_some(), "{it:?}");
    }
    assert_eq!(verdict, GUARD.check(text));
}

/// Any bytes are judged, alike each time, and their findings lie inside.
pub fn check_bytes(bytes: &[u8]) {
    let verdict = GUARD.check_bytes(bytes);
    is_sound(&verdict, bytes.len());
    assert_eq!(verdict, GUARD.check_bytes(bytes));
}

/// Any charter makes a guard. Lines of words, places, the smallest count and a text.
pub fn settings(input: &str) {
    let mut lines = input.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (words, places, count, text) = (line(), line(), line(), line());
    let settings = GuardSettings::default()
        .with_words(words.split('|'))
        .with_places(places.split('|'))
        .with_small_count(count.parse().unwrap_or_default());
    let guard = Guard::new(settings);
    is_sound(&guard.check(text), text.len());
    is_sound(&guard.check(words), words.len());
    is_sound(&guard.check(places), places.len());
}

/// Any file is a labelled corpus or is refused, and what is counted adds up.
pub fn evaluate(tsv: &str) {
    let Ok(report) = evaluate::corpus(&GUARD, tsv) else {
        return;
    };
    let total = report.total();
    assert!(total.missed <= total.stop && total.rejected <= total.stop);
    assert!(total.held + total.refused <= total.pass);
    let wrong = total.missed + total.held + total.refused;
    assert_eq!(report.errors.len(), wrong as usize);
}

/// The verdict is that of its heaviest finding, and its findings are in the order of what they were found in, of so many bytes.
fn is_sound(verdict: &Verdict, length: usize) {
    let heaviest = verdict.findings.iter().map(|it| it.severity).max();
    assert_eq!(verdict.outcome, heaviest.unwrap_or(Outcome::Pass));
    assert!(verdict.findings.len() <= FINDINGS_MAX);
    for it in &verdict.findings {
        assert!(it.start < it.end && it.end <= length, "{it:?} of {length}");
        assert!(it.severity > Outcome::Pass, "{it:?}");
    }
    let in_order = |pair: &[Finding]| pair[0].start <= pair[1].start;
    assert!(verdict.findings.windows(2).all(in_order));
}
