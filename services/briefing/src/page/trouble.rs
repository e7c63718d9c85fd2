//! Why a form was not taken: in a summary at the top of it, and beside each field that is wrong.

use std::borrow::Cow;

use verbund_wire::error::ErrorCode;

use super::guard::{self, Findings};
use crate::error::Failure;
use crate::frame::Frame;
use crate::node::Acting;
use crate::refusal::Refusal;

/// Fields whose text the guard is asked about once more, to show what it found: who has more to mend begins with these.
const CHECKED_MAX: usize = 12;

/// A field of a form, as far as a refusal may be about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its path in the contract, without the message that it stands in: `title`, `items[2].affairs`.
    pub(crate) path: String,
    /// The name of the form's field; its id is `f-` and this.
    pub(crate) name: String,
    /// What it is called on the page.
    pub(crate) label: Cow<'static, str>,
    /// What was typed in it.
    pub(crate) text: String,
}

impl Field {
    /// A field that is named as in the contract.
    pub(crate) fn new(name: &str, label: Cow<'static, str>, text: &str) -> Self {
        Self {
            path: name.to_owned(),
            name: name.to_owned(),
            label,
            text: text.to_owned(),
        }
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The name of the form's field; empty where the form has none for it.
    pub(crate) name: String,
    /// What it is called.
    pub(crate) label: Cow<'static, str>,
    /// What is wrong.
    pub(crate) text: Cow<'static, str>,
    /// What the guard found in it.
    pub(crate) findings: Findings,
}

/// Why a form was not taken; nothing where it is shown for the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What happened and what to do.
    pub(crate) text: Cow<'static, str>,
    /// What is wrong with which field.
    pub(crate) problems: Vec<Problem>,
    /// The guard wants it confirmed, and whoever sends it may do that.
    pub(crate) may_confirm: bool,
    /// The node's own words, for who looks into it.
    pub(crate) details: String,
}

impl Trouble {
    /// What a refusal means for a form with these fields.
    ///
    /// # Errors
    /// The node does not say what its guard found.
    pub(crate) async fn of(
        node: &Acting,
        frame: &Frame,
        refusal: &Refusal,
        fields: &[Field],
    ) -> Result<Self, Failure> {
        let mut problems: Vec<Problem> = Vec::new();
        for violation in &refusal.fields {
            let field = fields.iter().find(|it| is_path(&violation.field, &it.path));
            let known = problems
                .iter()
                .any(|it| field.is_some_and(|field| it.name == field.name));
            if known {
                continue;
            }
            let mut findings = Findings::default();
            if let Some(field) =
                field.filter(|_| refusal.is_of_guard() && problems.len() < CHECKED_MAX)
            {
                findings = guard::check(node, frame.lang, &field.text).await?;
            }
            problems.push(Problem {
                name: field.map_or_else(String::new, |it| it.name.clone()),
                label: field.map_or(Cow::Borrowed(""), |it| it.label.clone()),
                text: if refusal.is_of_guard() {
                    frame.t("trouble-guard")
                } else {
                    wrong(frame, &violation.reason, field)
                },
                findings,
            });
        }
        Ok(Self {
            text: text(frame, refusal),
            problems,
            may_confirm: refusal.code == Some(ErrorCode::GuardReview) && frame.roles.coordinates(),
            details: format!("{}: {}", refusal.word(), refusal.message),
        })
    }

    /// The form was not taken.
    pub(crate) fn is_any(&self) -> bool {
        !self.text.is_empty()
    }

    /// What is wrong with a field.
    pub(crate) fn at(&self, name: &str) -> Option<&Problem> {
        self.problems.iter().find(|it| it.name == name)
    }

    /// Something is wrong with a field.
    pub(crate) fn is_at(&self, name: &str) -> bool {
        self.at(name).is_some()
    }
}

/// What is wrong with a field: in words of its own, in those that hold for tasks and protocols, or in those that hold anywhere.
fn wrong(frame: &Frame, reason: &str, field: Option<&Field>) -> Cow<'static, str> {
    // Of a list in which nothing was chosen the node says that it does not know the choice.
    if reason.starts_with("UNKNOWN_") && field.is_some_and(|it| it.text.is_empty()) {
        return frame.violation("MISSING_FIELD");
    }
    let reason_word = reason.to_ascii_lowercase().replace('_', "-");
    let own = field.map(|it| format!("trouble-{reason_word}-{}", it.path));
    let keys = own.into_iter().chain([format!("trouble-{reason_word}")]);
    let mut keys = keys.filter(|key| frame.lang.has(key));
    keys.next()
        .map_or_else(|| frame.violation(reason), |key| frame.t(&key))
}

/// A path of the contract names the message first: `terms.title`, `text.items[0].affairs`.
fn is_path(told: &str, path: &str) -> bool {
    let ends = told
        .strip_suffix(path)
        .is_some_and(|it| it.is_empty() || it.ends_with('.'));
    // Of a list of choices the form has one field.
    ends || told
        .split_once('[')
        .is_some_and(|(list, rest)| !rest.contains('.') && is_path(list, path))
}

/// A refusal in the user's words. Of a step that the state does not allow it says what the state is.
fn text(frame: &Frame, refusal: &Refusal) -> Cow<'static, str> {
    let state = refusal.fact("state");
    let of = |prefix: &str| {
        let key = format!("{prefix}-{state}");
        frame.lang.has(&key).then(|| frame.t(&key))
    };
    let void = format!("trouble-void-{}", refusal.fact("void"));
    match refusal.code {
        Some(ErrorCode::StepNotAllowed) if frame.lang.has(&void) => match of("trouble-state") {
            Some(state) => Cow::Owned(format!("{} {state}", frame.t(&void))),
            None => frame.t(&void),
        },
        Some(ErrorCode::TooEarly) => match refusal.fact("days_left").parse::<u32>() {
            Ok(days) => frame.t1("trouble-too-early", "count", days),
            Err(_) => frame.t("refusal-too-early"),
        },
        _ => frame.t(&format!("refusal-{}", refusal.word())),
    }
}

/// A text as the contract wants it: one line. What was typed on several lines is still one thought.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use tonic::Status;
    use verbund_wire::error::Error;

    use super::*;
    use crate::lang::Lang;

    #[test]
    fn a_path_of_the_contract_finds_its_field() {
        assert!(is_path("terms.title", "title") && is_path("title", "title"));
        assert!(is_path("text.items[0].affairs", "items[0].affairs"));
        assert!(is_path(
            "revise.items[1].decisions[0]",
            "items[1].decisions[0]"
        ));
        assert!(is_path("audience[2]", "audience"));
        assert!(
            !is_path("subtitle", "title") && !is_path("text.items[10].title", "items[0].title")
        );
        assert!(!is_path("items[0].title", "items"));
    }

    #[test]
    fn a_reason_is_told_as_it_is_meant_here() {
        let frame = Frame::sample(Lang::De);
        let due = Field::new("due", "Fällig".into(), "");
        assert!(wrong(&frame, "INVALID_RANGE", Some(&due)).contains("zwei Jahre"));
        assert!(!wrong(&frame, "SUBJECT_MISMATCH", None).contains("Empfänger"));
        assert_eq!(
            wrong(&frame, "MISSING_FIELD", None),
            frame.violation("MISSING_FIELD")
        );
        assert_eq!(wrong(&frame, "NEWER", None), frame.violation("NEWER"));
        let nothing = Field::new("assignee", "Anfrage an".into(), "");
        let missing = frame.violation("MISSING_FIELD");
        assert_eq!(wrong(&frame, "UNKNOWN_AGENCY", Some(&nothing)), missing);
    }

    #[test]
    fn a_step_that_is_not_allowed_is_explained_by_the_state() {
        let refused = Error::new(ErrorCode::StepNotAllowed, "the task is withdrawn: not-now")
            .with_metadata("state", "withdrawn")
            .with_metadata("void", "not-now");
        let refusal = Refusal::of(&Status::from(refused));
        for lang in Lang::ALL {
            let text = text(&Frame::sample(lang), &refusal);
            assert!(!text.contains("not-now"), "{text}");
        }
        let german = text(&Frame::sample(Lang::De), &refusal);
        assert!(german.contains("zurückgezogen"), "{german}");
    }

    #[test]
    fn each_state_and_each_reason_has_a_sentence() {
        use verbund_model::{ProtocolStatus, TaskStatus, Void};
        let voids = Void::ALL.iter().map(|it| format!("trouble-void-{it}"));
        let tasks = TaskStatus::ALL
            .iter()
            .map(|it| format!("trouble-state-{it}"));
        let protocols = ProtocolStatus::ALL
            .iter()
            .map(|it| format!("trouble-state-{it}"));
        for key in voids.chain(tasks).chain(protocols) {
            assert!(Lang::ALL.into_iter().all(|it| it.has(&key)), "no {key}");
        }
    }
}
