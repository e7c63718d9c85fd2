//! Keeps trying to reach one partner whenever it has no link.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tracing::debug;
use verbund_model::AgencyId;
use verbund_store::Take;
use verbund_wire::federation::ExchangeRequest;
use verbund_wire::federation::federation_service_client::FederationServiceClient;

use super::limits::{BACKOFF_MAX_FEW, BACKOFF_MAX_MANY, BACKOFF_MIN, FEW_PARTNERS};
use super::link::{self, End, Inbound};
use crate::context::Context;
use crate::partners::Partner;

/// Dials all partners, those of newer charters too, until the node stops.
///
/// # Errors
/// The store's, which is fatal.
pub(crate) async fn all(ctx: Arc<Context>) -> Result<(), verbund_store::Error> {
    if !ctx.config.partners.dial {
        ctx.stop.cancelled().await;
        return Ok(());
    }
    let mut dialling = JoinSet::new();
    let mut known = HashSet::new();
    let mut changed = ctx.charter_changed.subscribe();
    loop {
        for partner in ctx.partners.all() {
            if known.insert(partner.agency.clone()) {
                dialling.spawn(run(ctx.clone(), partner.agency.clone()));
            }
        }
        tokio::select! {
            () = ctx.stop.cancelled() => break,
            _ = changed.changed() => known.retain(|agency| ctx.partners.partner(agency).is_some()),
            Some(ended) = dialling.join_next() => match ended {
                Ok(ended) => ended?,
                Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
            },
        }
    }
    while dialling.join_next().await.is_some() {}
    Ok(())
}

/// Dials one partner until the node stops or the partner leaves the federation.
async fn run(ctx: Arc<Context>, agency: AgencyId) -> Result<(), verbund_store::Error> {
    let mut pause = BACKOFF_MIN;
    loop {
        let Some(partner) = ctx.partners.partner(&agency) else {
            return Ok(());
        };
        let changed = partner.link_changed.notified();
        let state = partner.snapshot();
        if state.link.is_some() || state.held_by.is_some() {
            // Heard of: the next attempt after this link ends is an early one again.
            pause = BACKOFF_MIN;
            tokio::select! {
                () = ctx.stop.cancelled() => return Ok(()),
                () = changed => continue,
            }
        }
        if let Some(endpoint) = ctx.endpoint_of(&agency) {
            let (problem, lasted) = attempt(&ctx, &partner, &endpoint).await?;
            if lasted {
                pause = BACKOFF_MIN;
            }
            debug!(partner = %agency, %problem, "no link");
            partner.update(|state| {
                if state.link.is_none() {
                    state.problem = Some(problem);
                }
            });
        } else {
            // What ended its own last attempt says more than that it has to make the next.
            partner.update(|state| {
                if state.link.is_none() && state.problem.is_none() {
                    state.problem = Some("it has no address here; it must dial us".to_owned());
                }
            });
        }
        tokio::select! {
            () = ctx.stop.cancelled() => return Ok(()),
            // The partner came by itself meanwhile.
            () = partner.link_changed.notified() => pause = BACKOFF_MIN,
            () = tokio::time::sleep(jittered(&ctx, pause)) => {
                let longest = if ctx.partners.all().len() <= FEW_PARTNERS { BACKOFF_MAX_FEW } else { BACKOFF_MAX_MANY };
                pause = (pause * 2).min(longest);
            }
        }
    }
}

/// One attempt, and the link if it comes up. Tells why there is none now, and whether there was one.
async fn attempt(
    ctx: &Arc<Context>,
    partner: &Arc<Partner>,
    endpoint: &str,
) -> Result<(String, bool), verbund_store::Error> {
    let channel = tokio::select! {
        () = ctx.stop.cancelled() => return Ok(("stopping".to_owned(), false)),
        channel = ctx.connector.connect(endpoint, &partner.agency) => channel,
    };
    let channel = match channel {
        Ok(channel) => channel,
        Err(error) => return Ok((crate::text::chain(&error), false)),
    };
    // Only now: what can't be reached is nobody's to hold, and another replica may be closer to it.
    let held = partner.place.take(ctx, &partner.agency, Take::IfFree);
    let Some(held) = (match held.await {
        Ok(held) => held,
        Err(error @ verbund_store::Error::Unavailable { .. }) => {
            return Ok((crate::text::chain(&error), false));
        }
        Err(error) => return Err(error),
    }) else {
        return Ok(("another replica has the stream".to_owned(), false));
    };
    let (outbox, messages) = link::outbox();
    let requests = ReceiverStream::new(messages).map(|message| ExchangeRequest {
        message: Some(message),
    });
    let mut client = FederationServiceClient::new(channel)
        .max_decoding_message_size(verbund_transport::limits::FEDERATION_MESSAGE_BYTES);
    let opening = client.exchange(requests);
    let responses = tokio::select! {
        () = ctx.stop.cancelled() => return Ok(("stopping".to_owned(), false)),
        opened = tokio::time::timeout(super::limits::HELLO_MAX, opening) => match opened {
            Ok(Ok(response)) => response.into_inner(),
            Ok(Err(status)) => return Ok((status.message().to_owned(), false)),
            Err(_) => return Ok(("it accepted the connection and said nothing".to_owned(), false)),
        },
    };
    let inbound: Inbound = Box::pin(responses.filter_map(|response| match response {
        Ok(response) => response.message.map(Ok),
        Err(status) => Some(Err(status)),
    }));
    let began = Instant::now();
    // Attempts at one partner are one at a time, so the newest connection to it is this one.
    let shown = ctx.tls.newest_to(&partner.agency).map(|it| it.shown());
    match link::run(
        ctx.clone(),
        partner.clone(),
        ctx.agency.clone(),
        shown,
        held,
        outbox,
        inbound,
    )
    .await
    {
        End::Store(error) => Err(error),
        End::Duplicate => Ok((End::Duplicate.to_string(), false)),
        // A link that ends at once is no sign that the next will last.
        end => Ok((end.to_string(), began.elapsed() >= BACKOFF_MAX_FEW)),
    }
}

/// Between half and all of a pause, so that nodes that lost each other at once don't meet at once.
fn jittered(ctx: &Context, pause: Duration) -> Duration {
    let mut random = [0; 2];
    ctx.entropy.fill(&mut random);
    let share = f64::from(u16::from_be_bytes(random)) / f64::from(u16::MAX);
    pause.mul_f64(0.5 + share / 2.0)
}
