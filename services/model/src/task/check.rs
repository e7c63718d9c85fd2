//! What a task may say: the sender's check and the receiver's.

use super::{TaskOrigin, TaskTerms, TaskTransition};
use crate::audience::Audience;
use crate::charter::Charter;
use crate::id::{AgencyId, CategoryId, MeasureId, PlaceId};
use crate::line::check_line;
use crate::situation::NOTE_CHARS;
use crate::texts::Texts;
use crate::time::{UnixMillis, day_number, has_sense, parse_day};
use crate::violation::{Reason, Violation};

/// Most characters of a title.
pub const TITLE_CHARS: usize = 120;
/// Most characters of a description.
pub const DESCRIPTION_CHARS: usize = 1000;
/// How many days a task may be due ahead.
pub const DUE_DAYS: i32 = 730;

/// What is asked, as a caller sent it: nothing in it is believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskDraft {
    /// Who is asked.
    pub assignee: String,
    /// A measure of the charter.
    pub measure: String,
    /// A category of the charter.
    pub category: String,
    /// A place of the charter; empty for none.
    pub place: String,
    /// The day until which it should be done, YYYY-MM-DD; empty for none.
    pub due: String,
    /// What it comes from.
    pub origin: Option<TaskOrigin>,
    /// What it is, in a line.
    pub title: String,
    /// What is to be done.
    pub description: String,
}

impl TaskDraft {
    /// Checks everything at once.
    ///
    /// # Errors
    /// All violations that were found, at least one, with paths relative to the draft.
    pub fn check(&self, charter: &Charter, now: UnixMillis) -> Result<TaskTerms, Vec<Violation>> {
        let mut found = Vec::new();
        let assignee = known(
            &mut found,
            "assignee",
            Reason::UnknownAgency,
            AgencyId::parse(&self.assignee)
                .ok()
                .filter(|it| charter.agency(it).is_some()),
        );
        let measure = known(
            &mut found,
            "measure",
            Reason::UnknownMeasure,
            MeasureId::parse(&self.measure)
                .ok()
                .filter(|it| charter.measure(it).is_some()),
        );
        let category = known(
            &mut found,
            "category",
            Reason::UnknownCategory,
            CategoryId::parse(&self.category)
                .ok()
                .filter(|it| charter.category(it).is_some()),
        );
        let place = optional(
            &mut found,
            "place",
            Reason::UnknownPlace,
            &self.place,
            |it| {
                PlaceId::parse(it)
                    .ok()
                    .filter(|it| charter.place(it).is_some())
            },
        );
        let due = optional(&mut found, "due", Reason::InvalidDay, &self.due, parse_day);
        let today = day_number(charter.today(now));
        if due.is_some_and(|due| !(today..=today + DUE_DAYS).contains(&day_number(due))) {
            let detail = "a task is due today or later, and within two years";
            found.push(Violation::new("due", Reason::InvalidRange, detail));
        }
        found.extend(admit_text(&self.title, &self.description));
        match (assignee, measure, category) {
            (Some(assignee), Some(measure), Some(category)) if found.is_empty() => Ok(TaskTerms {
                assignee,
                measure,
                category,
                place,
                due,
                origin: self.origin.clone(),
            }),
            _ => Err(found),
        }
    }
}

impl TaskTerms {
    /// Checks decoded terms of a partner. It looks at no clock: a late receiver must judge as an early one did.
    ///
    /// # Errors
    /// All violations that were found, at least one.
    pub fn admit(&self, charter: &Charter, audience: &Audience) -> Result<(), Vec<Violation>> {
        let mut found = Vec::new();
        let mut note = |wrong: bool, field: &str, reason: Reason| {
            if wrong {
                found.push(Violation::new(field, reason, "not of the charter"));
            }
        };
        note(
            charter.agency(&self.assignee).is_none(),
            "assignee",
            Reason::UnknownAgency,
        );
        note(
            charter.measure(&self.measure).is_none(),
            "measure",
            Reason::UnknownMeasure,
        );
        note(
            charter.category(&self.category).is_none(),
            "category",
            Reason::UnknownCategory,
        );
        note(
            self.place
                .as_ref()
                .is_some_and(|place| charter.place(place).is_none()),
            "place",
            Reason::UnknownPlace,
        );
        if !audience.contains(&self.assignee) {
            let detail = "the assignee is not in the audience";
            found.push(Violation::new("assignee", Reason::SubjectMismatch, detail));
        }
        if self.due.is_some_and(|due| !has_sense(due)) {
            let detail = "a day lies in the years 2000 to 2199";
            found.push(Violation::new("due", Reason::InvalidDay, detail));
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

impl TaskTransition {
    /// Checks which texts come with it, their lengths and their characters. What they say is the guard's matter.
    pub fn admit_texts(&self, texts: &Texts<'_>) -> Vec<Violation> {
        let mut found = Vec::new();
        if self.terms().is_some() {
            texts.has_only(&mut found, &["title", "description"]);
            found.extend(admit_text(texts.title, texts.description));
        } else {
            texts.has_only(&mut found, &["note"]);
            found.extend(check_line("note", texts.note, NOTE_CHARS));
        }
        found
    }
}

/// Checks the length and the characters of a task's texts. What they say is the guard's matter.
pub fn admit_text(title: &str, description: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    if title.trim().is_empty() {
        let detail = "say in a line what is to be done";
        found.push(Violation::new("title", Reason::MissingField, detail));
    }
    found.extend(check_line("title", title, TITLE_CHARS));
    found.extend(check_line("description", description, DESCRIPTION_CHARS));
    found
}

fn known<T>(
    found: &mut Vec<Violation>,
    field: &str,
    reason: Reason,
    value: Option<T>,
) -> Option<T> {
    if value.is_none() {
        found.push(Violation::new(field, reason, "name one of the charter"));
    }
    value
}

fn optional<T>(
    found: &mut Vec<Violation>,
    field: &str,
    reason: Reason,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    known(found, field, reason, parse(text))
}
