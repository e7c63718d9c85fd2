//! Every bound of the store, with its reason.

use std::time::Duration;

/// Entries in one `publish` or `receive` call: about 20 MiB at worst, and a transaction that still flushes within a second.
pub const BATCH_ENTRIES: usize = 1024;
/// Entries that share one transaction: group commit stops gaining beyond, and the wait of the first one grows.
pub const GROUP_ENTRIES: usize = 1024;
/// Jobs that wait for the writer; callers beyond wait themselves.
pub const QUEUE_JOBS: usize = 2048;
/// Rows of one page of anything that is listed.
pub const PAGE_ROWS: u32 = 1000;
/// Receipts in one `put_receipts` call.
pub const RECEIPTS: usize = 1024;
/// Showings in one `put_shown` call: what a screen and a partner's message hold, with room to spare.
pub const SHOWN: usize = 1024;
/// Days for which it is kept in which window an entry was first shown: long enough for a coordinator to ask, and no longer.
pub const SHOWN_DAYS: i32 = 14;
/// Exceptions of a lane that are told, newest first: a receipt carries fewer.
pub const EXCEPTIONS: u32 = 4096;
/// Versions of one subject that issue and correct; a withdrawal and an erasure may follow.
pub const VERSIONS: u32 = 15;
/// Steps of one subject that are given of each lane: whoever takes more than anybody needs keeps nobody else's from being seen.
pub const STEPS_OF_LANE: u32 = 256;
/// Steps of one subject that are given, and that may be erased at once.
pub const STEPS: u32 = 16 * STEPS_OF_LANE;
/// Alarms that are kept; the oldest go first, since a flood of them must not fill the disk.
pub const ALARMS: u32 = 4096;
/// Bytes of an alarm's evidence: two frames with signatures and room to spare.
pub const EVIDENCE_BYTES: usize = 8 * 1024;
/// Erasure days that have a key at the same time: ten years. A hostile origin must not fill the folder with key files.
pub const ERASURE_DAYS: usize = 3660;
/// Bytes of a pending draft.
pub const PENDING_BYTES: usize = 64 * 1024;
/// Drafts that wait for review: more than a day's coordinators can look at. Whoever comes then has to decide on some first.
pub const REVIEWS: u64 = 256;
/// Bytes of a queued update: a draft with the one that goes the day after inside.
pub const QUEUED_BYTES: usize = 2 * PENDING_BYTES;
/// Updates that are queued while the node does not sign: days of a busy agency's, and some 10 MiB. Whoever comes then has to wait.
pub const QUEUED: u64 = 10_000;
/// Records of the audit log that are kept; the oldest go first: about 20 MiB.
pub const AUDIT_RECORDS: u32 = 65_536;
/// Days for which they are kept: until a year's report has been questioned, and no longer.
pub const AUDIT_DAYS: i32 = 366;
/// Days for which a request id gives its first answer again.
pub const REQUEST_DAYS: i32 = 30;
/// Days for which usage is kept, so that a quota can be explained afterwards.
pub const USAGE_DAYS: i32 = 30;
/// Rows that one transaction of an erasure rewrites, so that publishes get their turn in between.
pub const ERASE_ROWS: u32 = 256;
/// Rows of one page of a copy or check: at worst 10 MiB of entries, and few round trips for small rows.
pub const UPKEEP_ROWS: u32 = 512;
/// Findings of a check that are told; the rest is counted. Whoever has a thousand needs the first ones and a backup.
pub const FINDINGS: usize = 1000;
/// Entries whose subjects are computed at once when projections are: about 100 MiB.
pub const PROJECTED_ENTRIES: u64 = 250_000;
/// How long a hold is in force without being kept, seconds: a stream moves to another replica within five when its holder dies.
pub const HOLD_SECONDS: i64 = 3;
/// How long a call waits for a database that does not answer before it gives up.
pub const UNAVAILABLE_WAIT: Duration = Duration::from_secs(5);
