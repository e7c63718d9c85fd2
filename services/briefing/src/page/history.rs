//! The steps on a subject as they came, in words: who did what, and why something counts for nothing.

use std::borrow::Cow;

use verbund_wire::agency::{StepRecord, StepStanding};

use crate::frame::Frame;

/// One step as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Names it.
    pub(crate) step: String,
    /// Whose it is.
    pub(crate) agency: String,
    /// What it did: `angenommen`.
    pub(crate) made: Cow<'static, str>,
    /// When, by its agency's clock.
    pub(crate) at: String,
    /// What it says.
    pub(crate) text: String,
    /// Why it counts for nothing, or not yet; empty where it counts.
    pub(crate) doubt: Cow<'static, str>,
    /// A coordinator confirmed what the guard wanted reviewed.
    pub(crate) is_reviewed: bool,
}

impl Step {
    /// A step as it is shown.
    pub(crate) fn new(frame: &Frame, it: &StepRecord) -> Self {
        Self {
            step: it.step.clone(),
            agency: it.agency.clone(),
            made: made(frame, &it.r#move),
            at: frame.moment(it.created_at_ms),
            text: said(it),
            doubt: doubt(frame, it),
            is_reviewed: it.reviewed,
        }
    }

    /// All steps, the latest first.
    pub(crate) fn all(frame: &Frame, steps: &[StepRecord]) -> Vec<Self> {
        steps.iter().rev().map(|it| Self::new(frame, it)).collect()
    }
}

/// What a step says. A revision says no more here than its title, which stands above.
fn said(it: &StepRecord) -> String {
    match it.r#move.as_str() {
        "draft" | "revise" | "circulate" => String::new(),
        _ => it.text.clone(),
    }
}

/// What a step did, in words.
pub(crate) fn made(frame: &Frame, word: &str) -> Cow<'static, str> {
    let key = format!("step-made-{word}");
    if frame.lang.has(&key) {
        frame.t(&key)
    } else {
        Cow::Owned(word.to_owned())
    }
}

fn doubt(frame: &Frame, it: &StepRecord) -> Cow<'static, str> {
    match it.standing() {
        StepStanding::Effective => Cow::Borrowed(""),
        StepStanding::Void => {
            let key = format!("step-void-{}", it.void_reason);
            if frame.lang.has(&key) {
                frame.t(&key)
            } else {
                frame.t("step-void")
            }
        }
        StepStanding::Waiting | StepStanding::Unspecified => frame.t("step-waiting"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn each_step_and_each_doubt_has_words() {
        use verbund_model::{ProtocolMove, TaskMove, Void};
        let tasks = TaskMove::ALL.iter().map(|it| format!("step-made-{it}"));
        let protocols = ProtocolMove::ALL.iter().map(|it| format!("step-made-{it}"));
        let voids = Void::ALL.iter().map(|it| format!("step-void-{it}"));
        for key in tasks.chain(protocols).chain(voids) {
            assert!(Lang::ALL.into_iter().all(|it| it.has(&key)), "no {key}");
        }
    }

    #[test]
    fn a_void_step_says_why_it_counts_for_nothing() {
        let record = StepRecord {
            r#move: "accept".to_owned(),
            standing: StepStanding::Void as i32,
            void_reason: "not-yours".to_owned(),
            ..StepRecord::default()
        };
        let step = Step::new(&Frame::sample(Lang::De), &record);
        assert_eq!(step.made, "angenommen");
        assert!(
            step.doubt.contains("nicht Sache dieser Stelle"),
            "{}",
            step.doubt
        );
    }
}
