//! What became of an entry at a node. The codes are written to disks and signed into receipts: they never change meaning.

use std::fmt;

/// What became of an entry that is valid in the ledger. None of these stops a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Checked and kept as it is.
    Stored,
    /// Kept, but can't be judged yet.
    Held(HeldReason),
    /// Not admitted; its text was neither stored nor relayed.
    Refused(RefusedReason),
    /// Kept sealed: this release doesn't know the kind or the form of its content.
    NotUnderstood,
    /// Was there; its content has been destroyed.
    Erased,
}

/// Why an entry waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HeldReason {
    /// It was written under a charter version that this node doesn't have yet.
    CharterUnknown,
    /// Its frame came without the content.
    ContentMissing,
}

/// Why an entry was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefusedReason {
    /// This node's guard found something about a person.
    GuardRejected,
    /// It names what the charter doesn't know.
    VocabularyUnknown,
    /// It breaks a rule on classes, protected origins or handling.
    PolicyViolated,
    /// The step isn't possible in the state that its parents give.
    TransitionIllegal,
    /// Its subject lives in a lane with another audience.
    SubjectAudienceMismatch,
    /// A content is larger than its kind allows.
    Oversize,
}

impl Outcome {
    /// Every outcome there is.
    pub const ALL: [Self; 11] = [
        Self::Stored,
        Self::Held(HeldReason::CharterUnknown),
        Self::Held(HeldReason::ContentMissing),
        Self::Refused(RefusedReason::GuardRejected),
        Self::Refused(RefusedReason::VocabularyUnknown),
        Self::Refused(RefusedReason::PolicyViolated),
        Self::Refused(RefusedReason::TransitionIllegal),
        Self::Refused(RefusedReason::SubjectAudienceMismatch),
        Self::Refused(RefusedReason::Oversize),
        Self::NotUnderstood,
        Self::Erased,
    ];

    /// The code on disks and in receipts. `Stored` is 0, so that a disk can index what differs from it.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Stored => 0,
            Self::Held(HeldReason::CharterUnknown) => 16,
            Self::Held(HeldReason::ContentMissing) => 17,
            Self::Refused(RefusedReason::GuardRejected) => 32,
            Self::Refused(RefusedReason::VocabularyUnknown) => 33,
            Self::Refused(RefusedReason::PolicyViolated) => 34,
            Self::Refused(RefusedReason::TransitionIllegal) => 35,
            Self::Refused(RefusedReason::SubjectAudienceMismatch) => 36,
            Self::Refused(RefusedReason::Oversize) => 37,
            Self::NotUnderstood => 48,
            Self::Erased => 64,
        }
    }

    /// The outcome with this code, if this release knows it.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }

    /// The outcome without its reason, as users and metrics name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Held(_) => "held",
            Self::Refused(_) => "refused",
            Self::NotUnderstood => "not-understood",
            Self::Erased => "erased",
        }
    }

    /// The stable reason, for those outcomes that have one.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Held(reason) => Some(reason.as_str()),
            Self::Refused(reason) => Some(reason.as_str()),
            Self::Stored | Self::NotUnderstood | Self::Erased => None,
        }
    }

    /// How far the entry has come on its way: an honest node never goes down on it (waiting, then settled, then erased).
    pub(crate) const fn progress(self) -> i8 {
        match self {
            Self::Held(_) => -2,
            Self::NotUnderstood => -1,
            Self::Stored | Self::Refused(_) => 0,
            Self::Erased => 1,
        }
    }
}

impl HeldReason {
    /// The stable name of the reason.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CharterUnknown => "CHARTER_UNKNOWN",
            Self::ContentMissing => "CONTENT_MISSING",
        }
    }
}

impl RefusedReason {
    /// The stable name of the reason.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GuardRejected => "GUARD_REJECTED",
            Self::VocabularyUnknown => "VOCABULARY_UNKNOWN",
            Self::PolicyViolated => "POLICY_VIOLATED",
            Self::TransitionIllegal => "TRANSITION_ILLEGAL",
            Self::SubjectAudienceMismatch => "SUBJECT_AUDIENCE_MISMATCH",
            Self::Oversize => "OVERSIZE",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            Some(reason) => write!(f, "{}({reason})", self.as_str()),
            None => f.write_str(self.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_read_back() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_code(outcome.code()), Some(outcome));
        }
        let known = (0..=u8::MAX).filter(|code| Outcome::from_code(*code).is_some());
        assert_eq!(
            known.collect::<Vec<_>>(),
            [0, 16, 17, 32, 33, 34, 35, 36, 37, 48, 64]
        );
    }

    #[test]
    fn names_are_what_receipts_and_feeds_show() {
        let shown = Outcome::ALL.map(|outcome| outcome.to_string());
        assert_eq!(
            shown,
            [
                "stored",
                "held(CHARTER_UNKNOWN)",
                "held(CONTENT_MISSING)",
                "refused(GUARD_REJECTED)",
                "refused(VOCABULARY_UNKNOWN)",
                "refused(POLICY_VIOLATED)",
                "refused(TRANSITION_ILLEGAL)",
                "refused(SUBJECT_AUDIENCE_MISMATCH)",
                "refused(OVERSIZE)",
                "not-understood",
                "erased",
            ]
        );
    }
}
