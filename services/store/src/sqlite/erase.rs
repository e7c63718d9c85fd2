//! Pieces of an erasure, each one transaction of the committer's.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, SqliteConnection};
use verbund_ledger::LaneId;
use verbund_model::SubjectId;

use super::job::Chunk;
use super::row::{self, Cells};
use super::script::Script;
use super::sql;
use super::writer::engine_error;
use crate::erasure::{DayKey, ErasureKeys};
use crate::error::{Error, Result};
use crate::limits;

const DAY_MS: i64 = 86_400_000;

/// Runs a piece; gives the number of rows that it changed.
pub(super) async fn run(
    connection: &mut SqliteConnection,
    keys: &ErasureKeys,
    chunk: Chunk,
) -> Result<u32> {
    match chunk {
        Chunk::Due { today } => due(connection, today).await,
        Chunk::Prune { today } => prune(connection, today).await,
        Chunk::Reseal { day } => reseal(connection, keys, day).await,
        Chunk::Done { day, times } => {
            let mut script = Script::begin(true);
            script.add(sql::ERASING_DONE).put(i64::from(day)).put(times);
            commit(connection, script).await?;
            Ok(1)
        }
    }
}

/// Empties entries that are due. Their keys have been destroyed before: this only removes what can't be read any more, and
/// the codes.
async fn due(connection: &mut SqliteConnection, today: i32) -> Result<u32> {
    let rows = fetch(
        connection,
        sql::DUE,
        &[i64::from(today), i64::from(limits::ERASE_ROWS)],
    )
    .await?;
    let mut positions = Vec::with_capacity(rows.len());
    let mut subjects = Vec::with_capacity(rows.len());
    for row in &rows {
        let cells = Cells::new(row, "entry");
        let position: i64 = cells.get(0, "position")?;
        positions.push(position);
        let subject = cells.optional_bytes(1, "subject")?;
        subjects.extend(subject.map(|subject| (SubjectId::from_bytes(subject), position)));
    }
    if positions.is_empty() {
        return Ok(0);
    }
    let erased = count(positions.len());
    let mut script = Script::begin(false);
    script.add_rows(&sql::ENTRY_ERASE, positions, |args, position| {
        args.put(position);
    });
    let linked: Vec<SubjectId> = subjects.iter().map(|(subject, _)| *subject).collect();
    script.add_rows(
        &sql::SITUATION_ERASE,
        subjects,
        |args, (subject, position)| {
            args.put(&subject.as_bytes()[..]).put(position);
        },
    );
    script.add_rows(&sql::LINK_DROP, linked, |args, subject| {
        args.put(&subject.as_bytes()[..]);
    });
    commit(connection, script).await?;
    Ok(erased)
}

async fn prune(connection: &mut SqliteConnection, today: i32) -> Result<u32> {
    let mut script = Script::begin(true);
    script
        .add(sql::REQUEST_PRUNE)
        .put(&first_request_id(today - limits::REQUEST_DAYS)[..]);
    script
        .add(sql::USAGE_PRUNE)
        .put(i64::from(today - limits::USAGE_DAYS));
    script.add(sql::PENDING_PRUNE).put(i64::from(today));
    script.add(sql::ERASING_PRUNE).put(i64::from(today));
    commit(connection, script).await?;
    Ok(0)
}

/// The smallest UUIDv7 of a day: request ids begin with the milliseconds at which they were made.
fn first_request_id(day: i32) -> [u8; 16] {
    let ms = (i64::from(day) * DAY_MS).max(0);
    let mut id = [0; 16];
    id[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
    id
}

/// Seals under a day's newest key what is sealed under an older one, texts and drafts.
async fn reseal(connection: &mut SqliteConnection, keys: &ErasureKeys, day: i32) -> Result<u32> {
    let newest = keys.sealing(day)?;
    let bounds = [
        i64::from(day),
        i64::from(newest.generation),
        i64::from(limits::ERASE_ROWS),
    ];
    let rows = fetch(connection, sql::SEALED_BEFORE, &bounds).await?;
    let texts = rows
        .iter()
        .map(|row| resealed(row, keys, day, &newest))
        .collect::<Result<Vec<_>>>()?;
    let mut resealed = texts.len();
    let mut script = Script::begin(false);
    script.add_rows(&sql::RESEAL, texts, |args, (position, text)| {
        args.put(position)
            .put(text)
            .put(i64::from(newest.generation));
    });
    // There are few drafts: they go with the last texts.
    if resealed < limits::ERASE_ROWS as usize {
        for row in fetch(connection, sql::PENDING_OF_DAY, &bounds[..2]).await? {
            let Some(draft) = row::pending(&row, keys)? else {
                continue;
            };
            script
                .add(sql::PENDING_PUT)
                .put(&draft.subject.as_bytes()[..])
                .put(draft.due)
                .put(i64::from(day))
                .put(i64::from(newest.generation))
                .put(newest.seal_draft(keys.entropy(), &draft.subject, &draft.body));
            resealed += 1;
        }
    }
    if resealed > 0 {
        commit(connection, script).await?;
    }
    Ok(count(resealed))
}

fn resealed(
    row: &SqliteRow,
    keys: &ErasureKeys,
    day: i32,
    newest: &DayKey,
) -> Result<(i64, Option<Vec<u8>>)> {
    let cells = Cells::new(row, "entry");
    let position: i64 = cells.get(0, "position")?;
    let lane = LaneId(cells.bytes(1, "lane")?);
    let sequence = cells.u64(2, "sequence")?;
    let sealed: Option<Vec<u8>> = cells.get(4, "text")?;
    let text = match (sealed, keys.opening(day, cells.u32(3, "generation")?)?) {
        (Some(sealed), Some(key)) => {
            let text = key
                .open_text(&lane, sequence, sealed)
                .ok_or(Error::BadRow {
                    table: "entry",
                    column: "text",
                    id: position.to_string(),
                })?;
            Some(newest.seal_text(keys.entropy(), &lane, sequence, &text))
        }
        _ => None,
    };
    Ok((position, text))
}

async fn fetch(
    connection: &mut SqliteConnection,
    sql: &'static str,
    parameters: &[i64],
) -> Result<Vec<SqliteRow>> {
    let mut args = SqliteArguments::default();
    for parameter in parameters {
        args.add(parameter).expect("a number can always be encoded");
    }
    let rows = sqlx::query_with(sql, args).fetch_all(connection).await;
    rows.map_err(|error| engine_error("read what is to be erased", error))
}

async fn commit(connection: &mut SqliteConnection, script: Script) -> Result<()> {
    script
        .commit(connection)
        .await
        .map_err(|error| engine_error("erase", error))
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).expect("a piece is bounded")
}

#[cfg(test)]
mod tests {
    use uuid::{NoContext, Timestamp, Uuid};

    use super::*;

    #[test]
    fn request_ids_are_cut_at_midnight() {
        let midnight = 20_000 * 86_400;
        let id = |seconds: u64, nanos| {
            Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos)).into_bytes()
        };
        let first = first_request_id(20_000);
        assert!(id(midnight, 0) >= first);
        assert!(id(midnight - 1, 999_000_000) < first);
        assert_eq!(first_request_id(-5), [0; 16]);
    }
}
