//! What a node's audit log speaks of: that something was decided and in which role. No word of a text has a place here, and no
//! name of a person or system.

use std::fmt;

words! {
    /// What happened.
    AuditEvent {
        /// A draft was held for review.
        ReviewHeld = "review-held",
        /// A coordinator confirmed a held draft.
        ReviewConfirmed = "review-confirmed",
        /// A held draft was discarded, by a coordinator or with the withdrawal of its update.
        ReviewDiscarded = "review-discarded",
        /// A held draft's time was over.
        ReviewExpired = "review-expired",
        /// A held draft was confirmed, but the guard in force rejected it.
        ReviewRefused = "review-refused",
        /// A second coordinator let a CLEAR update go.
        ClearConfirmed = "clear-confirmed",
        /// An update was withdrawn because of personal data.
        PersonalDataWithdrawn = "personal-data-withdrawn",
    }
}

words! {
    /// In which role something was decided.
    AuditRole {
        /// A person, or the application they work in.
        Coordinator = "coordinator",
        /// A system that reports by itself.
        Publisher = "publisher",
        /// The node itself: a time was over.
        Node = "node",
    }
}

/// Stands for a caller: whoever has the log alone can tell two callers of one month apart, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pseudonym(pub [u8; 8]);

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
