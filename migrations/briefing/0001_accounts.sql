-- Accounts and sessions of the coordinators' application. Nothing here tells when or what somebody reads or works: a session
-- has an end and no last use, an account no last sign-in.

CREATE TABLE person (
    -- A UUID. It never leaves this database.
    id           TEXT    NOT NULL PRIMARY KEY,
    -- What somebody types to sign in: an address or a short name, in lower case.
    name         TEXT    NOT NULL UNIQUE,
    -- What the node hears instead of the name: a random id.
    actor        TEXT    NOT NULL UNIQUE,
    -- Words separated by commas, as `Roles` writes them.
    roles        TEXT    NOT NULL,
    -- The argon2id hash, as a PHC string; absent for who signs in otherwise.
    password     TEXT,
    -- `issuer subject` of the OpenID Connect provider that vouches for this person; absent for a local account.
    openid       TEXT    UNIQUE,
    -- 1: may not sign in.
    is_disabled  INTEGER NOT NULL DEFAULT 0 CHECK (is_disabled IN (0, 1))
) STRICT;

CREATE TABLE session (
    -- SHA-256 of the token in the cookie: a copy of this table signs nobody in.
    token_hash   BLOB    NOT NULL PRIMARY KEY,
    -- Names the session in lists, where the hash would say too much.
    id           TEXT    NOT NULL UNIQUE,
    person       TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    -- What the person chose to call it, or the browser's family; shown to them alone.
    label        TEXT    NOT NULL,
    -- Seconds since 1970-01-01T00:00:00Z.
    ends_at      INTEGER NOT NULL,
    -- Until then what somebody signs off needs no password again; seconds as above, 0 for never.
    proven_until INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX session_person ON session (person);

-- One-time sign-in links: how a first password is set, and how the demonstration lets people in.
CREATE TABLE link (
    token_hash   BLOB    NOT NULL PRIMARY KEY,
    person       TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    ends_at      INTEGER NOT NULL
) STRICT;

-- Browsers that signed in to an account before: tries at its password from elsewhere don't slow these down.
CREATE TABLE device (
    -- SHA-256 of the token in the browser's cookie.
    token_hash   BLOB    NOT NULL PRIMARY KEY,
    person       TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    -- Seconds as above, at the start of a month: it does not tell the day on which somebody signed in.
    ends_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX device_person ON device (person);
