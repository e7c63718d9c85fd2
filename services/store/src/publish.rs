//! Publishing: what is handed in, and what each item's answer can be.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use verbund_ledger::{Committed, FrameHash, LaneId};
use verbund_model::{RequestId, ReviewId, SubjectId};

use crate::audit::AuditRecord;
use crate::entry::{Position, StoredEntry};
use crate::record::Pending;
use crate::situation::SituationProjection;

/// What makes a request one request: who asked, which method, which id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// The calling system's name.
    pub caller: String,
    /// The method's name.
    pub method: String,
    /// The caller's id for it.
    pub id: RequestId,
}

/// What must hold of the subject for the item to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It is no situation yet. Steps on it don't count.
    New,
    /// This frame is the situation's latest entry.
    Supersedes(FrameHash),
    /// Of a step: this frame is the lane's origin's latest step on the subject, content or not; `None`: it has taken none.
    /// Others' steps and a situation don't count.
    Follows(Option<FrameHash>),
}

/// One own entry to be published.
#[derive(Debug, Clone)]
pub struct PublishItem {
    /// The request it answers; a repetition gets the first answer for [`REQUEST_DAYS`](crate::limits::REQUEST_DAYS).
    pub request: Option<RequestKey>,
    /// SHA-256 of what the caller sent. Kept only as an HMAC under the text's salt, so that it dies with the text.
    pub fingerprint: [u8; 32],
    /// The own lane it goes to.
    pub lane: LaneId,
    /// Its subject.
    pub subject: SubjectId,
    /// What must hold: [`Condition::Follows`] of a step, and of a step only.
    pub condition: Condition,
    /// The codes with their salt.
    pub codes: Committed,
    /// The text with its salt.
    pub text: Committed,
    /// The day on which the content is destroyed at the latest, in days since 1970-01-01.
    pub erasure_day: i32,
    /// What the feed needs of it; `None`: it is a step. Any number of steps of any agencies may be on one subject, beside a
    /// situation or not.
    pub projection: Option<SituationProjection>,
    /// Frames of the same subject whose content goes in the same transaction (a withdrawal because of personal data); see
    /// [`Store::finish_erasures`](crate::Store::finish_erasures). A situation's take all of its versions along; a step's are
    /// the steps of its own agency that it names, and nothing else.
    pub erases: Vec<FrameHash>,
    /// A draft to be kept in the same transaction.
    pub pending: Option<Pending>,
    /// The subject of this one's generalised second entry.
    pub generalised: Option<SubjectId>,
    /// The pending draft of [`subject`](Self::subject) as it was read: dropped in the same transaction, since this item is
    /// what it became. If it has been replaced or dropped meanwhile nothing is stored.
    pub consumes_pending: Option<Pending>,
    /// The held draft that this one was: confirmed in the same transaction. If it does not wait any more nothing is stored.
    pub confirms: Option<ReviewId>,
    /// This is the queued update of [`subject`](Self::subject): it leaves the queue in the same transaction. If it is not there any more
    /// nothing is stored.
    pub dequeues: bool,
    /// What the audit log tells of it, in the same transaction.
    pub audit: Vec<AuditRecord>,
}

/// What became of an item.
#[derive(Debug, Clone)]
pub enum PublishOutcome {
    /// Flushed to stable storage.
    Stored {
        /// Where it stands.
        position: Position,
        /// The entry as it was stored.
        entry: Arc<StoredEntry>,
    },
    /// The same request was answered before; nothing was stored now.
    Repeated {
        /// Where the first one stands.
        position: Position,
        /// The first one's subject.
        subject: SubjectId,
    },
    /// The request id was used before with another content.
    RequestConflict,
    /// The subject's latest entry is another one by now; of a step, the origin's own latest step.
    Stale {
        /// The latest entry.
        latest: FrameHash,
    },
    /// [`Condition::New`], but somebody has spoken on the subject.
    SubjectExists,
    /// [`Condition::Supersedes`], but nobody has spoken on the subject, or it was erased; or [`Condition::Follows`] a frame, but
    /// the origin has taken no step on it.
    SubjectUnknown,
    /// [`PublishItem::consumes_pending`], but another draft waits by now, or none.
    PendingChanged,
    /// [`PublishItem::confirms`], but that draft does not wait any more.
    ReviewClosed,
    /// [`PublishItem::dequeues`], but nothing is queued on the subject any more.
    NotQueued,
    /// The subject has as many versions as it may have.
    TooManyVersions,
}

/// A request that has been answered.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    /// What it was answered with.
    pub position: Position,
    /// The subject of that.
    pub subject: SubjectId,
    pub(crate) mac: [u8; 32],
    pub(crate) salt: Option<[u8; 32]>,
}

impl RequestRecord {
    /// Whether the first request had this content; `None` when that can't be told any more because the text is erased.
    #[must_use]
    pub fn matches(&self, fingerprint: &[u8; 32]) -> Option<bool> {
        self.salt
            .map(|salt| fingerprint_matches(&salt, fingerprint, &self.mac))
    }
}

/// The HMAC under which a fingerprint is kept.
pub(crate) fn fingerprint_mac(salt: &[u8; 32], fingerprint: &[u8; 32]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), fingerprint);
    tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
}

pub(crate) fn fingerprint_matches(salt: &[u8; 32], fingerprint: &[u8; 32], mac: &[u8; 32]) -> bool {
    verify_slices_are_equal(&fingerprint_mac(salt, fingerprint), mac).is_ok()
}
