#!/usr/bin/env bash
# Run by the PostgreSQL image when it makes the database, once: the two roles, each with its password.
set -euo pipefail

database=(psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB")
"${database[@]}" --file=/verbund/roles.sql
for role in run migrate; do
  # From a file and by the standard input, so that no password is in a list of processes.
  "${database[@]}" --set=role="verbund_$role" --set=file="/run/secrets/postgres/$role" <<'SQL'
\set password `cat :file`
ALTER ROLE :"role" PASSWORD :'password';
SQL
done
