//! All updates that the store lists, in memory, with what they are counted and chosen by.
//!
//! **Promise.** Every update stands here in the state that the store gives, a moment after each commit; and whoever asks is answered
//! from a state in which everything stands that had been committed when they asked. Nothing is kept that could not be made again from
//! the store, and no text (see ADR 0023).
//!
//! The store finds pages by agency, category, place and day, which its indexes hold. What it has no index for (measure, urgency,
//! exercise) is looked for here, and pictures and reports are counted here.

mod rows;

use std::pin::pin;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::{interval, timeout};
use tracing::info;
use verbund_model::{
    AgencyId, Charter, Picture, Report, ReportPeriod, SubjectId, SubjectRef, day_number,
};
use verbund_store::{Error, Filter, PageKey, StoredEntry, limits::PAGE_ROWS};
use verbund_wire::convert::cursor::Cursor;
use verbund_wire::convert::filter;
use verbund_wire::convert::picture::Asked;
use verbund_wire::error::{self as wire, ErrorCode};

use self::rows::{Row, Rows};
use crate::arrivals::{Arrival, Arrivals};
use crate::context::Context;
use crate::database::{self, if_available};
use crate::report::collect;
use crate::views::Content;

/// How long the store is left alone when the database was away.
const AWAY: Duration = Duration::from_secs(1);
/// How long a caller waits for what was committed when it asked. It takes no time but after a start: some seconds with hundreds of
/// thousands of updates.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How often what was erased on its day is looked for. Until then it takes room, and is told to nobody.
const FORGET: Duration = Duration::from_secs(3600);

/// Pictures and reports that are counted at once, some hundredths of a second each: publishing must not wait for them. Others wait for their
/// turn as long as their callers do.
const COUNTED_AT_ONCE: usize = 2;

/// The updates.
#[derive(Debug)]
pub(crate) struct Updates {
    rows: RwLock<Rows>,
    counting: Semaphore,
    /// How far the lanes have been taken in; `None` until all that the store lists has been read once.
    reached: watch::Sender<Option<Cursor>>,
}

impl Default for Updates {
    fn default() -> Self {
        Self {
            rows: RwLock::default(),
            counting: Semaphore::new(COUNTED_AT_ONCE),
            reached: watch::Sender::new(None),
        }
    }
}

impl Updates {
    /// The picture of a period.
    ///
    /// # Errors
    /// Not all is here yet.
    pub(crate) async fn picture(
        &self,
        ctx: &Context,
        charter: &Charter,
        asked: &Asked,
    ) -> Result<Picture, wire::Error> {
        self.caught_up(ctx).await?;
        let _turn = self.counting.acquire().await;
        let today = ctx.today();
        Ok(self.read().picture(charter, &ctx.agency, asked, today))
    }

    /// The report of a period's updates.
    ///
    /// # Errors
    /// Not all is here yet; `VALIDATION_FAILED` where the period has more figures than a report can.
    pub(crate) async fn report(
        &self,
        ctx: &Context,
        charter: &Charter,
        period: ReportPeriod,
    ) -> Result<Report, wire::Error> {
        self.caught_up(ctx).await?;
        let _turn = self.counting.acquire().await;
        let (day, today) = (ctx.today(), charter.operational_day(ctx.clock.now()));
        let counted = self.read().report(charter, &ctx.agency, period, today, day);
        counted.map_err(|error| collect::too_much(&error.to_string()))
    }

    /// The keys of the next updates that a filter chooses, the last changed first, before a key; at most `count`.
    ///
    /// # Errors
    /// Not all is here yet.
    pub(crate) async fn chosen(
        &self,
        ctx: &Context,
        filter: &filter::Filter,
        before: Option<PageKey>,
        count: usize,
    ) -> Result<Vec<PageKey>, wire::Error> {
        self.caught_up(ctx).await?;
        let today = day_number(ctx.today());
        Ok(self.read().chosen(filter, before, count, today))
    }

    /// The keys of the latest versions of some updates, of those that are here.
    ///
    /// # Errors
    /// Not all is here yet.
    pub(crate) async fn keys<'s>(
        &self,
        ctx: &Context,
        updates: impl IntoIterator<Item = &'s SubjectRef>,
    ) -> Result<Vec<PageKey>, wire::Error> {
        self.caught_up(ctx).await?;
        let rows = self.read();
        let keys = updates
            .into_iter()
            .filter_map(|it| rows.key(&it.owner, &it.subject));
        Ok(keys.collect())
    }

    /// Waits until everything is here that is in the lanes now.
    async fn caught_up(&self, ctx: &Context) -> Result<(), wire::Error> {
        let wanted: Vec<_> = ctx
            .lanes
            .all()
            .iter()
            .map(|lane| (lane.id, lane.head().sequence))
            .collect();
        let mut reached = self.reached.subscribe();
        let there = reached.wait_for(|reached| {
            let reached = reached.as_ref();
            reached.is_some_and(|it| {
                let mut wanted = wanted.iter();
                wanted.all(|(lane, sequence)| it.position(lane) >= *sequence)
            })
        });
        // It can't be closed: this has its sender.
        timeout(WAIT_MAX, there).await.map(drop).map_err(|_| {
            if database::problem(ctx).is_some() {
                let message = "the node's database does not answer";
                return wire::Error::new(ErrorCode::StoreUnavailable, message);
            }
            let message = "the node still reads its updates; ask again";
            wire::Error::new(ErrorCode::Overloaded, message)
        })
    }

    fn read(&self) -> RwLockReadGuard<'_, Rows> {
        let rows = self.rows.read();
        rows.expect("no code panics while it holds the updates")
    }

    fn write(&self) -> RwLockWriteGuard<'_, Rows> {
        let rows = self.rows.write();
        rows.expect("no code panics while it holds the updates")
    }
}

/// Follows what the store lists until the node stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(ctx: Arc<Context>) -> Result<(), Error> {
    loop {
        let followed = tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            followed = follow(&ctx) => followed,
        };
        // The database was away, or too much came at once: what came meanwhile is not known, so everything is read anew.
        if if_available(followed)?.is_none() {
            tokio::select! {
                () = ctx.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(AWAY) => {}
            }
        }
    }
}

/// Reads everything, and then takes in what comes until something was missed.
async fn follow(ctx: &Arc<Context>) -> Result<(), Error> {
    let updates = &ctx.updates;
    let mut reached = Cursor::new();
    for lane in ctx.lanes.all() {
        reached.advance(lane.id, lane.head().sequence);
    }
    // From before it is read, so that nothing comes between; and what comes meanwhile waits here, not in the hub.
    let mut arrivals = Arrivals::after(ctx.clone(), reached.clone());
    let mut meanwhile = Vec::new();
    {
        let mut loading = pin!(load(ctx));
        loop {
            tokio::select! {
                loaded = &mut loading => {
                    loaded?;
                    break;
                }
                arrival = arrivals.next() => match arrival? {
                    Some(Arrival::Missed) | None => return Ok(()),
                    Some(arrival) => meanwhile.push(arrival),
                },
            }
        }
    }
    for arrival in meanwhile {
        take(ctx, &mut reached, arrival).await?;
    }
    updates.reached.send_replace(Some(reached.clone()));
    let mut tick = interval(FORGET);
    loop {
        tokio::select! {
            _ = tick.tick() => updates.write().forget_before(day_number(ctx.today())),
            arrival = arrivals.next() => match arrival? {
                Some(Arrival::Missed) | None => {
                    updates.reached.send_replace(None);
                    return Ok(());
                }
                Some(arrival) => {
                    take(ctx, &mut reached, arrival).await?;
                    updates.reached.send_replace(Some(reached.clone()));
                }
            },
        }
    }
}

/// Reads all that the store lists.
async fn load(ctx: &Context) -> Result<(), Error> {
    let mut rows = Rows::default();
    let mut before = None;
    loop {
        let page = ctx
            .store
            .situations(&Filter::default(), before, PAGE_ROWS)
            .await?;
        for record in &page.items {
            if let Some(row) = Row::of_record(record) {
                rows.put(&record.origin, record.subject, &row);
            }
        }
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    info!(updates = rows.len(), "updates are in memory");
    *ctx.updates.write() = rows;
    Ok(())
}

/// Takes in what entries make of their updates. A first version is taken as it is; for anything else the store is asked, since it may
/// stand before what is known already.
async fn take(ctx: &Context, reached: &mut Cursor, arrival: Arrival) -> Result<(), Error> {
    let (entries, admitted) = match &arrival {
        Arrival::Entries(entries) => (&entries[..], false),
        Arrival::Admitted(entries) => (&entries[..], true),
        Arrival::CaughtUp | Arrival::Missed => return Ok(()),
    };
    for stored in entries {
        if !admitted {
            reached.advance(stored.lane, stored.sequence);
        }
        let Some((subject, origin)) = named(ctx, stored) else {
            continue;
        };
        let content = Content::of(stored).filter(|_| stored.version == 1 && !admitted);
        if let Some(row) = content.as_ref().and_then(|it| Row::first(stored, it)) {
            ctx.updates.write().put(&origin, subject, &row);
            continue;
        }
        let record = ctx.store.situation(&subject, Some(&origin)).await?;
        match record.as_ref().and_then(Row::of_record) {
            Some(row) => ctx.updates.write().put(&origin, subject, &row),
            None => ctx.updates.write().remove(&origin, &subject),
        }
    }
    Ok(())
}

/// The update that an entry is a version of.
fn named(ctx: &Context, stored: &StoredEntry) -> Option<(SubjectId, AgencyId)> {
    let subject = stored.subject.filter(|_| stored.version > 0)?;
    let lane = ctx.lanes.lane(&stored.lane)?;
    Some((subject, lane.origin.clone()))
}
