//! Lanes: one origin's entries for one audience.

use verbund_ledger::{LaneHead, LaneId};
use verbund_model::{AgencyId, Audience};

/// A lane that is being opened here, or has been opened by another origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLane {
    /// Its name.
    pub id: LaneId,
    /// Whose entries it carries.
    pub origin: AgencyId,
    /// The origin's epoch.
    pub epoch: u32,
    /// Who reads it; never changes.
    pub audience: Audience,
}

/// A lane as this node has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneRecord {
    /// Its name.
    pub id: LaneId,
    /// Whose entries it carries.
    pub origin: AgencyId,
    /// The origin's epoch.
    pub epoch: u32,
    /// Who reads it.
    pub audience: Audience,
    /// Its newest entry here.
    pub head: LaneHead,
    /// Why it takes no more entries, if so.
    pub stopped: Option<String>,
}
