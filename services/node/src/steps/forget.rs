//! Closed subjects, forgotten on the day that their owner's signed close sets: all of them at once, before the day until which their
//! entries could have been kept.

use std::sync::Arc;

use tracing::info;
use verbund_model::{MeetingMachine, SubjectKind, SubjectRef, TaskMachine, day_number};
use verbund_store::Error;
use verbund_wire::convert::name;

use super::archive;
use super::board::Card;
use super::subject::{Stepped, Subject};
use crate::context::Context;

/// Most subjects that are looked at in one turn.
const AT_ONCE: usize = 1000;

/// Hides what closed subjects hold whose day has come; gives the number of entries that still had content. The caller has the store
/// destroy it.
///
/// # Errors
/// The store's.
pub(crate) async fn due(ctx: &Arc<Context>, today: i32) -> Result<u32, Error> {
    let mut hidden = 0;
    archive::protocols(ctx, today).await?;
    for kind in [SubjectKind::Task, SubjectKind::Meeting] {
        let is_due = |erase_on: &str| {
            let day = erase_on.parse::<verbund_model::Day>();
            day.is_ok_and(|day| day_number(day) <= today)
        };
        let (keys, _) = ctx.board.list(kind, None, AT_ONCE, |record| {
            let erase_on = match &record.card {
                Card::Task(it) => &it.erase_on,
                Card::Meeting(it) => &it.erase_on,
                Card::Protocol(_) => return None,
            };
            is_due(erase_on).then(|| record.key.clone())
        });
        for key in keys {
            hidden += match kind {
                SubjectKind::Task => forget::<TaskMachine>(ctx, &key, archive::task).await?,
                _ => forget::<MeetingMachine>(ctx, &key, |_, _| true).await?,
            };
            ctx.board.refresh(ctx, kind, &key).await?;
        }
    }
    if hidden > 0 {
        info!(entries = hidden, "closed subjects forgotten on their day");
    }
    Ok(hidden)
}

/// Hides all of a subject, its remarks too, once it is laid down. Of a meeting its protocol stays.
async fn forget<M: Stepped>(
    ctx: &Arc<Context>,
    key: &SubjectRef,
    lay_down: fn(&Context, &Subject<M>) -> bool,
) -> Result<u32, Error> {
    let Some(subject) = Subject::<M>::load(ctx, key).await? else {
        return Ok(0);
    };
    if !lay_down(ctx, &subject) {
        return Ok(0);
    }
    let all = subject.steps.iter().chain(&subject.beside);
    let frames = all.map(|it| name::frame_of(&it.id)).collect();
    ctx.store.erase_entries(&key.subject, frames).await
}
