//! Databases that come and go, for measurements and rehearsals.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::connect::{Database, engine_error};
use crate::error::{Error, Result};

/// Makes an empty database on the server of another one, whose role may do that; gives its address.
pub(crate) async fn make(url: &str, name: &str) -> Result<String> {
    let made = beside(url, name)?;
    run(url, format!("CREATE DATABASE {name}")).await?;
    Ok(made)
}

/// Removes a database from the server of another one, whoever is still connected to it.
pub(crate) async fn remove(url: &str, name: &str) -> Result<()> {
    run(url, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
}

/// The address of another database of the same server.
fn beside(url: &str, name: &str) -> Result<String> {
    let bad = |reason: &str| Error::BadUrl {
        url: "postgres:…".to_owned(),
        reason: reason.to_owned(),
    };
    if name.is_empty() || !name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_') {
        return Err(bad(
            "a database that comes and goes has lower-case letters only",
        ));
    }
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (url, String::new()),
    };
    let named = PgConnectOptions::from_str(url)
        .ok()
        .and_then(|options| options.get_database().map(str::to_owned));
    let server = named
        .and_then(|database| address.strip_suffix(&format!("/{database}")))
        .ok_or_else(|| bad("it names no database"))?;
    Ok(format!("{server}/{name}{query}"))
}

async fn run(url: &str, statement: String) -> Result<()> {
    let mut connection: PgConnection = Database::parse(url, true)?.connect().await?;
    // Safe: its name has letters only.
    connection
        .execute(AssertSqlSafe(statement))
        .await
        .map_err(|error| engine_error("make or remove a database", error))?;
    connection
        .close()
        .await
        .map_err(|error| engine_error("close", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_stays_the_same() {
        let url = "postgres://me:pw@localhost:5433/postgres?sslmode=disable";
        assert_eq!(
            beside(url, "bench_a").unwrap(),
            "postgres://me:pw@localhost:5433/bench_a?sslmode=disable"
        );
        for name in ["", "a b", "a;drop", "A"] {
            assert!(beside(url, name).is_err(), "{name}");
        }
        assert!(beside("postgres://me@localhost", "bench").is_err());
    }
}
