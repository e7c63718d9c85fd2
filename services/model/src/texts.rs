//! The free texts of a step: which of them each kind has, and how long they may be. What they say is the guard's matter.

use crate::line::check_line;
use crate::violation::{Reason, Violation};

/// The texts that came with a step. Which of them a step has is told by its kind; the others are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Texts<'a> {
    /// A note.
    pub note: &'a str,
    /// The title of what the step is on.
    pub title: &'a str,
    /// What was found, is decided, or is objected.
    pub description: &'a str,
    /// What is written of each item of an agenda.
    pub items: &'a [ItemTexts<'a>],
}

/// What is written of one item of an agenda.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemTexts<'a> {
    /// Its title.
    pub title: &'a str,
    /// The state of affairs.
    pub affairs: &'a str,
    /// The assessments.
    pub assessments: Vec<&'a str>,
    /// The decisions.
    pub decisions: Vec<&'a str>,
    /// The notes of the copied updates.
    pub notes: Vec<&'a str>,
}

/// Whether a text must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// At least one visible character.
    Given,
    /// It may be empty.
    Maybe,
}

/// Checks one text.
pub(crate) fn text(
    found: &mut Vec<Violation>,
    field: &str,
    text: &str,
    chars_max: usize,
    need: Need,
) {
    if need == Need::Given && text.trim().is_empty() {
        found.push(Violation::new(field, Reason::MissingField, "say it"));
    }
    found.extend(check_line(field, text, chars_max));
}

/// Checks as many texts as the codes tell of.
pub(crate) fn texts(
    found: &mut Vec<Violation>,
    field: &str,
    texts: &[&str],
    count: usize,
    chars_max: usize,
    need: Need,
) {
    if texts.len() != count {
        let detail = format!("as many texts as the codes tell of: {count}");
        found.push(Violation::new(field, Reason::SubjectMismatch, detail));
        return;
    }
    for (index, it) in texts.iter().enumerate() {
        text(found, &format!("{field}[{index}]"), it, chars_max, need);
    }
}

impl Texts<'_> {
    /// Refuses texts that a step of its kind has no place for.
    pub(crate) fn has_only(&self, found: &mut Vec<Violation>, allowed: &[&str]) {
        for (field, empty) in [
            ("note", self.note.is_empty()),
            ("title", self.title.is_empty()),
            ("description", self.description.is_empty()),
            ("items", self.items.is_empty()),
        ] {
            if !empty && !allowed.contains(&field) {
                let detail = "a step of this kind has no such text";
                found.push(Violation::new(field, Reason::SubjectMismatch, detail));
            }
        }
    }
}
