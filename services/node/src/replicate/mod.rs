//! Replication with the partners: one stream for each pair of nodes, the same in both directions.
//!
//! - [`dial`] keeps trying to reach each partner that has no link.
//! - [`hold`] sees to it that one replica of this node at a time has a partner's stream.
//! - [`link`] runs one stream: says who we are, writes what the other end asked for, reads what it sends.
//! - [`intake`] takes in what came: has it examined by [`examination`], stores it, and lets the receipt go after the flush.
//! - [`receipts`] knows every receipt there is, makes the own ones and checks the others'.
//! - [`showings`] tells in which windows the partner's and others' entries were first on a screen here, and keeps what it tells.
//! - [`steward`] decides from whom each origin's entries are fetched: from itself, from a third node, or not at all.
//!
//! Nothing here is trusted because of who sends it: an entry authenticates itself. Showings alone are unsigned: a partner is heard for its
//! own agency only, and nothing depends on them.

pub(crate) mod dial;
mod examination;
pub(crate) mod hold;
pub(crate) mod intake;
pub(crate) mod limits;
pub(crate) mod link;
pub(crate) mod outgoing;
pub(crate) mod receipts;
mod showings;
pub(crate) mod steward;

use verbund_ledger::LaneId;
use verbund_model::AgencyId;
use verbund_wire::federation::PeerMessage;

/// What the rest of the node asks of the task that writes a stream.
#[derive(Debug)]
pub(crate) enum Control {
    /// The other end wants an origin's lanes from these positions on.
    Serve {
        origin: AgencyId,
        have: Vec<(LaneId, u64)>,
    },
    /// The other end no longer wants them.
    Cease { origin: AgencyId },
    /// Send this.
    Send(Box<PeerMessage>),
}
