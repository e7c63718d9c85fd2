//! Receipts: the own ones, made after the flush; the others', checked and kept; and who has been told which.
//!
//! The latest receipt of a recipient on a lane says all, so only the latest is kept, in memory and in the store.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::mpsc;
use tracing::{debug, warn};
use verbund_ledger::{Exceptions, HeldReason, LaneId, Outcome, Receipt, SignedReceipt};
use verbund_model::AgencyId;
use verbund_store::{ReceiptRecord, StoredEntry};
use verbund_wire::convert;
use verbund_wire::federation::{self, PeerMessage, peer_message::Kind};

use super::limits::RECEIPTS_MAX;
use super::link::End;
use crate::context::Context;
use crate::incidents;
use crate::lanes::Lane;

/// Every receipt there is.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    others: HashMap<LaneId, HashMap<AgencyId, Kept>>,
    own: HashMap<LaneId, Own>,
}

#[derive(Debug, Clone)]
struct Kept {
    receipt: Receipt,
    signed: SignedReceipt,
}

/// The own word on a lane: what is not plainly stored here, and the last receipt made of it.
#[derive(Debug, Default)]
struct Own {
    exceptions: Exceptions,
    /// Rises whenever the exceptions change.
    edition: u64,
    made: Option<(Standing, SignedReceipt)>,
}

/// What an own receipt depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    generation: u64,
    sequence: u64,
    edition: u64,
}

impl Desk {
    /// Takes in what the store kept.
    pub(crate) fn restore(
        &self,
        receipts: Vec<ReceiptRecord>,
        exceptions: Vec<(LaneId, Vec<(u64, Outcome)>)>,
    ) {
        let mut inner = self.lock();
        for (lane, outcomes) in exceptions {
            inner.own.entry(lane).or_default().exceptions = listed(outcomes);
        }
        drop(inner);
        self.learn(receipts);
    }

    /// Takes in what the store keeps of others' receipts, as far as it says more than was known. Gives the entries of which it says
    /// something new.
    pub(crate) fn learn(&self, receipts: Vec<ReceiptRecord>) -> Vec<Spoken> {
        let mut spoken = Vec::new();
        let mut inner = self.lock();
        for record in receipts {
            // They were checked when they came.
            let Ok((receipt, _)) = Receipt::decode(&record.body) else {
                continue;
            };
            let by = inner.others.entry(record.lane).or_default();
            let known = by.get(&record.recipient);
            if known.is_none_or(|known| receipt.supersedes(&known.receipt)) {
                spoken.extend(Spoken::between(known.map(|it| &it.receipt), &receipt));
                let signed = SignedReceipt {
                    body: record.body,
                    signature: record.signature,
                };
                by.insert(record.recipient, Kept { receipt, signed });
            }
        }
        spoken
    }

    /// Notes what became of entries that have been stored.
    pub(crate) fn took_in(&self, lane: &LaneId, entries: &[Arc<StoredEntry>]) {
        self.note(
            lane,
            entries.iter().map(|entry| (entry.sequence, entry.outcome)),
        );
    }

    /// Notes outcomes; those that are plainly stored matter only where they replace another.
    pub(crate) fn note(&self, lane: &LaneId, outcomes: impl IntoIterator<Item = (u64, Outcome)>) {
        let mut inner = self.lock();
        let own = inner.own.entry(*lane).or_default();
        for (sequence, outcome) in outcomes {
            if own
                .exceptions
                .outcome(sequence)
                .is_some_and(|known| known != outcome)
            {
                own.exceptions.record(sequence, outcome);
                own.edition += 1;
            }
        }
    }

    /// Rises whenever something is noted of a lane's entries that are not plainly stored.
    pub(crate) fn edition(&self, lane: &LaneId) -> u64 {
        self.lock().own.get(lane).map_or(0, |own| own.edition)
    }

    /// Takes a lane's exceptions as the store has them, in place of what was known, and gives those that waited before and do no
    /// longer. `None`, and nothing is taken, where something was noted since `edition`: what was read is older than that.
    pub(crate) fn replace(
        &self,
        lane: &LaneId,
        outcomes: Vec<(u64, Outcome)>,
        edition: u64,
    ) -> Option<BTreeSet<u64>> {
        let mut inner = self.lock();
        let own = inner.own.entry(*lane).or_default();
        if own.edition != edition {
            return None;
        }
        let exceptions = listed(outcomes);
        if own.exceptions == exceptions {
            return Some(BTreeSet::new());
        }
        let waited = |outcome| matches!(outcome, Outcome::Held(_) | Outcome::NotUnderstood);
        let before = own.exceptions.ranges().iter();
        let admitted = before
            .filter(|range| waited(range.outcome))
            .flat_map(|range| range.first..=range.last)
            .filter(|sequence| exceptions.outcome(*sequence) == Some(Outcome::Stored))
            .collect();
        own.exceptions = exceptions;
        own.edition += 1;
        Some(admitted)
    }

    /// What one agency says of one entry, where it has said anything.
    pub(crate) fn outcome(
        &self,
        lane: &LaneId,
        recipient: &AgencyId,
        sequence: u64,
    ) -> Option<Outcome> {
        self.lock()
            .others
            .get(lane)?
            .get(recipient)?
            .receipt
            .outcome(sequence)
    }

    /// How far one agency holds a lane, and how many entries of it not plainly.
    pub(crate) fn reach(&self, lane: &LaneId, recipient: &AgencyId) -> (u64, u64) {
        let inner = self.lock();
        let Some(kept) = inner.others.get(lane).and_then(|by| by.get(recipient)) else {
            return (0, 0);
        };
        let exceptions = kept
            .receipt
            .exceptions
            .ranges()
            .iter()
            .map(|range| range.last - range.first + 1)
            .sum();
        (kept.receipt.sequence, exceptions)
    }

    /// The highest generation under which an agency has given receipts; 0 where it gave none.
    pub(crate) fn generation_of(&self, agency: &AgencyId) -> u64 {
        let inner = self.lock();
        let kept = inner.others.values().filter_map(|by| by.get(agency));
        kept.map(|kept| kept.receipt.generation).max().unwrap_or(0)
    }

    /// What became of one entry here, as far as the own receipt tells.
    pub(crate) fn own_outcome(&self, lane: &LaneId, sequence: u64) -> Option<Outcome> {
        let inner = self.lock();
        inner.own.get(lane)?.exceptions.outcome(sequence)
    }

    /// The first entry of a lane whose content did not come, as far as the own receipt tells.
    pub(crate) fn first_missing(&self, lane: &LaneId) -> Option<u64> {
        let inner = self.lock();
        let ranges = inner.own.get(lane)?.exceptions.ranges();
        let missing = Outcome::Held(HeldReason::ContentMissing);
        ranges
            .iter()
            .find(|range| range.outcome == missing)
            .map(|range| range.first)
    }

    /// The own outcomes on a lane that are not plainly stored, by outcome.
    pub(crate) fn own_exceptions(&self, lane: &LaneId) -> Vec<(Outcome, u64)> {
        let inner = self.lock();
        let Some(own) = inner.own.get(lane) else {
            return Vec::new();
        };
        own.exceptions
            .ranges()
            .iter()
            .map(|range| (range.outcome, range.last - range.first + 1))
            .collect()
    }

    fn supersedes(&self, receipt: &Receipt) -> bool {
        let inner = self.lock();
        let kept = inner
            .others
            .get(&receipt.lane)
            .and_then(|by| by.get(&receipt.recipient));
        kept.is_none_or(|kept| receipt.supersedes(&kept.receipt))
    }

    /// Keeps a receipt, and gives the entries of which it says something new.
    fn keep(&self, receipt: Receipt, signed: SignedReceipt) -> Vec<Spoken> {
        let mut inner = self.lock();
        let by = inner.others.entry(receipt.lane).or_default();
        let known = by.get(&receipt.recipient);
        let spoken = Spoken::between(known.map(|it| &it.receipt), &receipt);
        by.insert(receipt.recipient.clone(), Kept { receipt, signed });
        spoken
    }

    fn standing(&self, ctx: &Context, lane: &Lane) -> Standing {
        Standing {
            generation: ctx.generation(),
            edition: self.edition(&lane.id),
            sequence: lane.head().sequence,
        }
    }

    /// The own receipt on a lane as it stands; signed once however many are told. `None` while nothing of the lane is here.
    fn own(&self, ctx: &Context, lane: &Lane) -> Option<(Standing, SignedReceipt)> {
        let head = lane.head();
        if head.sequence == 0 {
            return None;
        }
        let mut inner = self.lock();
        let own = inner.own.entry(lane.id).or_default();
        let standing = Standing {
            generation: ctx.generation(),
            sequence: head.sequence,
            edition: own.edition,
        };
        if let Some((made_for, signed)) = &own.made
            && *made_for == standing
        {
            return Some((standing, signed.clone()));
        }
        let receipt = Receipt {
            recipient: ctx.agency.clone(),
            generation: standing.generation,
            lane: lane.id,
            sequence: head.sequence,
            hash: head.hash,
            exceptions: own.exceptions.clone(),
        };
        let signed = receipt.sign(&ctx.entry_key);
        own.made = Some((standing, signed.clone()));
        Some((standing, signed))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .expect("no code panics while it holds the receipts")
    }
}

/// Entries of a lane, from one sequence to another, of which a receipt says something that the one before did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) lane: LaneId,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Spoken {
    /// What is new in a receipt.
    fn between(known: Option<&Receipt>, receipt: &Receipt) -> Vec<Self> {
        let lane = receipt.lane;
        let spoken = |first, last| Self { lane, first, last };
        let reached = known.map_or(0, |it| it.sequence);
        let mut all = Vec::new();
        if receipt.sequence > reached {
            all.push(spoken(reached + 1, receipt.sequence));
        }
        if let Some(known) = known {
            let (old, new) = (known.exceptions.ranges(), receipt.exceptions.ranges());
            let gone = old.iter().filter(|range| !new.contains(range));
            let come = new.iter().filter(|range| !old.contains(range));
            all.extend(
                gone.chain(come)
                    .filter(|it| it.first <= reached)
                    .map(|it| spoken(it.first, it.last.min(reached))),
            );
        }
        all
    }
}

/// Exceptions from the store's list. Where that is full there are older ones, of which nothing is said.
fn listed(outcomes: Vec<(u64, Outcome)>) -> Exceptions {
    let full = outcomes.len() >= verbund_store::limits::EXCEPTIONS as usize;
    let first = outcomes.iter().map(|(sequence, _)| *sequence).min();
    let mut exceptions = Exceptions::from_outcomes(outcomes);
    if let Some(first) = first.filter(|_| full) {
        exceptions.truncate_below(first);
    }
    exceptions
}

/// What one partner has been told.
#[derive(Debug)]
pub(crate) struct Told {
    ctx: Arc<Context>,
    peer: AgencyId,
    own: HashMap<LaneId, Standing>,
    others: HashMap<(LaneId, AgencyId), Vec<u8>>,
}

impl Told {
    pub(crate) fn new(ctx: Arc<Context>, peer: AgencyId) -> Self {
        Self {
            ctx,
            peer,
            own: HashMap::new(),
            others: HashMap::new(),
        }
    }

    /// Whether the partner waits for a receipt on its own entries.
    pub(crate) fn owes_receipts(&self) -> bool {
        let lanes = self.ctx.lanes.of(&self.peer);
        lanes.iter().any(|lane| {
            lane.head().sequence > 0
                && self.own.get(&lane.id) != Some(&self.ctx.desk.standing(&self.ctx, lane))
        })
    }

    /// The own receipts on the partner's entries that are news to it.
    pub(crate) fn for_its_own_entries(&mut self) -> Vec<PeerMessage> {
        let lanes = self.ctx.lanes.of(&self.peer);
        self.own_on(lanes)
    }

    /// The own receipts on others' entries that are news to it.
    pub(crate) fn own_for_others_entries(&mut self) -> Vec<PeerMessage> {
        let mut lanes = self.ctx.lanes.all();
        lanes.retain(|lane| {
            lane.origin != self.peer
                && lane.origin != self.ctx.agency
                && lane.audience.contains(&self.peer)
        });
        self.own_on(lanes)
    }

    fn own_on(&mut self, lanes: Vec<Arc<Lane>>) -> Vec<PeerMessage> {
        let mut news = Vec::new();
        for lane in lanes {
            let Some((standing, signed)) = self.ctx.desk.own(&self.ctx, &lane) else {
                continue;
            };
            if self.own.insert(lane.id, standing) != Some(standing) {
                news.push(signed);
            }
        }
        messages(news)
    }

    /// Third parties' receipts on lanes of the partner's audience that are news to it.
    pub(crate) fn of_third_parties(&mut self) -> Vec<PeerMessage> {
        let mut news = Vec::new();
        let inner = self.ctx.desk.lock();
        for (id, by_recipient) in &inner.others {
            if !self
                .ctx
                .lanes
                .lane(id)
                .is_some_and(|lane| lane.audience.contains(&self.peer))
            {
                continue;
            }
            for (recipient, kept) in by_recipient
                .iter()
                .filter(|(recipient, _)| **recipient != self.peer)
            {
                let told = self.others.get(&(*id, recipient.clone()));
                if told != Some(&kept.signed.body) {
                    self.others
                        .insert((*id, recipient.clone()), kept.signed.body.clone());
                    news.push(kept.signed.clone());
                }
            }
        }
        drop(inner);
        messages(news)
    }
}

fn messages(receipts: Vec<SignedReceipt>) -> Vec<PeerMessage> {
    let chunks = receipts.chunks(RECEIPTS_MAX);
    chunks
        .map(|chunk| {
            let receipts = chunk.iter().map(convert::receipt::to_wire).collect();
            PeerMessage {
                kind: Some(Kind::Receipts(federation::Receipts { receipts })),
            }
        })
        .collect()
}

/// Checks the receipts that a partner sends, and keeps those that say more than was known.
pub(crate) async fn check(
    ctx: Arc<Context>,
    mut incoming: mpsc::Receiver<federation::Receipts>,
) -> End {
    while let Some(message) = incoming.recv().await {
        if message.receipts.len() > RECEIPTS_MAX {
            return End::Protocol("a message holds too many receipts");
        }
        let mut kept = Vec::new();
        for receipt in message.receipts {
            let Ok(signed) = convert::receipt::from_wire(receipt) else {
                return End::Protocol("a receipt can't be read");
            };
            match examine(&ctx, signed).await {
                Ok(Some(record)) => kept.push(record),
                Ok(None) => {}
                Err(error) => return error.into(),
            }
        }
        if !kept.is_empty() {
            ctx.metrics.receipts(kept.len());
            if let Err(error) = ctx.store.put_receipts(kept).await {
                return error.into();
            }
        }
    }
    End::Closed
}

async fn examine(
    ctx: &Arc<Context>,
    signed: SignedReceipt,
) -> Result<Option<ReceiptRecord>, verbund_store::Error> {
    let Ok((claimed, _)) = Receipt::decode(&signed.body) else {
        return Ok(None);
    };
    let Some(lane) = crate::follow::lane(ctx, &claimed.lane).await? else {
        return Ok(None);
    };
    // Our own come back by gossip; only the audience has anything to say.
    if claimed.recipient == ctx.agency
        || !lane.audience.contains(&claimed.recipient)
        || !ctx.desk.supersedes(&claimed)
    {
        return Ok(None);
    }
    let in_force = ctx.charter.in_force();
    let keys = in_force.keys(&claimed.recipient);
    let receipt = match signed.verify(|_| &keys) {
        Ok(receipt) => receipt,
        Err(error) => {
            debug!(recipient = %claimed.recipient, %error, "a receipt does not hold");
            return Ok(None);
        }
    };
    let here = ctx
        .store
        .frame_hash(&receipt.lane, receipt.sequence)
        .await?;
    // Asked of the store, not of the head in memory: another replica may have written what this one has not heard of yet.
    if here.is_none() && lane.origin == ctx.agency && receipt.sequence > lane.head().sequence {
        if ctx.recovery.is_on() {
            // As is to be expected after a restore. It comes again when the node signs again.
            return Ok(None);
        }
        warn!(recipient = %receipt.recipient, "a receipt names more entries than this node has written");
        incidents::receipt_beyond_head(ctx, &receipt).await?;
        return Ok(None);
    }
    if here.is_some_and(|hash| hash != receipt.hash) {
        incidents::receipt_for_another_history(ctx, &lane.origin, &receipt).await?;
        return Ok(None);
    }
    let record = ReceiptRecord {
        lane: receipt.lane,
        recipient: receipt.recipient.clone(),
        generation: receipt.generation,
        sequence: receipt.sequence,
        body: signed.body.clone(),
        signature: signed.signature,
    };
    for spoken in ctx.desk.keep(receipt, signed) {
        ctx.deliveries.changed(spoken);
    }
    Ok(Some(record))
}
