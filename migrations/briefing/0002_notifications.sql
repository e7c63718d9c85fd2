-- Notifications: what each person wants to hear of, by which way, and what still has to be said. Nothing here tells when somebody
-- reads or works: a row that was sent is deleted, and no time of sending is kept. Nothing here is content, either: what waits
-- is named by its kind and by an id.

CREATE TABLE notify_choice (
    person      TEXT    NOT NULL PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    -- `de` or `en`.
    lang        TEXT    NOT NULL CHECK (lang IN ('de', 'en')),
    -- The urgencies that are told by e-mail and by push: words separated by commas.
    mail        TEXT    NOT NULL,
    push        TEXT    NOT NULL,
    -- Quiet hours in the charter's time zone, `HH:MM`; both are absent where there are none.
    quiet_from  TEXT,
    quiet_to    TEXT,
    -- 1: what is immediate is told in quiet hours, too.
    is_woken    INTEGER NOT NULL CHECK (is_woken IN (0, 1)),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
) STRICT;

-- A way to a person: an e-mail address, or a browser that takes pushes.
CREATE TABLE notify_route (
    -- A UUID.
    id              TEXT    NOT NULL PRIMARY KEY,
    person          TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    channel         TEXT    NOT NULL CHECK (channel IN ('mail', 'push')),
    -- The e-mail address, or the address that the push service gave this browser.
    address         TEXT    NOT NULL,
    -- The browser's public key (65 bytes) and its secret (16 bytes), RFC 8291; absent for e-mail.
    push_key        BLOB,
    push_secret     BLOB,
    -- The browser's family, shown to the person alone; empty for e-mail.
    label           TEXT    NOT NULL,
    -- SHA-256 of the token that confirms the address, and the end of its time in seconds since 1970-01-01T00:00:00Z; absent once
    -- it is confirmed. Nothing but the question itself is sent before.
    confirm_hash    BLOB    UNIQUE,
    confirm_ends_at INTEGER,
    -- Since when nothing got through, how often it was tried, and when it is tried again; seconds as above, 0 for never and now.
    failing_since   INTEGER NOT NULL DEFAULT 0,
    failures        INTEGER NOT NULL DEFAULT 0,
    next_at         INTEGER NOT NULL DEFAULT 0,
    CHECK ((channel = 'push') = (push_key IS NOT NULL)),
    CHECK ((channel = 'push') = (push_secret IS NOT NULL)),
    CHECK ((confirm_hash IS NULL) = (confirm_ends_at IS NULL))
) STRICT;

CREATE INDEX notify_route_person ON notify_route (person);
-- A person has one e-mail address; a browser is one person's at a time.
CREATE UNIQUE INDEX notify_route_mail ON notify_route (person) WHERE channel = 'mail';
CREATE UNIQUE INDEX notify_route_push ON notify_route (address) WHERE channel = 'push';

-- What is still to be said by a way.
CREATE TABLE notify_pending (
    -- Grows, so that what came anew while a message was on its way is told apart from what the message said.
    number  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    route   TEXT    NOT NULL REFERENCES notify_route (id) ON DELETE CASCADE,
    -- A word of `Matter`.
    matter  TEXT    NOT NULL,
    -- Which of its kind.
    subject TEXT    NOT NULL,
    -- When it is told at the latest, quiet hours aside; seconds as above.
    due_at  INTEGER NOT NULL,
    -- When it is given up, however often it was tried; seconds as above.
    ends_at INTEGER NOT NULL,
    UNIQUE (route, matter, subject)
) STRICT;

CREATE INDEX notify_pending_subject ON notify_pending (matter, subject);

-- What waits for the agency right now and was taken notice of, so that a restart neither loses nor repeats it.
CREATE TABLE notify_standing (
    matter  TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (matter, subject)
) STRICT, WITHOUT ROWID;

-- How far the feed was read for notifications.
CREATE TABLE notify_cursor (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    cursor TEXT    NOT NULL
) STRICT;
