//! Updates, deliveries and refusals as people read them.

pub(crate) mod briefing;
pub(crate) mod meeting;
pub(crate) mod protocol;
pub(crate) mod report;
pub(crate) mod step;
pub(crate) mod task;

use comfy_table::{Cell, Table};
use verbund_wire::agency::{
    AgencyDelivery, DeliveryState, GetDeliveryResponse, PublishReceipt, Situation, SituationState,
};
use verbund_wire::convert::finding;
use verbund_wire::error::Explained;
use verbund_wire::federation::{
    Band, Handling, Observation, Reading, SourceKind, Trend, Urgency, WithdrawalReason, reading,
};

use crate::findings;
use crate::names::Names;
use crate::output::{clean, moment, new_table};
use crate::text::{self, words};
use crate::view::field_in_json;

/// A list of updates, one row each.
pub(crate) fn situations<'a>(
    list: impl IntoIterator<Item = &'a Situation>,
    names: &Names,
) -> Table {
    let mut table = new_table([
        text::COLUMN_WHEN,
        text::COLUMN_AGENCY,
        text::COLUMN_CATEGORY,
        text::COLUMN_PLACE,
        text::COLUMN_TREND,
        text::COLUMN_TEXT,
        text::COLUMN_ID,
    ]);
    for situation in list {
        table.add_row(row(situation, names));
    }
    table
}

/// One update in one line, for a feed that goes on.
pub(crate) fn situation_line(situation: &Situation, names: &Names) -> String {
    row(situation, names)
        .map(|cell| cell.replace('\n', " · "))
        .join("  ")
}

fn row(situation: &Situation, names: &Names) -> [String; 7] {
    let observation = situation.observation.as_ref();
    let field = |of: &dyn Fn(&Observation) -> String| observation.map(of).unwrap_or_default();
    [
        field(&|it| {
            format!("{} {}", clean(&it.day), clean(&it.window))
                .trim_end()
                .to_owned()
        }),
        names.agency(&situation.agency),
        field(&|it| names.category(&it.category)),
        field(&|it| names.place(&it.place)),
        field(&|it| words::trend(Trend::try_from(it.trend).unwrap_or_default()).to_string()),
        content(situation, names),
        clean(&situation.subject),
    ]
}

/// Marks, note and figures.
fn content(situation: &Situation, names: &Names) -> String {
    let mut lines = Vec::new();
    let marks = marks(situation);
    if !marks.is_empty() {
        lines.push(format!("[{}]", marks.join(", ")));
    }
    if !situation.note.is_empty() {
        lines.push(clean(&situation.note));
    }
    for reading in situation.observation.iter().flat_map(|it| &it.readings) {
        lines.push(format!(
            "{}: {}",
            names.indicator(&reading.indicator),
            value(reading)
        ));
    }
    lines.join("\n")
}

/// What must not be overlooked: drills, withdrawals, urgency, how far it may travel.
fn marks(situation: &Situation) -> Vec<String> {
    let mut marks = Vec::new();
    let observation = situation.observation.as_ref();
    if observation.is_some_and(|it| it.exercise) {
        marks.push(text::EXERCISE.to_string());
    }
    match situation.state() {
        SituationState::Withdrawn => {
            let reason =
                WithdrawalReason::try_from(situation.withdrawal_reason).unwrap_or_default();
            marks.push(text::WITHDRAWN_BECAUSE.fill(&[&words::withdrawal(reason)]));
        }
        SituationState::Erased => marks.push(text::ERASED.to_string()),
        SituationState::Current | SituationState::Unspecified => {}
    }
    if situation.version > 1 && situation.state() == SituationState::Current {
        marks.push(text::VERSION_N.fill(&[&situation.version]));
    }
    if let Some(urgency @ (Urgency::Soon | Urgency::Immediate)) =
        observation.map(Observation::urgency)
    {
        marks.push(words::urgency(urgency).to_string());
    }
    match observation {
        Some(it) if it.generalised => marks.push(text::GENERALISED.to_string()),
        Some(it) if it.source() == SourceKind::Planned => marks.push(text::PLANNED.to_string()),
        _ => {}
    }
    match situation.handling() {
        Handling::Unspecified => {}
        handling => marks.push(words::handling(handling).to_owned()),
    }
    marks
}

/// A figure as it may be told.
pub(crate) fn value(it: &Reading) -> String {
    match it.value {
        Some(reading::Value::Band(band)) => {
            words::band(Band::try_from(band).unwrap_or_default()).to_owned()
        }
        Some(reading::Value::Rounded(number)) => format!("≈ {number}"),
        Some(reading::Value::SharePercent(0)) => "<10 %".to_owned(),
        Some(reading::Value::SharePercent(100)) => ">90 %".to_owned(),
        Some(reading::Value::SharePercent(percent)) => format!("{percent} %"),
        Some(reading::Value::Exact(number)) => number.to_string(),
        None => "?".to_owned(),
    }
}

/// One update with everything that is known of it.
pub(crate) fn history(
    latest: &Situation,
    history: &[Situation],
    delivery: &GetDeliveryResponse,
    names: &Names,
) -> Table {
    let mut table = new_table([
        text::COLUMN_VERSION,
        text::COLUMN_MADE,
        text::COLUMN_TEXT,
        text::COLUMN_AT_PARTNERS,
    ]);
    for (index, version) in history.iter().enumerate() {
        let at_partners = delivery.versions.get(index).map(|it| {
            let agencies = it.agencies.iter().map(|it| at_agency(it, names));
            agencies.collect::<Vec<_>>().join("\n")
        });
        table.add_row(vec![
            Cell::new(version.version),
            Cell::new(moment(version.created_at_ms)),
            Cell::new(situation_line(version, names)),
            Cell::new(at_partners.unwrap_or_default()),
        ]);
    }
    if history.is_empty() {
        table.add_row(vec![
            Cell::new(latest.version),
            Cell::new(moment(latest.created_at_ms)),
            Cell::new(situation_line(latest, names)),
        ]);
    }
    table
}

/// What an agency did with an entry: its node, and then the people there.
fn at_agency(it: &AgencyDelivery, names: &Names) -> String {
    let state = words::delivery(DeliveryState::try_from(it.state).unwrap_or_default());
    let mut line = format!("{}: {state}", names.agency(&it.agency));
    if !it.reason.is_empty() {
        line.push_str(&format!(" ({})", clean(&it.reason)));
    }
    if let Some(shown) = &it.shown {
        let window = clean(&shown.window).replace('-', "–");
        let shown = text::SHOWN.fill(&[&clean(&shown.day), &window]);
        line.push_str(&format!(", {shown}"));
    }
    if it.acknowledged {
        line.push_str(&format!(", {}", text::ACKNOWLEDGED));
    }
    line
}

/// What became of a publish, in a line.
pub(crate) fn receipt(it: &PublishReceipt) -> String {
    let mut line = if it.awaiting_review {
        text::ANSWER_REVIEW.fill(&[
            &clean(&it.subject),
            &clean(&it.review_until),
            &clean(&it.review),
        ])
    } else if it.awaiting_confirmation {
        text::ANSWER_AWAITING.fill(&[&it.subject])
    } else if it.queued {
        text::ANSWER_QUEUED.fill(&[&it.subject, &it.audience.join(", ")])
    } else {
        text::ANSWER_STORED.fill(&[&it.subject, &it.audience.join(", ")])
    };
    if !it.generalised_audience.is_empty() {
        line.push_str(&text::ANSWER_GENERALISED.fill(&[&it.generalised_audience.join(", ")]));
    }
    if it.repeated_request {
        line.push_str(&text::ANSWER_REPEATED.to_string());
    }
    for finding in findings::lines(&it.findings) {
        line.push('\n');
        line.push_str(&finding);
    }
    line
}

/// Why something was refused: the reason, each field with what is allowed, and the page that says more.
pub(crate) fn refusal(it: &Explained) -> String {
    let known = text::reasons::request(&it.reason);
    let words = known.map_or_else(|| clean(&it.message), |known| known.to_string());
    let mut lines = vec![text::REFUSED.fill(&[&words, &clean(&it.reason)])];
    let found = it.violations.iter().filter_map(finding::of_violation);
    lines.extend(findings::lines(&found.collect::<Vec<_>>()));
    let others = it.violations.iter();
    for violation in others.filter(|it| finding::of_violation(it).is_none()) {
        let field = clean(field_in_json(&violation.field));
        let description = clean(&violation.description);
        lines.push(match text::reasons::field(&violation.reason) {
            Some(words) => format!("  {field}: {words} ({}) – {description}", violation.reason),
            None => format!("  {field}: {description} ({})", clean(&violation.reason)),
        });
    }
    // With fields, the message says the first of them again; without, it may say more than the reason.
    if known.is_some() && it.violations.is_empty() {
        lines.push(format!("  {}", clean(&it.message)));
    }
    lines.push(text::SEE_PAGE.fill(&[&it.page()]));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::FirstShown;
    use verbund_wire::error::{Error, ErrorCode, FieldViolation};

    use super::*;

    #[test]
    fn what_the_guard_refused_is_told_in_the_readers_language() {
        let violation = |reason: &str, description: &str| FieldViolation {
            field: "situation.note".to_owned(),
            reason: reason.to_owned(),
            description: description.to_owned(),
        };
        let error =
            Error::new(ErrorCode::GuardRejected, "may point at a person").with_violations(vec![
                violation("GUARD_P2", "phone at 4..19: Leave the phone number out."),
                violation("GUARD_P2", "a-newer-rule at 4..19: Leave it out."),
            ]);
        let told = refusal(&verbund_wire::error::explain(&error.into()));
        assert!(
            told.contains("Bytes 4 bis 19. Telefonnummer weglassen"),
            "{told}"
        );
        assert!(!told.contains("Leave the phone number out"), "{told}");
        assert!(
            told.contains("a-newer-rule at 4..19"),
            "what is not known is told as it came: {told}"
        );
    }

    #[test]
    fn stored_shown_and_taken_note_of_are_three_things() {
        let delivery = |shown: bool, acknowledged| AgencyDelivery {
            agency: "kod".to_owned(),
            state: DeliveryState::Stored.into(),
            reason: String::new(),
            acknowledged,
            shown: shown.then(|| FirstShown {
                day: "2026-11-27".to_owned(),
                window: "14-18".to_owned(),
            }),
        };
        let names = Names::default();
        let line = |shown, acknowledged| at_agency(&delivery(shown, acknowledged), &names);
        assert_eq!(line(false, false), "kod: gespeichert");
        assert_eq!(line(false, true), "kod: gespeichert, zur Kenntnis genommen");
        assert_eq!(
            line(true, false),
            "kod: gespeichert, gezeigt 2026-11-27 14–18"
        );
        assert_eq!(
            line(true, true),
            "kod: gespeichert, gezeigt 2026-11-27 14–18, zur Kenntnis genommen"
        );
    }
}
