//! Moves a store to another place: another engine, or another database of the same.
//!
//! What it promises:
//!
//! - **All of it, as it is.** Lanes keep their numbers and entries their positions; rows are compared with the store after they
//!   were written. Every entry is verified before it is written: a damaged store is not copied.
//! - **One store at a time.** While it is being made, a copy opens for no node ([`Error::CopyUnfinished`]); once it is whole,
//!   the store that it was made from doesn't any more ([`Error::MovedAway`]), until [`reopen`]. Two nodes under one agency's name
//!   would sign two histories.
//! - **It goes on where it stopped.** Rows are written in the order of their keys, a page in each transaction, so what is
//!   there says what is missing.
//! - **It counts as newer.** The copy's generation is the store's and one more.
//!
//! The folder of the erasure keys is not copied: both databases are read with the same keys, so that whatever is erased in one
//! of them can't be read in the other either. Until the old database is deleted it holds what the node forgets later on,
//! sealed texts without keys, and codes in clear.

use std::sync::Arc;

use verbund_ledger::SystemEntropy;

use super::entries::{self, Bench, Lanes};
use super::finding::{Finding, FindingKind};
use super::tables::{self, CHARTER, COPIED, ENTRY, Kind, Row, Table};
use super::whole::{MOVED, Meta, Pages, Taking, Whole};
use super::{Progress, Signers, Stage, Tell, Upkeep};
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::health::Engine;
use crate::limits;
use crate::record::CharterRecord;
use crate::row;
use crate::statement::{Columns, Value};

/// What a copy came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Rows in the copy.
    pub rows: u64,
    /// Entries among them.
    pub entries: u64,
    /// Rows that an earlier attempt had copied.
    pub found: u64,
    /// The copy's generation.
    pub generation: u64,
    /// The last entry's position.
    pub position: u64,
}

/// Copies the store at `from` to `to`, which has to be empty, or what an earlier attempt has left. No node may be using
/// either. A file is made if it isn't there; a database on a server has to be, and is filled by the role that owns its tables.
///
/// With `moves`, the store can't be opened any more once the copy is whole.
///
/// # Errors
/// As [`open`](crate::open), and [`Error::Occupied`], [`Error::NobodysStore`], [`Error::NotACopy`], [`Error::Damaged`],
/// [`Error::CopyDiffers`].
pub async fn copy(
    from: &str,
    to: &str,
    moves: bool,
    upkeep: &Upkeep,
    signers: &mut dyn Signers,
    progress: Tell<'_>,
) -> Result<Copied> {
    let mut source = Whole::take(from, Taking::Store).await?;
    source.begin_write().await?;
    let owner = source.owner().await?;
    let owner_moved = owner.edition == MOVED;
    let taking = Taking::Place {
        accept_data_loss: upkeep.accept_data_loss,
    };
    let mut target = Whole::take(to, taking).await?;
    let meta = Meta {
        generation: owner.generation + 1,
        edition: 0,
        ..owner
    };
    let was_whole = begin(&mut target, &meta, owner_moved).await?;
    let copied = fill(
        &mut source,
        &mut target,
        &meta,
        was_whole,
        upkeep,
        signers,
        progress,
    );
    let copied = copied.await?;
    // First the one, then the other: a crash between the two leaves no store that opens, and this run again ends it.
    if moves {
        source
            .execute(tables::META_MARK, vec![MOVED.into()])
            .await?;
    }
    source.commit().await?;
    end(target, source, &meta).await?;
    Ok(copied)
}

/// Makes a store that was moved away a node's store again. Only right if no node has been started on the copy.
///
/// # Errors
/// As [`open`](crate::open), and [`Error::Occupied`], [`Error::NobodysStore`] where there is no such mark.
pub async fn reopen(url: &str) -> Result<()> {
    let mut whole = Whole::take(url, Taking::Store).await?;
    whole.begin_write().await?;
    if whole.owner().await?.edition != MOVED {
        return Err(Error::NobodysStore);
    }
    whole.execute(tables::META_MARK, vec![0_i64.into()]).await?;
    whole.commit().await?;
    whole.close().await
}

/// Copies what is missing in a copy that was begun, and compares it all. It is whole then, and not yet said to be.
pub(super) async fn fill(
    source: &mut Whole,
    target: &mut Whole,
    meta: &Meta,
    was_whole: bool,
    upkeep: &Upkeep,
    signers: &mut dyn Signers,
    progress: Tell<'_>,
) -> Result<Copied> {
    for charter in charters(source).await? {
        let learnt = signers.learn(&charter);
        learnt.map_err(|problem| damaged(charter_finding(&charter, problem)))?;
    }
    let keys = ErasureKeys::looked_at(upkeep.erasure_keys.clone(), Arc::new(SystemEntropy));
    let bench = Bench {
        federation: &meta.federation,
        signers,
        keys: &keys,
        today: upkeep.today,
    };
    let mut copied = Copied {
        rows: 0,
        entries: 0,
        found: 0,
        generation: meta.generation.unsigned_abs(),
        position: 0,
    };
    let (mut lanes, findings) = entries::lanes(source).await?;
    findings
        .into_iter()
        .next()
        .map_or(Ok(()), |it| Err(damaged(it)))?;
    if !was_whole {
        for table in COPIED {
            if std::ptr::eq(table, &ENTRY) {
                entries::follow_to_heads(target, &mut lanes).await?;
            }
            copied.found += target.count(table).await?;
            let judge = |rows: &[Row], lanes: &mut Lanes| match std::ptr::eq(table, &ENTRY) {
                true => bench.judge(rows, lanes),
                false => Ok(Vec::new()),
            };
            copy_table(source, target, table, &mut lanes, judge, progress).await?;
        }
        target.rows(tables::NUMBERS_GO_ON, Vec::new(), &[]).await?;
    }
    for table in COPIED {
        let rows = compare(source, target, table, progress).await?;
        copied.rows += rows;
        if std::ptr::eq(table, &ENTRY) {
            copied.entries = rows;
        }
    }
    if was_whole {
        copied.found = copied.rows;
    }
    target.execute(tables::ANALYZE, Vec::new()).await?;
    copied.position = match target.last_key(&ENTRY).await?.as_deref() {
        Some([Value::Int(Some(position))]) => position.unsigned_abs(),
        _ => 0,
    };
    Ok(copied)
}

/// Says that a copy is whole: it may be opened from here on.
pub(super) async fn end(mut target: Whole, source: Whole, meta: &Meta) -> Result<()> {
    target
        .execute(tables::META_END, vec![meta.generation.into()])
        .await?;
    target.close().await?;
    source.close().await
}

/// Says whose copy the target becomes; `true` when it is whole already.
pub(super) async fn begin(target: &mut Whole, meta: &Meta, moved: bool) -> Result<bool> {
    let unfinished = Meta {
        generation: -meta.generation,
        ..meta.clone()
    };
    match target.meta().await? {
        Some(there) if there == unfinished => Ok(false),
        // Its end was not heard of, or somebody wants to be sure. A node that was started on it has raised the generation.
        Some(there) if there == *meta => Ok(true),
        Some(there) if (&there.federation, &there.agency) != (&meta.federation, &meta.agency) => {
            Err(Error::NotACopy(format!(
                "it is of {}.{}",
                there.agency, there.federation
            )))
        }
        Some(there) if there.generation < 0 => Err(Error::NotACopy(
            "a copy was begun there, and the node was started since: empty it and copy again"
                .to_owned(),
        )),
        Some(_) => Err(Error::NotACopy("a node has been started on it".to_owned())),
        // A node may be working on the copy that it was moved to: this would be a second one.
        None if moved => Err(Error::MovedAway),
        None => {
            for table in COPIED {
                if target.last_key(table).await?.is_some() {
                    return Err(Error::NotACopy(format!("table {} has rows", table.name)));
                }
            }
            let values = vec![
                meta.federation.clone().into(),
                meta.agency.clone().into(),
                unfinished.generation.into(),
            ];
            target.execute(tables::META_BEGIN, values).await?;
            Ok(false)
        }
    }
}

/// All charters that were adopted, the oldest first.
pub(super) async fn charters(whole: &mut Whole) -> Result<Vec<CharterRecord>> {
    let mut charters = Vec::new();
    let mut pages = Pages::of(whole, &CHARTER).await?;
    loop {
        let rows = pages.next(whole).await?;
        if rows.is_empty() {
            return Ok(charters);
        }
        for row in &rows {
            charters.push(row::charter(row)?);
        }
    }
}

pub(super) fn charter_finding(charter: &CharterRecord, problem: String) -> Finding {
    Finding::new(FindingKind::Charter, "charter", charter.version, problem)
}

fn damaged(finding: Finding) -> Error {
    Error::Damaged(Box::new(finding))
}

/// Copies what is not there yet.
async fn copy_table(
    source: &mut Whole,
    target: &mut Whole,
    table: &'static Table,
    lanes: &mut Lanes,
    judge: impl Fn(&[Row], &mut Lanes) -> Result<Vec<Finding>>,
    progress: Tell<'_>,
) -> Result<()> {
    let total = source.count(table).await?;
    let mut done = target.count(table).await?;
    let mut after = target.last_key(table).await?;
    loop {
        progress(Progress {
            stage: Stage::Copying,
            table: table.name,
            done,
            total,
        });
        let rows = source
            .page(table, after.as_deref(), limits::UPKEEP_ROWS)
            .await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some(table.key_of(last).to_vec());
        done += rows.len() as u64;
        // What is wrong only because nobody has erased yet is no damage: the node does it when it starts. Nor is a key that is not
        // there: a text may have been forgotten since a backup was made, or while one is being made.
        let damage = |finding: &Finding| {
            !matches!(
                finding.kind,
                FindingKind::ContentOverdue | FindingKind::ErasureKeyMissing
            )
        };
        if let Some(finding) = judge(&rows, lanes)?.into_iter().find(damage) {
            return Err(damaged(finding));
        }
        target.begin_write().await?;
        target.insert(table, rows).await?;
        target.commit().await?;
    }
}

/// Compares a table row by row; gives the number of rows.
async fn compare(
    source: &mut Whole,
    target: &mut Whole,
    table: &'static Table,
    progress: Tell<'_>,
) -> Result<u64> {
    let differs = |row: &Row| Error::CopyDiffers {
        table: table.name,
        row: shown_key(table, row),
    };
    let lossy = target.engine() == Engine::Postgres;
    let mut theirs = Pages::of(source, table).await?;
    let mut ours = Pages::of(target, table).await?;
    loop {
        progress(Progress {
            stage: Stage::Comparing,
            table: table.name,
            done: theirs.done,
            total: theirs.total,
        });
        let (from, to) = (theirs.next(source).await?, ours.next(target).await?);
        if from.is_empty() && to.is_empty() {
            return Ok(theirs.done);
        }
        if let Some((row, _)) = from
            .iter()
            .zip(&to)
            .find(|(from, to)| !same(from, to, lossy))
        {
            return Err(differs(row));
        }
        match from.len().cmp(&to.len()) {
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Less => return Err(differs(&to[from.len()])),
            std::cmp::Ordering::Greater => return Err(differs(&from[to.len()])),
        }
    }
}

/// Whether a row was copied as it is, but for U+0000, which PostgreSQL has no place for.
fn same(from: &Row, to: &Row, lossy: bool) -> bool {
    from == to
        || lossy
            && from.0.iter().zip(&to.0).all(|(from, to)| match (from, to) {
                (Value::Text(Some(from)), Value::Text(Some(to))) => {
                    from.replace('\0', "\u{FFFD}") == *to
                }
                (from, to) => from == to,
            })
}

/// A row's key, for people.
pub(super) fn shown_key(table: &Table, row: &Row) -> String {
    let shown = |(index, (_, kind)): (usize, &(&str, Kind))| match kind {
        Kind::Int => row.int(index).ok().flatten().map(|it| it.to_string()),
        Kind::Text => row.text(index).ok().flatten().map(str::to_owned),
        Kind::Blob => row.blob(index).ok().flatten().map(hex),
    };
    let key = table.columns[..table.key].iter().enumerate();
    let key: Vec<String> = key.map(|it| shown(it).unwrap_or_default()).collect();
    key.join(" ")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
