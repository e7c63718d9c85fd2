//! Remarks and acknowledgements: what is said beside the steps of a subject.

use std::collections::BTreeSet;
use std::sync::Arc;

use verbund_guard::gate::Unguarded;
use verbund_model::{
    Acknowledgement, AgencyId, Audience, Conversation, Handling, MeetingMachine, ProtocolMachine,
    Remark, StepId, SubjectKind, SubjectRef, TaskMachine, Uttered,
};
use verbund_wire::agency;
use verbund_wire::convert::codes::Kind;
use verbund_wire::convert::text::Text;
use verbund_wire::convert::{fingerprint, name, step};
use verbund_wire::error::{Error, ErrorCode};

use super::subject::{Stepped, Subject};
use super::take::{self, Asked, Saying};
use super::taken::{self, Taken};
use crate::caller::Caller;
use crate::context::Context;
use crate::publish::unavailable;
use crate::views;

/// A subject of any kind, as far as one has to know it to speak on it.
struct On {
    kind: SubjectKind,
    key: SubjectRef,
    audience: Audience,
    handling: Handling,
    erasure_day: i32,
    /// The version of an update, or the revision of a protocol, that is in force.
    version: Option<StepId>,
    /// Remarks and acknowledgements of its audience.
    beside: Vec<Taken>,
    /// The own agency's steps of all kinds on it.
    known: Vec<Taken>,
}

impl On {
    async fn find(ctx: &Arc<Context>, kind: SubjectKind, key: SubjectRef) -> Result<Self, Error> {
        match kind {
            SubjectKind::Update => Self::update(ctx, key).await,
            SubjectKind::Task => Self::subject::<TaskMachine>(ctx, key, |_| None).await,
            SubjectKind::Meeting => Self::subject::<MeetingMachine>(ctx, key, |_| None).await,
            SubjectKind::Protocol => {
                let version = |it: &Subject<ProtocolMachine>| {
                    let state = it.history.state()?;
                    state.circulated.or(state.current)
                };
                Self::subject::<ProtocolMachine>(ctx, key, version).await
            }
        }
    }

    async fn subject<M: Stepped>(
        ctx: &Arc<Context>,
        key: SubjectRef,
        version: impl Fn(&Subject<M>) -> Option<StepId>,
    ) -> Result<Self, Error> {
        let subject = Subject::<M>::load(ctx, &key).await.map_err(unavailable)?;
        let subject = subject.ok_or_else(|| take::not_found(M::ON))?;
        let (handling, erasure_day) = (subject.opening().handling, subject.opening().erasure_day);
        let version = version(&subject);
        let mut known = subject.steps;
        known.extend(subject.beside.iter().cloned());
        Ok(Self {
            kind: M::ON,
            key,
            audience: subject.audience,
            handling,
            erasure_day,
            version,
            beside: subject.beside,
            known,
        })
    }

    async fn update(ctx: &Arc<Context>, key: SubjectRef) -> Result<Self, Error> {
        let record = ctx.store.situation(&key.subject, Some(&key.owner)).await;
        let record = record
            .map_err(unavailable)?
            .filter(|it| it.state != verbund_store::State::Erased);
        let record = record.ok_or_else(|| take::not_found(SubjectKind::Update))?;
        let lane = crate::follow::lane(ctx, &record.lane).await;
        let lane = lane.map_err(unavailable)?.ok_or_else(Error::internal)?;
        let content = views::Content::of(&record.observed);
        let content = content.ok_or_else(|| take::not_found(SubjectKind::Update))?;
        let taken = taken::on_subject(ctx, &key, SubjectKind::Update).await;
        let beside: Vec<Taken> = taken
            .map_err(unavailable)?
            .into_iter()
            .filter(|it| it.audience == lane.audience)
            .collect();
        Ok(Self {
            kind: SubjectKind::Update,
            key,
            audience: lane.audience.clone(),
            handling: content.codes.handling,
            erasure_day: record.latest.erasure_day,
            version: Some(name::step_of(&record.latest.hash)),
            known: beside.clone(),
            beside,
        })
    }

    fn saying(&self, kind: Kind, text: Text<Unguarded>) -> Saying {
        Saying {
            subject: self.key.clone(),
            audience: self.audience.clone(),
            handling: self.handling,
            parents: Vec::new(),
            kind,
            text,
            erasure_day: self.erasure_day,
        }
    }

    fn remarks(&self) -> impl Iterator<Item = (StepId, AgencyId, Remark)> + '_ {
        self.beside.iter().filter_map(|it| match &it.kind {
            Kind::Remark(_, remark) => Some((it.id, it.by.clone(), *remark)),
            _ => None,
        })
    }
}

fn named(
    ctx: &Context,
    on: Option<&agency::RemarkSubject>,
) -> Result<(SubjectKind, SubjectRef), Error> {
    let on = on.ok_or_else(|| Error::field("on", "MISSING_FIELD", "is required"))?;
    let kind = step::word(on.kind, "on.kind")?;
    Ok((kind, step::key(on.key.as_ref(), &ctx.agency, "on.key")?))
}

/// Asks something, or answers.
///
/// # Errors
/// What is wrong with it, or why the node can't take it now.
pub(crate) async fn add(
    ctx: &Arc<Context>,
    caller: Caller,
    request: agency::AddRemarkRequest,
) -> Result<agency::StepReceipt, Error> {
    let content = fingerprint::of(&request);
    let asked = Asked::new(
        caller,
        "AddRemark",
        &request.request_id,
        &content,
        request.confirm_review,
    )?;
    let (kind, key) = named(ctx, request.on.as_ref())?;
    if let Some(answer) = asked.answered(ctx, &key.owner).await? {
        return Ok(answer);
    }
    let on = On::find(ctx, kind, key).await?;
    take::has_room(ctx, &on.known)?;
    let remark = match step::optional_step(&request.answers, "answers")? {
        None => Remark::Asked,
        Some(question) => {
            let known = on
                .remarks()
                .any(|(id, _, remark)| id == question && remark == Remark::Asked);
            if !known {
                let message = "there is no such question on it here";
                return Err(Error::field("answers", "INVALID_VALUE", message));
            }
            Remark::Answered { question }
        }
    };
    let text = Text::of_note(Unguarded::new(request.text));
    let saying = on.saying(Kind::Remark(kind, remark), text);
    take::beside(ctx, &asked, saying, &on.known).await
}

/// Takes an own remark back because it held something about a person.
///
/// # Errors
/// There is no such remark of the own agency, or the node can't take it now.
pub(crate) async fn retract(
    ctx: &Arc<Context>,
    caller: Caller,
    request: agency::RetractRemarkRequest,
) -> Result<agency::StepReceipt, Error> {
    let content = fingerprint::of(&request);
    let asked = Asked::new(
        caller,
        "RetractRemark",
        &request.request_id,
        &content,
        false,
    )?;
    let (kind, key) = named(ctx, request.on.as_ref())?;
    if let Some(answer) = asked.answered(ctx, &key.owner).await? {
        return Ok(answer);
    }
    let on = On::find(ctx, kind, key).await?;
    let remark = step::step(&request.remark, "remark")?;
    let own = on.remarks().any(|(id, by, said)| {
        id == remark && by == ctx.agency && !matches!(said, Remark::Retracted { .. })
    });
    if !own {
        let message = "there is no such remark of the own agency on it here";
        return Err(Error::new(ErrorCode::StepNotAllowed, message));
    }
    let kind = Kind::Remark(kind, Remark::Retracted { remark });
    let saying = on.saying(kind, Text::default());
    take::beside(ctx, &asked, saying, &on.known).await
}

/// The conversation on a subject.
///
/// # Errors
/// There is no such subject here.
pub(crate) async fn list(
    ctx: &Arc<Context>,
    request: agency::ListRemarksRequest,
) -> Result<Vec<agency::Remark>, Error> {
    let (kind, key) = named(ctx, request.on.as_ref())?;
    let on = On::find(ctx, kind, key).await?;
    let conversation = Conversation::of(with_gone(on.remarks().collect()));
    let view = |said: &Uttered, answers: Option<&StepId>| {
        let taken = on.beside.iter().find(|it| it.id == said.step);
        let text = taken
            .filter(|_| !said.retracted)
            .map(|it| it.text.note.read());
        agency::Remark {
            step: step::step_to_wire(&said.step),
            agency: said.by.to_string(),
            answers: answers.map(step::step_to_wire).unwrap_or_default(),
            text: text.unwrap_or_default().to_owned(),
            retracted: said.retracted,
            created_at_ms: taken.map_or(0, |it| it.created_at.0),
        }
    };
    let mut remarks = Vec::new();
    for question in &conversation.questions {
        remarks.push(view(&question.asked, None));
        let answers = question.answers.iter();
        remarks.extend(answers.map(|it| view(it, Some(&question.asked.step))));
    }
    let unasked = conversation.unasked.iter();
    remarks.extend(unasked.map(|it| view(&it.answer, Some(&it.question))));
    Ok(remarks)
}

/// These remarks, and in the place of each one that is destroyed that there was one: only its agency's word that it took it back
/// tells of it, and nothing whether it asked or answered.
fn with_gone(remarks: Vec<(StepId, AgencyId, Remark)>) -> Vec<(StepId, AgencyId, Remark)> {
    let known: BTreeSet<StepId> = remarks.iter().map(|(step, ..)| *step).collect();
    let with_gone = remarks.into_iter().flat_map(|(step, by, said)| {
        let gone = match said {
            Remark::Retracted { remark } if !known.contains(&remark) => {
                Some((remark, by.clone(), Remark::Asked))
            }
            _ => None,
        };
        gone.into_iter().chain([(step, by, said)])
    });
    with_gone.collect()
}

/// Tells the others that the own agency has taken note.
///
/// # Errors
/// There is no such version here, or the node can't take it now.
pub(crate) async fn acknowledge(
    ctx: &Arc<Context>,
    caller: Caller,
    request: agency::AcknowledgeRequest,
) -> Result<agency::StepReceipt, Error> {
    let content = fingerprint::of(&request);
    let asked = Asked::new(caller, "Acknowledge", &request.request_id, &content, false)?;
    let kind: SubjectKind = step::word(request.kind, "kind")?;
    if matches!(kind, SubjectKind::Task | SubjectKind::Meeting) {
        let message = "updates and protocols are acknowledged";
        return Err(Error::field("kind", "INVALID_VALUE", message));
    }
    let key = step::key(request.key.as_ref(), &ctx.agency, "key")?;
    if let Some(answer) = asked.answered(ctx, &key.owner).await? {
        return Ok(answer);
    }
    let on = On::find(ctx, kind, key).await?;
    take::has_room(ctx, &on.known)?;
    let in_force = on.version.ok_or_else(|| take::not_found(kind))?;
    let version = match step::optional_step(&request.version, "version")? {
        Some(version) if version != in_force => {
            let message = "another version is in force by now; read it first";
            return Err(Error::new(ErrorCode::StaleEtag, message)
                .with_metadata("latest_etag", step::step_to_wire(&in_force)));
        }
        _ => in_force,
    };
    let acknowledgement = Kind::Acknowledgement(on.kind, Acknowledgement { version });
    let saying = on.saying(acknowledgement, Text::default());
    take::beside(ctx, &asked, saying, &on.known).await
}

/// Who has taken note of a version, by what is said beside its subject.
pub(crate) fn acknowledging(beside: &[Taken], of: &StepId) -> BTreeSet<AgencyId> {
    let acknowledged = beside.iter().filter(
        |it| matches!(&it.kind, Kind::Acknowledgement(_, Acknowledgement { version }) if version == of),
    );
    acknowledged.map(|it| it.by.clone()).collect()
}
