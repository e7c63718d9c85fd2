//! The contract's enums as short names: the name in the .proto file without its prefix, in lower case with hyphens. JSON, command
//! lines and catalogues of texts name them so.

use crate::{agency, federation};

/// An enum of the contract.
pub trait Word {
    /// What all its names begin with.
    const PREFIX: &'static str;

    /// The name of a number, `None` for one that this release does not know.
    fn proto_name(number: i32) -> Option<&'static str>;
}

macro_rules! words {
    ($($module:ident::$name:ident = $prefix:literal;)+) => {$(
        impl Word for $module::$name {
            const PREFIX: &'static str = $prefix;

            fn proto_name(number: i32) -> Option<&'static str> {
                Self::try_from(number).ok().map(|word| word.as_str_name())
            }
        }
    )+};
}

words! {
    federation::Trend = "TREND_";
    federation::SourceKind = "SOURCE_KIND_";
    federation::Urgency = "URGENCY_";
    federation::Handling = "HANDLING_";
    federation::Period = "PERIOD_";
    federation::Band = "BAND_";
    federation::WithdrawalReason = "WITHDRAWAL_REASON_";
    federation::DeclineReason = "DECLINE_REASON_";
    federation::SubjectKind = "SUBJECT_KIND_";
    federation::MeetingAnswer = "MEETING_ANSWER_";
    federation::Attendance = "ATTENDANCE_";
    federation::ProposedPart = "PROPOSED_PART_";
    agency::SituationState = "SITUATION_STATE_";
    agency::DeliveryState = "DELIVERY_STATE_";
    agency::Link = "LINK_";
    agency::Verdict = "VERDICT_";
    agency::AuditEvent = "AUDIT_EVENT_";
    agency::StepStanding = "STEP_STANDING_";
    agency::TaskStatus = "TASK_STATUS_";
    agency::TaskMove = "TASK_MOVE_";
    agency::MeetingStatus = "MEETING_STATUS_";
    agency::Rhythm = "RHYTHM_";
    agency::ProtocolStatus = "PROTOCOL_STATUS_";
    agency::ProtocolWord = "PROTOCOL_WORD_";
    agency::FileFormat = "FILE_FORMAT_";
}

/// More than any enum of the contract has words.
fn numbers() -> std::ops::Range<i32> {
    1..64
}

/// The short name of a number; `None` when it was not said. A word of a newer release shows as its number.
pub fn short<W: Word>(number: i32) -> Option<String> {
    match W::proto_name(number) {
        _ if number == 0 => None,
        Some(name) => Some(kebab::<W>(name)),
        None => Some(format!("unknown-{number}")),
    }
}

/// The number of a short name.
pub fn number<W: Word>(short: &str) -> Option<i32> {
    numbers().find(|it| W::proto_name(*it).is_some_and(|name| kebab::<W>(name) == short))
}

/// All short names, in the contract's order.
pub fn all<W: Word>() -> Vec<String> {
    numbers()
        .filter_map(|it| W::proto_name(it).map(kebab::<W>))
        .collect()
}

fn kebab<W: Word>(name: &str) -> String {
    name.strip_prefix(W::PREFIX)
        .unwrap_or(name)
        .to_ascii_lowercase()
        .replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_contracts_own() {
        assert_eq!(
            short::<federation::Handling>(4).as_deref(),
            Some("amber-strict")
        );
        assert_eq!(short::<federation::SourceKind>(0), None);
        assert_eq!(
            short::<federation::Trend>(99).as_deref(),
            Some("unknown-99")
        );
        assert_eq!(number::<federation::SourceKind>("own-observation"), Some(1));
        assert_eq!(number::<federation::Trend>("unspecified"), None);
        assert_eq!(
            all::<federation::Urgency>(),
            ["routine", "soon", "immediate"]
        );
        assert_eq!(
            all::<agency::Link>(),
            ["connected", "away", "relayed", "elsewhere"]
        );
    }
}
