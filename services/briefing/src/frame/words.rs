//! The contract's enums as people say them: `word-<enum>-<value>` of the catalogue, by the contract's own names.

use std::borrow::{Borrow, Cow};

use verbund_wire::words::{Word, short};
use verbund_wire::{agency, federation};

use super::Frame;

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident: $enum:path = $prefix:literal;)+) => {
        impl Frame {
            $(
                $(#[doc = $doc])+
                pub(crate) fn $name(&self, number: impl Borrow<i32>) -> Cow<'static, str> {
                    self.word::<$enum>($prefix, *number.borrow())
                }
            )+
        }

        /// The enums that are shown, with what their keys begin with.
        #[cfg(test)]
        const SHOWN: &[(&str, fn() -> Vec<String>)] = &[$(($prefix, verbund_wire::words::all::<$enum>),)+];
    };
}

words! {
    /// Where it is going.
    trend: federation::Trend = "word-trend";
    /// How the agency knows.
    source: federation::SourceKind = "word-source";
    /// How soon to look.
    urgency: federation::Urgency = "word-urgency";
    /// How far it may travel.
    handling: federation::Handling = "word-handling";
    /// What a figure covers.
    period: federation::Period = "word-period";
    /// A figure's band.
    band: federation::Band = "word-band";
    /// Why an update was withdrawn.
    withdrawal: federation::WithdrawalReason = "word-withdrawal";
    /// Why a task was declined.
    decline: federation::DeclineReason = "word-decline";
    /// An answer to an invitation.
    answer: federation::MeetingAnswer = "word-answer";
    /// How an agency attended.
    attendance: federation::Attendance = "word-attendance";
    /// A part of a protocol that a proposal is about.
    proposed_part: federation::ProposedPart = "word-part";
    /// Where an update stands.
    situation_state: agency::SituationState = "word-situation";
    /// What a node did with an entry.
    delivery: agency::DeliveryState = "word-delivery";
    /// How the connection to a partner is.
    link: agency::Link = "word-link";
    /// What an audit record is about.
    audit: agency::AuditEvent = "word-audit";
    /// Where a task stands.
    task_status: agency::TaskStatus = "word-task";
    /// What a step on a task does, as somebody who is about to do it says it.
    task_move: agency::TaskMove = "word-move";
    /// Where a meeting stands.
    meeting_status: agency::MeetingStatus = "word-meeting";
    /// How often a series meets.
    rhythm: agency::Rhythm = "word-rhythm";
    /// Where a protocol stands.
    protocol_status: agency::ProtocolStatus = "word-protocol";
    /// What an agency has said to a protocol.
    protocol_word: agency::ProtocolWord = "word-protocol-word";
    /// A format of files.
    file_format: agency::FileFormat = "word-format";
}

impl Frame {
    /// A value's word. One that was not said is a dash; one of a newer release shows as its number.
    fn word<W: Word>(&self, prefix: &str, number: i32) -> Cow<'static, str> {
        let Some(value) = short::<W>(number) else {
            return Cow::Borrowed("–");
        };
        let key = format!("{prefix}-{value}");
        if self.lang.has(&key) {
            self.lang.text(&key)
        } else {
            Cow::Owned(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn each_value_of_the_contract_has_a_word() {
        for (prefix, values) in SHOWN {
            for value in values() {
                let key = format!("{prefix}-{value}");
                for lang in Lang::ALL {
                    assert!(lang.has(&key), "{} has no {key}", lang.tag());
                }
            }
        }
    }
}
