-- One node, several replicas. The SQLite migration of the same number says what each thing means.
--
-- Replicas are renewed one after the other, so those of the release before go on working while this is applied and after
-- it: every column has a default, and their statements name neither the new columns nor what an index is made of. Adding a
-- column with a constant default does not rewrite its table. The index is made anew under a lock that publishes wait for,
-- about a second for a million situations; no released store on this engine is older than this migration, so nobody will.

ALTER TABLE meta ADD COLUMN edition BIGINT NOT NULL DEFAULT 0;

ALTER TABLE erasing ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;

DROP INDEX situation_subject;
CREATE UNIQUE INDEX situation_subject ON situation (subject, agency);

-- A few rows, renewed every few seconds, with no index on what changes.
CREATE TABLE hold (
    name       TEXT COLLATE "C" PRIMARY KEY,
    holder     TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    until      BIGINT NOT NULL
) WITH (fillfactor = 50);
