-- Who may do what in the node's database: one role that changes the schema, one that the node runs as, and nobody else.
--
-- For psql, connected to the node's own database (made with `CREATE DATABASE verbund`) as a superuser, or as a role that
-- owns the database and may create roles:
--
--     psql -d verbund -f roles.sql
--     psql -d verbund -v migrate_role=dhz_migrate -v run_role=dhz_run -f roles.sql      with other names
--
-- It can be run at any time and as often as you like, also while the node runs: each run ends with the same state, and it
-- happens wholly or not at all. When to run it:
--
--   1. for a new database, before `verbund store migrate`;
--   2. after every `verbund store migrate`. In between the node can already work: a new table starts with the four rights
--      that any table may need, and this takes away what that table doesn't. A release's notes say when there is one;
--   3. whenever you are not sure. At three in the morning: just run it.
--
-- Roles are made without a password. Set them afterwards (psql: `\password verbund_run`), or let the server know the roles by
-- certificate or by socket; pg_hba.conf decides. The URL with the role that migrates is for `verbund store migrate` only: it
-- has no business in the configuration of a node that runs.
--
-- If it stops with an error, nothing has been changed; the error says which role or right is not as it has to be.

\set ON_ERROR_STOP on
\if :{?migrate_role}
\else
  \set migrate_role verbund_migrate
\endif
\if :{?run_role}
\else
  \set run_role verbund_run
\endif

BEGIN;
SET LOCAL client_min_messages = warning;

-- The roles, if they are not there. By default a role may do nothing beyond what it is given below.
SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[:'migrate_role', :'run_role']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

-- Roles that were there before may be more than that: then somebody else has to decide.
SELECT format('DO %L', format('BEGIN RAISE EXCEPTION USING MESSAGE = %L; END', message))
FROM (
    SELECT format('role %s has rights over the whole server (superuser, createdb, createrole, replication or bypassrls): '
        'take them away, or choose another name', rolname)
    FROM pg_roles
    WHERE rolname IN (:'migrate_role', :'run_role')
      AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)
    UNION ALL
    SELECT format('role %s is a member of role %s and could change the schema: revoke that', :'run_role', :'migrate_role')
    WHERE pg_has_role(:'run_role', :'migrate_role', 'MEMBER')
) AS wrong (message)
\gexec

-- Who is no superuser can only give things to a role that it is a member of.
SELECT format('GRANT %I TO CURRENT_USER', :'migrate_role')
WHERE NOT pg_has_role(:'migrate_role', 'MEMBER')
\gexec

-- The database and its schema: both may connect, one may create.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database())
\gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), :'migrate_role', :'run_role')
\gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO :"migrate_role";
GRANT USAGE ON SCHEMA public TO :"run_role";

-- Tables that somebody else has made, say an administrator who migrated before there were roles.
SELECT format('ALTER TABLE public.%I OWNER TO %I', tablename, :'migrate_role')
FROM pg_tables
WHERE schemaname = 'public' AND tableowner <> :'migrate_role'
\gexec

-- Tables that are still to come.
ALTER DEFAULT PRIVILEGES FOR ROLE :"migrate_role" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"run_role";

-- Tables that are there: exactly what the node does with each. What is signed or has been told to others can be added but
-- neither changed nor removed, whatever a fault or an intruder in the node may try: lanes and their heads, frames, hashes and
-- signatures, charters, which migrations there were.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, :"run_role";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, :"run_role";
SELECT format('GRANT %s ON public.%I TO %I', rights, name, :'run_role')
FROM (VALUES
    ('migration', 'SELECT'),
    -- The generation rises with each start, the edition with each transaction.
    ('meta',      'SELECT, INSERT, UPDATE (generation, edition)'),
    ('lane',      'SELECT, INSERT, UPDATE (stopped)'),
    -- Only what an erasure empties or a second judgement changes.
    ('entry',     'SELECT, INSERT, UPDATE (outcome, version, generation, subject, codes_salt, codes, text)'),
    ('entry',     'UPDATE (step)'),
    -- Projections: rows follow the entries, and can be made from them again.
    ('situation', 'SELECT, INSERT, UPDATE, DELETE'),
    ('reading',   'SELECT, INSERT, UPDATE, DELETE'),
    ('request',   'SELECT, INSERT, DELETE'),
    ('receipt',   'SELECT, INSERT, UPDATE'),
    -- First showings only: dropped, never changed.
    ('shown',     'SELECT, INSERT, DELETE'),
    ('pending',   'SELECT, INSERT, UPDATE, DELETE'),
    ('link',      'SELECT, INSERT, UPDATE, DELETE'),
    ('usage',     'SELECT, INSERT, UPDATE, DELETE'),
    ('alarm',     'SELECT, INSERT, DELETE'),
    ('review',    'SELECT, INSERT, UPDATE, DELETE'),
    ('queued',    'SELECT, INSERT, UPDATE, DELETE'),
    -- Forgotten after a year, never changed.
    ('audit',     'SELECT, INSERT, DELETE'),
    ('charter',   'SELECT, INSERT'),
    ('erasing',   'SELECT, INSERT, UPDATE, DELETE'),
    -- Never deleted: its generation only rises.
    ('hold',      'SELECT, INSERT, UPDATE')
) AS needed (name, rights)
WHERE to_regclass(format('public.%I', name)) IS NOT NULL
-- `edition` came with the second migration, `step` with the fourth.
  AND (name <> 'meta' OR EXISTS (
      SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.meta') AND attname = 'edition'))
  AND (rights <> 'UPDATE (step)' OR EXISTS (
      SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.entry') AND attname = 'step'))
\gexec

-- A table of a newer release than this file keeps what the defaults give.
SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO %I', relname, :'run_role')
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT has_table_privilege(:'run_role', oid, 'SELECT')
\gexec

COMMIT;
