-- The first schema. A migration never changes once it is released: a test pins its hash, and the store compares it with
-- what was applied. The PostgreSQL migration of the same number makes the same tables and columns.

-- Which migrations were applied, and in which form.
CREATE TABLE migration (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL,
    sha256 BLOB NOT NULL
) STRICT;

-- Whose store it is. One row.
CREATE TABLE meta (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    federation TEXT NOT NULL,
    agency     TEXT NOT NULL,
    generation INTEGER NOT NULL
) STRICT;

-- Lanes, own and foreign. `number` stands for the lane everywhere else, so that indexes stay narrow. A lane's head is its
-- last entry, and not a column: a page less for every transaction.
CREATE TABLE lane (
    number   INTEGER PRIMARY KEY,
    lane_id  BLOB NOT NULL UNIQUE CHECK (length(lane_id) = 16),
    origin   TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    audience TEXT NOT NULL,
    stopped  TEXT
) STRICT;

-- References are checked at the commit: checked at once, each statement would keep a journal of its own to be undone with.
--
-- Entries in the order in which they arrived. Ordinary rows in that order, and not rows in the order of lane and
-- sequence, since a thousand bytes for each would make the inner pages of such a tree a chain of overflow pages.
--
-- `text` is nonce, ciphertext and tag under the key of (`erasure_day`, `generation`), which is kept outside; its salt is
-- inside. `generation` 0: there is no content (any more). `version` 0: not a version of its subject.
CREATE TABLE entry (
    position    INTEGER PRIMARY KEY,
    lane        INTEGER NOT NULL REFERENCES lane (number) DEFERRABLE INITIALLY DEFERRED,
    sequence    INTEGER NOT NULL,
    outcome     INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    erasure_day INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    frame       BLOB NOT NULL,
    signature   BLOB NOT NULL,
    subject     BLOB,
    codes_salt  BLOB,
    codes       BLOB,
    text        BLOB
) STRICT;

CREATE UNIQUE INDEX entry_lane ON entry (lane, sequence);
-- What is due, and what a new key has to seal again.
CREATE INDEX entry_due ON entry (erasure_day, generation) WHERE generation > 0;
-- What a receipt tells as exceptions, and what waits for a charter or a release: 16, 17 held, 48 not understood.
CREATE INDEX entry_exception ON entry (lane, sequence, outcome) WHERE outcome <> 0;
CREATE INDEX entry_waiting ON entry (lane, sequence) WHERE outcome IN (16, 17, 48);
-- All of a subject's entries but its first, which `situation.first` names: so a plain update costs no random page here.
CREATE INDEX entry_subject ON entry (subject, position) WHERE version <> 1 AND subject IS NOT NULL;

-- What a subject's entries come to. `changed` is the position of its latest entry, `first` and `observed` are those of its
-- first one and of the latest that carries an observation. `state`: 0 current, 1 withdrawn, 2 erased.
CREATE TABLE situation (
    changed     INTEGER PRIMARY KEY,
    subject     BLOB NOT NULL,
    first       INTEGER NOT NULL,
    observed    INTEGER NOT NULL,
    lane        INTEGER NOT NULL REFERENCES lane (number) DEFERRABLE INITIALLY DEFERRED,
    versions    INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    agency      TEXT NOT NULL,
    category    TEXT,
    place       TEXT,
    day         INTEGER,
    time_window TEXT
) STRICT;

-- The one index whose pages are hit at random.
CREATE UNIQUE INDEX situation_subject ON situation (subject);
-- Lists: each index holds the other filters too, so that a page is found without touching rows that are not shown (`state`
-- for the same reason, though it is certain).
CREATE INDEX situation_changed ON situation (changed, day, state) WHERE state < 2;
CREATE INDEX situation_agency ON situation (agency, changed, category, place, day, state) WHERE state < 2;
CREATE INDEX situation_category ON situation (category, changed, agency, place, day, state) WHERE state < 2;
CREATE INDEX situation_place ON situation (place, changed, agency, category, day, state) WHERE state < 2;
CREATE INDEX situation_day ON situation (day, changed, agency, category, place, state) WHERE state < 2;

-- The series. Keyed by the position of the subject's first entry; kept after the entry's content is gone.
CREATE TABLE reading (
    first     INTEGER NOT NULL,
    ordinal   INTEGER NOT NULL,
    agency    TEXT NOT NULL,
    indicator TEXT NOT NULL,
    place     TEXT NOT NULL,
    period    INTEGER NOT NULL,
    day       INTEGER NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (first, ordinal)
) STRICT, WITHOUT ROWID;

-- Requests that were answered. The id begins with the time, so that new ones come last and old ones are one range.
-- `fingerprint` is an HMAC under the text's salt and can't be compared once that is gone.
CREATE TABLE request (
    request_id  BLOB NOT NULL,
    caller      TEXT NOT NULL,
    method      TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    position    INTEGER NOT NULL,
    PRIMARY KEY (request_id, caller, method)
) STRICT, WITHOUT ROWID;

-- The latest receipt of each recipient for each lane.
CREATE TABLE receipt (
    lane       INTEGER NOT NULL REFERENCES lane (number) DEFERRABLE INITIALLY DEFERRED,
    recipient  TEXT NOT NULL,
    generation INTEGER NOT NULL,
    sequence   INTEGER NOT NULL,
    body       BLOB NOT NULL,
    signature  BLOB NOT NULL,
    PRIMARY KEY (lane, recipient)
) STRICT, WITHOUT ROWID;

-- Own drafts that wait. `body` is sealed like a text.
CREATE TABLE pending (
    subject     BLOB PRIMARY KEY,
    due         INTEGER,
    erasure_day INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX pending_due ON pending (due) WHERE due IS NOT NULL;

-- The generalised second entry of a protected origin's subject.
CREATE TABLE link (
    subject     BLOB PRIMARY KEY,
    generalised BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What each origin has used of its quota.
CREATE TABLE usage (
    origin  TEXT NOT NULL,
    day     INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    PRIMARY KEY (origin, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE alarm (
    number   INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    lane_id  BLOB,
    agency   TEXT,
    detail   TEXT NOT NULL,
    evidence BLOB
) STRICT;

CREATE TABLE charter (
    version    INTEGER PRIMARY KEY,
    body       BLOB NOT NULL,
    signatures BLOB NOT NULL
) STRICT;

-- Days whose old keys still have to be destroyed, and how often that has been asked for.
CREATE TABLE erasing (
    day   INTEGER PRIMARY KEY,
    times INTEGER NOT NULL
) STRICT;
