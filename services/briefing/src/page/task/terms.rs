//! The form of what is asked: what was typed, as a draft for the node, and with what is wrong beside each field.

use verbund_model::{DESCRIPTION_CHARS, TITLE_CHARS};
use verbund_wire::agency::{DecisionKey, SubjectKey, Terms, TermsDraft, terms, terms_draft};

use crate::form::Fields;
use crate::frame::Frame;
use crate::page::choices::{self, Choice};
use crate::page::trouble::{Field, one_line};

/// What is asked, as it stands in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) assignee: String,
    pub(super) measure: String,
    pub(super) category: String,
    pub(super) place: String,
    pub(super) due: String,
    /// What it comes from.
    pub(super) origin: Origin,
}

/// What a task comes from, as addresses and forms name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nothing that is here.
    #[default]
    None,
    /// An update: `<agency>/<id>`.
    Update(SubjectKey),
    /// A decision of a meeting: `<agency>/<id>/<step>`.
    Decision(SubjectKey, String),
}

impl Origin {
    /// Reads `<agency>/<id>`, or `<agency>/<id>/<step>`; what is neither is none.
    pub(super) fn read(text: &str) -> Self {
        let parts: Vec<&str> = text.split('/').collect();
        let key = |owner: &str, subject: &str| SubjectKey {
            subject: subject.to_owned(),
            owner: owner.to_owned(),
        };
        match parts[..] {
            [owner, subject] => Self::Update(key(owner, subject)),
            [owner, subject, step] => Self::Decision(key(owner, subject), step.to_owned()),
            _ => Self::None,
        }
    }

    /// As it is read.
    pub(super) fn text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Update(key) => format!("{}/{}", key.owner, key.subject),
            Self::Decision(key, step) => format!("{}/{}/{step}", key.owner, key.subject),
        }
    }

    fn draft(&self) -> Option<terms_draft::Origin> {
        match self.clone() {
            Self::None => None,
            Self::Update(key) => Some(terms_draft::Origin::Update(key)),
            Self::Decision(meeting, decision) => Some(terms_draft::Origin::Decision(DecisionKey {
                meeting: Some(meeting),
                decision,
            })),
        }
    }

    /// What a task's terms say.
    pub(super) fn of(origin: Option<&terms::Origin>) -> Self {
        match origin {
            None => Self::None,
            Some(terms::Origin::Update(key)) => Self::Update(key.clone()),
            Some(terms::Origin::Decision(it)) => {
                Self::Decision(it.meeting.clone().unwrap_or_default(), it.decision.clone())
            }
        }
    }
}

impl Asked {
    /// What was typed.
    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.one(name).to_owned();
        Self {
            title: one_line(fields.one("title")),
            description: one_line(fields.one("description")),
            assignee: text("assignee"),
            measure: text("measure"),
            category: text("category"),
            place: text("place"),
            due: text("due"),
            origin: Origin::read(fields.one("from")),
        }
    }

    /// What is asked by now.
    pub(super) fn of(terms: &Terms) -> Self {
        Self {
            title: terms.title.clone(),
            description: terms.description.clone(),
            assignee: terms.assignee.clone(),
            measure: terms.measure.clone(),
            category: terms.category.clone(),
            place: terms.place.clone(),
            due: terms.due.clone(),
            origin: Origin::of(terms.origin.as_ref()),
        }
    }

    /// As the node takes it.
    pub(super) fn draft(&self) -> TermsDraft {
        TermsDraft {
            assignee: self.assignee.clone(),
            measure: self.measure.clone(),
            category: self.category.clone(),
            place: self.place.clone(),
            due: self.due.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            origin: self.origin.draft(),
        }
    }

    /// Its fields, for what a refusal is about.
    pub(super) fn fields(&self, frame: &Frame) -> Vec<Field> {
        let fields = [
            ("title", &self.title),
            ("description", &self.description),
            ("assignee", &self.assignee),
            ("measure", &self.measure),
            ("category", &self.category),
            ("place", &self.place),
            ("due", &self.due),
        ];
        let field = |(name, text): (&str, &String)| {
            Field::new(name, frame.t(&format!("task-{name}")), text)
        };
        fields.into_iter().map(field).collect()
    }
}

/// What can be chosen in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) agencies: Vec<Choice>,
    pub(super) measures: Vec<Choice>,
    pub(super) categories: Vec<Choice>,
    pub(super) places: Vec<Choice>,
}

impl Shape {
    pub(super) fn new(frame: &Frame, asked: &Asked) -> Self {
        let first = |mut choices: Vec<Choice>, text: &str, chosen: &str| {
            choices.insert(0, choices::none(frame.t(text).into_owned(), chosen));
            choices
        };
        Self {
            agencies: first(
                choices::agencies(frame, &asked.assignee),
                "choose",
                &asked.assignee,
            ),
            measures: first(
                choices::measures(frame, &asked.measure),
                "choose",
                &asked.measure,
            ),
            categories: first(
                choices::categories(frame, &asked.category),
                "choose",
                &asked.category,
            ),
            places: first(
                choices::places(frame, &asked.place),
                "task-no-place",
                &asked.place,
            ),
        }
    }
}

/// The most characters of a title.
pub(super) const TITLE_MAX: usize = TITLE_CHARS;
/// The most characters of a description.
pub(super) const DESCRIPTION_MAX: usize = DESCRIPTION_CHARS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_it_is_written() {
        for text in ["", "kod/3f2a", "kod/3f2a/9b"] {
            assert_eq!(Origin::read(text).text(), text);
        }
        assert_eq!(Origin::read("a/b/c/d"), Origin::None);
        assert!(matches!(Origin::read("kod/3f2a/9b"), Origin::Decision(_, step) if step == "9b"));
    }

    #[test]
    fn what_was_typed_on_two_lines_is_sent_as_one() {
        let asked = Asked::read(&Fields::parse(b"title=+Zwei%0D%0AZeilen+&from=kod/3f2a"));
        assert_eq!(asked.title, "Zwei Zeilen");
        let Some(terms_draft::Origin::Update(key)) = asked.draft().origin else {
            panic!("an update");
        };
        assert_eq!((key.owner.as_str(), key.subject.as_str()), ("kod", "3f2a"));
    }
}
