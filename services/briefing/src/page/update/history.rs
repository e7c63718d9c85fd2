//! The versions of an update, and what changed from one to the next.

use verbund_wire::agency::{Situation, SituationState};
use verbund_wire::federation::Observation;

use super::card::Figure;
use crate::frame::Frame;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) number: u32,
    /// By the origin's clock.
    pub(crate) made_at: String,
    /// What was done: made, corrected, taken back.
    pub(crate) what: String,
    /// A coordinator of the origin confirmed what its guard wanted reviewed.
    pub(crate) reviewed: bool,
    /// What changed; empty for the first.
    pub(crate) changes: Vec<Change>,
}

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// What the field is called.
    pub(crate) name: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// The versions, the latest first.
pub(crate) fn versions(frame: &Frame, history: &[Situation]) -> Vec<Version> {
    let before = std::iter::once(None).chain(history.iter().map(Some));
    let mut versions: Vec<Version> = history
        .iter()
        .zip(before)
        .map(|(it, before)| Version {
            number: it.version,
            made_at: frame.moment(it.created_at_ms),
            what: what(frame, it, before.is_none()),
            reviewed: it.reviewed,
            changes: before.map_or_else(Vec::new, |before| changes(frame, before, it)),
        })
        .collect();
    versions.reverse();
    versions
}

fn what(frame: &Frame, it: &Situation, is_first: bool) -> String {
    match it.state() {
        SituationState::Withdrawn | SituationState::Erased => {
            let reason = frame.withdrawal(it.withdrawal_reason);
            frame.t1("history-withdrawn", "reason", reason).into_owned()
        }
        _ if is_first => frame.t("history-made").into_owned(),
        _ => frame.t("history-corrected").into_owned(),
    }
}

/// What a version says otherwise than the one before. A withdrawal says nothing new.
fn changes(frame: &Frame, before: &Situation, after: &Situation) -> Vec<Change> {
    let (Some(old), Some(new)) = (&before.observation, &after.observation) else {
        return Vec::new();
    };
    if after.state() != SituationState::Current {
        return Vec::new();
    }
    let told = |situation: &Situation, it: &Observation| {
        [
            ("field-place", frame.place(&it.place)),
            ("field-category", frame.category(&it.category)),
            (
                "field-when",
                format!("{}, {}", frame.day(&it.day), frame.window(&it.window)),
            ),
            ("field-trend", frame.trend(it.trend).into_owned()),
            ("field-source", frame.source(it.source).into_owned()),
            ("field-measure", frame.measure(&it.measure)),
            ("field-urgency", frame.urgency(it.urgency).into_owned()),
            (
                "field-handling",
                frame.handling(situation.handling).into_owned(),
            ),
            ("field-note", situation.note.clone()),
            ("field-readings", figures(frame, it)),
        ]
    };
    let pairs = told(before, old).into_iter().zip(told(after, new));
    pairs
        .filter(|(before, after)| before != after)
        .map(|((name, before), (_, after))| Change {
            name: frame.t(name).into_owned(),
            before,
            after,
        })
        .collect()
}

fn figures(frame: &Frame, it: &Observation) -> String {
    let each = it.readings.iter().map(|reading| {
        let Figure {
            name,
            value,
            period,
        } = Figure::new(frame, reading);
        format!("{name}: {value} ({period})")
    });
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use verbund_wire::federation::{Trend, WithdrawalReason};

    use super::*;
    use crate::lang::Lang;

    fn version(number: u32, trend: Trend, note: &str) -> Situation {
        Situation {
            version: number,
            state: SituationState::Current as i32,
            note: note.to_owned(),
            observation: Some(Observation {
                trend: trend as i32,
                ..Observation::default()
            }),
            ..Situation::default()
        }
    }

    #[test]
    fn a_correction_tells_what_changed_and_nothing_else() {
        let history = [
            version(1, Trend::Rising, "Viel Müll"),
            version(2, Trend::Steady, "Viel Müll"),
        ];
        let told = versions(&Frame::sample(Lang::De), &history);
        assert_eq!(told.iter().map(|it| it.number).collect::<Vec<_>>(), [2, 1]);
        assert!(told[1].changes.is_empty());
        let [change] = told[0].changes.as_slice() else {
            panic!("one field changed: {:?}", told[0].changes);
        };
        assert_eq!(
            (change.before.as_str(), change.after.as_str()),
            ("steigend", "gleichbleibend")
        );
    }

    #[test]
    fn a_withdrawal_tells_why() {
        let mut last = version(2, Trend::Rising, "");
        last.state = SituationState::Withdrawn as i32;
        last.withdrawal_reason = WithdrawalReason::Duplicate as i32;
        let history = [version(1, Trend::Rising, "Viel Müll"), last];
        let told = versions(&Frame::sample(Lang::De), &history);
        assert_eq!(told[0].what, "zurückgezogen: doppelt");
        assert!(told[0].changes.is_empty());
    }
}
