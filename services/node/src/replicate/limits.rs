//! Every bound of replication, with its reason.

use std::time::Duration;

/// Entries in one message that we send. Large enough that one flush covers many, small enough to be checked in some milliseconds.
pub(crate) const BATCH_ENTRIES: u32 = 256;
/// Bytes in one message that we send.
pub(crate) const BATCH_BYTES: u32 = 256 * 1024;
/// Entries in one message that we take; the contract says 512.
pub(crate) const BATCH_ENTRIES_MAX: usize = 512;
/// Messages that may wait between us and the transport; with the batch size this bounds what a partner who never reads costs.
pub(crate) const OUTBOX_MESSAGES: usize = 4;
/// Orders that may wait for the writing task.
pub(crate) const CONTROL_MESSAGES: usize = 64;
/// Batches that may wait between reading, checking and storing.
pub(crate) const INTAKE_BATCHES: usize = 2;
/// Below this many entries a batch is checked where it is; above, on a thread that may block.
pub(crate) const INLINE_ENTRIES: usize = 8;
/// From this many entries on a batch is examined in two halves: below, changing threads costs more than it saves.
pub(crate) const SPLIT_ENTRIES: usize = 32;
/// Receipts in one message; the contract says 256.
pub(crate) const RECEIPTS_MAX: usize = 256;
/// Receipt messages that may wait for their check.
pub(crate) const RECEIPT_QUEUE: usize = 16;
/// Showings in one message; the contract says 256.
pub(crate) const SHOWINGS_MAX: usize = 256;
/// Messages of showings that may wait to be kept.
pub(crate) const SHOWINGS_QUEUE: usize = 4;
/// How often it is looked whether a window is over, so that what was shown in it may be told. Nobody waits for that.
pub(crate) const SHOWN_LOOK: Duration = Duration::from_secs(5);
/// Lane positions in one subscription; more lanes than agencies can reasonably have audiences.
pub(crate) const CURSORS_MAX: usize = 4096;
/// How long receipts for a partner's own entries are gathered, so that one signature covers many.
pub(crate) const RECEIPT_DELAY: Duration = Duration::from_millis(20);
/// How often receipts for others' entries are told.
pub(crate) const RECEIPT_SHARE: Duration = Duration::from_secs(1);
/// How often third parties' receipts are passed on.
pub(crate) const GOSSIP: Duration = Duration::from_secs(5);
/// How often a sign of life is sent.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(15);
/// A partner that says nothing for this long is away: three heartbeats.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(45);
/// A partner that takes nothing for this long is let go.
pub(crate) const STUCK_MAX: Duration = Duration::from_secs(30);
/// How long the first word of a stream may take.
pub(crate) const HELLO_MAX: Duration = Duration::from_secs(10);
/// For so long what came of calling a partner back is told again instead of calling anew: a partner can't make a node dial all day.
pub(crate) const CALL_BACK_AGAIN: Duration = Duration::from_secs(5);
/// The first pause between two attempts to reach a partner.
pub(crate) const BACKOFF_MIN: Duration = Duration::from_millis(100);
/// The longest pause with up to [`FEW_PARTNERS`] partners: an outage of minutes must not cost days.
pub(crate) const BACKOFF_MAX_FEW: Duration = Duration::from_secs(5);
/// The longest pause with more partners.
pub(crate) const BACKOFF_MAX_MANY: Duration = Duration::from_secs(60);
/// Up to this many partners the short pause holds.
pub(crate) const FEW_PARTNERS: usize = 20;
/// An origin that has been away this long is asked for at a third node.
pub(crate) const RELAY_AFTER: Duration = Duration::from_secs(2);
/// How long one third node is asked before the next is.
pub(crate) const RELAY_TURN: Duration = Duration::from_secs(10);
/// How often the steward looks whether something changed that nobody told it of (a new day, room on the disk).
pub(crate) const STEWARD_TICK: Duration = Duration::from_secs(1);
/// Successor lanes that stopped lanes may cost per audience and day.
pub(crate) const SUCCESSORS_PER_DAY: usize = 4;
/// Lanes of one origin: an audience each, and some that were stopped. All origins together must fit a feed cursor.
pub(crate) const LANES_PER_ORIGIN_MAX: usize = 512;
/// How long what was examined may take to be stored before the next step stops waiting for it.
pub(crate) const STORED_MAX: Duration = Duration::from_secs(10);
