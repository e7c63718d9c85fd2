//! The closed words of the contract and their numbers.

use verbund_model::{
    Answer as MeetingAnswer, Attendance, Band, DeclineReason, Handling, Period, ProposedPart,
    SourceKind, SubjectKind, Trend, Urgency, WithdrawalReason,
};

use super::ConversionError;
use crate::federation;

/// A number that this release has no word for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a word that this release knows")]
pub struct UnknownWord;

/// A word of a closed vocabulary that is an enum on the wire, where 0 means "not said".
pub trait Word: Sized {
    /// The word with this number; `None` when it was not said.
    ///
    /// # Errors
    /// A number without a word.
    fn from_wire(number: i32) -> Result<Option<Self>, UnknownWord>;

    /// The word's number.
    fn to_wire(self) -> i32;
}

/// Gives words of the domain the numbers that they have in one module of the contract: `Word / Message { Inner = Outer }`.
macro_rules! words {
    ($module:ident: $($word:ident / $name:ident { $($inner:ident = $outer:ident),+ $(,)? })+) => {$(
        impl Word for $word {
            fn from_wire(number: i32) -> Result<Option<Self>, UnknownWord> {
                match $module::$name::try_from(number) {
                    Ok($module::$name::Unspecified) => Ok(None),
                    $(Ok($module::$name::$outer) => Ok(Some(Self::$inner)),)+
                    Err(_) => Err(UnknownWord),
                }
            }

            fn to_wire(self) -> i32 {
                match self {
                    $(Self::$inner => $module::$name::$outer as i32,)+
                }
            }
        }
    )+};
}
pub(super) use words;

words! { federation:
    Trend / Trend { Falling = Falling, Steady = Steady, Rising = Rising, Unknown = Unknown }
    SourceKind / SourceKind {
        OwnObservation = OwnObservation,
        ThirdParty = ThirdParty,
        Unverified = Unverified,
        Planned = Planned,
    }
    Urgency / Urgency { Routine = Routine, Soon = Soon, Immediate = Immediate }
    Handling / Handling { Clear = Clear, Green = Green, Amber = Amber, AmberStrict = AmberStrict }
    WithdrawalReason / WithdrawalReason {
        Error = Error,
        Obsolete = Obsolete,
        Duplicate = Duplicate,
        PersonalData = PersonalData,
    }
    DeclineReason / DeclineReason {
        NotOurs = NotOurs,
        NoCapacity = NoCapacity,
        NotPermitted = NotPermitted,
    }
    SubjectKind / SubjectKind {
        Update = Update,
        Task = Task,
        Meeting = Meeting,
        Protocol = Protocol,
    }
    MeetingAnswer / MeetingAnswer { Coming = Coming, Declining = Declining, Undecided = Undecided }
    Attendance / Attendance {
        Chair = Chair,
        Deputy = Deputy,
        Participant = Participant,
        Absent = Absent,
    }
    ProposedPart / ProposedPart {
        Title = Title,
        Affairs = Affairs,
        Assessment = Assessment,
        Decision = Decision,
    }
    Period / Period { Window = Window, Day = Day, Month = Month }
    Band / Band {
        Zero = Zero,
        Under5 = Under5,
        From5 = Band5To9,
        From10 = Band10To19,
        From20 = Band20To49,
        From50 = Band50To99,
        From100 = Band100AndMore,
    }
}

/// A word that may be left out.
pub(super) fn said<T: Word>(number: i32, path: &'static str) -> Result<Option<T>, ConversionError> {
    T::from_wire(number).map_err(|UnknownWord| ConversionError::unknown(path))
}

/// A word that may not.
pub(super) fn required<T: Word>(number: i32, path: &'static str) -> Result<T, ConversionError> {
    said(number, path)?.ok_or_else(|| ConversionError::missing(path))
}

/// Why an update is withdrawn; it must be said.
///
/// # Errors
/// It was not said, or with a number without a word.
pub fn withdrawal_reason(number: i32) -> Result<WithdrawalReason, ConversionError> {
    required(number, "reason")
}

/// A word in a draft. What is not known counts as not said: the domain then says what is missing, with all else that is
/// wrong.
pub(super) fn drafted<T: Word>(number: i32) -> Option<T> {
    T::from_wire(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn all_words<T: Word + PartialEq + Debug + Copy>(words: &[T]) {
        assert_eq!(T::from_wire(0), Ok(None));
        for word in words {
            assert_eq!(T::from_wire(word.to_wire()), Ok(Some(*word)));
        }
        // Numbers are dense, so the next one is the first without a word.
        let next = i32::try_from(words.len()).expect("few words") + 1;
        for unknown in [next, -1, i32::MIN, i32::MAX] {
            assert_eq!(T::from_wire(unknown), Err(UnknownWord));
        }
    }

    #[test]
    fn every_word_has_a_number_of_its_own() {
        all_words(Trend::ALL);
        all_words(SourceKind::ALL);
        all_words(Urgency::ALL);
        all_words(&Handling::ALL);
        all_words(WithdrawalReason::ALL);
        all_words(DeclineReason::ALL);
        all_words(SubjectKind::ALL);
        all_words(MeetingAnswer::ALL);
        all_words(Attendance::ALL);
        all_words(ProposedPart::ALL);
        all_words(&[Period::Window, Period::Day, Period::Month]);
        all_words(&Band::ALL);
    }
}
