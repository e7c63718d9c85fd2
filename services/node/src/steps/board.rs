//! All tasks, meetings and protocols in their latest state, in memory.
//!
//! **Promise.** What is shown is what the steps in the store come to, a moment after each commit: every commit that brings a step has
//! its subject read anew and folded, so nothing that arrived late, twice or in another order can leave a trace. Nothing is kept here
//! that could not be made again from the store (see ADR 0018).

mod gather;
mod sieve;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard, broadcast};
use tracing::{debug, info};
use verbund_ledger::LaneId;
use verbund_model::{
    AgencyId, Audience, MeetingMachine, ProtocolMachine, Standing, SubjectKind, SubjectRef,
    TaskMachine, Void,
};
use verbund_store::{Error, StepCursor, StoredEntry, limits};
use verbund_wire::agency::{Meeting, Task};

use self::gather::Gathered;
pub(crate) use self::sieve::Sieve;
use self::sieve::{Traits, Words};
use super::protocol::Noted;
use super::subject::{Stepped, Subject, by_audience};
use super::taken::{self, Taken};
use crate::context::Context;
use crate::database::if_available;
use crate::hub::News;
use crate::incidents;

/// Changes that a watcher may be behind before it is told to list again.
const BEHIND_MAX: usize = 1024;
/// Subjects are read anew by so many at once; those of one slot one after the other, so that an older reading never comes last.
const SLOTS: usize = 16;
/// Arrivals that are read again where another replica has committed: commits may become visible in another order.
const AGAIN: i64 = 4096;
/// How long the store is left alone when the database was away.
const AWAY: Duration = Duration::from_secs(1);

/// What is shown of a subject.
#[derive(Debug, Clone)]
pub(crate) enum Card {
    /// A task.
    Task(Box<Task>),
    /// A meeting.
    Meeting(Box<Meeting>),
    /// A protocol.
    Protocol(Box<Noted>),
}

/// A kind of subject that has cards.
pub(crate) trait Shown: Stepped {
    /// What is shown of it to the own agency.
    fn card(own: &AgencyId, subject: &Subject<Self>) -> Option<Card>
    where
        Self: Sized;
}

/// One subject on the board.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) kind: SubjectKind,
    pub(crate) key: SubjectRef,
    pub(crate) card: Card,
    /// The last day until which its entries may be kept, in days since 1970-01-01.
    pub(crate) erasure_day: i32,
    /// Steps that count for nothing.
    void: usize,
    /// Orders subjects by their last change at this node.
    pub(crate) changed: u64,
}

type Key = (SubjectKind, SubjectRef);

#[derive(Debug, Default)]
struct Inner {
    /// In ascending order of their audiences. One subject has one audience but for malice; the lowest is the one that is found.
    by_key: HashMap<Key, Vec<Arc<Record>>>,
    by_change: BTreeMap<(SubjectKind, u64), (Traits, Arc<Record>)>,
    last_change: u64,
    words: Words,
    /// Subjects that were put while everything is being read anew.
    meanwhile: Option<BTreeSet<Key>>,
}

impl Inner {
    /// Puts what is seen of a subject in place of what was; gives the new records, and how many of the void steps are no news.
    fn put(&mut self, key: Key, seen: Vec<Seen>) -> (Vec<Arc<Record>>, usize) {
        if let Some(meanwhile) = &mut self.meanwhile {
            meanwhile.insert(key.clone());
        }
        let mut void = 0;
        for old in self.by_key.remove(&key).unwrap_or_default() {
            self.by_change.remove(&(old.kind, old.changed));
            void += old.void;
        }
        let mut records = Vec::with_capacity(seen.len());
        for seen in seen {
            self.last_change += 1;
            let record = Arc::new(Record {
                kind: key.0,
                key: key.1.clone(),
                card: seen.card,
                erasure_day: seen.erasure_day,
                void: seen.void.len(),
                changed: self.last_change,
            });
            self.enlist(&record);
            records.push(record);
        }
        if !records.is_empty() {
            self.by_key.insert(key, records.clone());
        }
        (records, void)
    }

    /// Puts a record into its place in lists.
    fn enlist(&mut self, record: &Arc<Record>) {
        let traits = Traits::of(record, &mut self.words);
        self.by_change
            .insert((record.kind, record.changed), (traits, record.clone()));
    }

    /// Takes a subject's records over as they are, with numbers of its own.
    fn keep(&mut self, key: Key, records: Vec<Arc<Record>>) {
        for old in self.by_key.remove(&key).unwrap_or_default() {
            self.by_change.remove(&(old.kind, old.changed));
        }
        let mut kept = Vec::with_capacity(records.len());
        for record in records {
            self.last_change += 1;
            let record = Arc::new(Record {
                kind: record.kind,
                key: record.key.clone(),
                card: record.card.clone(),
                erasure_day: record.erasure_day,
                void: record.void,
                changed: self.last_change,
            });
            self.enlist(&record);
            kept.push(record);
        }
        if !kept.is_empty() {
            self.by_key.insert(key, kept);
        }
    }
}

/// The board.
#[derive(Debug)]
pub(crate) struct Board {
    inner: RwLock<Inner>,
    changes: broadcast::Sender<Arc<Record>>,
    slots: [Mutex<()>; SLOTS],
    /// How far the store has been read in the order of arrival.
    reached: Mutex<Option<StepCursor>>,
    /// Held by whoever numbers a protocol.
    numbering: Mutex<()>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            inner: RwLock::default(),
            changes: broadcast::channel(BEHIND_MAX).0,
            slots: Default::default(),
            reached: Mutex::new(None),
            numbering: Mutex::new(()),
        }
    }
}

impl Board {
    /// A page of a kind's records, the last changed first, beginning before a change; with where to go on.
    pub(crate) fn list<T>(
        &self,
        kind: SubjectKind,
        before: Option<u64>,
        limit: usize,
        choose: impl FnMut(&Record) -> Option<T>,
    ) -> (Vec<T>, Option<u64>) {
        self.sift(kind, &Sieve::default(), before, limit, choose)
    }

    /// The same of those records alone that a sieve lets through.
    pub(crate) fn sift<T>(
        &self,
        kind: SubjectKind,
        sieve: &Sieve,
        before: Option<u64>,
        limit: usize,
        mut choose: impl FnMut(&Record) -> Option<T>,
    ) -> (Vec<T>, Option<u64>) {
        let inner = self.read();
        let mesh = sieve.mesh(&inner.words);
        let range = (kind, 0)..(kind, before.unwrap_or(u64::MAX));
        let mut chosen = Vec::new();
        let mut last = 0;
        let listed = inner.by_change.range(range).rev().map(|(_, listed)| listed);
        for (_, record) in listed.filter(|(traits, _)| mesh.lets(traits)) {
            let Some(one) = choose(record) else {
                continue;
            };
            if chosen.len() == limit {
                return (chosen, Some(last));
            }
            chosen.push(one);
            last = record.changed;
        }
        (chosen, None)
    }

    /// A subject's record.
    pub(crate) fn find(&self, kind: SubjectKind, key: &SubjectRef) -> Option<Arc<Record>> {
        let inner = self.read();
        let records = inner.by_key.get(&(kind, key.clone()))?;
        records.first().cloned()
    }

    /// The turn of whoever numbers a protocol: none gets a number before the one before it is on the board.
    pub(crate) async fn numbering(&self) -> MutexGuard<'_, ()> {
        self.numbering.lock().await
    }

    /// Each record as it changes from now on.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Arc<Record>> {
        self.changes.subscribe()
    }

    /// Reads one subject anew.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn refresh(
        &self,
        ctx: &Arc<Context>,
        kind: SubjectKind,
        key: &SubjectRef,
    ) -> Result<(), Error> {
        if kind == SubjectKind::Update {
            return Ok(());
        }
        let slot = usize::from(key.subject.as_bytes()[0]) % SLOTS;
        let _turn = self.slots[slot].lock().await;
        let taken = taken::on_subject(ctx, key, kind).await?;
        let seen = seen(&ctx.agency, kind, key, taken);
        let void: Vec<Voided> = seen.iter().flat_map(|it| it.void.clone()).collect();
        let told = self.put((kind, key.clone()), seen);
        if void.len() > told {
            for step in void.iter().filter(|it| it.by != ctx.agency) {
                incidents::step_void(ctx, kind, key, step).await?;
            }
        }
        Ok(())
    }

    /// Puts what is seen of a subject in place of what was, and tells who watches; gives how many of the void steps are no news.
    fn put(&self, key: Key, seen: Vec<Seen>) -> usize {
        let (records, told) = self.write().put(key, seen);
        for record in records {
            // Nobody watching is no error.
            let _ = self.changes.send(record);
        }
        told
    }

    /// Reads everything from the store.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn rebuild(&self, ctx: &Arc<Context>) -> Result<(), Error> {
        let started = Instant::now();
        let mut reached = self.reached.lock().await;
        self.write().meanwhile = Some(BTreeSet::new());
        let read = async {
            let mut gathered = Gathered::new(&ctx.agency);
            let cursor = read(ctx, None, |step| gathered.take(step)).await?;
            Ok::<_, Error>((cursor, gathered.seen(ctx).await?))
        };
        let (cursor, seen) = match read.await {
            Ok(read) => read,
            Err(error) => {
                self.write().meanwhile = None;
                return Err(error);
            }
        };
        let subjects = self.replace(seen);
        *reached = cursor;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        info!(subjects, milliseconds, "board read from the store");
        Ok(())
    }

    /// Puts what was read in place of everything, but for what was put meanwhile: that was read later. Gives the number of
    /// subjects.
    fn replace(&self, seen: Vec<(Key, Vec<Seen>)>) -> usize {
        let mut new = Inner {
            last_change: self.read().last_change,
            ..Inner::default()
        };
        for (key, seen) in seen {
            new.put(key, seen);
        }
        let mut inner = self.write();
        new.last_change = new.last_change.max(inner.last_change);
        for key in inner.meanwhile.take().unwrap_or_default() {
            let records = inner.by_key.get(&key).cloned();
            new.keep(key, records.unwrap_or_default());
        }
        let subjects = new.by_key.len();
        let old = std::mem::replace(&mut *inner, new);
        // Readers need not wait until all of it is dropped.
        drop(inner);
        drop(old);
        subjects
    }

    /// Takes over what another replica has committed.
    async fn catch_up(&self, ctx: &Arc<Context>) -> Result<(), Error> {
        let mut reached = self.reached.lock().await;
        let from = reached.map(|it| StepCursor(it.0.saturating_sub(AGAIN)));
        let mut subjects = BTreeSet::new();
        let cursor = read(ctx, from, |step| {
            subjects.extend(step.on().map(|kind| (kind, step.subject)));
        });
        let cursor = cursor.await?;
        for (kind, key) in subjects {
            self.refresh(ctx, kind, &key).await?;
        }
        *reached = cursor.or(*reached);
        Ok(())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inner> {
        self.inner
            .read()
            .expect("no code panics while it holds the board")
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Inner> {
        self.inner
            .write()
            .expect("no code panics while it holds the board")
    }
}

/// Keeps the board in step with the store until the node stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn run(
    ctx: Arc<Context>,
    mut news: broadcast::Receiver<News>,
) -> Result<(), Error> {
    loop {
        let told = tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            told = news.recv() => told,
        };
        let done = match told {
            Ok(News::Commit(commit)) => committed(&ctx, &commit.entries).await,
            Ok(News::Behind) => ctx.board.catch_up(&ctx).await,
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                debug!(missed, "the board is behind and reads everything again");
                ctx.board.rebuild(&ctx).await
            }
            Err(broadcast::error::RecvError::Closed) => return Ok(()),
        };
        if if_available(done)?.is_none() {
            // The database was away. When it is back, everything is read again.
            while if_available(ctx.board.rebuild(&ctx).await)?.is_none() {
                tokio::select! {
                    () = ctx.stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(AWAY) => {}
                }
            }
        }
    }
}

async fn committed(ctx: &Arc<Context>, entries: &[Arc<StoredEntry>]) -> Result<(), Error> {
    let mut subjects = BTreeSet::new();
    for stored in entries {
        let Some(lane) = ctx.lanes.lane(&stored.lane) else {
            continue;
        };
        if let Some(step) = Taken::of(&lane, stored) {
            subjects.extend(step.on().map(|kind| (kind, step.subject)));
        }
    }
    for (kind, key) in subjects {
        ctx.board.refresh(ctx, kind, &key).await?;
    }
    Ok(())
}

/// Takes all steps after a cursor in the order in which they arrived; gives where to go on.
async fn read(
    ctx: &Arc<Context>,
    after: Option<StepCursor>,
    mut take: impl FnMut(Taken),
) -> Result<Option<StepCursor>, Error> {
    let mut cursor = after;
    let mut page = ctx.store.steps_after(cursor, limits::PAGE_ROWS).await?;
    while let Some((last, _)) = page.last() {
        cursor = Some(*last);
        let mut entries = Vec::with_capacity(page.len());
        for (_, stored) in page {
            if let Some(lane) = crate::follow::lane(ctx, &stored.lane).await? {
                entries.push((lane, stored));
            }
        }
        // One processor decodes this page while another reads the next one.
        let decoding = tokio::task::spawn_blocking(move || {
            let steps = entries.iter();
            let steps = steps.filter_map(|(lane, stored)| Taken::of(lane, stored));
            steps.collect::<Vec<Taken>>()
        });
        page = ctx.store.steps_after(cursor, limits::PAGE_ROWS).await?;
        // It is only cut off when the process ends.
        for step in decoding.await.map_err(|_| Error::Closed)? {
            take(step);
        }
    }
    Ok(cursor)
}

/// What is seen of a subject in one audience.
#[derive(Debug)]
struct Seen {
    card: Card,
    /// The last day until which its entries may be kept, in days since 1970-01-01.
    erasure_day: i32,
    void: Vec<Voided>,
}

/// A step that counts for nothing.
#[derive(Debug, Clone)]
pub(crate) struct Voided {
    pub(crate) by: AgencyId,
    pub(crate) lane: LaneId,
    /// What it does, in a word.
    pub(crate) makes: &'static str,
    pub(crate) why: Void,
}

/// What is seen of a subject, in each audience in which it was opened, in ascending order of these.
fn seen(own: &AgencyId, kind: SubjectKind, key: &SubjectRef, taken: Vec<Taken>) -> Vec<Seen> {
    fn of<M: Shown>(
        own: &AgencyId,
        key: &SubjectRef,
        audience: Audience,
        taken: Vec<Taken>,
    ) -> Option<Seen> {
        let erasure_day = taken.iter().map(|it| it.erasure_day).min()?;
        let subject = Subject::<M>::of(key, audience, taken)?;
        let void = subject.history.steps().filter_map(|(step, standing)| {
            let Standing::Void(why) = standing else {
                return None;
            };
            Some(Voided {
                by: step.by.clone(),
                lane: subject.step(&step.id)?.lane,
                makes: M::makes(&step.transition),
                why,
            })
        });
        Some(Seen {
            card: M::card(own, &subject)?,
            erasure_day,
            void: void.collect(),
        })
    }
    let of_one = |(audience, taken): (Audience, Vec<Taken>)| match kind {
        SubjectKind::Update => None,
        SubjectKind::Task => of::<TaskMachine>(own, key, audience, taken),
        SubjectKind::Meeting => of::<MeetingMachine>(own, key, audience, taken),
        SubjectKind::Protocol => of::<ProtocolMachine>(own, key, audience, taken),
    };
    by_audience(taken).into_iter().filter_map(of_one).collect()
}

#[cfg(test)]
mod tests;
