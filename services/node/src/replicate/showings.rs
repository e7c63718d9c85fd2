//! Showings: in which windows entries of others were first on a screen here, told to the agencies that have those entries too; and what
//! a partner tells of its own screens.
//!
//! Told is only what a window holds that is over, and only to partners that know the message. Heard is a partner for its own agency
//! alone: the message names no other, and nothing is passed on.

use std::sync::Arc;

use tokio::sync::mpsc;
use verbund_ledger::LaneId;
use verbund_model::{AgencyId, Day, WindowId, day_from_number, day_number};
use verbund_store::{Error, ShownRecord, limits::SHOWN_DAYS};
use verbund_wire::convert::shown::{self, Showing};
use verbund_wire::federation::{self, PeerMessage, peer_message::Kind};

use super::limits::SHOWINGS_MAX;
use super::link::End;
use super::receipts::Spoken;
use crate::context::Context;

/// The protocol level from which on nodes know the message.
const LEVEL: u32 = 2;

/// What one partner has been told.
#[derive(Debug)]
pub(crate) struct Told {
    ctx: Arc<Context>,
    peer: AgencyId,
    /// This agency tells, and the partner understands.
    tells: bool,
    /// The window that ran when the partner was told last: what was shown before it has been told.
    told_in: Option<(Day, WindowId)>,
    pass: Option<Pass>,
}

/// Going through what was shown here.
#[derive(Debug)]
struct Pass {
    /// The window that ran when it began.
    running: (Day, WindowId),
    from_day: i32,
    after: Option<(LaneId, u64)>,
}

impl Told {
    /// For a partner whose Hello named this protocol level.
    pub(crate) fn new(ctx: Arc<Context>, peer: AgencyId, level: u32) -> Self {
        let tells = level >= LEVEL && ctx.config.tells_shown();
        Self {
            ctx,
            peer,
            tells,
            told_in: None,
            pass: None,
        }
    }

    /// Whether [`next`](Self::next) has more to look at right now.
    pub(crate) fn has_more(&self) -> bool {
        self.pass.is_some()
    }

    /// The next message that the partner lacks. After each window everything is looked at that may have been shown in it or shortly
    /// before; at the beginning of a stream, everything there is.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn next(&mut self) -> Result<Option<PeerMessage>, Error> {
        if !self.tells {
            return Ok(None);
        }
        let in_force = self.ctx.charter.in_force();
        let now = self.ctx.clock.now();
        let mut pass = match self.pass.take() {
            Some(pass) => pass,
            None => {
                let running = in_force.charter.operational_day_window(now);
                if self.told_in.as_ref() == Some(&running) {
                    return Ok(None);
                }
                let from_day = match &self.told_in {
                    // What was being kept when its window ended may have been missed then.
                    Some((day, _)) => day_number(*day) - 1,
                    None => day_number(self.ctx.today()) - SHOWN_DAYS,
                };
                Pass {
                    running,
                    from_day,
                    after: None,
                }
            }
        };
        let limit = u32::try_from(SHOWINGS_MAX).unwrap_or(u32::MAX);
        let (store, own) = (&self.ctx.store, &self.ctx.agency);
        let page = store
            .shown_at(own, pass.from_day, pass.after, limit)
            .await?;
        let showings = page
            .iter()
            .filter(|it| self.may_know(it))
            .filter_map(|it| {
                let day = day_from_number(it.day)?;
                let over = in_force.charter.has_ended(day, &it.window, now);
                over.then(|| Showing {
                    lane: it.lane,
                    sequence: it.sequence,
                    day,
                    window: it.window.clone(),
                })
            })
            .map(|it| shown::to_wire(&it))
            .collect::<Vec<_>>();
        match page.last() {
            Some(last) if page.len() >= SHOWINGS_MAX => {
                pass.after = Some((last.lane, last.sequence));
                self.pass = Some(pass);
            }
            _ => self.told_in = Some(pass.running),
        }
        Ok((!showings.is_empty()).then_some(PeerMessage {
            kind: Some(Kind::Shown(federation::Shown { showings })),
        }))
    }

    fn may_know(&self, it: &ShownRecord) -> bool {
        let lane = self.ctx.lanes.lane(&it.lane);
        lane.is_some_and(|lane| lane.audience.contains(&self.peer))
    }
}

/// Keeps what a partner tells of its own screens.
pub(crate) async fn keep(
    ctx: Arc<Context>,
    by: AgencyId,
    mut incoming: mpsc::Receiver<federation::Shown>,
) -> End {
    while let Some(message) = incoming.recv().await {
        if message.showings.len() > SHOWINGS_MAX {
            return End::Protocol("a message holds too many showings");
        }
        let mut kept = Vec::new();
        for showing in &message.showings {
            let Ok(showing) = shown::from_wire(showing) else {
                return End::Protocol("a showing can't be read");
            };
            match examine(&ctx, &by, showing).await {
                Ok(record) => kept.extend(record),
                Err(error) => return error.into(),
            }
        }
        if kept.is_empty() {
            continue;
        }
        let shown: Vec<(LaneId, u64)> = kept.iter().map(|it| (it.lane, it.sequence)).collect();
        if let Err(error) = ctx.store.put_shown(kept).await {
            return error.into();
        }
        for (lane, sequence) in shown {
            ctx.deliveries.changed(Spoken {
                lane,
                first: sequence,
                last: sequence,
            });
        }
    }
    End::Closed
}

/// What is believed of a showing: a window of the charter, of the last days, on a lane of others that the partner is in.
async fn examine(
    ctx: &Arc<Context>,
    by: &AgencyId,
    it: Showing,
) -> Result<Option<ShownRecord>, Error> {
    let (day, today) = (day_number(it.day), day_number(ctx.today()));
    let in_force = ctx.charter.in_force();
    let is_now = (today - SHOWN_DAYS..=today).contains(&day);
    if !is_now || !in_force.charter.windows().contains(&it.window) {
        return Ok(None);
    }
    let lane = crate::follow::lane(ctx, &it.lane).await?;
    let theirs = lane.is_some_and(|lane| lane.origin != *by && lane.audience.contains(by));
    Ok(theirs.then(|| ShownRecord {
        lane: it.lane,
        sequence: it.sequence,
        agency: by.clone(),
        day,
        window: it.window,
    }))
}
