//! Subjects: what entries are about, by name.

use crate::id::{AgencyId, SubjectId};

words! {
    /// What kind of subject it is.
    SubjectKind {
        /// A situation update.
        Update = "update",
        /// A task.
        Task = "task",
        /// A meeting.
        Meeting = "meeting",
        /// A protocol.
        Protocol = "protocol",
    }
}

/// Names a subject. Ids are random and made by the subject's owner, so that only the two together name one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectRef {
    /// Its id.
    pub subject: SubjectId,
    /// The agency that opened it.
    pub owner: AgencyId,
}
