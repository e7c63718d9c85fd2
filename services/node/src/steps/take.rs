//! The way of an own step from a caller to stable storage.
//!
//! What a step says is decided on the subject as it stands in the store; if another step of the own agency comes between, it is
//! decided anew. Others' steps may come between at any time: that is what histories are made for.
//!
//! A step is not held for review, as a new update is: what it answers may be another thing by the time that somebody looks. A
//! coordinator who has read the findings confirms them in the call, and the audit log tells of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use verbund_guard::Outcome;
use verbund_guard::gate::{Cleared, Path, Unguarded};
use verbund_ledger::{FrameHash, Part};
use verbund_model::{
    AgencyId, Audience, AuditEvent, Handling, STEPS_EACH_MAX, StepId, SubjectId, SubjectKind,
    SubjectRef,
};
use verbund_store::{Condition, Position, PublishOutcome, RequestKey};
use verbund_wire::agency::StepReceipt;
use verbund_wire::convert::codes::{self, Codes, GUARD_VERSION_BYTES, Kind, PARENTS_MAX};
use verbund_wire::convert::text::{self, Text};
use verbund_wire::convert::{finding, name, step};
use verbund_wire::error::{Error, ErrorCode};

use super::admit::Said;
use super::subject::{Stepped, Subject};
use super::taken::Taken;
use crate::audit;
use crate::caller::Caller;
use crate::context::Context;
use crate::publish::{Step, gate, ready, request_key, request_reused, sha256, store, unavailable};
use crate::roles::Role;

/// Where a step's texts stand in findings.
const PATH: Path<'static> = Path::root("text");
/// How often a step is decided anew because another own one came between.
const TRIES: usize = 16;

/// A request for a step.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    caller: Caller,
    key: RequestKey,
    fingerprint: [u8; 32],
    /// Who sends it has read what the guard finds, and confirms it.
    confirms: bool,
}

impl Asked {
    /// `content`: all that the request says.
    ///
    /// # Errors
    /// A request id that is none.
    pub(crate) fn new(
        caller: Caller,
        method: &str,
        request_id: &str,
        content: &[u8],
        confirms: bool,
    ) -> Result<Self, Error> {
        Ok(Self {
            key: request_key(&caller, method, request_id)?,
            fingerprint: sha256(content),
            caller,
            confirms,
        })
    }

    /// The same request where it makes several entries: the one called so.
    pub(crate) fn part(&self, part: &str) -> Self {
        let mut own = self.clone();
        own.key.method = format!("{}#{part}", own.key.method);
        own
    }

    /// The same, confirming whatever the guard wants reviewed: for texts that went through a guard, and to the very same agencies,
    /// before.
    pub(crate) fn confirming(mut self) -> Self {
        self.confirms = true;
        self
    }

    /// What tells it from all other requests.
    pub(crate) fn name(&self) -> String {
        let RequestKey { caller, method, id } = &self.key;
        format!("{method} {caller} {id}")
    }

    /// The first answer to a request that was answered before.
    ///
    /// # Errors
    /// It had other content.
    pub(crate) async fn answered(
        &self,
        ctx: &Arc<Context>,
        owner: &AgencyId,
    ) -> Result<Option<StepReceipt>, Error> {
        let first = ctx.store.request(&self.key).await.map_err(unavailable)?;
        let Some(first) = first else {
            return Ok(None);
        };
        if first.matches(&self.fingerprint) == Some(false) {
            return Err(request_reused());
        }
        let subject = SubjectRef {
            subject: first.subject,
            owner: owner.clone(),
        };
        receipt(ctx, &subject, &first.position, true)
            .await
            .map(Some)
    }
}

/// What a step says, and on what.
#[derive(Debug)]
pub(crate) struct Saying {
    pub(crate) subject: SubjectRef,
    pub(crate) audience: Audience,
    pub(crate) handling: Handling,
    pub(crate) parents: Vec<StepId>,
    pub(crate) kind: Kind,
    pub(crate) text: Text<Unguarded>,
    /// In days since 1970-01-01.
    pub(crate) erasure_day: i32,
}

/// A subject's id that nobody has used.
pub(crate) fn new_subject(ctx: &Context) -> SubjectRef {
    let mut bytes = [0; 16];
    ctx.entropy.fill(&mut bytes);
    SubjectRef {
        subject: SubjectId::from_random(bytes),
        owner: ctx.agency.clone(),
    }
}

/// Opens a subject.
///
/// # Errors
/// What is wrong with it, or why the node can't take it now.
pub(crate) async fn open(
    ctx: &Arc<Context>,
    asked: &Asked,
    said: Saying,
) -> Result<StepReceipt, Error> {
    ready(ctx)?;
    match put(ctx, asked, &said, None).await? {
        Put::Stored(receipt) => Ok(receipt),
        Put::Stale(_) => Err(Error::new(
            ErrorCode::StepNotAllowed,
            "this subject was opened before",
        )),
    }
}

/// Takes a step on a subject: what it is to be is decided on the subject as it stands.
///
/// # Errors
/// There is no such subject, its state does not allow the step, `decide` refuses it, something is wrong with it, or the node can't take
/// it now.
pub(crate) async fn step<M: Stepped>(
    ctx: &Arc<Context>,
    asked: &Asked,
    key: &SubjectRef,
    etag: &str,
    decide: impl Fn(&Subject<M>) -> Result<(M::Transition, Text<Unguarded>), Error>,
) -> Result<StepReceipt, Error> {
    ready(ctx)?;
    if let Some(answer) = asked.answered(ctx, &key.owner).await? {
        return Ok(answer);
    }
    let mut follows = None;
    for _ in 0..TRIES {
        let subject = Subject::<M>::load(ctx, key).await.map_err(unavailable)?;
        let subject = subject.ok_or_else(|| not_found(M::ON))?;
        if !etag.is_empty() && etag != subject.etag() {
            return Err(moved_on(&subject));
        }
        has_room(ctx, subject.steps.iter().chain(&subject.beside))?;
        let (transition, text) = decide(&subject)?;
        subject
            .history
            .may(&ctx.agency, &transition)
            .map_err(|void| not_allowed(&subject, void.as_str()))?;
        let opening = subject.opening();
        let said = Saying {
            subject: subject.key.clone(),
            audience: subject.audience.clone(),
            handling: opening.handling,
            parents: parents(&ctx.agency, &subject),
            kind: M::kind(transition),
            text,
            erasure_day: opening.erasure_day,
        };
        let latest = follows.or_else(|| own_latest(ctx, &subject.steps, &subject.beside));
        match put(ctx, asked, &said, latest).await? {
            Put::Stored(receipt) => return Ok(receipt),
            Put::Stale(latest) => follows = latest,
        }
    }
    Err(Error::new(
        ErrorCode::Overloaded,
        "others of the own agency take steps on this all the time; come again shortly",
    ))
}

/// Says something beside the steps of a subject: a remark, or that it was noted.
///
/// # Errors
/// Something is wrong with it, or the node can't take it now.
pub(crate) async fn beside(
    ctx: &Arc<Context>,
    asked: &Asked,
    said: Saying,
    known: &[Taken],
) -> Result<StepReceipt, Error> {
    ready(ctx)?;
    let mut follows = own_latest(ctx, known, &[]);
    for _ in 0..TRIES {
        match put(ctx, asked, &said, follows).await? {
            Put::Stored(receipt) => return Ok(receipt),
            Put::Stale(latest) => follows = latest,
        }
    }
    Err(Error::new(
        ErrorCode::Overloaded,
        "others of the own agency speak on this all the time; come again shortly",
    ))
}

/// Whether the own agency may say any more beside these.
///
/// # Errors
/// It has said as much as is looked at.
pub(crate) fn has_room<'a>(
    ctx: &Context,
    known: impl IntoIterator<Item = &'a Taken>,
) -> Result<(), Error> {
    let own = known.into_iter().filter(|it| it.by == ctx.agency);
    if own.count() < STEPS_EACH_MAX {
        return Ok(());
    }
    let message = "the own agency has said as much on it as may be; close it and open another one";
    Err(Error::new(ErrorCode::TooManySteps, message))
}

/// What the next step names as known. Where there are more ends than a step can name, the own ones come first, and then one of each
/// agency in turn: whoever leaves many must not make others' words unknown. Those that are left out are named by later steps.
fn parents<M: Stepped>(own: &AgencyId, subject: &Subject<M>) -> Vec<StepId> {
    let mut ends = subject.history.parents();
    if ends.len() > PARENTS_MAX {
        let mut turns: BTreeMap<&AgencyId, usize> = BTreeMap::new();
        let mut ranked = Vec::with_capacity(ends.len());
        for id in ends {
            let Some(step) = subject.step(&id) else {
                continue;
            };
            let turn = turns.entry(&step.by).or_default();
            *turn += 1;
            ranked.push((step.by != *own, *turn, id));
        }
        ranked.sort_unstable();
        ends = ranked.into_iter().map(|(.., id)| id).collect();
        ends.truncate(PARENTS_MAX);
    }
    ends
}

/// The own agency's latest of these steps, by its place in the own lanes.
fn own_latest(ctx: &Context, steps: &[Taken], beside: &[Taken]) -> Option<FrameHash> {
    let own = steps.iter().chain(beside).filter(|it| it.by == ctx.agency);
    own.max_by_key(|it| it.sequence)
        .map(|it| name::frame_of(&it.id))
}

enum Put {
    Stored(StepReceipt),
    /// Another own step is the latest by now; `None`: there is none.
    Stale(Option<FrameHash>),
}

/// Checks a step as every receiver will, and stores it.
async fn put(
    ctx: &Arc<Context>,
    asked: &Asked,
    said: &Saying,
    follows: Option<FrameHash>,
) -> Result<Put, Error> {
    let in_force = ctx.charter.in_force();
    let level = said.kind.protocol_level();
    if level > in_force.charter.protocol_level() {
        let message = format!("the charter's protocol level is below {level}");
        return Err(Error::new(ErrorCode::ProtocolLevel, message));
    }
    let gated = gate(ctx, &PATH, said.text.clone());
    let findings = gated.findings().clone();
    let coordinator = asked.caller.has(Role::Coordinator);
    let reviewed = findings.outcome == Outcome::Review && asked.confirms && coordinator;
    let text = if reviewed {
        gated.admitted()
    } else {
        gated.passed()
    };
    let text = text.map_err(|findings| finding::refusal(&findings))?;
    let codes = Codes {
        charter_version: in_force.charter.version(),
        guard_version: verbund_guard::VERSION.to_owned(),
        subject: said.subject.subject,
        parents: said.parents.iter().map(name::frame_of).collect(),
        created_at: ctx.clock.now(),
        reviewed,
        handling: said.handling,
        owner: Some(said.subject.owner.clone()),
        kind: said.kind.clone(),
    };
    let rules = Said {
        charter: &in_force.charter,
        origin: &ctx.agency,
        audience: &said.audience,
    };
    if !rules.has_place(&codes) {
        let message = "the own agency can't say this on this subject";
        return Err(Error::new(ErrorCode::StepNotAllowed, message));
    }
    let violations = rules.violations(&codes, &text);
    if !violations.is_empty() {
        return Err(Error::violations_in("step", violations));
    }
    within_bounds(&codes, text.clone())?;
    let confirmed = reviewed.then(|| {
        audit::by(ctx, &asked.caller, AuditEvent::ReviewConfirmed)
            .about(said.subject.subject)
            .finding(&findings)
    });
    let outcome = store(
        ctx,
        Step {
            request: Some(asked.key.clone()),
            fingerprint: asked.fingerprint,
            audience: said.audience.clone(),
            subject: said.subject.subject,
            condition: Condition::Follows(follows),
            parents: codes.parents,
            kind: codes.kind,
            owner: codes.owner,
            text,
            handling: said.handling,
            reviewed,
            erasure_day: said.erasure_day,
            pending: None,
            generalised: None,
            consumes_pending: None,
            confirms: None,
            dequeues: false,
            audit: confirmed.into_iter().collect(),
        },
    )
    .await?;
    let (position, subject, repeated) = match outcome {
        PublishOutcome::Stored { position, .. } => (position, said.subject.subject, false),
        PublishOutcome::Repeated { position, subject } => (position, subject, true),
        PublishOutcome::RequestConflict => return Err(request_reused()),
        PublishOutcome::Stale { latest } => return Ok(Put::Stale(Some(latest))),
        PublishOutcome::SubjectUnknown => return Ok(Put::Stale(None)),
        outcome => unreachable!("a step can't give {outcome:?}"),
    };
    let subject = SubjectRef {
        subject,
        owner: said.subject.owner.clone(),
    };
    if let Some(on) = super::taken::on(&said.kind) {
        // So that whoever asks next sees it; the news of the commit comes by itself a moment later.
        let refreshed = ctx.board.refresh(ctx, on, &subject).await;
        refreshed.map_err(unavailable)?;
    }
    receipt(ctx, &subject, &position, repeated)
        .await
        .map(Put::Stored)
}

/// Refuses what no frame can carry: receivers would stop the lane.
fn within_bounds(codes: &Codes, text: Text<Cleared>) -> Result<(), Error> {
    // The guard's version is put in later.
    let codes = codes::encode(codes).len() + GUARD_VERSION_BYTES;
    for (part, bytes) in [(Part::Codes, codes), (Part::Text, text::encode(text).len())] {
        if bytes > part.max_bytes() {
            let message = format!(
                "{part} of {bytes} bytes, {} are allowed: say less, or in fewer items",
                part.max_bytes()
            );
            return Err(Error::field("step", "INVALID_RANGE", message));
        }
    }
    Ok(())
}

async fn receipt(
    ctx: &Arc<Context>,
    subject: &SubjectRef,
    position: &Position,
    repeated: bool,
) -> Result<StepReceipt, Error> {
    let lane = crate::follow::lane(ctx, &position.lane).await;
    let lane = lane.map_err(unavailable)?.ok_or_else(Error::internal)?;
    let place = (&position.lane, position.sequence, &position.hash);
    Ok(step::receipt(subject, &lane.audience, place, repeated))
}

/// There is no such subject, or none that this agency may know of.
pub(crate) fn not_found(on: SubjectKind) -> Error {
    Error::new(
        ErrorCode::SubjectNotFound,
        format!("there is no such {on} here"),
    )
}

/// The state of the subject does not allow a step.
pub(crate) fn not_allowed<M: Stepped>(subject: &Subject<M>, void: &str) -> Error {
    let state = subject.history.state().map_or("", M::state_word);
    Error::new(
        ErrorCode::StepNotAllowed,
        format!("the {} is {state}: {void}", M::ON),
    )
    .with_metadata("state", state)
    .with_metadata("void", void)
}

fn moved_on<M: Stepped>(subject: &Subject<M>) -> Error {
    Error::new(
        ErrorCode::StaleEtag,
        "there is a newer state; read it and decide again",
    )
    .with_metadata("latest_etag", subject.etag())
}
