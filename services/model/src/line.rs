//! Free text as such: one line of visible characters, so many at most. What it says is the guard's matter.

use crate::violation::{Reason, Violation};

/// Checks a free text's length, in Unicode scalar values, and its characters.
pub(crate) fn check_line(field: &str, text: &str, chars_max: usize) -> Option<Violation> {
    if text.chars().any(is_control) {
        let detail = "a text is one line of visible characters";
        return Some(Violation::new(field, Reason::ControlCharacter, detail));
    }
    // Only count what can be too long: a scalar value has at least one byte.
    if text.len() > chars_max && text.chars().count() > chars_max {
        let detail = format!("at most {chars_max} characters");
        return Some(Violation::new(field, Reason::NoteTooLong, detail));
    }
    None
}

/// Control characters, line and paragraph separators, and the marks that turn the direction of writing: with them a text
/// reads otherwise on a screen than in the guard. Other invisible characters are the guard's matter.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
