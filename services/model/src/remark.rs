//! Remarks: questions and answers on any subject, so that nobody has to go back to mail; and acknowledgements.
//!
//! [`Remark::admit`] is the door. [`Conversation::of`] tells what the remarks on a subject come to. That hangs on the remarks
//! alone; only their order is the caller's.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::StepId;
use crate::id::AgencyId;
use crate::texts::{Need, text};
use crate::violation::Violation;

/// Most characters of a remark.
pub const REMARK_CHARS: usize = 280;

/// One step of a conversation on a subject. It is not judged by any state: whoever is in the audience may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// Something is asked.
    Asked,
    /// A question is answered.
    Answered {
        /// The step that asked.
        question: StepId,
    },
    /// An own remark is taken back because it held something about a person. Its text is destroyed on every node.
    Retracted {
        /// The step that is taken back.
        remark: StepId,
    },
}

impl Remark {
    /// Checks the text of a remark: there is one, of at most [`REMARK_CHARS`] visible characters in one line; who takes a remark back
    /// says nothing. What it says is the guard's matter.
    ///
    /// # Errors
    /// All violations that were found, at least one, of the field `note`.
    pub fn admit(&self, note: &str) -> Result<(), Vec<Violation>> {
        let (chars_max, need) = match self {
            Self::Asked | Self::Answered { .. } => (REMARK_CHARS, Need::Given),
            Self::Retracted { .. } => (0, Need::Maybe),
        };
        let mut found = Vec::new();
        text(&mut found, "note", note, chars_max, need);
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

/// What was said on a subject beside its steps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conversation {
    /// What was asked, with what was answered.
    pub questions: Vec<Question>,
    /// Answers to what is no question here: it has not come yet, or never was one.
    pub unasked: Vec<Unasked>,
    /// Steps that take back what is another agency's, and so count for nothing.
    pub void: Vec<StepId>,
}

/// What was asked, with what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub asked: Uttered,
    /// Its answers.
    pub answers: Vec<Uttered>,
}

/// An answer to what is no question here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unasked {
    /// The answer.
    pub answer: Uttered,
    /// What it names.
    pub question: StepId,
}

/// One question or answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uttered {
    /// The step that said it, and that has its text.
    pub step: StepId,
    /// Who said it.
    pub by: AgencyId,
    /// It was taken back: show no text, also where it is still there.
    pub retracted: bool,
}

impl Conversation {
    /// What these remarks on one subject come to, in their order. One that comes twice counts once.
    pub fn of(remarks: impl IntoIterator<Item = (StepId, AgencyId, Remark)>) -> Self {
        let mut known = BTreeSet::new();
        let remarks: Vec<(StepId, AgencyId, Remark)> = remarks
            .into_iter()
            .filter(|(step, ..)| known.insert(*step))
            .collect();
        let makers: BTreeMap<StepId, &AgencyId> =
            remarks.iter().map(|(step, by, _)| (*step, by)).collect();
        let mut conversation = Self::default();
        let mut retracted = BTreeSet::new();
        for (step, by, remark) in &remarks {
            if let Remark::Retracted { remark } = remark {
                match makers.get(remark) {
                    Some(maker) if *maker != by => conversation.void.push(*step),
                    Some(_) => {
                        retracted.insert(*remark);
                    }
                    // What it takes back has not come yet.
                    None => {}
                }
            }
        }
        let uttered = |step: &StepId, by: &AgencyId| Uttered {
            step: *step,
            by: by.clone(),
            retracted: retracted.contains(step),
        };
        let mut places = BTreeMap::new();
        for (step, by, remark) in &remarks {
            if *remark == Remark::Asked {
                places.insert(*step, conversation.questions.len());
                conversation.questions.push(Question {
                    asked: uttered(step, by),
                    answers: Vec::new(),
                });
            }
        }
        for (step, by, remark) in &remarks {
            if let Remark::Answered { question } = remark {
                let answer = uttered(step, by);
                match places.get(question) {
                    Some(place) => conversation.questions[*place].answers.push(answer),
                    None => conversation.unasked.push(Unasked {
                        answer,
                        question: *question,
                    }),
                }
            }
        }
        conversation
    }
}

/// An agency has taken note of one version of an update, or of one revision of a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The entry that was read.
    pub version: StepId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::agency;
    use crate::violation::Reason;

    fn id(byte: u8) -> StepId {
        StepId([byte; 32])
    }

    fn said(step: u8, by: &str, retracted: bool) -> Uttered {
        Uttered {
            step: id(step),
            by: agency(by),
            retracted,
        }
    }

    fn remarks() -> Vec<(StepId, AgencyId, Remark)> {
        let answers = |question: u8| Remark::Answered {
            question: id(question),
        };
        let retracts = |remark: u8| Remark::Retracted { remark: id(remark) };
        vec![
            (id(1), agency("kod"), Remark::Asked),
            (id(2), agency("dhz"), answers(1)),
            (id(3), agency("dhz"), Remark::Asked),
            (id(4), agency("kod"), answers(3)),
            (id(5), agency("kod"), retracts(4)),
            (id(6), agency("kod"), retracts(3)),
            (id(7), agency("polizei"), answers(99)),
            // An answer is no question.
            (id(8), agency("polizei"), answers(2)),
            (id(9), agency("polizei"), retracts(98)),
        ]
    }

    #[test]
    fn questions_stand_with_their_answers() {
        let conversation = Conversation::of(remarks());
        let question = |asked: Uttered, answers: Vec<Uttered>| Question { asked, answers };
        assert_eq!(
            conversation.questions,
            [
                question(said(1, "kod", false), vec![said(2, "dhz", false)]),
                question(said(3, "dhz", false), vec![said(4, "kod", true)]),
            ]
        );
        let unasked = |answer: Uttered, question: u8| Unasked {
            answer,
            question: id(question),
        };
        assert_eq!(
            conversation.unasked,
            [
                unasked(said(7, "polizei", false), 99),
                unasked(said(8, "polizei", false), 2),
            ]
        );
    }

    #[test]
    fn nobody_takes_back_what_another_has_said() {
        assert_eq!(Conversation::of(remarks()).void, [id(6)]);
    }

    #[test]
    fn a_remark_is_taken_back_whenever_it_comes_and_counts_once() {
        let mut mixed = remarks();
        mixed.reverse();
        mixed.extend(remarks());
        let conversation = Conversation::of(mixed);
        assert_eq!(conversation.questions.len(), 2);
        assert_eq!(conversation.questions[0].answers, [said(4, "kod", true)]);
        assert_eq!(conversation.questions[1].answers.len(), 1);
    }

    #[test]
    fn a_question_that_was_taken_back_keeps_its_answers() {
        let mut remarks = remarks();
        remarks.push((id(10), agency("kod"), Remark::Retracted { remark: id(1) }));
        let conversation = Conversation::of(remarks);
        assert!(conversation.questions[0].asked.retracted);
        assert_eq!(conversation.questions[0].answers[0], said(2, "dhz", false));
    }

    #[test]
    fn a_remark_has_a_text_of_280_characters() {
        let reasons = |remark: Remark, note: &str| -> Vec<Reason> {
            let found = remark.admit(note).err().unwrap_or_default();
            found.into_iter().map(|it| it.reason).collect()
        };
        let answer = Remark::Answered { question: id(1) };
        for remark in [Remark::Asked, answer] {
            assert_eq!(reasons(remark, &"ö".repeat(280)), []);
            assert_eq!(reasons(remark, &"ö".repeat(281)), [Reason::NoteTooLong]);
            assert_eq!(reasons(remark, " "), [Reason::MissingField]);
            assert_eq!(reasons(remark, "a\nb"), [Reason::ControlCharacter]);
        }
        let retraction = Remark::Retracted { remark: id(1) };
        assert_eq!(reasons(retraction, ""), []);
        assert_eq!(reasons(retraction, "a"), [Reason::NoteTooLong]);
    }
}
