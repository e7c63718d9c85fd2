//! The first draft of a protocol, made when its meeting is closed.
//!
//! **Promise.** However often a close is repeated, a meeting has one protocol of whoever closed it: its name follows from the meeting's.

use std::sync::Arc;

use aws_lc_rs::digest::{Context as Hasher, SHA256};
use verbund_guard::gate::Unguarded;
use verbund_ledger::{CODES_MAX, TEXT_MAX};
use verbund_model::{
    AFFAIRS_CHARS, AgencyId, Meeting, MeetingMachine, MeetingStatus, MeetingTypeId, Protocol,
    ProtocolContent, ProtocolDraft, ProtocolMachine, ProtocolTransition, StepId, SubjectId,
    SubjectKind, SubjectRef, Void, day_number,
};
use verbund_wire::convert::codes::Kind;
use verbund_wire::convert::protocol::content_bytes;
use verbund_wire::convert::text::{ItemText, Text};
use verbund_wire::error::Error;

use crate::context::Context;
use crate::publish::unavailable;
use crate::steps::board::Card;
use crate::steps::subject::Subject;
use crate::steps::take::{self, Asked, Saying};

/// Before what a protocol's id is made of.
const DOMAIN: &[u8] = b"verbund/v1/protocol-of\0";
/// The title of an item that somebody spoke on and that is not on the agenda.
const OTHER: &str = "Verschiedenes";
/// What the rest of an entry's codes and the encoding of a text take beyond what is counted here.
const SPARE_BYTES: usize = 2048;

/// Makes the draft of a meeting that the own agency has closed; where it is there already, names it.
///
/// What was said in the meeting has gone through the guards of those who said it, to the same agencies: whoever closes the meeting takes
/// it over as it is.
///
/// # Errors
/// The meeting is not closed, or another agency writes its protocol; or the node can't take it now.
pub(crate) async fn draft(
    ctx: &Arc<Context>,
    asked: &Asked,
    meeting: &Subject<MeetingMachine>,
) -> Result<SubjectRef, Error> {
    let view = Meeting::of(&meeting.history);
    let view = view.filter(|it| it.status == MeetingStatus::Closed);
    let view = view.ok_or_else(|| take::not_allowed(meeting, Void::NotNow.as_str()))?;
    if view.acting != ctx.agency {
        return Err(take::not_allowed(meeting, Void::NotYours.as_str()));
    }
    let key = SubjectRef {
        subject: subject_of(&meeting.key, &ctx.agency),
        owner: ctx.agency.clone(),
    };
    // Two drafts at once would get one number.
    let _turn = ctx.board.numbering().await;
    let known = Subject::<ProtocolMachine>::load(ctx, &key).await;
    if known.map_err(unavailable)?.is_some() {
        return Ok(key);
    }
    let count = next_count(ctx, &view.terms.meeting_type, view.terms.day.year());
    let draft = Protocol::draft(&view, meeting.key.clone(), count);
    let mut draft = draft.ok_or_else(Error::internal)?;
    let charter = ctx.charter.in_force();
    let name = |it: &AgencyId| match charter.charter.agency(it) {
        Some(agency) => agency.names.de.clone(),
        None => it.to_string(),
    };
    let mut text = texts(meeting, &draft, &name);
    shorten(&mut draft.content, &mut text);
    let kept = charter.charter.retention().protocol_days;
    let day = view.terms.day.min(ctx.today());
    let saying = Saying {
        subject: key.clone(),
        audience: meeting.audience.clone(),
        handling: meeting.opening().handling,
        parents: Vec::new(),
        kind: Kind::Protocol(ProtocolTransition::Drafted(Box::new(draft.content))),
        text,
        erasure_day: day_number(day).saturating_add_unsigned(kept),
    };
    take::open(ctx, &asked.part("protocol").confirming(), saying).await?;
    Ok(key)
}

fn subject_of(meeting: &SubjectRef, own: &AgencyId) -> SubjectId {
    let mut hasher = Hasher::new(&SHA256);
    hasher.update(DOMAIN);
    hasher.update(meeting.subject.as_bytes());
    // Ids have no zero bytes.
    for agency in [&meeting.owner, own] {
        hasher.update(agency.as_str().as_bytes());
        hasher.update(&[0]);
    }
    let hash = hasher.finish();
    let bytes = hash.as_ref().first_chunk();
    SubjectId::from_random(*bytes.expect("a SHA-256 has 32 bytes"))
}

/// One more than the highest count of the own protocols of a type and year.
fn next_count(ctx: &Context, meeting_type: &MeetingTypeId, year: i16) -> u32 {
    let begins = format!("{meeting_type}-{year}-{}-", ctx.agency);
    let (counts, _) = ctx
        .board
        .list(SubjectKind::Protocol, None, usize::MAX, |it| {
            let Card::Protocol(noted) = &it.card else {
                return None;
            };
            let number = noted.read().number.strip_prefix(&begins)?;
            number
                .parse::<u32>()
                .ok()
                .filter(|_| it.key.owner == ctx.agency)
        });
    counts.into_iter().max().unwrap_or(0).saturating_add(1)
}

/// What was said in the meeting, where the draft says it.
fn texts(
    meeting: &Subject<MeetingMachine>,
    draft: &ProtocolDraft,
    name: &dyn Fn(&AgencyId) -> String,
) -> Text<Unguarded> {
    let planned = meeting.text(&draft.planned);
    let said = |steps: &[StepId]| -> Vec<Unguarded> {
        let texts = steps.iter().map(|it| meeting.text(it).description);
        texts.collect()
    };
    let items = draft.sources.iter().map(|it| {
        let title = it.title.and_then(|place| planned.items.get(place));
        ItemText {
            title: title.map_or_else(|| Unguarded::new(OTHER), |it| it.title.clone()),
            affairs: Unguarded::new(dissents(meeting, &it.dissents, name)),
            assessments: said(&it.assessments),
            decisions: said(&it.decisions),
            notes: Vec::new(),
        }
    });
    Text {
        items: items.collect(),
        title: planned.title,
        ..Text::default()
    }
}

/// The reasons of those who did not agree, as far as a state of affairs holds them: codes have no place for them.
fn dissents(
    meeting: &Subject<MeetingMachine>,
    steps: &[StepId],
    name: &dyn Fn(&AgencyId) -> String,
) -> String {
    let mut all = String::new();
    for step in steps.iter().filter_map(|it| meeting.step(it)) {
        let reason = step.text.description.read();
        if reason.is_empty() {
            continue;
        }
        let one = format!("{reason} ({})", name(&step.by));
        let apart = if all.is_empty() { "" } else { " · " };
        if all.chars().count() + apart.len() + one.chars().count() > AFFAIRS_CHARS {
            break;
        }
        all.push_str(apart);
        all.push_str(&one);
    }
    all
}

/// Leaves out what no entry holds, from the last item on: assessments first, then updates, decisions last. They stay in the meeting,
/// and its writer sums them up.
fn shorten(content: &mut ProtocolContent, text: &mut Text<Unguarded>) {
    while content_bytes(content) + SPARE_BYTES > CODES_MAX || bytes(text) + SPARE_BYTES > TEXT_MAX {
        let mut items = content.items.iter_mut().zip(&mut text.items).rev();
        if let Some((item, text)) = items.find(|(item, _)| !item.assessments.is_empty()) {
            item.assessments.pop();
            text.assessments.pop();
            continue;
        }
        let mut items = content.items.iter_mut().rev();
        if let Some(item) = items.find(|it| !it.updates.is_empty()) {
            item.updates.pop();
            continue;
        }
        let mut items = content.items.iter_mut().zip(&mut text.items).rev();
        let Some((item, text)) = items.find(|(item, _)| !item.decisions.is_empty()) else {
            return;
        };
        item.decisions.pop();
        text.decisions.pop();
    }
}

/// The bytes of all texts, with what their encoding takes.
fn bytes(text: &Text<Unguarded>) -> usize {
    let one = |it: &Unguarded| it.read().len() + 8;
    let items = text.items.iter().map(|it| {
        let lists = it.assessments.iter().chain(&it.decisions).map(one);
        one(&it.title) + one(&it.affairs) + lists.sum::<usize>()
    });
    one(&text.title) + items.sum::<usize>()
}
