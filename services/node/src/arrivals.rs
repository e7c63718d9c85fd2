//! Entries in the order in which they came here: first those that the store has after a cursor, then each commit as it happens.
//!
//! **Promise.** Nothing is left out and nothing comes twice, whatever falls behind and whichever replica committed: who is too slow for
//! the [hub](crate::hub) reads the store from its cursor. Only what waited and was admitted comes out of its lane's order, and says so.

use std::sync::Arc;

use tokio::sync::broadcast;
use verbund_store::{Error, Limit, StoredEntry};
use verbund_wire::convert::cursor::Cursor;

use crate::context::Context;
use crate::hub::{Commit, News};

/// Entries read at once while catching up.
const PAGE: u32 = 200;
/// Bytes read at once from one lane.
const PAGE_BYTES: u32 = 1024 * 1024;

/// Entries from a cursor on.
#[derive(Debug)]
pub(crate) struct Arrivals {
    ctx: Arc<Context>,
    cursor: Cursor,
    commits: broadcast::Receiver<News>,
    /// The store may have more than the cursor has reached.
    behind: bool,
}

/// What came.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// Entries that continue their lanes.
    Entries(Vec<Arc<StoredEntry>>),
    /// Entries that waited, and only now say something.
    Admitted(Arc<[Arc<StoredEntry>]>),
    /// All that was there has been given; what follows is new.
    CaughtUp,
    /// Whoever reads was too slow. Entries come from the store now, but some may have been admitted and were not told of.
    Missed,
}

impl Arrivals {
    /// From a cursor on.
    pub(crate) fn after(ctx: Arc<Context>, cursor: Cursor) -> Self {
        Self {
            // First listen, then read: nothing can fall between.
            commits: ctx.hub.subscribe(),
            ctx,
            cursor,
            behind: true,
        }
    }

    /// Whether all that was there has been given.
    pub(crate) fn is_live(&self) -> bool {
        !self.behind
    }

    /// What comes next; `None` when the node goes down. Dropped while it waits it loses nothing.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn next(&mut self) -> Result<Option<Arrival>, Error> {
        loop {
            if self.behind {
                let found = page(&self.ctx, &self.cursor, PAGE).await?;
                if found.is_empty() {
                    self.behind = false;
                    return Ok(Some(Arrival::CaughtUp));
                }
                let found: Vec<_> = found.into_iter().map(Arc::new).collect();
                return Ok(Some(self.reached(found)));
            }
            match self.commits.recv().await {
                Ok(News::Commit(commit)) if commit.readmitted => {
                    return Ok(Some(Arrival::Admitted(commit.entries)));
                }
                Ok(News::Commit(commit)) => {
                    let news = self.news(&commit);
                    if !news.is_empty() {
                        return Ok(Some(self.reached(news)));
                    }
                }
                // Another replica: the store has it.
                Ok(News::Behind) => self.behind = true,
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.behind = true;
                    return Ok(Some(Arrival::Missed));
                }
                Err(broadcast::error::RecvError::Closed) => return Ok(None),
            }
        }
    }

    fn reached(&mut self, entries: Vec<Arc<StoredEntry>>) -> Arrival {
        for stored in &entries {
            self.cursor.advance(stored.lane, stored.sequence);
        }
        Arrival::Entries(entries)
    }

    /// The entries of a commit that continue what was given. What was read from the store meanwhile is left out.
    fn news(&mut self, commit: &Commit) -> Vec<Arc<StoredEntry>> {
        let mut reached = self.cursor.clone();
        let mut news = Vec::with_capacity(commit.entries.len());
        for stored in commit.entries.iter() {
            let at = reached.position(&stored.lane);
            if stored.sequence <= at {
                continue;
            }
            if stored.sequence > at + 1 {
                // Another commit of the lane is told after this one: read both in their order.
                self.behind = true;
                break;
            }
            reached.advance(stored.lane, stored.sequence);
            news.push(stored.clone());
        }
        news
    }
}

/// The next entries after a cursor, in the order in which they came here.
///
/// # Errors
/// The store's.
pub(crate) async fn page(
    ctx: &Context,
    cursor: &Cursor,
    count: u32,
) -> Result<Vec<StoredEntry>, Error> {
    let mut found = Vec::new();
    for lane in ctx.lanes.all() {
        let after = cursor.position(&lane.id);
        if lane.head().sequence > after {
            let limit = Limit {
                count,
                bytes: PAGE_BYTES,
            };
            found.extend(ctx.store.entries(&lane.id, after, limit).await?);
        }
    }
    found.sort_unstable_by_key(|stored| stored.position);
    found.truncate(count as usize);
    Ok(found)
}
