-- From here on each migration says which releases may still work on a store that has it, so that an operator can go back to the
-- release before (docs/operations/upgrade.md).

-- The lowest schema whose releases may still open the store once this migration is applied. A migration that only expands keeps the
-- floor of the one before; one that contracts raises it. 0: applied before there were floors, by releases that open no newer store.
ALTER TABLE migration ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;
