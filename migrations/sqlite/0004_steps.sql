-- Steps of several agencies on one subject: on tasks, meetings and protocols, and remarks and acknowledgements on anything. An entry
-- that is a step is told from those that make a situation, and a subject may have both without either disturbing the other.
--
-- Everything is added with a default, and nothing that the release before reads or writes is taken away: to it a step is an
-- entry that is no version of its subject, as an opening is.

-- 1: an admitted step of its subject, also when its content is gone; its `version` is 0. 0: everything else.
ALTER TABLE entry ADD COLUMN step INTEGER NOT NULL DEFAULT 0;

-- All steps that have content, in the order in which they arrived: read as a whole when a node starts. Those of one subject are
-- found in `entry_subject`, which holds all that is not a first version.
CREATE INDEX entry_step ON entry (position) WHERE step = 1 AND generation > 0;

-- In which window an entry was first on a screen of an agency, as that agency told, unsigned: a day and a window, and nothing that is
-- finer. Rows go after 14 days, and with their entry's content.
CREATE TABLE shown (
    lane        INTEGER NOT NULL REFERENCES lane (number) DEFERRABLE INITIALLY DEFERRED,
    sequence    INTEGER NOT NULL,
    agency      TEXT NOT NULL,
    day         INTEGER NOT NULL,
    time_window TEXT NOT NULL,
    PRIMARY KEY (lane, sequence, agency)
) STRICT, WITHOUT ROWID;

CREATE INDEX shown_day ON shown (day);
