//! What the updates of a protocol say when it circulates: they are forgotten earlier than the protocol.
//!
//! Copied is what holds now and what all who have the protocol have already: an update with a narrower audience, or with a handling
//! that allows less than the protocol's, is left out, and so is one that was taken back.

use std::collections::BTreeMap;
use std::sync::Arc;

use verbund_guard::gate::Unguarded;
use verbund_model::{
    COPIES_MAX, PARTS_MAX, ProtocolContent, ProtocolMachine, StepId, SubjectRef, UpdateCopy,
};
use verbund_store::State;
use verbund_wire::agency;
use verbund_wire::convert::name;
use verbund_wire::convert::text::Text;
use verbund_wire::error::{Error, ErrorCode};

use super::{drafted, load, standing};
use crate::context::Context;
use crate::publish::unavailable;
use crate::steps::subject::Subject;
use crate::views::Content;

/// What the updates say that were looked up; `None` for one that is not copied.
#[derive(Debug, Default)]
pub(super) struct Copies(BTreeMap<SubjectRef, Option<(UpdateCopy, Unguarded)>>);

impl Copies {
    /// Looks up the updates of what is to circulate: of the draft, or of the revision in force.
    ///
    /// # Errors
    /// There is no such protocol, the draft is wrong, or names more updates than a protocol has.
    pub(super) async fn look_up(
        ctx: &Arc<Context>,
        key: &SubjectRef,
        draft: Option<&agency::ProtocolDraft>,
    ) -> Result<Self, Error> {
        let subject = load(ctx, key).await?;
        let protocol = standing(&subject)?;
        let content = match draft {
            Some(draft) => drafted(ctx, &protocol.content, draft, "circulate.protocol")?.0,
            None => protocol.content,
        };
        let updates = content.items.iter().map(|it| it.updates.len());
        if updates.sum::<usize>() > PARTS_MAX {
            let message = "a protocol has at most 512 updates";
            return Err(Error::field("circulate", "INVALID_RANGE", message));
        }
        let mut copies = BTreeMap::new();
        for update in content.items.into_iter().flat_map(|it| it.updates) {
            let copy = copy(ctx, &subject, &update).await?;
            copies.insert(update, copy);
        }
        Ok(Self(copies))
    }

    /// A revision with the copies of its updates.
    ///
    /// # Errors
    /// More than a protocol copies; or the revision names updates that were not looked up, since it came between.
    pub(super) fn put_into(
        &self,
        mut content: ProtocolContent,
        mut text: Text<Unguarded>,
    ) -> Result<(ProtocolContent, Text<Unguarded>), Error> {
        let mut total = 0;
        for (item, text) in content.items.iter_mut().zip(&mut text.items) {
            item.copies.clear();
            text.notes.clear();
            for update in &item.updates {
                let found = self.0.get(update).ok_or_else(came_between)?;
                if let Some((copy, note)) = found {
                    item.copies.push(copy.clone());
                    text.notes.push(note.clone());
                }
            }
            total += item.copies.len();
        }
        if total > COPIES_MAX {
            let message = format!(
                "{total} updates would be copied, and at most {COPIES_MAX} can be: leave some out"
            );
            return Err(Error::field("circulate", "INVALID_RANGE", message));
        }
        Ok((content, text))
    }
}

fn came_between() -> Error {
    Error::new(
        ErrorCode::StaleEtag,
        "another revision was written at this moment; read it and decide again",
    )
}

/// What an update says now, if the protocol may hold it.
async fn copy(
    ctx: &Arc<Context>,
    protocol: &Subject<ProtocolMachine>,
    update: &SubjectRef,
) -> Result<Option<(UpdateCopy, Unguarded)>, Error> {
    let record = ctx.store.situation(&update.subject, Some(&update.owner));
    let record = record.await.map_err(unavailable)?;
    let Some(record) = record.filter(|it| it.state == State::Current) else {
        return Ok(None);
    };
    let lane = crate::follow::lane(ctx, &record.lane).await;
    let Some(lane) = lane.map_err(unavailable)? else {
        return Ok(None);
    };
    let known_to_all = protocol
        .audience
        .iter()
        .all(|it| lane.audience.contains(it));
    let Some(content) = Content::of(&record.latest).filter(|_| known_to_all) else {
        return Ok(None);
    };
    let handling = content.codes.handling;
    let Some(observation) = content.observation() else {
        return Ok(None);
    };
    if !protocol.opening().handling.may_hold(handling) {
        return Ok(None);
    }
    let copy = UpdateCopy {
        update: update.clone(),
        version: version(&record.latest),
        handling,
        observation: observation.clone(),
    };
    Ok(Some((copy, content.note)))
}

fn version(stored: &verbund_store::StoredEntry) -> StepId {
    name::step_of(&stored.hash)
}
