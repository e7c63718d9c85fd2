-- The first schema, for PostgreSQL. It makes the tables and columns of the SQLite migration of the same number, which says
-- what they mean; here stands only what is different, and why. A test compares the two on real databases.
--
-- Every number is a BIGINT, since SQLite's are. Text is compared by its bytes (COLLATE "C") as in SQLite, so that pages
-- come in the same order on both engines and no index depends on the operating system's collations, which change.
--
-- There are no foreign keys. Each entry would look its lane up and lock that row when the transaction ends, while all other
-- writers wait for it, to learn what the store knows: it has read the number from that very row in its turn, and lanes are
-- never deleted (`roles.sql` does not let it). `verbund store check` finds a row whose lane is missing.
--
-- Rows that are updated in place all the time (`meta`, `usage`, `receipt`) have no index on what changes and leave room in
-- their pages, so that a new version stays in the page of the old one and touches no index.

CREATE TABLE migration (
    number BIGINT PRIMARY KEY,
    name   TEXT COLLATE "C" NOT NULL,
    sha256 BYTEA NOT NULL
);

-- Its one row is where writers take turns.
CREATE TABLE meta (
    only_row   BIGINT PRIMARY KEY CHECK (only_row = 1),
    federation TEXT COLLATE "C" NOT NULL,
    agency     TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE lane (
    number   BIGINT PRIMARY KEY,
    lane_id  BYTEA NOT NULL UNIQUE CHECK (octet_length(lane_id) = 16),
    origin   TEXT COLLATE "C" NOT NULL,
    epoch    BIGINT NOT NULL,
    audience TEXT COLLATE "C" NOT NULL,
    stopped  TEXT COLLATE "C"
);

CREATE TABLE entry (
    position    BIGINT PRIMARY KEY,
    lane        BIGINT NOT NULL,
    sequence    BIGINT NOT NULL,
    outcome     BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    erasure_day BIGINT NOT NULL,
    generation  BIGINT NOT NULL,
    hash        BYTEA NOT NULL,
    frame       BYTEA NOT NULL,
    signature   BYTEA NOT NULL,
    subject     BYTEA,
    codes_salt  BYTEA,
    codes       BYTEA,
    text        BYTEA
);

-- Sealed text can't be compressed: trying costs time for each long one.
ALTER TABLE entry ALTER COLUMN text SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX entry_lane ON entry (lane, sequence);
CREATE INDEX entry_due ON entry (erasure_day, generation) WHERE generation > 0;
CREATE INDEX entry_exception ON entry (lane, sequence, outcome) WHERE outcome <> 0;
CREATE INDEX entry_waiting ON entry (lane, sequence) WHERE outcome IN (16, 17, 48);
CREATE INDEX entry_subject ON entry (subject, position) WHERE version <> 1 AND subject IS NOT NULL;

-- Every correction moves its row to the front of all lists and leaves a dead one behind: cleaned up after a fiftieth of
-- the rows instead of a fifth, so that the front of the lists stays short.
CREATE TABLE situation (
    changed     BIGINT PRIMARY KEY,
    subject     BYTEA NOT NULL,
    first       BIGINT NOT NULL,
    observed    BIGINT NOT NULL,
    lane        BIGINT NOT NULL,
    versions    BIGINT NOT NULL,
    state       BIGINT NOT NULL,
    agency      TEXT COLLATE "C" NOT NULL,
    category    TEXT COLLATE "C",
    place       TEXT COLLATE "C",
    day         BIGINT,
    time_window TEXT COLLATE "C"
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX situation_subject ON situation (subject);
CREATE INDEX situation_changed ON situation (changed, day, state) WHERE state < 2;
CREATE INDEX situation_agency ON situation (agency, changed, category, place, day, state) WHERE state < 2;
CREATE INDEX situation_category ON situation (category, changed, agency, place, day, state) WHERE state < 2;
CREATE INDEX situation_place ON situation (place, changed, agency, category, day, state) WHERE state < 2;
CREATE INDEX situation_day ON situation (day, changed, agency, category, place, state) WHERE state < 2;

CREATE TABLE reading (
    first     BIGINT NOT NULL,
    ordinal   BIGINT NOT NULL,
    agency    TEXT COLLATE "C" NOT NULL,
    indicator TEXT COLLATE "C" NOT NULL,
    place     TEXT COLLATE "C" NOT NULL,
    period    BIGINT NOT NULL,
    day       BIGINT NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (first, ordinal)
);

CREATE TABLE request (
    request_id  BYTEA NOT NULL,
    caller      TEXT COLLATE "C" NOT NULL,
    method      TEXT COLLATE "C" NOT NULL,
    fingerprint BYTEA NOT NULL,
    position    BIGINT NOT NULL,
    PRIMARY KEY (request_id, caller, method)
);

CREATE TABLE receipt (
    lane       BIGINT NOT NULL,
    recipient  TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    sequence   BIGINT NOT NULL,
    body       BYTEA NOT NULL,
    signature  BYTEA NOT NULL,
    PRIMARY KEY (lane, recipient)
) WITH (fillfactor = 50);

CREATE TABLE pending (
    subject     BYTEA PRIMARY KEY,
    due         BIGINT,
    erasure_day BIGINT NOT NULL,
    generation  BIGINT NOT NULL,
    body        BYTEA NOT NULL
);

ALTER TABLE pending ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE INDEX pending_due ON pending (due) WHERE due IS NOT NULL;

CREATE TABLE link (
    subject     BYTEA PRIMARY KEY,
    generalised BYTEA NOT NULL
);

CREATE TABLE usage (
    origin  TEXT COLLATE "C" NOT NULL,
    day     BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    bytes   BIGINT NOT NULL,
    PRIMARY KEY (origin, day)
) WITH (fillfactor = 50);

-- SQLite numbers the rows of such a table by itself. A copy of a store brings its numbers along, hence not ALWAYS.
CREATE TABLE alarm (
    number   BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at       BIGINT NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    lane_id  BYTEA,
    agency   TEXT COLLATE "C",
    detail   TEXT COLLATE "C" NOT NULL,
    evidence BYTEA
);

CREATE TABLE charter (
    version    BIGINT PRIMARY KEY,
    body       BYTEA NOT NULL,
    signatures BYTEA NOT NULL
);

CREATE TABLE erasing (
    day   BIGINT PRIMARY KEY,
    times BIGINT NOT NULL
);
