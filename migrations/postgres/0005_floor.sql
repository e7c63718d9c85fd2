-- Which releases may still work on a store. The SQLite migration of the same number says what it means.
--
-- Replicas of the release before go on working while this is applied and after it: they read the table at their start only, and the
-- column has a constant default, which rewrites nothing.

ALTER TABLE migration ADD COLUMN floor BIGINT NOT NULL DEFAULT 0;
