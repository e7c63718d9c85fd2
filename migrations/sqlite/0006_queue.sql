-- Own updates that were acknowledged while the node signs nothing, after a restore. Only a new table: what the release before reads and
-- writes is left as it is.

-- In the order of `number` they are signed once the node signs again; whoever signs one takes its row away in the same transaction.
-- `body` is sealed like a text under the key of (`erasure_day`, `generation`). `refused` 1: it could not be signed as it was, somebody
-- has been told, and it is tried again.
--
-- A release that does not know them would neither sign them nor seal them again when it renews a day's key: it may not open the store.
CREATE TABLE queued (
    number      INTEGER PRIMARY KEY,
    subject     BLOB NOT NULL UNIQUE,
    erasure_day INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    refused     INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
