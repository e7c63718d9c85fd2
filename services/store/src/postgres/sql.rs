//! Every statement that runs on PostgreSQL, written out. SQLite's are in `sqlite/sql.rs`, in the same order.
//!
//! Each writing statement takes any number of rows, one array for each column: one round trip, and one form to keep
//! prepared.

use crate::statement::{Lookup, Read, Write};

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
pub(super) const fn look_up(lookup: Lookup) -> &'static str {
    match lookup {
        Lookup::Subjects => SUBJECTS,
        Lookup::LatestSteps => LATEST_STEPS,
        Lookup::Situations => SITUATIONS,
        Lookup::StepsOn => STEPS_ON,
        Lookup::ShownOf => SHOWN_OF,
        Lookup::Requests => REQUESTS,
        Lookup::Pendings => PENDINGS,
    }
}

/// The statement that writes.
pub(super) const fn write(write: Write) -> &'static str {
    match write {
        Write::MetaPut => META_PUT,
        Write::LaneInsert => LANE_INSERT,
        Write::LaneStop => LANE_STOP,
        Write::EntryInsert => ENTRY_INSERT,
        Write::Readmit => READMIT,
        Write::EntryErase => ENTRY_ERASE,
        Write::SituationInsert => SITUATION_INSERT,
        Write::SituationReplace => SITUATION_REPLACE,
        Write::SituationErase => SITUATION_ERASE,
        Write::ReadingInsert => READING_INSERT,
        Write::ReadingDelete => READING_DELETE,
        Write::ReadingForget => READING_FORGET,
        Write::RequestInsert => REQUEST_INSERT,
        Write::RequestPrune => REQUEST_PRUNE,
        Write::ReceiptPut => RECEIPT_PUT,
        Write::ShownPut => SHOWN_PUT,
        Write::ShownErase => SHOWN_ERASE,
        Write::ShownPrune => SHOWN_PRUNE,
        Write::PendingPut => PENDING_PUT,
        Write::PendingDrop => PENDING_DROP,
        Write::PendingPrune => PENDING_PRUNE,
        Write::ReviewInsert => REVIEW_INSERT,
        Write::ReviewDecide => REVIEW_DECIDE,
        Write::ReviewReseal => REVIEW_RESEAL,
        Write::ReviewPrune => REVIEW_PRUNE,
        Write::QueueInsert => QUEUE_INSERT,
        Write::QueueDrop => QUEUE_DROP,
        Write::QueueRefuse => QUEUE_REFUSE,
        Write::QueueReseal => QUEUE_RESEAL,
        Write::AuditInsert => AUDIT_INSERT,
        Write::AuditPrune => AUDIT_PRUNE,
        Write::AuditForget => AUDIT_FORGET,
        Write::LinkPut => LINK_PUT,
        Write::LinkDrop => LINK_DROP,
        Write::UsageAdd => USAGE_ADD,
        Write::UsagePrune => USAGE_PRUNE,
        Write::AlarmInsert => ALARM_INSERT,
        Write::AlarmPrune => ALARM_PRUNE,
        Write::CharterPut => CHARTER_PUT,
        Write::ErasingPut => ERASING_PUT,
        Write::ErasingRenewed => ERASING_RENEWED,
        Write::ErasingDone => ERASING_DONE,
        Write::ErasingPrune => ERASING_PRUNE,
        Write::Reseal => RESEAL,
        Write::HoldPut => HOLD_PUT,
        Write::HoldRelease => HOLD_RELEASE,
        Write::HoldReleaseAll => HOLD_RELEASE_ALL,
    }
}

// --- at start

/// What the server is set to, as this session sees it.
pub(super) const SETTINGS: &str = "SELECT current_setting('server_version'), \
     current_setting('server_version_num')::bigint, current_setting('server_encoding'), current_setting('fsync'), \
     current_setting('full_page_writes'), current_setting('synchronous_commit'), \
     current_setting('synchronous_standby_names'), pg_is_in_recovery(), \
     (SELECT count(*) FROM pg_stat_replication), \
     (SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary), \
     pg_postmaster_start_time()::text";
pub(super) const HAS_SCHEMA: &str = "SELECT to_regclass('migration') IS NOT NULL";
pub(super) const MIGRATIONS: &str = "SELECT number, sha256 FROM migration ORDER BY number";
pub(super) const MIGRATION_INSERT: &str =
    "INSERT INTO migration (number, name, sha256) VALUES ($1, $2, $3)";
pub(super) const FLOOR: &str = "SELECT floor FROM migration WHERE number = $1";
pub(super) const FLOOR_PUT: &str = "UPDATE migration SET floor = $1 WHERE number = $2";
/// One process at a time changes the schema; held until it is done, or the session ends.
pub(super) const MIGRATION_LOCK: &str =
    "SELECT pg_advisory_lock(hashtext('verbund'), hashtext('migration'))";
/// A large table takes as long as it takes.
pub(super) const MIGRATION_TIME: &str = "SET statement_timeout = 0";
pub(super) const MIGRATION_TIME_OVER: &str = "RESET statement_timeout";
pub(super) const MIGRATION_UNLOCK: &str =
    "SELECT pg_advisory_unlock(hashtext('verbund'), hashtext('migration'))";
/// One replica at a time renews and destroys keys; held until the session ends.
pub(super) const ERASING_LOCK: &str =
    "SELECT pg_advisory_lock(hashtext('verbund'), hashtext('erasing'))";
/// What is said of the store: a copy that is not whole, a store that was moved.
pub(super) const MARKS: &str = "SELECT generation, edition FROM meta";
pub(super) const META: &str = "SELECT federation, agency, generation FROM meta";
pub(super) const LAST_POSITION: &str = "SELECT coalesce(max(position), 0) FROM entry";
/// The timeline changes when a standby is promoted and when an archive is replayed.
pub(super) const STANDING: &str = "SELECT coalesce((SELECT generation FROM meta), 0)::bigint, \
     coalesce((SELECT max(position) FROM entry), 0)::bigint, CASE WHEN pg_is_in_recovery() THEN NULL ELSE \
     (SELECT system_identifier::text FROM pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END";

// --- copies, checks and repairs

/// Statements over whole tables take as long as they take, are best planned freely, and hold up nobody who has been let in.
pub(super) const UPKEEP_SESSION: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
     SET enable_seqscan = on; SET enable_bitmapscan = on; SET enable_hashjoin = on; SET enable_mergejoin = on";
/// One process at a time; held until the session ends.
pub(super) const UPKEEP_LOCK: &str =
    "SELECT pg_try_advisory_lock(hashtext('verbund'), hashtext('upkeep'))";
/// Sessions of nodes.
pub(super) const NODE_SESSIONS: &str = "SELECT count(*) FROM pg_stat_activity \
     WHERE datname = current_database() AND application_name = 'verbund' AND pid <> pg_backend_pid()";
/// Whether this role can number alarms, which only their owner can.
pub(super) const MAY_FILL: &str =
    "SELECT has_sequence_privilege(pg_get_serial_sequence('alarm', 'number'), 'UPDATE')";

// --- a writer's turn

macro_rules! turn {
    () => {
        "UPDATE meta SET edition = edition + 1 WHERE only_row = 1 RETURNING edition, pg_current_xact_id()::text"
    };
}

pub(super) const BEGIN: &str = "BEGIN";
/// [`BEGIN`] and [`TURN`] in one round trip.
pub(super) const BEGIN_TURN: &str = concat!("BEGIN; ", turn!());
pub(super) const COMMIT: &str = "COMMIT";
pub(super) const ROLLBACK: &str = "ROLLBACK";
/// The turn until the first claim makes the row that turns are taken at.
pub(super) const TURN_FIRST: &str =
    "SELECT pg_advisory_xact_lock(hashtext('verbund'), hashtext('turn'))";
pub(super) const TURN_FIRST_ID: &str = "SELECT 1::bigint, pg_current_xact_id()::text";
/// Takes the turn: waits for whoever has it. Gives the edition that this transaction makes, and its id.
pub(super) const TURN: &str = turn!();
/// What became of a transaction whose end was not heard.
pub(super) const XACT_STATUS: &str = "SELECT pg_xact_status($1::text::xid8)";
/// Whether an entry is where it was to be stored: nothing else has its hash.
pub(super) const HASH_AT: &str = "SELECT hash FROM entry WHERE position = $1";
pub(super) const EDITION: &str = "SELECT edition, pg_is_in_recovery() FROM meta WHERE only_row = 1";
pub(super) const NOTIFY: &str = "SELECT pg_notify('verbund', $1)";

/// What nearly every transaction writes, in one round trip: entries, new situations, their readings, requests and usage, as
/// [`ENTRY_INSERT`] and so on do one by one. The order of the parts doesn't matter: none depends on another.
pub(super) const ALL_NEW: &str = "WITH \
     entries AS (INSERT INTO entry (position, lane, sequence, outcome, version, erasure_day, generation, hash, frame, \
     signature, subject, codes_salt, codes, text, step) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
     $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bigint[])), \
     situations AS (INSERT INTO situation (changed, subject, first, observed, lane, versions, state, agency, category, place, \
     day, time_window) \
     SELECT * FROM unnest($16::bigint[], $17::bytea[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[], \
     $22::bigint[], $23::text[], $24::text[], $25::text[], $26::bigint[], $27::text[])), \
     readings AS (INSERT INTO reading (first, ordinal, agency, indicator, place, period, day, value) \
     SELECT * FROM unnest($28::bigint[], $29::bigint[], $30::text[], $31::text[], $32::text[], $33::bigint[], $34::bigint[], \
     $35::text[])), \
     requests AS (INSERT INTO request (request_id, caller, method, fingerprint, position) \
     SELECT * FROM unnest($36::bytea[], $37::text[], $38::text[], $39::bytea[], $40::bigint[])) \
     INSERT INTO usage (origin, day, entries, bytes) \
     SELECT * FROM unnest($41::text[], $42::bigint[], $43::bigint[], $44::bigint[]) ON CONFLICT (origin, day) \
     DO UPDATE SET entries = usage.entries + excluded.entries, bytes = usage.bytes + excluded.bytes";
/// Its parts with the kinds of their columns (`i`nteger, `t`ext, `b`ytes), in the order of their parameters.
pub(super) const ALL_NEW_PARTS: [(Write, &str); 5] = [
    (Write::EntryInsert, "iiiiiiibbbbbbbi"),
    (Write::SituationInsert, "ibiiiiitttit"),
    (Write::ReadingInsert, "iitttiit"),
    (Write::RequestInsert, "bttbi"),
    (Write::UsageAdd, "tiii"),
];
/// Whether any of these subjects ($1) or requests ($2) is known.
pub(super) const MAY_KNOW: &str = "SELECT EXISTS (SELECT FROM situation WHERE subject = ANY($1::bytea[])) \
     OR EXISTS (SELECT FROM request WHERE request_id = ANY($2::bytea[]))";

// --- meta

/// Whose store it is is said once: the role that runs may not change it.
pub(super) const META_PUT: &str = "INSERT INTO meta (only_row, federation, agency, generation, edition) \
     SELECT 1, federation, agency, generation, 1 \
     FROM unnest($1::text[], $2::text[], $3::bigint[]) AS v (federation, agency, generation) \
     ON CONFLICT (only_row) DO UPDATE SET generation = excluded.generation";

// --- lanes

pub(super) const LANES: &str = "SELECT l.number, l.lane_id, l.origin, l.epoch, l.audience, e.sequence, e.hash, l.stopped \
     FROM lane l CROSS JOIN LATERAL (SELECT sequence, hash FROM entry WHERE lane = l.number ORDER BY sequence DESC LIMIT 1) e \
     ORDER BY l.number";
pub(super) const LANE_INSERT: &str = "INSERT INTO lane (number, lane_id, origin, epoch, audience) \
     SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[])";
pub(super) const LANE_STOP: &str = "UPDATE lane SET stopped = v.stopped \
     FROM unnest($1::text[], $2::bigint[]) AS v (stopped, number) WHERE lane.number = v.number";

// --- entries

pub(super) const ENTRY_INSERT: &str = "INSERT INTO entry (position, lane, sequence, outcome, version, erasure_day, generation, \
     hash, frame, signature, subject, codes_salt, codes, text, step) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
     $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bigint[])";

/// The columns of an entry, in the order in which [`crate::row`] reads them.
macro_rules! entry_columns {
    () => {
        "e.position, l.lane_id, e.sequence, e.outcome, e.version, e.erasure_day, e.generation, e.hash, e.frame, \
         e.signature, e.subject, e.codes_salt, e.codes, e.text, e.step"
    };
}

/// The lane's number comes first: of a join the planner can't tell that there is one lane, and would sort all its entries.
pub(super) const ENTRIES: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry e JOIN lane l ON l.number = e.lane WHERE e.lane = (SELECT number FROM lane WHERE lane_id = $1) \
     AND e.sequence > $2 ORDER BY e.sequence LIMIT $3"
);
pub(super) const ENTRY_AT: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM lane l JOIN entry e ON e.lane = l.number WHERE l.lane_id = $1 AND e.sequence = $2"
);
pub(super) const FRAME_HASH: &str = "SELECT e.hash FROM lane l JOIN entry e ON e.lane = l.number WHERE l.lane_id = $1 AND e.sequence = $2";
pub(super) const FRAME: &str = "SELECT e.frame, e.signature FROM lane l JOIN entry e ON e.lane = l.number WHERE l.lane_id = $1 AND e.sequence = $2";
pub(super) const EXCEPTIONS: &str = "SELECT sequence, outcome FROM entry \
     WHERE lane = (SELECT number FROM lane WHERE lane_id = $1) AND outcome <> 0 ORDER BY sequence DESC LIMIT $2";
pub(super) const UNADMITTED: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry e JOIN lane l ON l.number = e.lane WHERE e.outcome IN (16, 17, 48) \
     AND (e.lane, e.sequence) > (coalesce((SELECT number FROM lane WHERE lane_id = $1), 0), $2) \
     ORDER BY e.lane, e.sequence LIMIT $3"
);
pub(super) const READMIT: &str = "UPDATE entry SET outcome = v.outcome, version = v.version, generation = v.generation, \
     subject = v.subject, codes_salt = v.codes_salt, codes = v.codes, text = v.text, step = v.step \
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bigint[], \
     $9::bigint[]) AS v (outcome, version, generation, subject, codes_salt, codes, text, step, position) WHERE entry.position = v.position";

// --- situations

pub(super) const SITUATION_INSERT: &str = "INSERT INTO situation (changed, subject, first, observed, lane, versions, state, agency, \
     category, place, day, time_window) \
     SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
     $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[])";
pub(super) const SITUATION_REPLACE: &str = "UPDATE situation SET changed = v.changed, first = v.first, observed = v.observed, \
     lane = v.lane, versions = v.versions, state = v.state, category = v.category, place = v.place, day = v.day, \
     time_window = v.time_window \
     FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
     $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[]) \
     AS v (changed, subject, first, observed, lane, versions, state, agency, category, place, day, time_window) \
     WHERE situation.subject = v.subject AND situation.agency = v.agency";

/// What the writer has to know of subjects before it decides.
pub(super) const SUBJECTS: &str = "SELECT s.subject, s.changed, s.first, s.observed, s.versions, s.state, s.agency, s.category, \
     s.place, s.day, s.time_window, e.lane, e.sequence, e.hash FROM situation s JOIN entry e ON e.position = s.changed \
     WHERE s.subject = ANY($1::bytea[])";

/// A situation with its latest entry (`e`) and, where that is another, the one that carries its observation (`o`); `$from`
/// gives the `changed` of those that are wanted.
macro_rules! situations {
    ($from:expr) => {
        concat!(
            "SELECT ",
            entry_columns!(),
            ", o.position, ol.lane_id, o.sequence, o.outcome, o.version, o.erasure_day, o.generation, o.hash, o.frame, \
             o.signature, o.subject, o.codes_salt, o.codes, o.text, o.step, \
             s.changed, s.observed, s.subject, l.origin, s.versions, s.state FROM (",
            $from,
            ") AS p JOIN situation s ON s.changed = p.changed JOIN entry e ON e.position = s.changed \
             JOIN lane l ON l.number = e.lane LEFT JOIN entry o ON o.position = s.observed AND s.observed <> s.changed \
             LEFT JOIN lane ol ON ol.number = o.lane ORDER BY p.changed DESC"
        )
    };
}

pub(super) const SITUATION: &str = situations!(
    "SELECT changed FROM situation WHERE subject = $1 AND ($2::text IS NULL OR agency = $2) ORDER BY first LIMIT 1"
);
/// Situations that are listed, by their `changed`.
pub(super) const SITUATIONS: &str =
    situations!("SELECT changed FROM situation WHERE state < 2 AND changed = ANY($1::bigint[])");
pub(super) const HISTORY: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry e JOIN lane l ON l.number = e.lane WHERE e.version > 0 AND e.position = ANY(ARRAY(\
     SELECT first FROM situation WHERE subject = $1 UNION ALL \
     SELECT position FROM entry WHERE subject = $1 AND version <> 1 AND subject IS NOT NULL)) \
     AND l.origin = coalesce($2::text, (SELECT agency FROM situation WHERE subject = $1 ORDER BY first LIMIT 1)) \
     ORDER BY e.position"
);

// --- steps

/// An agency's latest step on each of the subjects, content or not.
pub(super) const LATEST_STEPS: &str = "SELECT DISTINCT ON (e.subject, l.origin) e.position, e.subject, l.origin, e.hash \
     FROM entry e JOIN lane l ON l.number = e.lane \
     WHERE e.version <> 1 AND e.step = 1 AND e.subject IS NOT NULL AND e.subject = ANY($1::bytea[]) \
     ORDER BY e.subject, l.origin, e.position DESC";
/// `+ 0` keeps the index over all steps from being chosen: without statistics the planner takes it for empty.
pub(super) const STEPS: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM (SELECT s.*, row_number() OVER (PARTITION BY s.lane ORDER BY s.sequence) AS nth FROM entry s \
     WHERE s.subject = $1 AND s.version <> 1 AND s.subject IS NOT NULL AND s.step = 1 AND s.generation + 0 > 0) e \
     JOIN lane l ON l.number = e.lane WHERE e.nth <= $2 ORDER BY e.position LIMIT $3"
);
/// As [`STEPS`], on several subjects; the number is `limits::STEPS_OF_LANE`.
pub(super) const STEPS_ON: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM (SELECT s.*, row_number() OVER (PARTITION BY s.subject, s.lane ORDER BY s.sequence) AS nth FROM entry s \
     WHERE s.subject = ANY($1::bytea[]) AND s.version <> 1 AND s.subject IS NOT NULL AND s.step = 1 AND s.generation + 0 > 0) e \
     JOIN lane l ON l.number = e.lane WHERE e.nth <= 256 ORDER BY e.position"
);
pub(super) const STEPS_AFTER: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entry e JOIN lane l ON l.number = e.lane \
     WHERE e.step = 1 AND e.generation > 0 AND e.position > $1 ORDER BY e.position LIMIT $2"
);

// Pages: each filter leads with its own index, and the rest is compared inside it. Parameters in all of them:
// $1 before, $2 agency, $3 category, $4 place, $5 from day, $6 to day, $7 limit. `+ 0` keeps an index that would have to be
// sorted from being chosen. Every page names all seven, so that each has a type.
macro_rules! page {
    ($lead:literal) => {
        situations!(concat!(
            "SELECT changed FROM situation WHERE state < 2 AND changed < $1",
            $lead,
            " ORDER BY changed DESC LIMIT $7"
        ))
    };
}

/// Of few days, which are ordered: without statistics the planner would rather go back from the last change of all.
macro_rules! page_of_days {
    ($lead:literal) => {
        situations!(concat!(
            "SELECT changed FROM situation WHERE state < 2 AND changed < $1",
            $lead,
            " ORDER BY changed + 0 DESC LIMIT $7"
        ))
    };
}

pub(super) const PAGE_ALL: &str = page!(
    " AND ($2::text IS NULL AND $3::text IS NULL AND $4::text IS NULL AND $5::bigint <= $6::bigint)"
);
pub(super) const PAGE_DAY: &str = page!(
    " AND day = $5 AND ($2::text IS NULL AND $3::text IS NULL AND $4::text IS NULL AND $5::bigint <= $6::bigint)"
);
pub(super) const PAGE_DAYS: &str = page_of_days!(
    " AND day BETWEEN $5 AND $6 AND ($2::text IS NULL AND $3::text IS NULL AND $4::text IS NULL)"
);
pub(super) const PAGE_DAYS_WIDE: &str = page!(
    " AND day + 0 BETWEEN $5 AND $6 AND ($2::text IS NULL AND $3::text IS NULL AND $4::text IS NULL)"
);
pub(super) const PAGE_AGENCY: &str = page!(
    " AND agency = $2 AND ($3::text IS NULL OR category = $3) AND ($4::text IS NULL OR place = $4) \
     AND day + 0 BETWEEN $5 AND $6"
);
pub(super) const PAGE_CATEGORY: &str = page!(
    " AND category = $3 AND ($2::text IS NULL OR agency = $2) AND ($4::text IS NULL OR place = $4) \
     AND day + 0 BETWEEN $5 AND $6"
);
pub(super) const PAGE_PLACE: &str = page!(
    " AND place = $4 AND ($2::text IS NULL OR agency = $2) AND ($3::text IS NULL OR category = $3) \
     AND day + 0 BETWEEN $5 AND $6"
);
pub(super) const PAGE_DAY_OTHERS: &str = page!(
    " AND day = $5 AND ($2::text IS NULL OR agency = $2) AND ($3::text IS NULL OR category = $3) \
     AND ($4::text IS NULL OR place = $4) AND $5::bigint <= $6::bigint"
);
/// As [`PAGE_AGENCY`] and so on, for a narrow range of days: fewer rows than an agency's, category's or place's own.
pub(super) const PAGE_DAYS_OTHERS: &str = page_of_days!(
    " AND day BETWEEN $5 AND $6 AND ($2::text IS NULL OR agency = $2) AND ($3::text IS NULL OR category = $3) \
     AND ($4::text IS NULL OR place = $4)"
);

// --- what is remembered of the past

pub(super) const LAST_REQUESTS: &str =
    "SELECT request_id FROM request ORDER BY request_id DESC LIMIT $1";

// --- readings

pub(super) const READING_INSERT: &str = "INSERT INTO reading (first, ordinal, agency, indicator, place, period, day, value) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[])";
pub(super) const READING_DELETE: &str = "DELETE FROM reading WHERE first = ANY($1::bigint[])";
/// A subject that has been corrected since may tell of a later day now.
pub(super) const READING_FORGET: &str = "DELETE FROM reading USING unnest($1::bigint[], $2::bigint[]) AS v (first, before) \
     WHERE reading.first = v.first AND reading.day < v.before";
/// No index has days: the whole series is read once, in pieces, without the writers' lock.
pub(super) const READINGS_BEFORE: &str =
    "SELECT DISTINCT first FROM reading WHERE first > $1 AND day < $2 ORDER BY first LIMIT $3";

// --- requests

pub(super) const REQUEST_INSERT: &str = "INSERT INTO request (request_id, caller, method, fingerprint, position) \
     SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[], $5::bigint[])";
/// Requests by id; caller and method are compared by the reader, since an id all but never has two.
pub(super) const REQUESTS: &str = concat!(
    "SELECT ",
    entry_columns!(),
    ", r.request_id, r.caller, r.method, r.fingerprint FROM request r JOIN entry e ON e.position = r.position \
     JOIN lane l ON l.number = e.lane WHERE r.request_id = ANY($1::bytea[])"
);
pub(super) const REQUEST_PRUNE: &str = "DELETE FROM request WHERE request_id < ANY($1::bytea[])";

// --- receipts

pub(super) const RECEIPT_PUT: &str = "INSERT INTO receipt (lane, recipient, generation, sequence, body, signature) \
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[]) \
     ON CONFLICT (lane, recipient) DO UPDATE SET generation = excluded.generation, sequence = excluded.sequence, \
     body = excluded.body, signature = excluded.signature \
     WHERE (excluded.generation, excluded.sequence) >= (receipt.generation, receipt.sequence)";
pub(super) const RECEIPTS: &str = "SELECT l.lane_id, r.recipient, r.generation, r.sequence, r.body, r.signature \
     FROM receipt r JOIN lane l ON l.number = r.lane ORDER BY r.lane, r.recipient";

// --- what was shown

/// Only of entries that are here and have not been erased: nobody can claim more rows than there are entries.
pub(super) const SHOWN_PUT: &str = "INSERT INTO shown (lane, sequence, agency, day, time_window) \
     SELECT v.lane, v.sequence, v.agency, v.day, v.time_window \
     FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[]) \
     AS v (lane, sequence, agency, day, time_window) \
     JOIN entry e ON e.lane = v.lane AND e.sequence = v.sequence WHERE e.outcome <> 64 \
     ON CONFLICT (lane, sequence, agency) DO NOTHING";
pub(super) const SHOWN: &str = "SELECT l.lane_id, s.sequence, s.agency, s.day, s.time_window FROM lane l \
     JOIN shown s ON s.lane = l.number WHERE l.lane_id = $1 AND s.sequence = $2 ORDER BY s.agency";
/// Of several entries, by their positions.
pub(super) const SHOWN_OF: &str = "SELECT l.lane_id, s.sequence, s.agency, s.day, s.time_window FROM entry e \
     JOIN shown s ON s.lane = e.lane AND s.sequence = e.sequence JOIN lane l ON l.number = s.lane \
     WHERE e.position = ANY($1::bigint[])";
pub(super) const SHOWN_AT: &str = "SELECT l.lane_id, s.sequence, s.agency, s.day, s.time_window FROM shown s \
     JOIN lane l ON l.number = s.lane WHERE s.agency = $1 AND s.day >= $2 \
     AND (s.lane, s.sequence) > (coalesce((SELECT number FROM lane WHERE lane_id = $3), 0), $4) \
     ORDER BY s.lane, s.sequence LIMIT $5";
pub(super) const SHOWN_ERASE: &str = "DELETE FROM shown USING entry e WHERE e.position = ANY($1::bigint[]) \
     AND shown.lane = e.lane AND shown.sequence = e.sequence";
pub(super) const SHOWN_PRUNE: &str = "DELETE FROM shown WHERE day < ANY($1::bigint[])";

// --- pending drafts and links

pub(super) const PENDING_PUT: &str = "INSERT INTO pending (subject, due, erasure_day, generation, body) \
     SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) \
     ON CONFLICT (subject) DO UPDATE SET due = excluded.due, erasure_day = excluded.erasure_day, \
     generation = excluded.generation, body = excluded.body";
pub(super) const PENDING_DROP: &str = "DELETE FROM pending WHERE subject = ANY($1::bytea[])";
pub(super) const PENDING: &str =
    "SELECT subject, due, erasure_day, generation, body FROM pending WHERE subject = $1";
/// Drafts that are about to be used up.
pub(super) const PENDINGS: &str = "SELECT subject, due, erasure_day, generation, body FROM pending WHERE subject = ANY($1::bytea[])";
pub(super) const PENDING_DUE: &str = "SELECT subject, due, erasure_day, generation, body FROM pending \
     WHERE due IS NOT NULL AND due <= $1 ORDER BY due LIMIT $2";
pub(super) const PENDING_HELD: &str = "SELECT subject, due, erasure_day, generation, body FROM pending \
     WHERE due IS NULL ORDER BY erasure_day DESC, subject LIMIT $1";
pub(super) const PENDING_COUNT: &str = "SELECT count(*) FROM pending";
pub(super) const PENDING_OF_DAY: &str = "SELECT subject, due, erasure_day, generation, body FROM pending WHERE erasure_day = $1 AND generation < $2";
pub(super) const PENDING_PRUNE: &str = "DELETE FROM pending WHERE erasure_day < ANY($1::bigint[])";
pub(super) const LINK_PUT: &str = "INSERT INTO link (subject, generalised) SELECT * FROM unnest($1::bytea[], $2::bytea[]) \
     ON CONFLICT (subject) DO UPDATE SET generalised = excluded.generalised";
pub(super) const LINK: &str = "SELECT generalised FROM link WHERE subject = $1";

// --- the review list and the audit log

macro_rules! reviews {
    ($rest:literal) => {
        concat!(
            "SELECT review, subject, caller, method, request_id, held_at, state, erasure_day, generation, body FROM review",
            $rest
        )
    };
}

pub(super) const REVIEW: &str = reviews!(" WHERE review = $1");
pub(super) const REVIEWS: &str = reviews!(" WHERE state = 0 ORDER BY held_at, review");
pub(super) const REVIEWS_OF_DAY: &str =
    reviews!(" WHERE state = 0 AND erasure_day = $1 AND generation < $2");
pub(super) const REVIEW_COUNT: &str = "SELECT count(*) FROM review WHERE state = 0";
pub(super) const REVIEW_INSERT: &str = "INSERT INTO review (review, subject, caller, method, request_id, held_at, state, erasure_day, \
     generation, body) SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::bytea[], $6::bigint[], \
     $7::bigint[], $8::bigint[], $9::bigint[], $10::bytea[])";
pub(super) const REVIEW_DECIDE: &str = "UPDATE review SET state = v.state, generation = 0, body = NULL \
     FROM unnest($1::bigint[], $2::bytea[]) AS v (state, review) WHERE review.review = v.review";
pub(super) const REVIEW_RESEAL: &str = "UPDATE review SET body = v.body, generation = v.generation \
     FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) AS v (body, generation, review) WHERE review.review = v.review";
pub(super) const REVIEW_PRUNE: &str =
    "DELETE FROM review WHERE state <> 0 AND held_at < ANY($1::bigint[])";
pub(super) const AUDIT_INSERT: &str = "INSERT INTO audit (at, event, role, pseudonym, subject, review, guard_version, findings) \
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::text[], $8::text[])";
pub(super) const AUDIT_PRUNE: &str =
    "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ($1::bigint[])[1]";
pub(super) const AUDIT_FORGET: &str = "DELETE FROM audit WHERE at < ANY($1::bigint[])";
pub(super) const AUDIT: &str = "SELECT number, at, event, role, pseudonym, subject, review, guard_version, findings FROM audit \
     WHERE number < $1 ORDER BY number DESC LIMIT $2";

// --- the queue

macro_rules! queued {
    ($rest:literal) => {
        concat!(
            "SELECT number, subject, erasure_day, generation, refused, body FROM queued",
            $rest
        )
    };
}

pub(super) const QUEUED: &str = queued!(" WHERE subject = $1");
pub(super) const QUEUE: &str = queued!(" WHERE number > $1 ORDER BY number LIMIT $2");
pub(super) const QUEUED_OF_DAY: &str = queued!(" WHERE erasure_day = $1 AND generation < $2");
pub(super) const QUEUE_COUNTS: &str =
    "SELECT count(*), count(*) FILTER (WHERE refused <> 0) FROM queued";
pub(super) const QUEUE_INSERT: &str = "INSERT INTO queued (subject, erasure_day, generation, refused, body) \
     SELECT subject, erasure_day, generation, 0, body \
     FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[]) AS v (subject, erasure_day, generation, body)";
pub(super) const QUEUE_DROP: &str = "DELETE FROM queued WHERE subject = ANY($1::bytea[])";
pub(super) const QUEUE_REFUSE: &str =
    "UPDATE queued SET refused = 1 WHERE subject = ANY($1::bytea[])";
pub(super) const QUEUE_RESEAL: &str = "UPDATE queued SET body = v.body, generation = v.generation \
     FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) AS v (body, generation, subject) WHERE queued.subject = v.subject";

// --- usage

pub(super) const USAGE_ADD: &str = "INSERT INTO usage (origin, day, entries, bytes) \
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) ON CONFLICT (origin, day) \
     DO UPDATE SET entries = usage.entries + excluded.entries, bytes = usage.bytes + excluded.bytes";
pub(super) const USAGE: &str = "SELECT entries, bytes FROM usage WHERE origin = $1 AND day = $2";
pub(super) const USAGE_PRUNE: &str = "DELETE FROM usage WHERE day < ANY($1::bigint[])";

// --- alarms and the charter

pub(super) const ALARM_INSERT: &str = "INSERT INTO alarm (at, kind, lane_id, agency, detail, evidence) \
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::bytea[])";
pub(super) const ALARM_PRUNE: &str =
    "DELETE FROM alarm WHERE number <= (SELECT max(number) FROM alarm) - ($1::bigint[])[1]";
pub(super) const ALARMS: &str = "SELECT number, at, kind, lane_id, agency, detail, evidence FROM alarm ORDER BY number DESC LIMIT $1";
pub(super) const CHARTER_PUT: &str = "INSERT INTO charter (version, body, signatures) \
     SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])";
pub(super) const CHARTER_AFTER: &str =
    "SELECT version, body, signatures FROM charter WHERE version > $1 ORDER BY version LIMIT 1";
pub(super) const CHARTER: &str =
    "SELECT version, body, signatures FROM charter ORDER BY version DESC LIMIT 1";

// --- erasure

/// What a withdrawal may take with it: the subject's entries, and those of its lane that wait, content or not.
pub(super) const ERASABLE_OF_SUBJECT: &str = "SELECT position, erasure_day, hash, subject, version, lane, generation, step FROM entry \
     WHERE outcome <> 64 AND position = ANY(ARRAY(\
     SELECT first FROM situation WHERE subject = $1 UNION ALL \
     SELECT position FROM entry WHERE subject = $1 AND version <> 1 AND subject IS NOT NULL))";
pub(super) const ERASABLE_OF_LANE: &str = "SELECT position, erasure_day, hash, subject, version, lane, generation, step \
     FROM entry WHERE lane = $1 AND outcome IN (16, 17, 48)";
pub(super) const ENTRY_ERASE: &str = "UPDATE entry SET outcome = 64, generation = 0, codes_salt = NULL, codes = NULL, text = NULL \
     WHERE position = ANY($1::bigint[])";
pub(super) const ERASING_PUT: &str = "INSERT INTO erasing (day, times) SELECT day, 1 FROM unnest($1::bigint[]) AS v (day) \
     ON CONFLICT (day) DO UPDATE SET times = erasing.times + 1";
pub(super) const ERASING: &str = "SELECT day, times FROM erasing WHERE times > 0 ORDER BY day";
pub(super) const RENEWED: &str = "SELECT day, generation FROM erasing WHERE generation > 0";
pub(super) const ERASING_RENEWED: &str = "INSERT INTO erasing (day, times, generation) \
     SELECT day, 0, generation FROM unnest($1::bigint[], $2::bigint[]) AS v (day, generation) \
     ON CONFLICT (day) DO UPDATE SET generation = excluded.generation";
pub(super) const ERASING_DONE: &str = "UPDATE erasing SET times = 0 FROM unnest($1::bigint[], $2::bigint[]) AS v (day, times) \
     WHERE erasing.day = v.day AND erasing.times = v.times";
pub(super) const ERASING_PRUNE: &str = "DELETE FROM erasing WHERE day < ANY($1::bigint[])";
pub(super) const SEALED_BEFORE: &str = "SELECT e.position, l.lane_id, e.sequence, e.generation, e.text FROM entry e JOIN lane l ON l.number = e.lane \
     WHERE e.erasure_day = $1 AND e.generation > 0 AND e.generation < $2 LIMIT $3";
pub(super) const RESEAL: &str = "UPDATE entry SET text = v.text, generation = v.generation \
     FROM unnest($1::bigint[], $2::bytea[], $3::bigint[]) AS v (position, text, generation) WHERE entry.position = v.position";
/// Of a step no subject is told: nothing else goes with it.
pub(super) const DUE: &str = "SELECT e.position, CASE WHEN e.step = 0 THEN e.subject END, \
     (l.origin <> coalesce((SELECT nullif(agency, '') FROM meta WHERE only_row = 1), l.origin))::int::bigint \
     FROM entry e JOIN lane l ON l.number = e.lane WHERE e.generation > 0 AND e.erasure_day < $1 LIMIT $2";
/// Only where the observation itself is gone: a later correction may be due later.
pub(super) const SITUATION_ERASE: &str = "UPDATE situation SET state = 2, category = NULL, place = NULL, day = NULL, time_window = NULL \
     FROM unnest($1::bytea[], $2::bigint[]) AS v (subject, observed) \
     WHERE situation.subject = v.subject AND situation.observed = v.observed";
pub(super) const LINK_DROP: &str = "DELETE FROM link WHERE subject = ANY($1::bytea[])";

// --- holds: in force until they are released or not kept, by this server's clock

pub(super) const HOLDS: &str = "SELECT name, holder, generation, \
     CASE WHEN until > (extract(epoch FROM clock_timestamp()) * 1000)::bigint THEN until ELSE 0 END FROM hold ORDER BY name";
pub(super) const HOLD_PUT: &str = "INSERT INTO hold (name, holder, generation, until) \
     SELECT name, holder, generation, \
     CASE WHEN lasts > 0 THEN (extract(epoch FROM clock_timestamp()) * 1000)::bigint + lasts ELSE 0 END \
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS v (name, holder, generation, lasts) ON CONFLICT (name) \
     DO UPDATE SET holder = excluded.holder, generation = excluded.generation, until = excluded.until";
pub(super) const HOLD_KEEP: &str = "UPDATE hold SET until = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + $3 \
     WHERE name = $1 AND generation = $2 AND until > (extract(epoch FROM clock_timestamp()) * 1000)::bigint RETURNING name";
pub(super) const HOLD_RELEASE: &str = "UPDATE hold SET until = 0 FROM unnest($1::text[], $2::bigint[]) AS v (name, generation) \
     WHERE hold.name = v.name AND hold.generation = v.generation";
pub(super) const HOLD_RELEASE_ALL: &str = "UPDATE hold SET until = 0 WHERE until <> 0";
