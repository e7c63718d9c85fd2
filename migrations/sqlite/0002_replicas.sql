-- One node, several replicas. With this engine a store has one process and the new columns stay as they are made; they are
-- here because both engines have the same tables and columns, and a store can be copied either way.
--
-- Everything is added with a default, and nothing that the release before reads or writes is taken away: its statements run
-- on this schema as they did. (It refuses to open a newer store all the same.)

-- Rises with every transaction of a store that several processes write to, so that each sees whether it has seen all; 0
-- where there is one writer.
ALTER TABLE meta ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;

-- The day's newest key. A row stays with `times` 0 until its day has passed, so that replicas learn which of the keys that
-- they have read are no longer to be used. 0: not known, as in rows of the release before.
ALTER TABLE erasing ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;

-- An agency chooses the names of its subjects, so they are unique in what that agency says and not among all: otherwise
-- one agency could take a name that another one is about to use. What was unique before is unique now.
DROP INDEX situation_subject;
CREATE UNIQUE INDEX situation_subject ON situation (subject, agency);

-- Which replica holds what: a partner's stream, say. `generation` only rises; whoever comes with an older one has lost what
-- it held. `until` in milliseconds since 1970, by the database's clock; 0: released.
CREATE TABLE hold (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    generation INTEGER NOT NULL,
    until      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
