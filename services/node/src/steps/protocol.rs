//! Protocols: what callers can do with them.
//!
//! - [`draft`]: what a closed meeting begins its protocol with.
//! - [`copies`]: what updates say when a protocol circulates.
//! - [`export`]: a protocol as a file.

pub(crate) mod copies;
pub(crate) mod draft;
pub(crate) mod export;

use std::sync::Arc;

use verbund_guard::gate::Unguarded;
use verbund_model::{
    AgencyId, Charter, ItemNumber, MeetingMachine, Piece, ProposalState, ProposedPart, Protocol,
    ProtocolContent, ProtocolMachine, ProtocolStatus, ProtocolTransition, StepId, SubjectKind,
    SubjectRef, UnixMillis, Verdict, Void, may_reserve,
};
use verbund_wire::agency;
use verbund_wire::agency::take_protocol_step_request::Step as Wire;
use verbund_wire::convert::text::Text;
use verbund_wire::convert::vocabulary::Word as _;
use verbund_wire::convert::{fingerprint, protocol as convert, step};
use verbund_wire::error::{Error, ErrorCode};

use self::copies::Copies;
use super::board::{Card, Shown};
use super::remark;
use super::subject::Subject;
use super::take::{self, Asked};
use crate::caller::Caller;
use crate::context::Context;
use crate::publish::unavailable;

/// A protocol as the board has it.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    protocol: agency::Protocol,
    /// When the revision that circulates was circulated, by its writer's clock: which day that was hangs on the charter in force.
    circulated_at: Option<UnixMillis>,
}

impl Noted {
    /// As it is told to callers.
    pub(crate) fn shown(&self, charter: &Charter) -> agency::Protocol {
        let day = self.circulated_at.map(|it| charter.today(it));
        agency::Protocol {
            circulated_on: day.map_or_else(String::new, |it| it.to_string()),
            ..self.protocol.clone()
        }
    }

    /// All of it but the day.
    pub(crate) fn read(&self) -> &agency::Protocol {
        &self.protocol
    }

    /// Whether an agency has attended and not yet given its word on what circulates.
    pub(crate) fn awaits_word_of(&self, agency: &AgencyId) -> bool {
        let status = ProtocolStatus::from_wire(self.protocol.status);
        let asks = [ProtocolStatus::Circulating, ProtocolStatus::Objected].map(Some);
        let silent = |it: &&agency::AttendingAgency| {
            it.agency == agency.as_str()
                && it.attendance() != verbund_wire::federation::Attendance::Absent
                && it.word() == agency::ProtocolWord::Unspecified
        };
        status.is_ok_and(|it| asks.contains(&it))
            && self.protocol.attendance.iter().any(|it| silent(&it))
    }
}

impl Shown for ProtocolMachine {
    fn card(_: &AgencyId, subject: &Subject<Self>) -> Option<Card> {
        let it = Protocol::of(&subject.history)?;
        Some(Card::Protocol(Box::new(noted(subject, &it))))
    }
}

fn noted(subject: &Subject<ProtocolMachine>, it: &Protocol) -> Noted {
    let text = subject.text(&it.revision);
    let blocked = it.blocked();
    let items = it.content.items.iter().enumerate().map(|(at, item)| {
        let text = text.items.get(at).cloned().unwrap_or_default();
        convert::item_view(item, &text, |copy| {
            let piece = Piece::Copy(copy);
            blocked
                .iter()
                .any(|it| it.item == item.number && it.piece == piece)
        })
    });
    let proposals = it.proposals.iter().map(|it| agency::TextProposal {
        step: step::step_to_wire(&it.step),
        agency: it.by.to_string(),
        revision: step::step_to_wire(&it.revision),
        item: u32::from(it.item.0),
        part: it.part.to_wire(),
        text: said(subject, &it.step),
        stale: it.state == ProposalState::Stale,
    });
    let corrections = it.corrections.iter().map(|it| agency::Correction {
        step: step::step_to_wire(&it.step),
        item: number(it.item),
        text: said(subject, &it.step),
    });
    let opening = subject.opening();
    let circulated = it.circulated.as_ref();
    let protocol = agency::Protocol {
        key: Some(step::key_to_wire(&subject.key)),
        number: it.number.to_string(),
        title: text.title.read().to_owned(),
        status: it.status.to_wire(),
        writer: it.writer.to_string(),
        meeting: Some(step::key_to_wire(&it.content.meeting)),
        revision: step::step_to_wire(&it.revision),
        circulated: circulated.map_or_else(String::new, step::step_to_wire),
        attendance: attendance(subject, it),
        items: items.collect(),
        proposals: proposals.collect(),
        corrections: corrections.collect(),
        approved_by: it.approved_by.as_ref().map(step::key_to_wire),
        etag: subject.etag(),
        circle: Some(step::circle(&subject.audience, opening.handling)),
        created_at_ms: opening.created_at.0,
        changed_at_ms: subject.changed_at_ms(),
        void_steps: subject.void_steps(),
        circulated_on: String::new(),
    };
    let circulated = circulated.and_then(|it| subject.step(it));
    Noted {
        protocol,
        circulated_at: circulated.map(|it| it.created_at),
    }
}

fn attendance(subject: &Subject<ProtocolMachine>, it: &Protocol) -> Vec<agency::AttendingAgency> {
    use agency::ProtocolWord as Wire;
    let acknowledging = it
        .circulated
        .map(|it| remark::acknowledging(&subject.beside, &it))
        .unwrap_or_default();
    let of_one = |(agency, attendance): (&AgencyId, &verbund_model::Attendance)| {
        let word = it.words.get(agency).filter(|word| word.counts);
        let late = it.late_objections.iter().any(|late| late.by == *agency);
        let (said_so, why, item) = match word.map(|word| (word.verdict, word.step)) {
            None => (Wire::Unspecified, String::new(), None),
            Some((Verdict::SignedOff, _)) => (Wire::SignedOff, String::new(), None),
            Some((Verdict::Objected { item }, step)) if late => {
                (Wire::ObjectedLate, said(subject, &step), item)
            }
            Some((Verdict::Objected { item }, step)) => {
                (Wire::Objected, said(subject, &step), item)
            }
        };
        agency::AttendingAgency {
            agency: agency.to_string(),
            attendance: attendance.to_wire(),
            word: said_so as i32,
            objection: why,
            objection_item: number(item),
            bound: it.bound.contains(agency),
            acknowledged: acknowledging.contains(agency),
        }
    };
    it.content.attendance.iter().map(of_one).collect()
}

/// What an objection, a proposal or a correction says.
fn said(subject: &Subject<ProtocolMachine>, step: &StepId) -> String {
    subject.text(step).description.read().to_owned()
}

fn number(item: Option<ItemNumber>) -> u32 {
    item.map_or(0, |it| u32::from(it.0))
}

/// What a caller wants to do.
enum Wanted {
    Revise(agency::ProtocolDraft),
    Circulate(Option<agency::ProtocolDraft>),
    SignOff(StepId),
    Object {
        revision: StepId,
        item: Option<ItemNumber>,
        text: Text<Unguarded>,
    },
    Propose {
        revision: StepId,
        item: ItemNumber,
        part: ProposedPart,
        text: Text<Unguarded>,
    },
    Release,
    Reserve,
    Approve(SubjectRef),
    Correct {
        item: Option<ItemNumber>,
        text: Text<Unguarded>,
    },
    Support,
    TakeOver,
}

impl Wanted {
    fn of(step: Option<Wire>, own: &AgencyId) -> Result<Self, Error> {
        let step = step.ok_or_else(|| Error::field("step", "MISSING_FIELD", "is required"))?;
        Ok(match step {
            Wire::Revise(it) => Self::Revise(it),
            Wire::Circulate(it) => Self::Circulate(it.protocol),
            Wire::SignOff(it) => Self::SignOff(step::step(&it, "sign_off")?),
            Wire::Object(it) => Self::Object {
                revision: step::step(&it.revision, "object.revision")?,
                item: item(it.item, "object.item")?,
                text: description(it.text),
            },
            Wire::Propose(it) => Self::Propose {
                revision: step::step(&it.revision, "propose.revision")?,
                item: item(it.item, "propose.item")?
                    .ok_or_else(|| Error::field("propose.item", "MISSING_FIELD", "is required"))?,
                part: step::word(it.part, "propose.part")?,
                text: description(it.text),
            },
            Wire::Release(_) => Self::Release,
            Wire::Reserve(_) => Self::Reserve,
            Wire::Approve(it) => Self::Approve(step::key(Some(&it), own, "approve")?),
            Wire::Correct(it) => Self::Correct {
                item: item(it.item, "correct.item")?,
                text: description(it.text),
            },
            Wire::Support(_) => Self::Support,
            Wire::TakeOver(_) => Self::TakeOver,
        })
    }
}

fn item(number: u32, path: &'static str) -> Result<Option<ItemNumber>, Error> {
    let number = u8::try_from(number)
        .map_err(|_| Error::field(path, "INVALID_RANGE", "items have numbers up to 255"))?;
    Ok(Some(ItemNumber(number)).filter(|it| it.0 > 0))
}

fn description(text: String) -> Text<Unguarded> {
    Text {
        description: Unguarded::new(text),
        ..Text::default()
    }
}

/// Takes a step on a protocol; gives the protocol after it.
///
/// # Errors
/// What is wrong with it, why the protocol does not allow it, or why the node can't take it now.
pub(crate) async fn take_step(
    ctx: &Arc<Context>,
    caller: Caller,
    request: agency::TakeProtocolStepRequest,
) -> Result<(agency::StepReceipt, Option<agency::Protocol>), Error> {
    let content = fingerprint::of(&request);
    let asked = Asked::new(
        caller,
        "TakeProtocolStep",
        &request.request_id,
        &content,
        request.confirm_review,
    )?;
    let key = step::key(request.protocol.as_ref(), &ctx.agency, "protocol")?;
    let wanted = Wanted::of(request.step, &ctx.agency)?;
    let receipt = match asked.answered(ctx, &key.owner).await? {
        Some(answer) => answer,
        None => {
            let copies = match &wanted {
                Wanted::Circulate(draft) => Copies::look_up(ctx, &key, draft.as_ref()).await?,
                Wanted::Approve(meeting) => {
                    meeting_is_here(ctx, meeting).await?;
                    Copies::default()
                }
                _ => Copies::default(),
            };
            // What circulates as it stands was read and confirmed when it was written.
            let asked = match &wanted {
                Wanted::Circulate(None) => asked.confirming(),
                _ => asked,
            };
            let decide =
                |subject: &Subject<ProtocolMachine>| decide(ctx, subject, &wanted, &copies);
            take::step::<ProtocolMachine>(ctx, &asked, &key, &request.etag, decide).await?
        }
    };
    let record = ctx.board.find(SubjectKind::Protocol, &key);
    let protocol = record.and_then(|it| shown(ctx, &it.card));
    Ok((receipt, protocol))
}

async fn meeting_is_here(ctx: &Arc<Context>, meeting: &SubjectRef) -> Result<(), Error> {
    let found = Subject::<MeetingMachine>::load(ctx, meeting).await;
    match found.map_err(unavailable)? {
        Some(_) => Ok(()),
        None => Err(take::not_found(SubjectKind::Meeting)),
    }
}

/// What a step says on a protocol as it stands.
fn decide(
    ctx: &Context,
    subject: &Subject<ProtocolMachine>,
    wanted: &Wanted,
    copies: &Copies,
) -> Result<(ProtocolTransition, Text<Unguarded>), Error> {
    let protocol = standing(subject)?;
    let plain = |transition| Ok((transition, Text::default()));
    match wanted {
        Wanted::Revise(draft) => {
            let (content, text) = drafted(ctx, &protocol.content, draft, "revise")?;
            Ok((ProtocolTransition::Revised(Box::new(content)), text))
        }
        Wanted::Circulate(draft) => {
            let (content, text) = match draft {
                Some(draft) => drafted(ctx, &protocol.content, draft, "circulate.protocol")?,
                None => (protocol.content.clone(), subject.text(&protocol.revision)),
            };
            let (content, text) = copies.put_into(content, text)?;
            Ok((ProtocolTransition::Circulated(Box::new(content)), text))
        }
        Wanted::SignOff(revision) => {
            in_force(revision, &circulating(subject, &protocol)?)?;
            plain(ProtocolTransition::SignedOff {
                revision: *revision,
            })
        }
        Wanted::Object {
            revision,
            item,
            text,
        } => {
            in_force(revision, &circulating(subject, &protocol)?)?;
            let transition = ProtocolTransition::Objected {
                revision: *revision,
                item: *item,
            };
            Ok((transition, text.clone()))
        }
        Wanted::Propose {
            revision,
            item,
            part,
            text,
        } => {
            in_force(revision, &protocol.revision)?;
            let transition = ProtocolTransition::Proposed {
                revision: *revision,
                item: *item,
                part: *part,
            };
            Ok((transition, text.clone()))
        }
        Wanted::Release => plain(ProtocolTransition::Released {
            revision: circulating(subject, &protocol)?,
        }),
        Wanted::Reserve => plain(reserved(ctx, subject, &protocol)?),
        Wanted::Approve(meeting) => {
            if *meeting == protocol.content.meeting {
                let message = "a later meeting approves it, not its own";
                return Err(Error::field("approve", "INVALID_VALUE", message));
            }
            plain(ProtocolTransition::Approved {
                meeting: meeting.clone(),
            })
        }
        Wanted::Correct { item, text } => {
            let transition = ProtocolTransition::Corrected { item: *item };
            Ok((transition, text.clone()))
        }
        Wanted::Support => plain(ProtocolTransition::Supported),
        Wanted::TakeOver => plain(ProtocolTransition::TookOver),
    }
}

/// What the steps come to; an owner who has opened the protocol twice has none.
fn standing(subject: &Subject<ProtocolMachine>) -> Result<Protocol, Error> {
    Protocol::of(&subject.history)
        .ok_or_else(|| take::not_allowed(subject, Void::NotOpened.as_str()))
}

fn drafted(
    ctx: &Context,
    opened: &ProtocolContent,
    draft: &agency::ProtocolDraft,
    path: &str,
) -> Result<(ProtocolContent, Text<Unguarded>), Error> {
    let drafted = convert::draft(draft.clone(), opened, &ctx.agency);
    drafted.map_err(|error| error.under(path))
}

/// The revision that circulates.
fn circulating(subject: &Subject<ProtocolMachine>, protocol: &Protocol) -> Result<StepId, Error> {
    protocol
        .circulated
        .ok_or_else(|| take::not_allowed(subject, Void::NotNow.as_str()))
}

/// Refuses what is about another revision than the one in force.
fn in_force(seen: &StepId, in_force: &StepId) -> Result<(), Error> {
    if seen == in_force {
        return Ok(());
    }
    let message = "another revision is in force by now; compare both, and decide again";
    Err(Error::new(ErrorCode::StaleRevision, message)
        .with_metadata("seen", step::step_to_wire(seen))
        .with_metadata("in_force", step::step_to_wire(in_force)))
}

/// A release with reservation, once the charter's time is over.
fn reserved(
    ctx: &Context,
    subject: &Subject<ProtocolMachine>,
    protocol: &Protocol,
) -> Result<ProtocolTransition, Error> {
    let revision = circulating(subject, protocol)?;
    let state = subject.history.state().ok_or_else(Error::internal)?;
    let step = subject.step(&revision).ok_or_else(Error::internal)?;
    let charter = &ctx.charter.in_force().charter;
    let today = ctx.today();
    let since = charter.today(step.created_at);
    if let Err(first) = may_reserve(since, today, charter.protocol_rules()) {
        let left = (first - today).get_days();
        let message = format!("it circulates since {since} and may be released so on {first}");
        return Err(
            Error::new(ErrorCode::TooEarly, message).with_metadata("days_left", left.to_string())
        );
    }
    let quiet = protocol
        .content
        .attending()
        .filter(|it| !state.signed.contains(*it) && !state.objecting.contains(*it));
    Ok(ProtocolTransition::Reserved {
        revision,
        silent: quiet.cloned().collect(),
        objecting: state.objecting.clone(),
    })
}

/// A protocol as it is shown today.
pub(crate) fn shown(ctx: &Context, card: &Card) -> Option<agency::Protocol> {
    match card {
        Card::Protocol(it) => Some(it.shown(&ctx.charter.in_force().charter)),
        Card::Task(_) | Card::Meeting(_) => None,
    }
}

/// One protocol with all steps, in an earlier revision where one is named.
///
/// # Errors
/// There is none with this name here, or it has no such revision.
pub(crate) async fn get(
    ctx: &Arc<Context>,
    key: &SubjectRef,
    revision: Option<StepId>,
) -> Result<(agency::Protocol, Vec<agency::StepRecord>), Error> {
    let subject = load(ctx, key).await?;
    let mut protocol = standing(&subject)?;
    if let Some(revision) = revision {
        let written = subject.history.step(&revision);
        let content = written.and_then(|it| it.transition.content());
        let content = content.ok_or_else(|| {
            let message = "is no revision of this protocol";
            Error::field("revision", "INVALID_VALUE", message)
        })?;
        protocol.content = content.clone();
        protocol.revision = revision;
    }
    let shown = noted(&subject, &protocol).shown(&ctx.charter.in_force().charter);
    Ok((shown, subject.records()))
}

async fn load(ctx: &Arc<Context>, key: &SubjectRef) -> Result<Subject<ProtocolMachine>, Error> {
    let found = Subject::load(ctx, key).await.map_err(unavailable)?;
    found.ok_or_else(|| take::not_found(SubjectKind::Protocol))
}
