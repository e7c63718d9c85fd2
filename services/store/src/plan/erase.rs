//! Pieces of an erasure, each one transaction.

use verbund_ledger::LaneId;
use verbund_model::SubjectId;

use super::job::Chunk;
use crate::erasure::{DayKey, ErasureKeys};
use crate::error::Result;
use crate::limits;
use crate::row::{self, Cells};
use crate::statement::{Columns, Read, Script, Session, Write};

const DAY_MS: i64 = 86_400_000;

/// Decides on a piece; gives the number of rows that it changes, and how.
pub(crate) async fn plan<S: Session>(
    session: &mut S,
    keys: &ErasureKeys,
    chunk: Chunk,
) -> Result<(u32, Script)> {
    match chunk {
        Chunk::Due { today } => due(session, today).await,
        Chunk::Readings { firsts, before } => {
            let mut script = Script::default();
            let forgotten = count(firsts.len());
            script.add_rows(Write::ReadingForget, firsts, |args, first| {
                args.put(first).put(before);
            });
            Ok((forgotten, script))
        }
        Chunk::Prune { today } => Ok((0, prune(today))),
        Chunk::Renewed { day, generation } => {
            let mut script = Script::default();
            script.add(Write::ErasingRenewed).put(day).put(generation);
            Ok((1, script))
        }
        Chunk::Reseal { day } => reseal(session, keys, day).await,
        Chunk::Done { day, times } => {
            let mut script = Script::default();
            script.add(Write::ErasingDone).put(day).put(times);
            Ok((1, script))
        }
    }
}

/// Empties entries that are due. Their keys have been destroyed before: this only removes what can't be read any more, and
/// the codes.
async fn due<S: Session>(session: &mut S, today: i32) -> Result<(u32, Script)> {
    let rows = session
        .read(Read::Due, vec![today.into(), limits::ERASE_ROWS.into()])
        .await?;
    let mut positions = Vec::with_capacity(rows.len());
    let mut subjects = Vec::with_capacity(rows.len());
    let mut linked = Vec::new();
    for row in &rows {
        let cells = Cells::new(row, "entry");
        let position = cells.int(0, "position")?;
        positions.push(position);
        let subject = cells.optional_bytes(1, "subject")?;
        if let Some(subject) = subject.map(SubjectId::from_bytes) {
            subjects.push((subject, position));
            // Links are of own subjects, and another agency may have used the same.
            if cells.int(2, "origin")? == 0 {
                linked.push(subject);
            }
        }
    }
    let erased = count(positions.len());
    let mut script = Script::default();
    script.add_rows(Write::EntryErase, positions.iter(), |args, position| {
        args.put(*position);
    });
    script.add_rows(Write::ShownErase, positions, |args, position| {
        args.put(position);
    });
    script.add_rows(
        Write::SituationErase,
        subjects,
        |args, (subject, position)| {
            args.put(&subject).put(position);
        },
    );
    script.add_rows(Write::LinkDrop, linked, |args, subject| {
        args.put(&subject);
    });
    Ok((erased, script))
}

fn prune(today: i32) -> Script {
    let mut script = Script::default();
    script
        .add(Write::RequestPrune)
        .put(&first_request_id(today - limits::REQUEST_DAYS)[..]);
    script
        .add(Write::UsagePrune)
        .put(today - limits::USAGE_DAYS);
    script
        .add(Write::ShownPrune)
        .put(today - limits::SHOWN_DAYS);
    script.add(Write::PendingPrune).put(today);
    script
        .add(Write::ReviewPrune)
        .put(midnight_ms(today - limits::REQUEST_DAYS));
    script
        .add(Write::AuditForget)
        .put(midnight_ms(today - limits::AUDIT_DAYS));
    script.add(Write::ErasingPrune).put(today);
    script
}

/// The first millisecond of a day.
fn midnight_ms(day: i32) -> i64 {
    i64::from(day) * DAY_MS
}

/// The smallest UUIDv7 of a day: request ids begin with the milliseconds at which they were made.
fn first_request_id(day: i32) -> [u8; 16] {
    let ms = midnight_ms(day).max(0);
    let mut id = [0; 16];
    id[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
    id
}

/// Seals under a day's newest key what is sealed under an older one: texts, drafts of both kinds, and what is queued.
async fn reseal<S: Session>(
    session: &mut S,
    keys: &ErasureKeys,
    day: i32,
) -> Result<(u32, Script)> {
    let newest = keys.sealing(day)?;
    let bounds = vec![day.into(), newest.generation.into()];
    let rows = session
        .read(
            Read::SealedBefore,
            [bounds.clone(), vec![limits::ERASE_ROWS.into()]].concat(),
        )
        .await?;
    let texts = rows
        .iter()
        .map(|row| resealed(row, keys, day, &newest))
        .collect::<Result<Vec<_>>>()?;
    let mut resealed = texts.len();
    let mut script = Script::default();
    script.add_rows(Write::Reseal, texts, |args, (position, text)| {
        args.put(position).put(text).put(newest.generation);
    });
    // There are few drafts: they go with the last texts.
    if resealed < limits::ERASE_ROWS as usize {
        let mut drafts = Vec::new();
        for row in session.read(Read::PendingOfDay, bounds.clone()).await? {
            drafts.extend(row::pending(&row, keys)?);
        }
        resealed += drafts.len();
        let mut queued = Vec::new();
        let of_day = session.read(Read::QueuedOfDay, bounds.clone());
        for row in of_day.await? {
            let it = row::queued(&row, keys)?;
            queued.extend(it.body.map(|body| (it.subject, body)));
        }
        resealed += queued.len();
        script.add_rows(Write::QueueReseal, queued, |args, (subject, body)| {
            args.put(newest.seal_queued(keys.entropy(), &subject, &body))
                .put(newest.generation)
                .put(&subject);
        });
        let mut held = Vec::new();
        for row in session.read(Read::ReviewsOfDay, bounds).await? {
            let review = row::review(&row, keys)?;
            held.extend(review.body.map(|body| (review.id, body)));
        }
        resealed += held.len();
        script.add_rows(Write::ReviewReseal, held, |args, (review, body)| {
            args.put(newest.seal_review(keys.entropy(), &review, &body))
                .put(newest.generation)
                .put(&review);
        });
        script.add_rows(Write::PendingPut, drafts, |args, draft| {
            args.put(&draft.subject)
                .put(draft.due)
                .put(day)
                .put(newest.generation)
                .put(newest.seal_draft(keys.entropy(), &draft.subject, &draft.body));
        });
    }
    Ok((count(resealed), script))
}

fn resealed(
    row: &impl Columns,
    keys: &ErasureKeys,
    day: i32,
    newest: &DayKey,
) -> Result<(i64, Option<Vec<u8>>)> {
    let cells = Cells::new(row, "entry");
    let position = cells.int(0, "position")?;
    let lane = LaneId(cells.bytes(1, "lane")?);
    let sequence = cells.u64(2, "sequence")?;
    let sealed = cells.optional_blob(4, "text")?;
    let text = match (sealed, keys.opening(day, cells.u32(3, "generation")?)?) {
        (Some(sealed), Some(key)) => {
            let text = key
                .open_text(&lane, sequence, sealed)
                .ok_or_else(|| cells.bad("text"))?;
            Some(newest.seal_text(keys.entropy(), &lane, sequence, &text))
        }
        _ => None,
    };
    Ok((position, text))
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).expect("a piece is bounded")
}

#[cfg(test)]
mod tests {
    use uuid::{NoContext, Timestamp, Uuid};

    use super::*;

    #[test]
    fn request_ids_are_cut_at_midnight() {
        let midnight = 20_000 * 86_400;
        let id = |seconds: u64, nanos| {
            Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos)).into_bytes()
        };
        let first = first_request_id(20_000);
        assert!(id(midnight, 0) >= first);
        assert!(id(midnight - 1, 999_000_000) < first);
        assert_eq!(first_request_id(-5), [0; 16]);
    }
}
