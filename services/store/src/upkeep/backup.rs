//! Backups: a copy of one state of a store, in a SQLite file whatever the engine, and a store made from it.
//!
//! What it promises:
//!
//! - **One state, while the node works.** Everything is read in one transaction that nobody waits for.
//! - **Nothing damaged goes in or out.** Every entry is verified when it is copied, and rows are compared afterwards, both ways.
//! - **A backup is no store.** It is stamped: no node opens it ([`Error::IsBackup`]).
//! - **A restored store is known for one.** The marker says so before the store can be opened.
//!
//! Keys of erasure days are not in it: texts stay sealed, and what was forgotten since can't be read from it.

use std::path::Path;

use super::copy::{Copied, begin, end, fill};
use super::whole::{BACKUP, MOVED, Meta, Taking, Whole};
use super::{Signers, Tell, Upkeep, tables};
use crate::error::{Error, Result};
use crate::marker::{self, Restored, Standing};
use crate::migrations::Newer;

/// Copies the store at `from` into a new file. A node may be working on the store.
///
/// # Errors
/// As [`copy`](crate::copy), but for those that say that the store is in use.
pub async fn backup(
    from: &str,
    file: &Path,
    upkeep: &Upkeep,
    signers: &mut dyn Signers,
    progress: Tell<'_>,
) -> Result<Copied> {
    let mut source = Whole::look(from, Newer::Refused).await?;
    let owner = source.owner().await?;
    match owner.edition {
        MOVED => return Err(Error::MovedAway),
        BACKUP => return Err(Error::IsBackup),
        _ => {}
    }
    let mut target = Whole::take(&address(file), PLACE).await?;
    let meta = Meta {
        edition: BACKUP,
        ..owner
    };
    begin(&mut target, &meta, false).await?;
    let copied = fill(
        &mut source,
        &mut target,
        &meta,
        false,
        upkeep,
        signers,
        progress,
    );
    let copied = copied.await?;
    source.rollback().await?;
    target
        .execute(tables::META_MARK, vec![BACKUP.into()])
        .await?;
    end(target, source, &meta).await?;
    Ok(copied)
}

/// Makes a store at `to`, which has to be empty, or what an earlier attempt has left, from a backup. The file may be of an older
/// release: its schema is brought up.
///
/// # Errors
/// As [`copy`](crate::copy), and [`Error::NotABackup`].
pub async fn restore(
    file: &Path,
    to: &str,
    upkeep: &Upkeep,
    signers: &mut dyn Signers,
    progress: Tell<'_>,
) -> Result<Copied> {
    let mut source = Whole::take(&address(file), PLACE).await?;
    let owner = source.owner().await?;
    if owner.edition != BACKUP {
        return Err(Error::NotABackup);
    }
    source.begin_read().await?;
    let taking = Taking::Place {
        accept_data_loss: upkeep.accept_data_loss,
    };
    let mut target = Whole::take(to, taking).await?;
    let meta = Meta {
        edition: 0,
        ..owner
    };
    if begin(&mut target, &meta, false).await? {
        return Err(Error::NotACopy("it is a store already".to_owned()));
    }
    let copied = fill(
        &mut source,
        &mut target,
        &meta,
        false,
        upkeep,
        signers,
        progress,
    );
    let copied = copied.await?;
    let standing = Standing {
        generation: copied.generation,
        position: copied.position,
        timeline: None,
    };
    // Before the store can be opened.
    marker::change(&upkeep.erasure_keys, |marker| {
        marker.restore(Restored::Backup, &standing);
    })?;
    end(target, source, &meta).await?;
    Ok(copied)
}

/// A file that is this program's own loses nothing that is not made again.
const PLACE: Taking = Taking::Place {
    accept_data_loss: true,
};

fn address(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}
