//! Every statement that the embedded engine runs, written out. PostgreSQL's are in `postgres/sql.rs`, in the same order.
//!
//! Inserts say `OR ROLLBACK`, since an error is the end of the store in any case: without it SQLite keeps a journal for each
//! statement of several rows, to undo that statement alone, and writes every page twice.
//!
//! [`Rows`] are inserts and lookups of several rows at once, in powers of two up to 64: a batch costs few round trips to
//! the engine's thread, and few distinct statements have to be kept prepared.

use std::sync::OnceLock;

use crate::statement::{Lookup, Read, Write};

pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
pub(super) const COMMIT: &str = "COMMIT";

/// A statement with one row of parameters, repeated.
pub(super) struct Rows {
    head: &'static str,
    row: &'static str,
    tail: &'static str,
    sized: OnceLock<[String; Self::SIZES]>,
}

impl Rows {
    const SIZES: usize = 7;
    /// The most rows of one statement.
    pub(super) const MOST: usize = 1 << (Self::SIZES - 1);

    const fn new(head: &'static str, row: &'static str, tail: &'static str) -> Self {
        let sized = OnceLock::new();
        Self {
            head,
            row,
            tail,
            sized,
        }
    }

    /// The statement for the largest power of two that `rows` has room for, and that power.
    pub(super) fn at_most(&'static self, rows: usize) -> (&'static str, usize) {
        let size = rows.clamp(1, Self::MOST).ilog2() as usize;
        let sized = self.sized.get_or_init(|| {
            std::array::from_fn(|size| {
                let rows = vec![self.row; 1 << size].join(", ");
                format!("{}{rows}{}", self.head, self.tail)
            })
        });
        (&sized[size], 1 << size)
    }

    /// How many parameters one row has.
    #[cfg(test)]
    fn parameters(&self) -> usize {
        self.row.matches('?').count()
    }
}

/// How a writing statement takes several rows.
pub(super) enum Form {
    /// One after the other.
    Each(&'static str),
    /// Many at once.
    Many(&'static Rows),
}

/// The statement that reads.
pub(super) const fn read(read: Read) -> &'static str {
    match read {
        Read::Meta => META,
        Read::LastPosition => LAST_POSITION,
        Read::Standing => STANDING,
        Read::LastRequests => LAST_REQUESTS,
        Read::Lanes => LANES,
        Read::Entries => ENTRIES,
        Read::EntryAt => ENTRY_AT,
        Read::FrameHash => FRAME_HASH,
        Read::Frame => FRAME,
        Read::Exceptions => EXCEPTIONS,
        Read::Unadmitted => UNADMITTED,
        Read::Situation => SITUATION,
        Read::History => HISTORY,
        Read::Steps => STEPS,
        Read::StepsAfter => STEPS_AFTER,
        Read::PageAll => PAGE_ALL,
        Read::PageDay => PAGE_DAY,
        Read::PageDays => PAGE_DAYS,
        Read::PageDaysWide => PAGE_DAYS_WIDE,
        Read::PageAgency => PAGE_AGENCY,
        Read::PageCategory => PAGE_CATEGORY,
        Read::PagePlace => PAGE_PLACE,
        Read::PageDayOthers => PAGE_DAY_OTHERS,
        Read::PageDaysOthers => PAGE_DAYS_OTHERS,
        Read::Receipts => RECEIPTS,
        Read::Shown => SHOWN,
        Read::ShownAt => SHOWN_AT,
        Read::Pending => PENDING,
        Read::PendingDue => PENDING_DUE,
        Read::PendingHeld => PENDING_HELD,
        Read::PendingCount => PENDING_COUNT,
        Read::PendingOfDay => PENDING_OF_DAY,
        Read::Review => REVIEW,
        Read::Reviews => REVIEWS,
        Read::ReviewCount => REVIEW_COUNT,
        Read::ReviewsOfDay => REVIEWS_OF_DAY,
        Read::Queued => QUEUED,
        Read::Queue => QUEUE,
        Read::QueueCounts => QUEUE_COUNTS,
        Read::QueuedOfDay => QUEUED_OF_DAY,
        Read::Audit => AUDIT,
        Read::Link => LINK,
        Read::Usage => USAGE,
        Read::Alarms => ALARMS,
        Read::Charter => CHARTER,
        Read::CharterAfter => CHARTER_AFTER,
        Read::ErasableOfSubject => ERASABLE_OF_SUBJECT,
        Read::ErasableOfLane => ERASABLE_OF_LANE,
        Read::Erasing => ERASING,
        Read::Renewed => RENEWED,
        Read::SealedBefore => SEALED_BEFORE,
        Read::Due => DUE,
        Read::ReadingsBefore => READINGS_BEFORE,
        Read::Holds => HOLDS,
    }
}

/// The statement that looks rows up by their keys.
pub(super) const fn look_up(lookup: Lookup) -> &'static Rows {
    match lookup {
        Lookup::Subjects => &SUBJECTS,
        Lookup::LatestSteps => &LATEST_STEPS,
        Lookup::Situations => &SITUATIONS,
        Lookup::StepsOn => &STEPS_ON,
        Lookup::ShownOf => &SHOWN_OF,
        Lookup::Requests => &REQUESTS,
        Lookup::Pendings => &PENDINGS,
    }
}

/// The statement that writes.
pub(super) const fn write(write: Write) -> Form {
    match write {
        Write::MetaPut => Form::Each(META_PUT),
        Write::LaneInsert => Form::Each(LANE_INSERT),
        Write::LaneStop => Form::Each(LANE_STOP),
        Write::EntryInsert => Form::Many(&ENTRY_INSERT),
        Write::Readmit => Form::Each(READMIT),
        Write::EntryErase => Form::Many(&ENTRY_ERASE),
        Write::SituationInsert => Form::Many(&SITUATION_INSERT),
        Write::SituationReplace => Form::Many(&SITUATION_REPLACE),
        Write::SituationErase => Form::Many(&SITUATION_ERASE),
        Write::ReadingInsert => Form::Many(&READING_INSERT),
        Write::ReadingDelete => Form::Many(&READING_DELETE),
        Write::ReadingForget => Form::Many(&READING_FORGET),
        Write::RequestInsert => Form::Many(&REQUEST_INSERT),
        Write::RequestPrune => Form::Each(REQUEST_PRUNE),
        Write::ReceiptPut => Form::Many(&RECEIPT_PUT),
        Write::ShownPut => Form::Many(&SHOWN_PUT),
        Write::ShownErase => Form::Many(&SHOWN_ERASE),
        Write::ShownPrune => Form::Each(SHOWN_PRUNE),
        Write::PendingPut => Form::Each(PENDING_PUT),
        Write::PendingDrop => Form::Many(&PENDING_DROP),
        Write::PendingPrune => Form::Each(PENDING_PRUNE),
        Write::ReviewInsert => Form::Each(REVIEW_INSERT),
        Write::ReviewDecide => Form::Each(REVIEW_DECIDE),
        Write::ReviewReseal => Form::Each(REVIEW_RESEAL),
        Write::ReviewPrune => Form::Each(REVIEW_PRUNE),
        Write::QueueInsert => Form::Each(QUEUE_INSERT),
        Write::QueueDrop => Form::Each(QUEUE_DROP),
        Write::QueueRefuse => Form::Each(QUEUE_REFUSE),
        Write::QueueReseal => Form::Each(QUEUE_RESEAL),
        Write::AuditInsert => Form::Each(AUDIT_INSERT),
        Write::AuditPrune => Form::Each(AUDIT_PRUNE),
        Write::AuditForget => Form::Each(AUDIT_FORGET),
        Write::LinkPut => Form::Each(LINK_PUT),
        Write::LinkDrop => Form::Many(&LINK_DROP),
        Write::UsageAdd => Form::Each(USAGE_ADD),
        Write::UsagePrune => Form::Each(USAGE_PRUNE),
        Write::AlarmInsert => Form::Each(ALARM_INSERT),
        Write::AlarmPrune => Form::Each(ALARM_PRUNE),
        Write::CharterPut => Form::Each(CHARTER_PUT),
        Write::ErasingPut => Form::Each(ERASING_PUT),
        Write::ErasingRenewed => Form::Each(ERASING_RENEWED),
        Write::ErasingDone => Form::Each(ERASING_DONE),
        Write::ErasingPrune => Form::Each(ERASING_PRUNE),
        Write::Reseal => Form::Many(&RESEAL),
        Write::HoldPut => Form::Each(HOLD_PUT),
        Write::HoldRelease => Form::Each(HOLD_RELEASE),
        Write::HoldReleaseAll => Form::Each(HOLD_RELEASE_ALL),
    }
}

// --- at start

pub(super) const VERSION: &str = "SELECT sqlite_version()";
pub(super) const SETTINGS: &str = "SELECT (SELECT journal_mode FROM pragma_journal_mode), \
     (SELECT synchronous FROM pragma_synchronous), (SELECT foreign_keys FROM pragma_foreign_keys)";
pub(super) const USER_VERSION: &str = "SELECT user_version FROM pragma_user_version";
pub(super) const MIGRATIONS: &str = "SELECT number, sha256 FROM migration ORDER BY number";
pub(super) const MIGRATION_INSERT: &str =
    "INSERT INTO migration (number, name, sha256) VALUES (?, ?, ?)";
pub(super) const FLOOR: &str = "SELECT floor FROM migration WHERE number = ?";
pub(super) const FLOOR_PUT: &str = "UPDATE migration SET floor = ? WHERE number = ?";
/// What is said of the store: a copy that is not whole, a store that was moved.
pub(super) const MARKS: &str = "SELECT generation, edition FROM meta";
pub(super) const META: &str = "SELECT federation, agency, generation FROM meta";
pub(super) const LAST_POSITION: &str = "SELECT coalesce(max(position), 0) FROM entry";
/// A file has no timeline.
pub(super) const STANDING: &str = "SELECT coalesce((SELECT generation FROM meta), 0), \
     coalesce((SELECT max(position) FROM entry), 0), NULL";

// --- meta

pub(super) const META_PUT: &str = "INSERT INTO meta (only_row, federation, agency, generation) VALUES (1, ?, ?, ?) \
     ON CONFLICT (only_row) DO UPDATE SET generation = excluded.generation";

// --- lanes

pub(super) const LANES: &str = "SELECT l.number, l.lane_id, l.origin, l.epoch, l.audience, e.sequence, e.hash, l.stopped \
     FROM lane l JOIN entry e ON e.lane = l.number \
     AND e.sequence = (SELECT max(sequence) FROM entry WHERE lane = l.number) ORDER BY l.number";
pub(super) const LANE_INSERT: &str =
    "INSERT INTO lane (number, lane_id, origin, epoch, audience) VALUES (?, ?, ?, ?, ?)";
pub(super) const LANE_STOP: &str = "UPDATE lane SET stopped = ? WHERE number = ?";

// --- entries

pub(super) static ENTRY_INSERT: Rows = Rows::new(
    "INSERT OR ROLLBACK INTO entry (position, lane, sequence, outcome, version, erasure_day, generation, hash, frame, signature, \
     subject, codes_salt, codes, text, step) VALUES ",
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "",
);

/// The columns of an entry, in the order in which [`super::row`] reads them.
macro_rules! entry_columns {
    () => {
        "e.position, l.lane_id, e.sequence, e.outcome, e.version, e.erasure_day, e.generation, e.hash, e.frame, \
         e.signature, e.subject, e.codes_salt, e.codes, e.text, e.step"
    };
}

pub(super) const ENTRIES: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM lane l JOIN entry e ON e.lane = l.number WHERE l.lane_id = ? AND e.sequence > ? ORDER BY e.sequence LIMIT ?"
);
pub(super) const ENTRY_AT: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM lane l JOIN entry e ON e.lane = l.number WHERE l.lane_id = ? AND e.sequence = ?"
);
pub(super) const FRAME_HASH: &str = "SELECT e.hash FROM lane l JOIN entry e ON e.lane = l.number WHERE l.lane_id = ? AND e.sequence = ?";
pub(super) const FRAME: &str = "SELECT e.frame, e.signature FROM lane l JOIN entry e ON e.lane = l.number WHERE l.lane_id = ? AND e.sequence = ?";
pub(super) const EXCEPTIONS: &str = "SELECT e.sequence, e.outcome FROM lane l JOIN entry e ON e.lane = l.number \
     WHERE l.lane_id = ? AND e.outcome <> 0 ORDER BY e.sequence DESC LIMIT ?";
pub(super) const UNADMITTED: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry e JOIN lane l ON l.number = e.lane WHERE e.outcome IN (16, 17, 48) \
     AND (e.lane, e.sequence) > (coalesce((SELECT number FROM lane WHERE lane_id = ?), 0), ?) \
     ORDER BY e.lane, e.sequence LIMIT ?"
);
pub(super) const READMIT: &str = "UPDATE entry SET outcome = ?, version = ?, generation = ?, subject = ?, codes_salt = ?, \
     codes = ?, text = ?, step = ? WHERE position = ?";

// --- situations

macro_rules! situation_put {
    ($verb:literal) => {
        Rows::new(
            concat!(
                $verb,
                " INTO situation (changed, subject, first, observed, lane, versions, state, agency, category, place, day, \
                 time_window) VALUES "
            ),
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            "",
        )
    };
}

pub(super) static SITUATION_INSERT: Rows = situation_put!("INSERT OR ROLLBACK");
/// In place of the row that the subject has: its key is the position of its latest entry, which is another one now.
pub(super) static SITUATION_REPLACE: Rows = situation_put!("REPLACE");

/// What the writer has to know of subjects before it decides.
pub(super) static SUBJECTS: Rows = Rows::new(
    "SELECT s.subject, s.changed, s.first, s.observed, s.versions, s.state, s.agency, s.category, s.place, s.day, \
     s.time_window, e.lane, e.sequence, e.hash FROM situation s JOIN entry e ON e.position = s.changed \
     WHERE s.subject IN (",
    "?",
    ")",
);

/// What stands before and behind the `changed` of the situations that are wanted.
macro_rules! situations_head {
    () => {
        concat!(
            "SELECT ",
            entry_columns!(),
            ", o.position, ol.lane_id, o.sequence, o.outcome, o.version, o.erasure_day, o.generation, o.hash, o.frame, \
             o.signature, o.subject, o.codes_salt, o.codes, o.text, o.step, \
             s.changed, s.observed, s.subject, l.origin, s.versions, s.state FROM ("
        )
    };
}
macro_rules! situations_tail {
    () => {
        ") AS p CROSS JOIN situation s ON s.changed = p.changed CROSS JOIN entry e ON e.position = s.changed \
         CROSS JOIN lane l ON l.number = e.lane LEFT JOIN entry o ON o.position = s.observed AND s.observed <> s.changed \
         LEFT JOIN lane ol ON ol.number = o.lane ORDER BY p.changed DESC"
    };
}

/// A situation with its latest entry (`e`) and, where that is another, the one that carries its observation (`o`); `$from`
/// gives the `changed` of those that are wanted.
macro_rules! situations {
    ($from:expr) => {
        concat!(situations_head!(), $from, situations_tail!())
    };
}

/// Situations that are listed, by their `changed`.
pub(super) static SITUATIONS: Rows = Rows::new(
    concat!(
        situations_head!(),
        "SELECT changed FROM situation WHERE state < 2 AND changed IN ("
    ),
    "?",
    concat!(")", situations_tail!()),
);
pub(super) const SITUATION: &str = situations!(
    "SELECT changed FROM situation WHERE subject = ?1 AND (?2 IS NULL OR agency = ?2) ORDER BY first LIMIT 1"
);
pub(super) const HISTORY: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry e JOIN lane l ON l.number = e.lane WHERE e.version > 0 AND e.position IN (\
     SELECT first FROM situation WHERE subject = ?1 UNION ALL \
     SELECT position FROM entry INDEXED BY entry_subject WHERE subject = ?1 AND version <> 1 AND subject IS NOT NULL) \
     AND l.origin = coalesce(?2, (SELECT agency FROM situation WHERE subject = ?1 ORDER BY first LIMIT 1)) \
     ORDER BY e.position"
);

// --- steps

/// An agency's latest step on each of the subjects, content or not.
pub(super) static LATEST_STEPS: Rows = Rows::new(
    "SELECT max(e.position), e.subject, l.origin, e.hash FROM entry e INDEXED BY entry_subject \
     CROSS JOIN lane l ON l.number = e.lane WHERE e.version <> 1 AND e.step = 1 AND e.subject IS NOT NULL AND e.subject IN (",
    "?",
    ") GROUP BY e.subject, l.origin",
);
pub(super) const STEPS: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM (SELECT s.*, row_number() OVER (PARTITION BY s.lane ORDER BY s.sequence) AS nth \
     FROM entry s INDEXED BY entry_subject \
     WHERE s.subject = ? AND s.version <> 1 AND s.subject IS NOT NULL AND s.step = 1 AND s.generation > 0) e \
     CROSS JOIN lane l ON l.number = e.lane WHERE e.nth <= ? ORDER BY e.position LIMIT ?"
);
/// As [`STEPS`], on several subjects; the number is `limits::STEPS_OF_LANE`.
pub(super) static STEPS_ON: Rows = Rows::new(
    concat!(
        "SELECT ",
        entry_columns!(),
        " FROM (SELECT s.*, row_number() OVER (PARTITION BY s.subject, s.lane ORDER BY s.sequence) AS nth \
         FROM entry s INDEXED BY entry_subject \
         WHERE s.version <> 1 AND s.subject IS NOT NULL AND s.step = 1 AND s.generation > 0 AND s.subject IN ("
    ),
    "?",
    ")) e CROSS JOIN lane l ON l.number = e.lane WHERE e.nth <= 256 ORDER BY e.position",
);
pub(super) const STEPS_AFTER: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry e INDEXED BY entry_step CROSS JOIN lane l ON l.number = e.lane \
     WHERE e.step = 1 AND e.generation > 0 AND e.position > ? ORDER BY e.position LIMIT ?"
);

// Pages: each filter leads with its own index, and the rest is compared inside it. Parameters in all of them:
// ?1 before, ?2 agency, ?3 category, ?4 place, ?5 from day, ?6 to day, ?7 limit.
macro_rules! page {
    ($index:literal, $lead:literal) => {
        situations!(concat!(
            "SELECT changed FROM situation INDEXED BY ",
            $index,
            " WHERE state < 2 AND changed < ?1",
            $lead,
            " ORDER BY changed DESC LIMIT ?7"
        ))
    };
}

pub(super) const PAGE_ALL: &str = page!("situation_changed", "");
pub(super) const PAGE_DAY: &str = page!("situation_day", " AND day = ?5");
pub(super) const PAGE_DAYS: &str = page!("situation_day", " AND day BETWEEN ?5 AND ?6");
pub(super) const PAGE_DAYS_WIDE: &str = page!("situation_changed", " AND +day BETWEEN ?5 AND ?6");
pub(super) const PAGE_AGENCY: &str = page!(
    "situation_agency",
    " AND agency = ?2 AND (?3 IS NULL OR category = ?3) AND (?4 IS NULL OR place = ?4) AND +day BETWEEN ?5 AND ?6"
);
pub(super) const PAGE_CATEGORY: &str = page!(
    "situation_category",
    " AND category = ?3 AND (?2 IS NULL OR agency = ?2) AND (?4 IS NULL OR place = ?4) AND +day BETWEEN ?5 AND ?6"
);
pub(super) const PAGE_PLACE: &str = page!(
    "situation_place",
    " AND place = ?4 AND (?2 IS NULL OR agency = ?2) AND (?3 IS NULL OR category = ?3) AND +day BETWEEN ?5 AND ?6"
);
pub(super) const PAGE_DAY_OTHERS: &str = page!(
    "situation_day",
    " AND day = ?5 AND (?2 IS NULL OR agency = ?2) AND (?3 IS NULL OR category = ?3) AND (?4 IS NULL OR place = ?4)"
);
/// As [`PAGE_AGENCY`] and so on, for a narrow range of days: fewer rows than an agency's, category's or place's own.
pub(super) const PAGE_DAYS_OTHERS: &str = page!(
    "situation_day",
    " AND day BETWEEN ?5 AND ?6 AND (?2 IS NULL OR agency = ?2) AND (?3 IS NULL OR category = ?3) \
     AND (?4 IS NULL OR place = ?4)"
);

// --- what is remembered of the past, so that most lookups can be left out

pub(super) const SOME_SUBJECTS: &str = "SELECT subject FROM situation INDEXED BY situation_subject WHERE subject > ? ORDER BY subject LIMIT 4096";
pub(super) const LAST_REQUESTS: &str =
    "SELECT request_id FROM request ORDER BY request_id DESC LIMIT ?";

// --- readings

pub(super) static READING_INSERT: Rows = Rows::new(
    "INSERT OR ROLLBACK INTO reading (first, ordinal, agency, indicator, place, period, day, value) VALUES ",
    "(?, ?, ?, ?, ?, ?, ?, ?)",
    "",
);
pub(super) static READING_DELETE: Rows =
    Rows::new("DELETE FROM reading WHERE first IN (", "?", ")");
/// A subject that has been corrected since may tell of a later day now.
pub(super) static READING_FORGET: Rows = Rows::new(
    "DELETE FROM reading WHERE (first, ordinal) IN (SELECT r.first, r.ordinal FROM (VALUES ",
    "(?, ?)",
    ") AS v CROSS JOIN reading r ON r.first = v.column1 AND r.day < v.column2)",
);
/// No index has days: the whole series is read once, in pieces, beside the writer and not in its turn.
pub(super) const READINGS_BEFORE: &str =
    "SELECT DISTINCT first FROM reading WHERE first > ? AND day < ? ORDER BY first LIMIT ?";

// --- requests

pub(super) static REQUEST_INSERT: Rows = Rows::new(
    "INSERT OR ROLLBACK INTO request (request_id, caller, method, fingerprint, position) VALUES ",
    "(?, ?, ?, ?, ?)",
    "",
);
/// Requests by id; caller and method are compared by the reader, since an id all but never has two.
pub(super) static REQUESTS: Rows = Rows::new(
    concat!(
        "SELECT ",
        entry_columns!(),
        ", r.request_id, r.caller, r.method, r.fingerprint FROM request r JOIN entry e ON e.position = r.position \
         JOIN lane l ON l.number = e.lane WHERE r.request_id IN ("
    ),
    "?",
    ")",
);
pub(super) const REQUEST_PRUNE: &str = "DELETE FROM request WHERE request_id < ?";

// --- receipts

pub(super) static RECEIPT_PUT: Rows = Rows::new(
    "INSERT INTO receipt (lane, recipient, generation, sequence, body, signature) VALUES ",
    "(?, ?, ?, ?, ?, ?)",
    " ON CONFLICT (lane, recipient) DO UPDATE SET generation = excluded.generation, sequence = excluded.sequence, \
     body = excluded.body, signature = excluded.signature \
     WHERE (excluded.generation, excluded.sequence) >= (generation, sequence)",
);
pub(super) const RECEIPTS: &str = "SELECT l.lane_id, r.recipient, r.generation, r.sequence, r.body, r.signature \
     FROM receipt r JOIN lane l ON l.number = r.lane ORDER BY r.lane, r.recipient";

// --- what was shown

/// Only of entries that are here and have not been erased: nobody can claim more rows than there are entries.
pub(super) static SHOWN_PUT: Rows = Rows::new(
    "INSERT INTO shown (lane, sequence, agency, day, time_window) \
     SELECT v.column1, v.column2, v.column3, v.column4, v.column5 FROM (VALUES ",
    "(?, ?, ?, ?, ?)",
    ") AS v CROSS JOIN entry e INDEXED BY entry_lane ON e.lane = v.column1 AND e.sequence = v.column2 WHERE e.outcome <> 64 \
     ON CONFLICT (lane, sequence, agency) DO NOTHING",
);
pub(super) const SHOWN: &str = "SELECT l.lane_id, s.sequence, s.agency, s.day, s.time_window FROM lane l \
     JOIN shown s ON s.lane = l.number WHERE l.lane_id = ? AND s.sequence = ? ORDER BY s.agency";
/// Of several entries, by their positions.
pub(super) static SHOWN_OF: Rows = Rows::new(
    "SELECT l.lane_id, s.sequence, s.agency, s.day, s.time_window FROM entry e \
     CROSS JOIN shown s ON s.lane = e.lane AND s.sequence = e.sequence CROSS JOIN lane l ON l.number = s.lane \
     WHERE e.position IN (",
    "?",
    ")",
);
pub(super) const SHOWN_AT: &str = "SELECT l.lane_id, s.sequence, s.agency, s.day, s.time_window FROM shown s \
     JOIN lane l ON l.number = s.lane WHERE s.agency = ? AND s.day >= ? \
     AND (s.lane, s.sequence) > (coalesce((SELECT number FROM lane WHERE lane_id = ?), 0), ?) \
     ORDER BY s.lane, s.sequence LIMIT ?";
pub(super) static SHOWN_ERASE: Rows = Rows::new(
    "DELETE FROM shown WHERE (lane, sequence) IN (SELECT lane, sequence FROM entry WHERE position IN (",
    "?",
    "))",
);
pub(super) const SHOWN_PRUNE: &str = "DELETE FROM shown WHERE day < ?";

// --- pending drafts and links

pub(super) const PENDING_PUT: &str =
    "REPLACE INTO pending (subject, due, erasure_day, generation, body) VALUES (?, ?, ?, ?, ?)";
pub(super) static PENDING_DROP: Rows =
    Rows::new("DELETE FROM pending WHERE subject IN (", "?", ")");
pub(super) const PENDING: &str =
    "SELECT subject, due, erasure_day, generation, body FROM pending WHERE subject = ?";
/// Drafts that are about to be used up.
pub(super) static PENDINGS: Rows = Rows::new(
    "SELECT subject, due, erasure_day, generation, body FROM pending WHERE subject IN (",
    "?",
    ")",
);
pub(super) const PENDING_DUE: &str = "SELECT subject, due, erasure_day, generation, body FROM pending \
     WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?";
pub(super) const PENDING_HELD: &str = "SELECT subject, due, erasure_day, generation, body FROM pending \
     WHERE due IS NULL ORDER BY erasure_day DESC, subject LIMIT ?";
pub(super) const PENDING_COUNT: &str = "SELECT count(*) FROM pending";
pub(super) const PENDING_OF_DAY: &str = "SELECT subject, due, erasure_day, generation, body FROM pending WHERE erasure_day = ? AND generation < ?";
pub(super) const PENDING_PRUNE: &str = "DELETE FROM pending WHERE erasure_day < ?";
pub(super) const LINK_PUT: &str = "REPLACE INTO link (subject, generalised) VALUES (?, ?)";
pub(super) const LINK: &str = "SELECT generalised FROM link WHERE subject = ?";

// --- the review list and the audit log

macro_rules! reviews {
    ($rest:literal) => {
        concat!(
            "SELECT review, subject, caller, method, request_id, held_at, state, erasure_day, generation, body FROM review",
            $rest
        )
    };
}

pub(super) const REVIEW: &str = reviews!(" WHERE review = ?");
pub(super) const REVIEWS: &str = reviews!(" WHERE state = 0 ORDER BY held_at, review");
pub(super) const REVIEWS_OF_DAY: &str =
    reviews!(" WHERE state = 0 AND erasure_day = ? AND generation < ?");
pub(super) const REVIEW_COUNT: &str = "SELECT count(*) FROM review WHERE state = 0";
pub(super) const REVIEW_INSERT: &str = "INSERT INTO review (review, subject, caller, method, request_id, held_at, state, erasure_day, \
     generation, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
pub(super) const REVIEW_DECIDE: &str =
    "UPDATE review SET state = ?, generation = 0, body = NULL WHERE review = ?";
pub(super) const REVIEW_RESEAL: &str =
    "UPDATE review SET body = ?, generation = ? WHERE review = ?";
pub(super) const REVIEW_PRUNE: &str = "DELETE FROM review WHERE state <> 0 AND held_at < ?";
pub(super) const AUDIT_INSERT: &str = "INSERT INTO audit (at, event, role, pseudonym, subject, review, guard_version, findings) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
pub(super) const AUDIT_PRUNE: &str =
    "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?";
pub(super) const AUDIT_FORGET: &str = "DELETE FROM audit WHERE at < ?";
pub(super) const AUDIT: &str = "SELECT number, at, event, role, pseudonym, subject, review, guard_version, findings FROM audit \
     WHERE number < ? ORDER BY number DESC LIMIT ?";

// --- the queue

macro_rules! queued {
    ($rest:literal) => {
        concat!(
            "SELECT number, subject, erasure_day, generation, refused, body FROM queued",
            $rest
        )
    };
}

pub(super) const QUEUED: &str = queued!(" WHERE subject = ?");
pub(super) const QUEUE: &str = queued!(" WHERE number > ? ORDER BY number LIMIT ?");
pub(super) const QUEUED_OF_DAY: &str = queued!(" WHERE erasure_day = ? AND generation < ?");
pub(super) const QUEUE_COUNTS: &str =
    "SELECT count(*), count(*) FILTER (WHERE refused <> 0) FROM queued";
pub(super) const QUEUE_INSERT: &str =
    "INSERT INTO queued (subject, erasure_day, generation, refused, body) VALUES (?, ?, ?, 0, ?)";
pub(super) const QUEUE_DROP: &str = "DELETE FROM queued WHERE subject = ?";
pub(super) const QUEUE_REFUSE: &str = "UPDATE queued SET refused = 1 WHERE subject = ?";
pub(super) const QUEUE_RESEAL: &str =
    "UPDATE queued SET body = ?, generation = ? WHERE subject = ?";

// --- usage

pub(super) const USAGE_ADD: &str = "INSERT INTO usage (origin, day, entries, bytes) VALUES (?, ?, ?, ?) \
     ON CONFLICT (origin, day) DO UPDATE SET entries = entries + excluded.entries, bytes = bytes + excluded.bytes";
pub(super) const USAGE: &str = "SELECT entries, bytes FROM usage WHERE origin = ? AND day = ?";
pub(super) const USAGE_PRUNE: &str = "DELETE FROM usage WHERE day < ?";

// --- alarms and the charter

pub(super) const ALARM_INSERT: &str =
    "INSERT INTO alarm (at, kind, lane_id, agency, detail, evidence) VALUES (?, ?, ?, ?, ?, ?)";
pub(super) const ALARM_PRUNE: &str =
    "DELETE FROM alarm WHERE number <= (SELECT max(number) FROM alarm) - ?";
pub(super) const ALARMS: &str = "SELECT number, at, kind, lane_id, agency, detail, evidence FROM alarm ORDER BY number DESC LIMIT ?";
pub(super) const CHARTER_PUT: &str =
    "INSERT INTO charter (version, body, signatures) VALUES (?, ?, ?)";
pub(super) const CHARTER_AFTER: &str =
    "SELECT version, body, signatures FROM charter WHERE version > ? ORDER BY version LIMIT 1";
pub(super) const CHARTER: &str =
    "SELECT version, body, signatures FROM charter ORDER BY version DESC LIMIT 1";

// --- erasure

/// What a withdrawal may take with it: the subject's entries, and those of its lane that wait, content or not.
pub(super) const ERASABLE_OF_SUBJECT: &str = "SELECT position, erasure_day, hash, subject, version, lane, generation, step FROM entry WHERE outcome <> 64 AND position IN (\
     SELECT first FROM situation WHERE subject = ?1 UNION ALL \
     SELECT position FROM entry INDEXED BY entry_subject WHERE subject = ?1 AND version <> 1 AND subject IS NOT NULL)";
pub(super) const ERASABLE_OF_LANE: &str = "SELECT position, erasure_day, hash, subject, version, lane, generation, step \
     FROM entry INDEXED BY entry_waiting WHERE lane = ? AND outcome IN (16, 17, 48)";
pub(super) static ENTRY_ERASE: Rows = Rows::new(
    "UPDATE entry SET outcome = 64, generation = 0, codes_salt = NULL, codes = NULL, text = NULL WHERE position IN (",
    "?",
    ")",
);
pub(super) const ERASING_PUT: &str = "INSERT INTO erasing (day, times) VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET times = times + 1";
pub(super) const ERASING: &str = "SELECT day, times FROM erasing WHERE times > 0 ORDER BY day";
pub(super) const RENEWED: &str = "SELECT day, generation FROM erasing WHERE generation > 0";
pub(super) const ERASING_RENEWED: &str = "INSERT INTO erasing (day, times, generation) VALUES (?, 0, ?) \
     ON CONFLICT (day) DO UPDATE SET generation = excluded.generation";
pub(super) const ERASING_DONE: &str = "UPDATE erasing SET times = 0 WHERE day = ? AND times = ?";
pub(super) const ERASING_PRUNE: &str = "DELETE FROM erasing WHERE day < ?";
pub(super) const SEALED_BEFORE: &str = "SELECT e.position, l.lane_id, e.sequence, e.generation, e.text FROM entry e JOIN lane l ON l.number = e.lane \
     WHERE e.erasure_day = ? AND e.generation > 0 AND e.generation < ? LIMIT ?";
pub(super) static RESEAL: Rows = Rows::new(
    "UPDATE entry SET text = v.column2, generation = v.column3 FROM (VALUES ",
    "(?, ?, ?)",
    ") AS v WHERE entry.position = v.column1",
);
/// Of a step no subject is told: nothing else goes with it.
pub(super) const DUE: &str = "SELECT e.position, CASE WHEN e.step = 0 THEN e.subject END, \
     l.origin <> coalesce((SELECT nullif(agency, '') FROM meta WHERE only_row = 1), l.origin) \
     FROM entry e INDEXED BY entry_due CROSS JOIN lane l ON l.number = e.lane \
     WHERE e.generation > 0 AND e.erasure_day < ? LIMIT ?";
/// Only where the observation itself is gone: a later correction may be due later.
pub(super) static SITUATION_ERASE: Rows = Rows::new(
    "UPDATE situation SET state = 2, category = NULL, place = NULL, day = NULL, time_window = NULL WHERE changed IN (\
     SELECT s.changed FROM (VALUES ",
    "(?, ?)",
    ") AS v CROSS JOIN situation s ON s.subject = v.column1 AND s.observed = v.column2)",
);
pub(super) static LINK_DROP: Rows = Rows::new("DELETE FROM link WHERE subject IN (", "?", ")");

// --- holds: with one process they are in force until they are released

pub(super) const HOLDS: &str = "SELECT name, holder, generation, until FROM hold ORDER BY name";
pub(super) const HOLD_PUT: &str = "INSERT INTO hold (name, holder, generation, until) \
     VALUES (?, ?, ?, CASE WHEN ? > 0 THEN 9223372036854775807 ELSE 0 END) ON CONFLICT (name) \
     DO UPDATE SET holder = excluded.holder, generation = excluded.generation, until = excluded.until";
pub(super) const HOLD_RELEASE: &str = "UPDATE hold SET until = 0 WHERE name = ? AND generation = ?";
pub(super) const HOLD_RELEASE_ALL: &str = "UPDATE hold SET until = 0 WHERE until <> 0";

// --- the journal

pub(super) const CHECKPOINT_PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
pub(super) const CHECKPOINT_RESTART: &str = "PRAGMA wal_checkpoint(RESTART)";
pub(super) const CHECKPOINT_TRUNCATE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_on_several_subjects_are_bounded_as_those_on_one() {
        let bound = format!("e.nth <= {} ", crate::limits::STEPS_OF_LANE);
        assert!(STEPS_ON.at_most(1).0.contains(&bound));
    }

    #[test]
    fn rows_come_in_powers_of_two() {
        let sizes = [0, 1, 2, 3, 4, 63, 64, 65, 1000].map(|rows| READING_DELETE.at_most(rows).1);
        assert_eq!(sizes, [1, 1, 2, 2, 4, 32, 64, 64, 64]);
        assert_eq!(
            READING_DELETE.at_most(2).0,
            "DELETE FROM reading WHERE first IN (?, ?)"
        );
        assert_eq!(ENTRY_INSERT.parameters(), 15);
        assert_eq!(SITUATION_INSERT.parameters(), 12);
    }
}
