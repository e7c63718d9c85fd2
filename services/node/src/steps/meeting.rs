//! Meetings and the joint briefing: what callers can do with them.
//!
//! **A cut tells nobody of a narrower lane.** Its lanes are named to all who are invited, so only those count that all of them are
//! in, whoever takes part; the same is asked of an update that is pinned.

use std::collections::BTreeSet;
use std::sync::Arc;

use verbund_guard::gate::Unguarded;
use verbund_model::{
    AgencyId, AgendaDraft, Answer, Audience, CUT_MAX, Cut, CutLane, Handling, ItemNumber, Meeting,
    MeetingDraft, MeetingItem, MeetingMachine, MeetingRole, MeetingTerms, MeetingTransition, Said,
    StepId, SubjectId, SubjectKind, SubjectRef, day_number, erase_on,
};
use verbund_wire::agency;
use verbund_wire::agency::take_meeting_step_request::Step as Wanted;
use verbund_wire::convert::codes::Kind;
use verbund_wire::convert::text::{ItemText, Text};
use verbund_wire::convert::vocabulary::Word as _;
use verbund_wire::convert::{fingerprint, meeting, step};
use verbund_wire::error::Error;

use super::admit::GRACE_DAYS;
use super::board::{Card, Shown};
use super::protocol;
use super::subject::Subject;
use super::take::{self, Asked, Saying};
use crate::caller::Caller;
use crate::context::Context;
use crate::publish::{sha256, unavailable};

/// How long a meeting is planned to last where nobody says.
const MINUTES: u32 = 60;

type OnMeeting = Subject<MeetingMachine>;

impl Shown for MeetingMachine {
    fn card(_: &AgencyId, subject: &OnMeeting) -> Option<Card> {
        let it = Meeting::of(&subject.history)?;
        let planned = subject.text(&it.planned);
        let opening = subject.opening();
        let terms = &it.terms;
        let answered = |agency: &AgencyId| {
            // One that was given before the time or the place was changed is none any more.
            let given = subject
                .history
                .latest(&MeetingRole::Answering(agency.clone()), |_| true);
            let counts = it.answers.get(agency).copied();
            let said = given.map(|step| &step.transition);
            counts.filter(|counts| said == Some(&MeetingTransition::Answered(*counts)))
        };
        let invited = terms.invited.iter().map(|agency| agency::Invitation {
            agency: agency.to_string(),
            answer: answered(agency).map_or(0, Answer::to_wire),
            participates: it.participants.contains(agency),
            supports_deputy: it.supporters.contains(agency),
            behind: false,
        });
        let agenda = it.items.iter().map(|it| entry(subject, &planned, it));
        Some(Card::Meeting(Box::new(agency::Meeting {
            key: Some(step::key_to_wire(&subject.key)),
            meeting_type: terms.meeting_type.to_string(),
            title: planned.title.read().to_owned(),
            status: it.status.to_wire(),
            chair: it.acting.to_string(),
            deputy: terms.deputy.to_string(),
            day: terms.day.to_string(),
            start: clock(terms.start_minute),
            minutes: u32::from(terms.minutes),
            place: terms
                .place
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            series: terms.series.map_or_else(String::new, |it| it.to_string()),
            invited: invited.collect(),
            agenda: agenda.collect(),
            cut: it
                .cut
                .as_ref()
                .map(meeting::cut_to_wire)
                .unwrap_or_default(),
            etag: subject.etag(),
            erase_on: it.erase_on.map_or_else(String::new, |it| it.to_string()),
            created_at_ms: opening.created_at.0,
            changed_at_ms: subject.changed_at_ms(),
            void_steps: subject.void_steps(),
            circle: Some(step::circle(&subject.audience, opening.handling)),
        })))
    }
}

/// Minutes since midnight as a clock shows them.
fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn entry(subject: &OnMeeting, planned: &Text<Unguarded>, it: &MeetingItem) -> agency::AgendaEntry {
    let title = it.place.and_then(|place| planned.items.get(place));
    let measure = it.agenda.as_ref().and_then(|it| it.measure.as_ref());
    let approves = it.agenda.as_ref().and_then(|it| it.approves.as_ref());
    let pins = it.pins.iter().map(|pin| agency::Pin {
        step: step::step_to_wire(&pin.step),
        agency: pin.by.to_string(),
        update: Some(step::key_to_wire(&pin.what)),
        late: pin.late,
    });
    let said = |all: &[Said<()>]| -> Vec<agency::Contribution> {
        let one = |it: &Said<()>| agency::Contribution {
            step: step::step_to_wire(&it.step),
            agency: it.by.to_string(),
            text: described(subject, &it.step),
            late: it.late,
        };
        all.iter().map(one).collect()
    };
    let tasks = it.tasks.iter().map(|it| {
        let text = subject.text(&it.step);
        let terms = step::terms_to_wire(&it.what, text.title.read(), text.description.read());
        agency::ProposedTask {
            step: step::step_to_wire(&it.step),
            agency: it.by.to_string(),
            terms: Some(terms),
            late: it.late,
        }
    });
    let decisions = it.decisions.iter().filter(|it| !it.what.overtaken);
    let decisions = decisions.map(|it| agency::RecordedDecision {
        step: step::step_to_wire(&it.step),
        agency: it.by.to_string(),
        text: described(subject, &it.step),
        proposal: it
            .what
            .proposal
            .as_ref()
            .map(step::step_to_wire)
            .unwrap_or_default(),
        dissent: it
            .what
            .dissents
            .iter()
            .map(|it| agency::Dissent {
                agencies: it.what.iter().map(ToString::to_string).collect(),
                recorded_by: it.by.to_string(),
                text: described(subject, &it.step),
            })
            .collect(),
        late: it.late,
    });
    agency::AgendaEntry {
        number: u32::from(it.number.0),
        title: title.map_or_else(String::new, |it| it.title.read().to_owned()),
        measure: measure.map_or_else(String::new, ToString::to_string),
        approves: approves.map(step::key_to_wire),
        pins: pins.collect(),
        findings: said(&it.findings),
        proposed_decisions: said(&it.proposals),
        proposed_tasks: tasks.collect(),
        decisions: decisions.collect(),
    }
}

fn described(subject: &OnMeeting, step: &StepId) -> String {
    subject.text(step).description.read().to_owned()
}

/// A meeting as it is shown now: with who lacks something of what all look at.
pub(crate) fn shown(ctx: &Context, card: &Card) -> Option<agency::Meeting> {
    let Card::Meeting(meeting) = card else {
        return None;
    };
    let mut meeting = (**meeting).clone();
    for invited in &mut meeting.invited {
        invited.behind = invited.participates
            && AgencyId::parse(&invited.agency).is_ok_and(|it| lacks(ctx, &it, &meeting.cut));
    }
    Some(meeting)
}

/// Whether an agency's node has less than a cut, as far as it has told.
fn lacks(ctx: &Context, agency: &AgencyId, cut: &[verbund_wire::federation::CutLane]) -> bool {
    cut.iter().any(|it| {
        let Ok(id) = <[u8; 16]>::try_from(&*it.lane) else {
            return false;
        };
        let id = verbund_ledger::LaneId(id);
        let reached = if *agency == ctx.agency {
            ctx.lanes.lane(&id).map_or(0, |lane| lane.head().sequence)
        } else if agency.as_str() == it.origin {
            it.sequence
        } else {
            ctx.desk.reach(&id, agency).0
        };
        reached < it.sequence
    })
}

/// Plans a meeting, or each one of a series.
///
/// # Errors
/// What is wrong with it, or why the node can't take it now.
pub(crate) async fn plan(
    ctx: &Arc<Context>,
    caller: Caller,
    request: agency::PlanMeetingRequest,
) -> Result<Vec<agency::StepReceipt>, Error> {
    let content = fingerprint::of(&request);
    let asked = Asked::new(
        caller,
        "PlanMeeting",
        &request.request_id,
        &content,
        request.confirm_review,
    )?;
    // What was right when it was first sent may be late by now; the answer stays the same.
    if let Some(receipts) = answered(ctx, &asked, request.count).await? {
        return Ok(receipts);
    }
    let draft = request.meeting.unwrap_or_default();
    let rhythm = step::optional_word(request.rhythm, "rhythm")?;
    let mut first = drafted(ctx, draft)?;
    let days = match rhythm {
        None if request.count > 1 => {
            let message = "say how often it meets";
            return Err(Error::field("rhythm", "MISSING_FIELD", message));
        }
        None => vec![first.day.clone()],
        Some(rhythm) => {
            first.series = Some(series(ctx, &asked));
            let day = first.day.parse().map_err(|_| {
                let message = "is not a day of the form YYYY-MM-DD";
                Error::field("meeting.day", "INVALID_DAY", message)
            })?;
            let count = usize::try_from(request.count).unwrap_or(usize::MAX);
            let days = Meeting::series(day, rhythm, count);
            let days = days.map_err(|found| Error::violations_in("meeting", vec![found]))?;
            days.iter().map(ToString::to_string).collect()
        }
    };
    // All are checked before the first is sent.
    let mut sayings = Vec::with_capacity(days.len());
    for day in days {
        sayings.push(planned(
            ctx,
            &MeetingDraft {
                day,
                ..first.clone()
            },
        )?);
    }
    let mut receipts = Vec::with_capacity(sayings.len());
    for (index, saying) in sayings.into_iter().enumerate() {
        let asked = match index {
            0 => asked.clone(),
            index => asked.part(&index.to_string()),
        };
        receipts.push(take::open(ctx, &asked, saying).await?);
    }
    Ok(receipts)
}

/// The first answer to a request, given again; `None` when it was not answered, or the node was stopped in the middle of a series:
/// then the rest is planned now.
async fn answered(
    ctx: &Arc<Context>,
    asked: &Asked,
    count: u32,
) -> Result<Option<Vec<agency::StepReceipt>>, Error> {
    let mut receipts = Vec::new();
    for index in 0..count.max(1) {
        let part = match index {
            0 => asked.clone(),
            index => asked.part(&index.to_string()),
        };
        match part.answered(ctx, &ctx.agency).await? {
            Some(receipt) => receipts.push(receipt),
            None => return Ok(None),
        }
    }
    Ok(Some(receipts))
}

/// The id of a series: the same when the request is repeated.
fn series(ctx: &Context, asked: &Asked) -> SubjectId {
    let name = format!("verbund series {} {}", ctx.agency, asked.name());
    let hash = sha256(name.as_bytes());
    SubjectId::from_random(hash[..16].try_into().expect("half a hash has 16 bytes"))
}

/// What a caller wants to plan, with what it may leave out.
fn drafted(ctx: &Context, it: agency::MeetingDraft) -> Result<MeetingDraft, Error> {
    let in_force = ctx.charter.in_force();
    let meeting_type = in_force
        .charter
        .meeting_types()
        .find(|known| known.id.as_str() == it.meeting_type);
    let title = match meeting_type {
        Some(known) if it.title.is_empty() => known.names.de.clone(),
        _ => it.title,
    };
    Ok(MeetingDraft {
        meeting_type: it.meeting_type,
        deputy: it.deputy.clone(),
        invited: it.invited,
        day: it.day,
        start: it.start,
        minutes: if it.minutes == 0 { MINUTES } else { it.minutes },
        place: it.place,
        agenda: agenda(ctx, it.agenda, 0)?,
        series: None,
        title,
    })
}

/// The items of an agenda; those without a number get the next ones after `used`.
fn agenda(
    ctx: &Context,
    items: Vec<agency::AgendaDraft>,
    used: u32,
) -> Result<Vec<AgendaDraft>, Error> {
    let mut last = items.iter().map(|it| it.number).fold(used, u32::max);
    let mut agenda = Vec::with_capacity(items.len());
    for it in items {
        let approves = match &it.approves {
            None => None,
            some => Some(step::key(
                some.as_ref(),
                &ctx.agency,
                "meeting.agenda.approves",
            )?),
        };
        let number = if it.number == 0 {
            last = last.saturating_add(1);
            last
        } else {
            it.number
        };
        agenda.push(AgendaDraft {
            number,
            measure: it.measure,
            approves,
            title: it.title,
        });
    }
    Ok(agenda)
}

fn checked(ctx: &Context, draft: &MeetingDraft) -> Result<(MeetingTerms, Text<Unguarded>), Error> {
    let in_force = ctx.charter.in_force();
    let terms = draft.check(&in_force.charter, &ctx.agency, ctx.clock.now());
    let terms = terms.map_err(|found| Error::violations_in("meeting", found))?;
    let items = draft.agenda.iter().map(|it| ItemText {
        title: Unguarded::new(it.title.clone()),
        ..ItemText::default()
    });
    let text = Text {
        title: Unguarded::new(draft.title.clone()),
        items: items.collect(),
        ..Text::default()
    };
    Ok((terms, text))
}

fn planned(ctx: &Context, draft: &MeetingDraft) -> Result<Saying, Error> {
    let (terms, text) = checked(ctx, draft)?;
    let audience = Audience::new(terms.invited.iter().cloned()).map_err(|error| {
        Error::field("meeting.invited", "AUDIENCE_TOO_LARGE", error.to_string())
    })?;
    let in_force = ctx.charter.in_force();
    let kept = in_force.charter.retention().update_days + GRACE_DAYS;
    Ok(Saying {
        subject: take::new_subject(ctx),
        audience,
        // Who is invited to what is the circle's own business.
        handling: Handling::Amber,
        parents: Vec::new(),
        erasure_day: day_number(terms.day).saturating_add_unsigned(kept),
        kind: Kind::Meeting(MeetingTransition::Planned(terms)),
        text,
    })
}

/// What came of a step.
#[derive(Debug)]
pub(crate) struct Took {
    pub(crate) receipt: agency::StepReceipt,
    pub(crate) meeting: Option<agency::Meeting>,
    /// The draft of the protocol, when the step closed a briefing.
    pub(crate) protocol: Option<SubjectRef>,
}

/// Takes a step on a meeting.
///
/// # Errors
/// What is wrong with it, why the meeting does not allow it, or why the node can't take it now.
pub(crate) async fn take_step(
    ctx: &Arc<Context>,
    caller: Caller,
    request: agency::TakeMeetingStepRequest,
) -> Result<Took, Error> {
    let content = fingerprint::of(&request);
    let asked = Asked::new(
        caller,
        "TakeMeetingStep",
        &request.request_id,
        &content,
        request.confirm_review,
    )?;
    let key = step::key(request.meeting.as_ref(), &ctx.agency, "meeting")?;
    let wanted = request
        .step
        .ok_or_else(|| Error::field("step", "MISSING_FIELD", "say what to do"))?;
    if let Wanted::Pin(pin) = &wanted {
        let update = step::key(pin.update.as_ref(), &ctx.agency, "pin.update")?;
        seen_by_all(ctx, &key, &update).await?;
    }
    let decide = |subject: &OnMeeting| decide(ctx, subject, &wanted);
    let receipt = take::step::<MeetingMachine>(ctx, &asked, &key, &request.etag, decide).await?;
    let protocol = match &wanted {
        Wanted::Close(_) => Some(drafted_protocol(ctx, &asked, &key).await?),
        _ => None,
    };
    let record = ctx.board.find(SubjectKind::Meeting, &key);
    Ok(Took {
        receipt,
        meeting: record.and_then(|it| shown(ctx, &it.card)),
        protocol,
    })
}

/// The draft of the protocol of a meeting that was closed a moment ago, or by the same request before.
async fn drafted_protocol(
    ctx: &Arc<Context>,
    asked: &Asked,
    key: &SubjectRef,
) -> Result<SubjectRef, Error> {
    let closed = OnMeeting::load(ctx, key).await.map_err(unavailable)?;
    let closed = closed.ok_or_else(|| take::not_found(SubjectKind::Meeting))?;
    protocol::draft::draft(ctx, asked, &closed).await
}

/// What a caller's wish comes to on the meeting as it stands.
fn decide(
    ctx: &Context,
    subject: &OnMeeting,
    wanted: &Wanted,
) -> Result<(MeetingTransition, Text<Unguarded>), Error> {
    let meeting = Meeting::of(&subject.history).ok_or_else(Error::internal)?;
    let in_force = ctx.charter.in_force();
    let ends = || {
        let kept = in_force.charter.retention().update_days;
        erase_on(in_force.charter.today(ctx.clock.now()), kept)
    };
    let said = |text: &str| Text {
        description: Unguarded::new(text),
        ..Text::default()
    };
    Ok(match wanted {
        Wanted::Amend(draft) => {
            let (terms, text) = amended(ctx, subject, &meeting, draft.clone())?;
            (MeetingTransition::Amended(terms), text)
        }
        Wanted::Cancel(_) => {
            let erase_on = ends();
            (MeetingTransition::Cancelled { erase_on }, Text::default())
        }
        Wanted::Answer(number) => {
            let answer = step::word(*number, "answer")?;
            (MeetingTransition::Answered(answer), Text::default())
        }
        Wanted::Open(open) => {
            let participants = participants(ctx, &meeting, &open.participants)?;
            let cut = cut(ctx, &subject.audience);
            (
                MeetingTransition::Opened { participants, cut },
                Text::default(),
            )
        }
        Wanted::Pin(pin) => {
            let update = step::key(pin.update.as_ref(), &ctx.agency, "pin.update")?;
            let item = item(pin.item, "pin.item")?;
            (MeetingTransition::Pinned { item, update }, Text::default())
        }
        Wanted::Find(note) => {
            let item = item(note.item, "find.item")?;
            (MeetingTransition::Found { item }, said(&note.text))
        }
        Wanted::ProposeDecision(note) => {
            let item = item(note.item, "propose_decision.item")?;
            (
                MeetingTransition::ProposedDecision { item },
                said(&note.text),
            )
        }
        Wanted::ProposeTask(proposed) => {
            let item = item(proposed.item, "propose_task.item")?;
            let draft = proposed.terms.clone().unwrap_or_default();
            let draft = step::terms_draft(draft, &ctx.agency)
                .map_err(|error| error.under("propose_task.terms"))?;
            let terms = draft.check(&in_force.charter, ctx.clock.now());
            let terms = terms.map_err(|found| Error::violations_in("propose_task.terms", found))?;
            let text = Text {
                title: Unguarded::new(draft.title),
                description: Unguarded::new(draft.description),
                ..Text::default()
            };
            (MeetingTransition::ProposedTask { item, terms }, text)
        }
        Wanted::Decide(decision) => {
            let item = item(decision.item, "decide.item")?;
            let proposal = step::optional_step(&decision.proposal, "decide.proposal")?;
            if let Some(proposal) = &proposal {
                let proposals = meeting.items.iter().flat_map(|it| &it.proposals);
                is_here(proposals.map(|it| it.step), proposal, "decide.proposal")?;
            }
            let text = match (&proposal, decision.text.is_empty()) {
                (Some(proposal), true) => described(subject, proposal),
                _ => decision.text.clone(),
            };
            (MeetingTransition::Decided { item, proposal }, said(&text))
        }
        Wanted::Dissent(dissent) => {
            let decision = step::step(&dissent.decision, "dissent.decision")?;
            let decisions = meeting.items.iter().flat_map(|it| &it.decisions);
            is_here(decisions.map(|it| it.step), &decision, "dissent.decision")?;
            let agencies = match dissent.agencies.as_slice() {
                [] => BTreeSet::from([ctx.agency.clone()]),
                named => agencies(named, "dissent.agencies")?,
            };
            (
                MeetingTransition::Dissented { decision, agencies },
                said(&dissent.text),
            )
        }
        Wanted::Support(_) => (MeetingTransition::Supported, Text::default()),
        Wanted::TakeOver(_) => {
            let participants = meeting.participants.clone();
            (
                MeetingTransition::TookOver { participants },
                Text::default(),
            )
        }
        Wanted::Close(_) => {
            let erase_on = ends();
            (MeetingTransition::Closed { erase_on }, Text::default())
        }
    })
}

/// Whether a step that another refers to has come to this node: what its maker did not know, it can't speak on.
fn is_here(
    mut known: impl Iterator<Item = StepId>,
    named: &StepId,
    path: &str,
) -> Result<(), Error> {
    if known.any(|it| it == *named) {
        return Ok(());
    }
    let message = "there is no such step on this meeting here, or not yet";
    Err(Error::field(path, "INVALID_VALUE", message))
}

fn item(number: u32, path: &str) -> Result<ItemNumber, Error> {
    match u8::try_from(number) {
        Ok(number @ 1..) => Ok(ItemNumber(number)),
        _ => Err(Error::field(
            path,
            "INVALID_RANGE",
            "is the number of an item",
        )),
    }
}

fn agencies(named: &[String], path: &str) -> Result<BTreeSet<AgencyId>, Error> {
    let parse = |it: &String| {
        let wrong = |_| Error::field(path, "UNKNOWN_AGENCY", "not an agency of the charter");
        AgencyId::parse(it).map_err(wrong)
    };
    named.iter().map(parse).collect()
}

/// What is planned, with what a caller wants changed.
fn amended(
    ctx: &Context,
    subject: &OnMeeting,
    meeting: &Meeting,
    wanted: agency::MeetingDraft,
) -> Result<(MeetingTerms, Text<Unguarded>), Error> {
    let (terms, text) = (&meeting.terms, subject.text(&meeting.planned));
    let or = |new: String, old: String| if new.is_empty() { old } else { new };
    // Never given to another item: also those of agendas before count.
    let used = subject.history.steps().filter_map(|(step, _)| {
        let terms = step.transition.terms()?;
        terms.agenda.iter().map(|it| u32::from(it.number.0)).max()
    });
    let used = used.max().unwrap_or(0);
    let agenda = if wanted.agenda.is_empty() {
        let titles = text.items.iter();
        let items = terms.agenda.iter().zip(titles);
        items
            .map(|(it, text)| AgendaDraft {
                number: u32::from(it.number.0),
                measure: it
                    .measure
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
                approves: it.approves.clone(),
                title: text.title.read().to_owned(),
            })
            .collect()
    } else {
        agenda(ctx, wanted.agenda, used)?
    };
    let invited = match wanted.invited.as_slice() {
        [] => terms.invited.iter().map(ToString::to_string).collect(),
        _ => wanted.invited,
    };
    let place = terms.place.as_ref();
    checked(
        ctx,
        &MeetingDraft {
            meeting_type: or(wanted.meeting_type, terms.meeting_type.to_string()),
            deputy: or(wanted.deputy, terms.deputy.to_string()),
            invited,
            day: or(wanted.day, terms.day.to_string()),
            start: or(wanted.start, clock(terms.start_minute)),
            minutes: match wanted.minutes {
                0 => u32::from(terms.minutes),
                minutes => minutes,
            },
            place: or(
                wanted.place,
                place.map_or_else(String::new, ToString::to_string),
            ),
            agenda,
            series: terms.series,
            title: or(wanted.title, text.title.read().to_owned()),
        },
    )
}

/// Who takes part: those who are named, or all who said that they come; the chair in any case.
fn participants(
    ctx: &Context,
    meeting: &Meeting,
    named: &[String],
) -> Result<BTreeSet<AgencyId>, Error> {
    let mut participants = if named.is_empty() {
        let coming = meeting.answers.iter();
        let coming = coming.filter(|(_, answer)| **answer == Answer::Coming);
        coming.map(|(agency, _)| agency.clone()).collect()
    } else {
        agencies(named, "open.participants")?
    };
    participants.insert(ctx.agency.clone());
    if participants.len() < 2 {
        let message = "nobody has said that it comes; name who takes part";
        return Err(Error::field("open.participants", "MISSING_FIELD", message));
    }
    if !participants.is_subset(&meeting.terms.invited) {
        let message = "only who is invited can take part";
        return Err(Error::field(
            "open.participants",
            "SUBJECT_MISMATCH",
            message,
        ));
    }
    Ok(participants)
}

/// Up to where all look at the same entries. A lane whose audience is narrower is not named to anybody.
fn cut(ctx: &Context, audience: &Audience) -> Cut {
    let mut lanes: Vec<CutLane> = ctx
        .lanes
        .all()
        .into_iter()
        .filter(|lane| audience.iter().all(|it| lane.audience.contains(it)))
        .map(|lane| CutLane {
            lane: lane.id.0,
            origin: lane.origin.clone(),
            sequence: lane.head().sequence,
        })
        .filter(|lane| lane.sequence > 0)
        .collect();
    lanes.sort_unstable_by_key(|it| it.lane);
    lanes.truncate(CUT_MAX);
    Cut { lanes }
}

/// Whether everybody who is invited has an update.
async fn seen_by_all(
    ctx: &Arc<Context>,
    meeting: &SubjectRef,
    update: &SubjectRef,
) -> Result<(), Error> {
    let subject = OnMeeting::load(ctx, meeting).await.map_err(unavailable)?;
    let subject = subject.ok_or_else(|| take::not_found(SubjectKind::Meeting))?;
    let found = ctx
        .store
        .situation(&update.subject, Some(&update.owner))
        .await;
    let found = found.map_err(unavailable)?;
    let found = found.ok_or_else(|| take::not_found(SubjectKind::Update))?;
    let lane = crate::follow::lane(ctx, &found.lane).await;
    let lane = lane.map_err(unavailable)?.ok_or_else(Error::internal)?;
    if subject.audience.iter().all(|it| lane.audience.contains(it)) {
        return Ok(());
    }
    let message = "not all who are invited have this update; its agency has to publish it for all of them first";
    Err(Error::field("pin.update", "AUDIENCE_MISMATCH", message))
}

/// One meeting with all steps.
///
/// # Errors
/// There is none with this name here.
pub(crate) async fn get(
    ctx: &Arc<Context>,
    key: &SubjectRef,
) -> Result<(agency::Meeting, Vec<agency::StepRecord>), Error> {
    let found = OnMeeting::load(ctx, key).await.map_err(unavailable)?;
    let subject = found.ok_or_else(|| take::not_found(SubjectKind::Meeting))?;
    let card = MeetingMachine::card(&ctx.agency, &subject);
    let meeting = card.and_then(|card| shown(ctx, &card));
    let meeting = meeting.ok_or_else(|| take::not_found(SubjectKind::Meeting))?;
    Ok((meeting, subject.records()))
}
