-- Texts that the guard wants reviewed, and what was decided on them. Only new tables: what the release before reads and writes is
-- left as it is.

-- Own drafts that wait for a coordinator, and for as long as a request id is remembered what became of them. `body` is sealed like a
-- text under the key of (`erasure_day`, `generation`); its day is the last on which it may be confirmed. `state`: 0 waits,
-- 1 confirmed, 2 discarded, 3 expired, 4 refused by the guard; once it is not 0 there is no body any more.
--
-- A replica of the release before does not seal these again when it renews a day's key: what was held on such a day can't be read
-- then and is told as expired. It has to be held again, and no text is left over.
CREATE TABLE review (
    review      BLOB PRIMARY KEY,
    subject     BLOB NOT NULL,
    caller      TEXT NOT NULL,
    method      TEXT NOT NULL,
    request_id  BLOB NOT NULL,
    held_at     INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    erasure_day INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    body        BLOB
) STRICT, WITHOUT ROWID;

-- Decisions, in words of a closed vocabulary: no text, and no name of a person or system. `findings` has one line for each:
-- field, class, rule, severity, first byte, byte after the last.
CREATE TABLE audit (
    number        INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    event         TEXT NOT NULL,
    role          TEXT NOT NULL,
    pseudonym     BLOB,
    subject       BLOB,
    review        BLOB,
    guard_version TEXT NOT NULL,
    findings      TEXT NOT NULL
) STRICT;
