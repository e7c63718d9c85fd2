-- Secret addresses at which a calendar program reads the agency's meetings and due tasks. Nothing here tells when one was last
-- read.

CREATE TABLE calendar (
    -- Whose address it is; one for each person, so that one is revoked without a list to choose from.
    person       TEXT    NOT NULL PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    -- SHA-256 of the token in the address: a copy of this table reads no calendar.
    token_hash   BLOB    NOT NULL UNIQUE,
    -- The language that the calendar is written in: `de` or `en`.
    language     TEXT    NOT NULL
) STRICT;
