//! What a check finds.

use std::fmt;

use verbund_ledger::LaneId;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident = $slug:literal;)+) => {
        /// What is wrong. The names are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FindingKind {
            $($(#[$doc])+ $name,)+
        }

        impl FindingKind {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }
        }
    };
}

kinds! {
    /// A charter can't be read, or does not follow the one before it.
    Charter = "charter";
    /// A lane's number, audience or origin can't be true.
    Lane = "lane";
    /// A lane has no entries.
    LaneEmpty = "lane-empty";
    /// A row names a lane that is not there.
    LaneMissing = "lane-missing";
    /// A lane lacks entries before this one.
    Gap = "gap";
    /// An entry does not follow the one before it.
    ChainBroken = "chain-broken";
    /// An entry stands where the lane has another one already.
    Fork = "fork";
    /// The bytes are no frame.
    Frame = "frame";
    /// The frame's hash is not the one beside it.
    FrameHash = "frame-hash";
    /// The frame belongs into another place: lane, sequence, origin, epoch, federation or erasure day.
    FramePlace = "frame-place";
    /// No charter gives the origin the key that signed.
    KeyUnknown = "key-unknown";
    /// The signature does not hold.
    Signature = "signature";
    /// The outcome is none.
    Outcome = "outcome";
    /// The codes are not those that the frame binds.
    Codes = "codes";
    /// The text is not the one that the frame binds.
    Text = "text";
    /// The text can't be opened with its key.
    TextSealed = "text-sealed";
    /// An entry that is stored has no content.
    ContentMissing = "content-missing";
    /// There is content where there must be none.
    ContentLeft = "content-left";
    /// Content is still there after its last day.
    ContentOverdue = "content-overdue";
    /// The key that content is sealed under is not there.
    ErasureKeyMissing = "erasure-key-missing";
    /// What is kept of a queued update can't be true.
    Queued = "queued";
    /// A waiting, held or queued draft can't be opened with its key.
    DraftSealed = "draft-sealed";
    /// What is remembered of a held draft can't be true: decided with a text, waiting without one, or a state that is none.
    Review = "review";
    /// A record of the audit log says what none can say.
    Audit = "audit";
    /// The entry hangs on another subject, is another version of it, or is a step or none, than its codes say.
    Version = "version";
    /// What the feed shows of a subject is not what its entries come to.
    Situation = "situation";
    /// The series of a subject are not what its entries come to.
    Reading = "reading";
    /// A request was answered with an entry that is not there.
    Request = "request";
    /// A receipt can't be read, or says something else than its row.
    Receipt = "receipt";
    /// A receipt's signature does not hold.
    ReceiptSignature = "receipt-signature";
    /// A recipient has signed another entry than the one that is here.
    ReceiptDiffers = "receipt-differs";
    /// The engine's own check of its file found something.
    Engine = "engine";
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub row: String,
    /// The lane, where it is about an entry.
    pub lane: Option<LaneId>,
    /// The place in the lane.
    pub sequence: Option<u64>,
    /// What was seen; never content.
    pub detail: String,
}

impl Finding {
    pub(crate) fn new(
        kind: FindingKind,
        table: &'static str,
        row: impl ToString,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            table,
            row: row.to_string(),
            lane: None,
            sequence: None,
            detail: detail.into(),
        }
    }

    pub(crate) fn at(mut self, lane: LaneId, sequence: u64) -> Self {
        (self.lane, self.sequence) = (Some(lane), Some(sequence));
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in table {}, row {}", self.kind, self.table, self.row)?;
        if let (Some(lane), Some(sequence)) = (self.lane, self.sequence) {
            write!(f, ", lane {lane}, sequence {sequence}")?;
        }
        write!(f, ": {}", self.detail)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn kinds_have_names_of_their_own() {
        let names: HashSet<_> = FindingKind::ALL.iter().map(|it| it.as_str()).collect();
        assert_eq!(names.len(), FindingKind::ALL.len());
    }
}
