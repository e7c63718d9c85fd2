//! Migrations, by one process at a time.

use sqlx::{Executor, PgConnection};

use super::connect::engine_error;
use super::sql;
use crate::Migrated;
use crate::error::{Error, Result};
use crate::migrations::{self, Dialect, KNOWN, Migration, Newer};

/// Brings the schema up to this release, or refuses to where it may not; leaves one that a newer release has written as it is, or
/// refuses it.
pub(super) async fn migrate(
    connection: &mut PgConnection,
    may: bool,
    newer: Newer,
) -> Result<Migrated> {
    let failed = |error| engine_error("bring the schema up to date", error);
    let applied = applied(connection).await?;
    let found = applied.last().map_or(0, |(number, _)| *number);
    if found > KNOWN {
        let floor = sqlx::query_scalar(sql::FLOOR)
            .bind(i64::from(found))
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
        newer.judge(found, floor)?;
    }
    if migrations::missing(&applied, Dialect::Postgres)?
        .next()
        .is_none()
    {
        return Ok(Migrated {
            from: found,
            to: found,
        });
    }
    if !may {
        return Err(Error::SchemaBehind {
            found,
            known: KNOWN,
        });
    }
    connection
        .execute(sql::MIGRATION_TIME)
        .await
        .map_err(failed)?;
    // Another process may be at it: then there is nothing left to do once it lets go.
    sqlx::query(sql::MIGRATION_LOCK)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    let applied = self::applied(connection).await?;
    for (number, migration) in migrations::missing(&applied, Dialect::Postgres)? {
        apply(connection, number, migration).await.map_err(failed)?;
        tracing::info!(number, name = migration.name, "applied a migration");
    }
    connection
        .execute(sql::MIGRATION_TIME_OVER)
        .await
        .map_err(failed)?;
    // The session may last as long as the process does. Where this is not reached it ends, and the lock with it.
    sqlx::query(sql::MIGRATION_UNLOCK)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    Ok(Migrated {
        from: found,
        to: KNOWN,
    })
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<(u32, Vec<u8>)>> {
    let failed = |error| engine_error("look at the schema", error);
    let there: bool = sqlx::query_scalar(sql::HAS_SCHEMA)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if !there {
        return Ok(Vec::new());
    }
    let applied: Vec<(i64, Vec<u8>)> = sqlx::query_as(sql::MIGRATIONS)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
    let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(applied
        .into_iter()
        .map(|(at, sha256)| (number(at), sha256))
        .collect())
}

async fn apply(
    connection: &mut PgConnection,
    number: u32,
    migration: &Migration,
) -> sqlx::Result<()> {
    connection.execute(sql::BEGIN).await?;
    sqlx::raw_sql(migration.sql(Dialect::Postgres))
        .execute(&mut *connection)
        .await?;
    let insert = sqlx::query(sql::MIGRATION_INSERT)
        .bind(i64::from(number))
        .bind(migration.name)
        .bind(migration.sha256(Dialect::Postgres));
    insert.execute(&mut *connection).await?;
    if let Some(floor) = migration.floor {
        let put = sqlx::query(sql::FLOOR_PUT)
            .bind(i64::from(floor))
            .bind(i64::from(number));
        put.execute(&mut *connection).await?;
    }
    connection.execute(sql::COMMIT).await?;
    Ok(())
}
