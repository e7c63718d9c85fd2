-- Steps of several agencies on one subject. The SQLite migration of the same number says what each thing means.
--
-- Replicas of the release before go on working while this is applied and after it: the column has a constant default, which
-- rewrites nothing, and no statement of theirs names it. They don't understand steps and keep them sealed; a replica of this
-- release judges them again when it starts. The index is empty when it is made; making it reads the table once, and publishes wait
-- for that, about a second for a million entries.

ALTER TABLE entry ADD COLUMN step BIGINT NOT NULL DEFAULT 0;

CREATE INDEX entry_step ON entry (position) WHERE step = 1 AND generation > 0;

CREATE TABLE shown (
    lane        BIGINT NOT NULL REFERENCES lane (number) DEFERRABLE INITIALLY DEFERRED,
    sequence    BIGINT NOT NULL,
    agency      TEXT COLLATE "C" NOT NULL,
    day         BIGINT NOT NULL,
    time_window TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (lane, sequence, agency)
);

CREATE INDEX shown_day ON shown (day);
