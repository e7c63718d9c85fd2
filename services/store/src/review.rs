//! The review list: own drafts whose text the guard wants looked at, until a coordinator has decided.

use verbund_model::{ReviewId, SubjectId, UnixMillis};

use crate::audit::AuditRecord;
use crate::publish::RequestKey;
use crate::record::Pending;

/// A draft to be held.
#[derive(Debug, Clone)]
pub struct NewReview {
    /// What it is named by in the list; the same for the same request.
    pub id: ReviewId,
    /// The subject that it will speak on.
    pub subject: SubjectId,
    /// The request that brought it.
    pub request: RequestKey,
    /// When.
    pub held_at: UnixMillis,
    /// The last day on which it may be confirmed, in days since 1970-01-01. The key that it is sealed under goes with that day.
    pub last_day: i32,
    /// The draft in the caller's encoding. It holds text, so it is kept sealed like a text.
    pub body: Vec<u8>,
}

/// Where a held draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewState {
    /// Nobody has decided yet.
    Waiting,
    /// A coordinator confirmed it.
    Confirmed,
    /// It was discarded.
    Discarded,
    /// Its time was over.
    Expired,
    /// It was confirmed, but the guard rejected it.
    Refused,
}

impl ReviewState {
    /// All there are.
    pub const ALL: &'static [Self] = &[
        Self::Waiting,
        Self::Confirmed,
        Self::Discarded,
        Self::Expired,
        Self::Refused,
    ];

    /// The word for it in errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Confirmed => "confirmed",
            Self::Discarded => "discarded",
            Self::Expired => "expired",
            Self::Refused => "refused",
        }
    }
}

/// A held draft, or what is remembered of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRecord {
    /// What it is named by in the list.
    pub id: ReviewId,
    /// The subject that it speaks on.
    pub subject: SubjectId,
    /// The request that brought it.
    pub request: RequestKey,
    /// When it was held.
    pub held_at: UnixMillis,
    /// The last day on which it may be confirmed.
    pub last_day: i32,
    /// Where it stands.
    pub state: ReviewState,
    /// The draft; `None` once it has been decided, and when its key has been destroyed.
    pub body: Option<Vec<u8>>,
}

/// What came of holding a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldOutcome {
    /// It is held, and on stable storage.
    Held,
    /// The same request brought one before; nothing was stored now.
    Known(ReviewState),
    /// As many wait as may: [`limits::REVIEWS`](crate::limits::REVIEWS).
    Full,
}

/// A decision on a held draft that publishes nothing by itself.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Which.
    pub review: ReviewId,
    /// What it becomes. One that is discarded or refused takes its text with it at the next
    /// [`finish_erasures`](crate::Store::finish_erasures).
    pub becomes: ReviewState,
    /// What it waits as from now on: for a second coordinator.
    pub pending: Option<Pending>,
    /// What the audit log tells of it.
    pub audit: AuditRecord,
}
