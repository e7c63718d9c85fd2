"""What CloudNativePG does with a Cluster, done to the tests' own PostgreSQL: the same statements in the same order.

The server is a real one, with TLS and a name to prove; only that it has no standbys, and another address.
"""

import os
import subprocess
from urllib.parse import urlsplit

# Set by `with_postgres` in tests/run.
SERVER = "VERBUND_TEST_POSTGRES"


def server():
    return urlsplit(os.environ[SERVER])


def authority():
    """The certificate that vouches for the server."""
    options = dict(option.split("=", 1) for option in server().query.split("&"))
    with open(options["sslrootcert"], "rb") as file:
        return file.read()


def here(url, cluster):
    """A cluster's address as that of the tests' server."""
    return url.replace(f"@{cluster}-rw/", f"@{server().hostname}:{server().port}/")


def psql(database, *arguments, **options):
    url = server()._replace(path=f"/{database}").geturl()
    return subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url, *arguments], check=True, **options
    )


def bootstrap(cluster, passwords):
    """A new database: what `bootstrap.initdb` and `managed.roles` say. `passwords` holds a secret's by its name."""
    new = cluster["spec"]["bootstrap"]["initdb"]
    owner, name = new["owner"], new["database"]
    password = passwords[new["secret"]["name"]]
    for leftover in (f"DROP DATABASE IF EXISTS {name}", f"DROP ROLE IF EXISTS {owner}"):
        psql("postgres", "--command", leftover)
    psql("postgres", "--command", f"CREATE ROLE {owner} LOGIN PASSWORD '{password}'")
    psql("postgres", "--command", f"CREATE DATABASE {name} OWNER {owner} ENCODING '{new['encoding']}' TEMPLATE template0")
    for statement in new["postInitApplicationSQL"]:
        psql(name, "--command", statement)
    for role in cluster["spec"]["managed"]["roles"]:
        login = "LOGIN" if role["login"] else "NOLOGIN"
        chosen = passwords[role["passwordSecret"]["name"]]
        psql("postgres", "--command", f"ALTER ROLE {role['name']} {login} PASSWORD '{chosen}'")


def lacking(database, role):
    """The tables on which a role may not do what any table may need; `schema` where it doesn't get that far."""
    asked = psql(
        database, "--tuples-only", "--no-align", "--command",
        f"""SELECT 'schema' WHERE NOT has_schema_privilege('{role}', 'public', 'USAGE')
            UNION ALL
            SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND NOT (has_table_privilege('{role}', oid, 'SELECT') AND has_table_privilege('{role}', oid, 'INSERT')
                AND has_table_privilege('{role}', oid, 'UPDATE') AND has_table_privilege('{role}', oid, 'DELETE'))""",
        capture_output=True, text=True,
    )  # fmt: skip
    return asked.stdout.split()
