//! One stream with one partner: both ends say who they are, then each writes what the other asked for.
//!
//! Three tasks share a link's life: one writes, one reads, one takes in. When any ends, all end, and whoever dials tries again.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::{debug, error, info};
use verbund_ledger::LaneId;
use verbund_model::AgencyId;
use verbund_transport::Shown;
use verbund_wire::convert;
use verbund_wire::convert::peer::Certificate;
use verbund_wire::federation::{self, PeerMessage, peer_message::Kind};

use super::hold::Held;
use super::limits::{
    CONTROL_MESSAGES, CURSORS_MAX, GOSSIP, HEARTBEAT, HELLO_MAX, INTAKE_BATCHES, OUTBOX_MESSAGES,
    RECEIPT_DELAY, RECEIPT_QUEUE, RECEIPT_SHARE, SHOWINGS_QUEUE, SHOWN_LOOK, SILENCE_MAX,
    STUCK_MAX,
};
use super::outgoing::Outgoing;
use super::{Control, intake, receipts, showings};
use crate::context::Context;
use crate::partners::{Candidate, Partner};

/// What comes in.
pub(crate) type Inbound = Pin<Box<dyn Stream<Item = Result<PeerMessage, Status>> + Send>>;

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum End {
    /// Another link with the same partner stays.
    #[error("another stream with this partner stays")]
    Duplicate,
    /// It said something that the protocol does not allow.
    #[error("the partner broke the protocol: {0}")]
    Protocol(&'static str),
    /// The stream broke.
    #[error("the stream ended: {0}")]
    Stream(String),
    /// It did not say or take anything for too long.
    #[error("the partner {0} for too long")]
    Silent(&'static str),
    /// Another replica of this node has the stream by now.
    #[error("another replica of this node has taken over")]
    HeldElsewhere,
    /// The database does not answer; the stream begins anew when it does.
    #[error("the database does not answer: {0}")]
    Unavailable(Arc<str>),
    /// We are asked to end.
    #[error("closed here")]
    Closed,
    /// The store refused what should have been in order; the stream begins anew from what is stored.
    #[error("the store did not take it: {0}")]
    Refused(String),
    /// The store failed; the node stops.
    #[error("the store failed")]
    Store(#[source] verbund_store::Error),
}

impl End {
    /// What ended the incoming half of a stream.
    fn of(status: &Status) -> Self {
        match status.code() {
            // The decoder's word for what is above the bound; the partner has not heard of it yet.
            tonic::Code::OutOfRange => Self::Protocol("a message is larger than it may be"),
            _ => Self::Stream(crate::text::bounded(status.message(), 256)),
        }
    }
}

impl From<verbund_store::Error> for End {
    fn from(error: verbund_store::Error) -> Self {
        use verbund_store::Error;
        match error {
            Error::Fatal { .. } | Error::DiskFull | Error::Poisoned | Error::Closed => {
                Self::Store(error)
            }
            Error::Unavailable { reason } => Self::Unavailable(reason),
            Error::HoldLost => Self::HeldElsewhere,
            // Nothing that one partner sends may stop the node.
            other => {
                error!(
                    error = crate::text::chain(&other),
                    "the store did not take what a partner sent"
                );
                Self::Refused(crate::text::chain(&other))
            }
        }
    }
}

/// Runs a link until it ends. `dialled_by` names the end that dialled, `shown` is the partner's certificate.
pub(crate) async fn run(
    ctx: Arc<Context>,
    partner: Arc<Partner>,
    dialled_by: AgencyId,
    shown: Option<Shown>,
    held: Arc<Held>,
    outbox: mpsc::Sender<PeerMessage>,
    mut inbound: Inbound,
) -> End {
    let greeting = async {
        tokio::select! {
            hello = greet(&ctx, &partner, &held, shown.as_ref(), &outbox, &mut inbound) => hello,
            () = held.lost() => Err(End::HeldElsewhere),
        }
    };
    let peer_hello = match greeting.await {
        Ok(hello) => hello,
        Err(end) => {
            info!(partner = %partner.agency, reason = %end, "no link");
            partner.update(|state| {
                if state.link.is_none() {
                    state.problem = Some(end.to_string());
                }
            });
            return end;
        }
    };
    let (control, orders) = mpsc::channel(CONTROL_MESSAGES);
    let cancel = ctx.stop.child_token();
    let candidate = Candidate {
        dialled_by,
        peer_generation: peer_hello.generation,
        peer_stream: peer_hello.stream,
        control: control.clone(),
        cancel: cancel.clone(),
    };
    let Some(id) = ctx.partners.admit(&partner, candidate) else {
        return End::Duplicate;
    };
    info!(partner = %partner.agency, software = %peer_hello.software, "link up");
    ctx.metrics.link_up(&partner.agency, true);
    note_hello(&ctx, &partner, &peer_hello, &control);
    partner.update(|state| state.shown = shown);

    let end = tokio::select! {
        () = held.lost() => End::HeldElsewhere,
        end = carry(&ctx, &partner, &held, &peer_hello, outbox, orders, control, inbound, cancel) => end,
    };
    info!(partner = %partner.agency, reason = %end, "link down");
    if ctx
        .partners
        .dismiss(&partner, id, Some(end.to_string()), ctx.clock.now())
    {
        ctx.metrics.link_up(&partner.agency, false);
    }
    end
}

/// Says Hello, and hears the partner's.
async fn greet(
    ctx: &Context,
    partner: &Partner,
    held: &Held,
    shown: Option<&Shown>,
    outbox: &mpsc::Sender<PeerMessage>,
    inbound: &mut Inbound,
) -> Result<federation::Hello, End> {
    let hello = federation::Hello {
        stream: held.hold().generation,
        known: Some(crate::recovery::known_of(ctx, &partner.agency)),
        ..hello_of(ctx, shown)
    };
    let hello = PeerMessage {
        kind: Some(Kind::Hello(hello)),
    };
    if outbox.send(hello).await.is_err() {
        return Err(End::Stream("closed before the first word".to_owned()));
    }
    let hello = match timeout(HELLO_MAX, inbound.next()).await {
        Ok(Some(Ok(PeerMessage {
            kind: Some(Kind::Hello(hello)),
        }))) => hello,
        Ok(Some(Ok(_))) => return Err(End::Protocol("the first message is not Hello")),
        Ok(Some(Err(status))) => return Err(End::of(&status)),
        Ok(None) => return Err(End::Stream("closed by the partner".to_owned())),
        Err(_) => return Err(End::Silent("said nothing")),
    };
    if hello.federation != ctx.federation.as_str() {
        return Err(End::Protocol("it is of another federation"));
    }
    if hello.agency != partner.agency.as_str() {
        return Err(End::Protocol(
            "its Hello names another agency than its certificate",
        ));
    }
    Ok(hello)
}

#[expect(
    clippy::too_many_arguments,
    reason = "the ends of one stream, each with one owner"
)]
async fn carry(
    ctx: &Arc<Context>,
    partner: &Arc<Partner>,
    held: &Arc<Held>,
    peer_hello: &federation::Hello,
    outbox: mpsc::Sender<PeerMessage>,
    orders: mpsc::Receiver<Control>,
    control: mpsc::Sender<Control>,
    inbound: Inbound,
    cancel: CancellationToken,
) -> End {
    let (batches, to_take_in) = mpsc::channel(INTAKE_BATCHES);
    let (receipts, to_check) = mpsc::channel(RECEIPT_QUEUE);
    let (showings, to_keep) = mpsc::channel(SHOWINGS_QUEUE);
    let shown = showings::Told::new(
        ctx.clone(),
        partner.agency.clone(),
        peer_hello.protocol_level,
    );
    let reader = Reader {
        ctx: ctx.clone(),
        partner: partner.clone(),
        control,
        batches,
        receipts,
        showings,
    };
    tokio::select! {
        () = cancel.cancelled() => End::Closed,
        end = write(ctx.clone(), partner.agency.clone(), shown, outbox, orders) => end,
        end = reader.read(inbound) => end,
        end = intake::run(ctx.clone(), partner.agency.clone(), held.clone(), to_take_in) => end,
        end = receipts::check(ctx.clone(), to_check) => end,
        end = showings::keep(ctx.clone(), partner.agency.clone(), to_keep) => end,
    }
}

/// Writes what the other end asked for, receipts, and signs of life.
async fn write(
    ctx: Arc<Context>,
    peer: AgencyId,
    mut shown: showings::Told,
    outbox: mpsc::Sender<PeerMessage>,
    mut orders: mpsc::Receiver<Control>,
) -> End {
    let mut outgoing = Outgoing::new(ctx.clone(), peer.clone());
    let mut told = receipts::Told::new(ctx.clone(), peer);
    let mut changes = ctx.lanes.changes();
    let mut due = Due::new();
    loop {
        changes.borrow_and_update();
        let mut messages = Vec::new();
        while let Ok(order) = orders.try_recv() {
            messages.extend(obey(&mut outgoing, order));
        }
        due.expect_receipts(told.owes_receipts());
        // Under load the entries never end, so what is due goes first.
        let now = Instant::now();
        if due.receipts.take_if(|due| *due <= now).is_some() {
            messages.extend(told.for_its_own_entries());
        }
        if passed(&mut due.share, now, RECEIPT_SHARE) {
            messages.extend(told.own_for_others_entries());
        }
        if passed(&mut due.gossip, now, GOSSIP) {
            messages.extend(told.of_third_parties());
        }
        if passed(&mut due.shown, now, SHOWN_LOOK) {
            match shown.next().await {
                Ok(message) => messages.extend(message),
                Err(error) => return error.into(),
            }
            if shown.has_more() {
                due.shown = now;
            }
        }
        if passed(&mut due.heartbeat, now, HEARTBEAT) {
            messages.push(heartbeat_message(&ctx));
        }
        match outgoing.next().await {
            Ok(Some(message)) => messages.push(message),
            Ok(None) if messages.is_empty() => {
                tokio::select! {
                    order = orders.recv() => match order {
                        Some(order) => messages.extend(obey(&mut outgoing, order)),
                        None => return End::Closed,
                    },
                    changed = changes.changed() => if changed.is_err() {
                        return End::Closed;
                    },
                    () = sleep_until(due.next()) => {}
                }
            }
            Ok(None) => {}
            Err(error) => return error.into(),
        }
        for message in messages {
            if let Err(end) = send(&outbox, message).await {
                return end;
            }
        }
    }
}

/// When what is not entries is to be sent next.
struct Due {
    receipts: Option<Instant>,
    share: Instant,
    gossip: Instant,
    shown: Instant,
    heartbeat: Instant,
}

impl Due {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            receipts: None,
            share: now,
            gossip: now + RECEIPT_SHARE,
            shown: now + RECEIPT_SHARE,
            heartbeat: now + HEARTBEAT,
        }
    }

    fn expect_receipts(&mut self, owed: bool) {
        if owed && self.receipts.is_none() {
            self.receipts = Some(Instant::now() + RECEIPT_DELAY);
        }
    }

    fn next(&self) -> Instant {
        let next = self.share.min(self.gossip).min(self.heartbeat);
        let next = next.min(self.shown);
        self.receipts.map_or(next, |receipts| receipts.min(next))
    }
}

/// Whether a time has come; then the next one is set.
fn passed(due: &mut Instant, now: Instant, period: Duration) -> bool {
    let passed = *due <= now;
    if passed {
        *due = now + period;
    }
    passed
}

fn obey(outgoing: &mut Outgoing, order: Control) -> Option<PeerMessage> {
    match order {
        Control::Serve { origin, have } => outgoing.serve(origin, have),
        Control::Cease { origin } => outgoing.cease(&origin),
        Control::Send(message) => return Some(*message),
    }
    None
}

async fn send(outbox: &mpsc::Sender<PeerMessage>, message: PeerMessage) -> Result<(), End> {
    match timeout(STUCK_MAX, outbox.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Stream("closed by the partner".to_owned())),
        Err(_) => Err(End::Silent("took nothing")),
    }
}

/// Reads what the other end says and hands it on.
struct Reader {
    ctx: Arc<Context>,
    partner: Arc<Partner>,
    control: mpsc::Sender<Control>,
    batches: mpsc::Sender<federation::Entries>,
    receipts: mpsc::Sender<federation::Receipts>,
    showings: mpsc::Sender<federation::Shown>,
}

impl Reader {
    async fn read(self, mut inbound: Inbound) -> End {
        loop {
            let message = match timeout(SILENCE_MAX, inbound.next()).await {
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(status))) => return End::of(&status),
                Ok(None) => return End::Stream("closed by the partner".to_owned()),
                Err(_) => return End::Silent("said nothing"),
            };
            let now = self.ctx.clock.now();
            self.partner.update(|state| state.last_heard = Some(now));
            if let Err(end) = self.take(message).await {
                return end;
            }
        }
    }

    async fn take(&self, message: PeerMessage) -> Result<(), End> {
        let closed = || End::Closed;
        match message.kind {
            Some(Kind::Entries(entries)) => {
                self.batches.send(entries).await.map_err(|_| closed())?
            }
            Some(Kind::Receipts(receipts)) => {
                self.receipts.send(receipts).await.map_err(|_| closed())?
            }
            Some(Kind::Shown(shown)) => self.showings.send(shown).await.map_err(|_| closed())?,
            Some(Kind::Subscribe(subscribe)) => {
                let origin = agency(&subscribe.origin)?;
                let have = cursors(subscribe.have)?;
                self.control
                    .send(Control::Serve { origin, have })
                    .await
                    .map_err(|_| closed())?;
            }
            Some(Kind::Unsubscribe(unsubscribe)) => {
                let origin = agency(&unsubscribe.origin)?;
                self.control
                    .send(Control::Cease { origin })
                    .await
                    .map_err(|_| closed())?;
            }
            Some(Kind::Heartbeat(heartbeat)) => {
                note_clock(&self.ctx, &self.partner, heartbeat.now_ms)
            }
            Some(Kind::LaneStopped(stopped)) => {
                if let Ok(lane) = <[u8; 16]>::try_from(stopped.lane.as_ref()) {
                    let (ctx, by) = (self.ctx.clone(), self.partner.agency.clone());
                    let closing = async move {
                        let lane = LaneId(lane);
                        crate::succession::partner_stopped(
                            &ctx,
                            &by,
                            &lane,
                            stopped.sequence,
                            &stopped.reason,
                        )
                        .await
                    };
                    self.ctx
                        .owned("close lane", closing)
                        .await
                        .ok_or_else(closed)??;
                }
            }
            Some(Kind::CharterRequest(request)) => {
                let document = crate::charter::after(&self.ctx, request.after_version).await?;
                let document = convert::charter::to_wire(&document);
                let message = PeerMessage {
                    kind: Some(Kind::Charter(document)),
                };
                self.control
                    .send(Control::Send(Box::new(message)))
                    .await
                    .map_err(|_| closed())?;
            }
            Some(Kind::Charter(document)) => {
                let (ctx, by) = (self.ctx.clone(), self.partner.agency.clone());
                let adopting = async move { crate::charter::offered(&ctx, &by, document).await };
                self.ctx
                    .owned("adopt charter", adopting)
                    .await
                    .ok_or_else(closed)??;
            }
            Some(Kind::Exhausted(exhausted)) => {
                let origin = agency(&exhausted.origin)?;
                debug!(partner = %self.partner.agency, %origin, "can't relay further");
                self.ctx.steward.exhausted(&origin, &self.partner.agency);
                self.ctx.partners.changed.notify_one();
            }
            Some(Kind::Hello(_)) => return Err(End::Protocol("it said Hello twice")),
            // A newer release may say more than we know.
            None => {}
        }
        Ok(())
    }
}

/// What this node says first, to a partner that showed this certificate.
pub(crate) fn hello_of(ctx: &Context, shown: Option<&Shown>) -> federation::Hello {
    let seen = |it: &Shown| federation::Certificate {
        serial: it.serial.clone(),
        not_before_ms: it.validity.not_before.0,
        not_after_ms: it.validity.not_after.0,
    };
    let charter = ctx.charter.in_force();
    federation::Hello {
        federation: ctx.federation.to_string(),
        agency: ctx.agency.to_string(),
        software: crate::SOFTWARE.to_owned(),
        protocol_level: crate::PROTOCOL_LEVEL,
        charter_version: charter.charter.version(),
        charter_hash: charter.hash.to_vec().into(),
        now_ms: ctx.clock.now().0,
        generation: ctx.generation(),
        stream: 0,
        seen: shown.map(seen),
        known: None,
    }
}

fn heartbeat_message(ctx: &Context) -> PeerMessage {
    PeerMessage {
        kind: Some(Kind::Heartbeat(federation::Heartbeat {
            now_ms: ctx.clock.now().0,
        })),
    }
}

fn note_hello(
    ctx: &Context,
    partner: &Partner,
    hello: &federation::Hello,
    control: &mpsc::Sender<Control>,
) {
    partner.update(|state| {
        state.software = crate::text::bounded(&hello.software, 64);
        state.charter_version = hello.charter_version;
        state.last_heard = Some(ctx.clock.now());
        // What can't be read says nothing.
        let seen = hello.seen.as_ref().map(Certificate::from_wire);
        state.seen = seen.and_then(Result::ok);
    });
    note_clock(ctx, partner, hello.now_ms);
    crate::recovery::heard(ctx, &partner.agency, hello.known.as_ref());
    if hello.charter_version > ctx.charter.in_force().charter.version() {
        let ask = PeerMessage {
            kind: Some(Kind::CharterRequest(crate::charter::request(ctx))),
        };
        // The queue is new and empty.
        let _ = control.try_send(Control::Send(Box::new(ask)));
    }
}

fn note_clock(ctx: &Context, partner: &Partner, now_ms: i64) {
    let offset = now_ms.saturating_sub(ctx.clock.now().0);
    partner.update(|state| state.clock_offset_ms = Some(offset));
}

fn agency(id: &str) -> Result<AgencyId, End> {
    AgencyId::parse(id).map_err(|_| End::Protocol("an agency id is none"))
}

fn cursors(have: Vec<federation::LaneCursor>) -> Result<Vec<(LaneId, u64)>, End> {
    if have.len() > CURSORS_MAX {
        return Err(End::Protocol("a subscription names too many lanes"));
    }
    have.into_iter()
        .map(|cursor| match <[u8; 16]>::try_from(cursor.lane.as_ref()) {
            Ok(lane) => Ok((LaneId(lane), cursor.sequence)),
            Err(_) => Err(End::Protocol("a lane id is not 16 bytes")),
        })
        .collect()
}

/// A bounded queue to the transport and its receiving end.
pub(crate) fn outbox() -> (mpsc::Sender<PeerMessage>, mpsc::Receiver<PeerMessage>) {
    mpsc::channel(OUTBOX_MESSAGES)
}
