-- Steps of several agencies on one subject. The SQLite migration of the same number says what each thing means.
--
-- Replicas of the release before go on working while this is applied and after it: the column has a constant default, which
-- rewrites nothing, and no statement of theirs names it. They don't understand steps and keep them sealed; a replica of this
-- release judges them again when it starts. The index is empty when it is made; making it reads the table once, and publishes wait
-- for that, about a second for a million entries.

ALTER TABLE entry ADD COLUMN step BIGINT NOT NULL DEFAULT 0;

CREATE INDEX entry_step ON entry (position) WHERE step = 1 AND generation > 0;
