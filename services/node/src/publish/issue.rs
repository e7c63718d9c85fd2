//! Publishing a new update.

use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::digest::{SHA256, digest};
use verbund_guard::Outcome;
use verbund_guard::gate::{Cleared, Findings, Unguarded};
use verbund_ledger::FrameHash;
use verbund_model::{Checked, Generalised, Handling, SubjectId, Transition, day_number};
use verbund_store::{Condition, Pending, PublishOutcome, RequestKey};
use verbund_wire::agency::{PublishReceipt, PublishSituationRequest, SituationDraft};
use verbund_wire::convert::codes::{Codes, Kind};
use verbund_wire::convert::draft::{self, DraftTexts};
use verbund_wire::convert::text::Text;
use verbund_wire::convert::{finding, fingerprint};
use verbund_wire::error::{Error, ErrorCode};

use super::backlog::{self, Diverted};
use super::draft::{Draft, WaitsFor};
use super::review::{self, Asked, Intent};
use super::{Step, gate, receipt, repeated, request_key, request_reused, store, takes};
use crate::caller::Caller;
use crate::context::Context;
use crate::metrics::Stage;
use crate::roles::Role;

pub(super) const METHOD: &str = "PublishSituation";

/// Publishes one update.
///
/// # Errors
/// What is wrong with it, or why the node can't take it now. Nothing is stored then.
pub(crate) async fn publish(
    ctx: &Arc<Context>,
    caller: &Caller,
    request: PublishSituationRequest,
) -> Result<PublishReceipt, Error> {
    takes(ctx)?;
    let key = request_key(caller, METHOD, &request.request_id)?;
    let fingerprint = sha256(&fingerprint::publish(&request));
    let asked = Asked {
        key: &key,
        fingerprint,
        confirms: request.confirm_review,
    };
    let content = match Content::check(ctx, caller, request.situation) {
        Ok(Judged::Passes(content)) => content,
        Ok(Judged::WantsReview(content, findings)) => {
            if let Some(first) = before(ctx, &key, &fingerprint).await? {
                return Ok(first);
            }
            return review::hold(ctx, caller, asked, content, &findings, Intent::Issue).await;
        }
        // What was right when it was first sent may be late by now; its answer stays the same.
        Err(wrong) => {
            let first = match before(ctx, &key, &fingerprint).await? {
                Some(first) => Some(first),
                None => review::repeated(ctx, caller, asked).await?,
            };
            return first.ok_or(wrong);
        }
    };
    if content.checked.handling.needs_second_coordinator() {
        return hold(ctx, caller, &key, fingerprint, content).await;
    }
    let content = match backlog::divert(ctx, &key, fingerprint, content).await? {
        Diverted::Queued(receipt) => return Ok(receipt),
        Diverted::No(content) => content,
    };
    let subject = new_subject(ctx);
    let (generalised, pending) = content.generalised(ctx, None).unzip();
    let Content { checked, texts, .. } = content;
    let step = Step {
        request: Some(key),
        fingerprint,
        audience: checked.audience.clone(),
        subject,
        condition: Condition::New,
        parents: Vec::new(),
        erasure_day: erasure_day(ctx, &checked),
        kind: Kind::Situation(Transition::Issued(checked.observation)),
        owner: None,
        text: Text::of_note(texts.note),
        handling: checked.handling,
        reviewed: false,
        pending,
        generalised,
        consumes_pending: None,
        confirms: None,
        dequeues: false,
        audit: Vec::new(),
    };
    let generalised = checked
        .generalised
        .map(|generalised| without_own(ctx, &generalised));
    match store(ctx, step).await? {
        PublishOutcome::Stored { position, .. } => {
            ctx.due.notify_one();
            Ok(receipt(
                &position,
                &subject,
                &checked.audience,
                generalised.as_ref(),
            ))
        }
        PublishOutcome::Repeated { position, subject } => {
            let first = receipt(&position, &subject, &checked.audience, generalised.as_ref());
            Ok(PublishReceipt {
                repeated_request: true,
                ..first
            })
        }
        PublishOutcome::RequestConflict => Err(request_reused()),
        outcome => unreachable!("a new random subject can't give {outcome:?}"),
    }
}

/// The first answer to a request whose update was published, or is queued.
async fn before(
    ctx: &Arc<Context>,
    key: &RequestKey,
    fingerprint: &[u8; 32],
) -> Result<Option<PublishReceipt>, Error> {
    // In this order: what leaves the queue is found among the answers.
    match backlog::queued_before(ctx, key, fingerprint).await? {
        Some(first) => Ok(Some(first)),
        None => repeated(ctx, key, fingerprint).await,
    }
}

/// A draft's content after all checks that need no store.
#[derive(Debug)]
pub(super) struct Content<T> {
    /// Its notes have been taken out.
    pub(super) checked: Checked,
    pub(super) texts: DraftTexts<T>,
    pub(super) reviewed: bool,
}

/// What the guard makes of a content that is otherwise right.
#[derive(Debug)]
pub(super) enum Judged {
    /// Nothing was found.
    Passes(Content<Cleared>),
    /// A coordinator sent what the guard wants looked at.
    WantsReview(Content<Unguarded>, Findings),
}

impl Judged {
    /// The update itself.
    pub(super) fn checked(&self) -> &Checked {
        match self {
            Self::Passes(content) => &content.checked,
            Self::WantsReview(content, _) => &content.checked,
        }
    }
}

impl Content<Cleared> {
    /// Checks a draft against the charter and the guard.
    ///
    /// # Errors
    /// What is wrong with it, also what wants review where the caller is no coordinator.
    pub(super) fn check(
        ctx: &Context,
        caller: &Caller,
        draft: Option<SituationDraft>,
    ) -> Result<Judged, Error> {
        let draft = draft.ok_or_else(|| {
            Error::field(
                "situation",
                "MISSING_FIELD",
                "the update itself is required",
            )
        })?;
        let started = Instant::now();
        let in_force = ctx.charter.in_force();
        let mut checked = draft::from_wire(draft)
            .check(&in_force.charter, &ctx.agency, ctx.clock.now())
            .map_err(|violations| Error::violations_in("situation", violations))?;
        ctx.metrics.publish_stage(Stage::Check, started.elapsed());
        let coordinator = caller.has(Role::Coordinator);
        if checked
            .generalised
            .as_ref()
            .is_some_and(|generalised| !generalised.note.is_empty())
            && !coordinator
        {
            let message =
                "only a coordinator can give police and prosecutor more than district and day";
            return Err(Error::new(ErrorCode::RoleMissing, message));
        }
        if checked.handling == Handling::Clear && !coordinator {
            return Err(Error::new(
                ErrorCode::RoleMissing,
                "CLEAR can't be called back: only coordinators publish it, two of them",
            ));
        }
        let texts = taken_out(&mut checked);
        let gated = gate(ctx, &draft::PATH, texts.clone());
        let findings = match gated.passed() {
            Ok(texts) => {
                return Ok(Judged::Passes(Self {
                    checked,
                    texts,
                    reviewed: false,
                }));
            }
            Err(findings) => findings,
        };
        if findings.outcome == Outcome::Reject || !coordinator {
            return Err(finding::refusal(&findings));
        }
        let content = Content {
            checked,
            texts,
            reviewed: false,
        };
        Ok(Judged::WantsReview(content, findings))
    }
}

/// The notes of a draft that has been checked. From here on they exist as texts that the guard has to see.
fn taken_out(checked: &mut Checked) -> DraftTexts<Unguarded> {
    let generalised = checked.generalised.as_mut();
    let generalised = generalised.map(|it| std::mem::take(&mut it.note));
    DraftTexts {
        note: Unguarded::new(std::mem::take(&mut checked.note)),
        generalised_note: Unguarded::new(generalised.unwrap_or_default()),
    }
}

impl<T: Clone + Into<Unguarded>> Content<T> {
    /// The draft of the generalised second entry: under its own subject, or the one that it already has.
    pub(super) fn generalised(
        &self,
        ctx: &Context,
        subject: Option<SubjectId>,
    ) -> Option<(SubjectId, Pending)> {
        let generalised = self.checked.generalised.as_ref()?;
        let subject = subject.unwrap_or_else(|| new_subject(ctx));
        let transition = Transition::Issued(generalised.observation.clone());
        let draft = Draft {
            waits_for: WaitsFor::Day,
            audience: generalised.audience.clone(),
            codes: codes(
                ctx,
                subject,
                transition,
                self.checked.handling,
                self.reviewed,
            ),
            note: self.texts.generalised_note.clone().into(),
            generalised: None,
        };
        let due = Some(day_number(generalised.not_before));
        let pending = draft.to_pending(subject, due, erasure_day(ctx, &self.checked));
        Some((subject, pending))
    }

    /// The draft that is kept while the update waits, and the day on which its content is destroyed.
    pub(super) fn wait(
        self,
        ctx: &Context,
        subject: SubjectId,
        waits_for: WaitsFor,
    ) -> (Draft, i32) {
        let generalised = self.generalised(ctx, None);
        let erasure_day = erasure_day(ctx, &self.checked);
        let transition = Transition::Issued(self.checked.observation);
        let draft = Draft {
            waits_for,
            audience: self.checked.audience,
            codes: codes(
                ctx,
                subject,
                transition,
                self.checked.handling,
                self.reviewed,
            ),
            note: self.texts.note.into(),
            generalised: generalised.map(|(_, pending)| Box::new(pending)),
        };
        (draft, erasure_day)
    }
}

/// Keeps an update that the world may know until a second coordinator has confirmed it.
async fn hold(
    ctx: &Arc<Context>,
    caller: &Caller,
    key: &RequestKey,
    fingerprint: [u8; 32],
    content: Content<Cleared>,
) -> Result<PublishReceipt, Error> {
    if let Some(answer) = repeated(ctx, key, &fingerprint).await? {
        return Ok(answer);
    }
    let subject = held_subject(ctx, key);
    let waits_for = WaitsFor::SecondCoordinator {
        caller: caller.name.clone(),
        fingerprint: hex::encode(fingerprint),
        request_id: Some(key.id.to_string()),
    };
    let held = ctx
        .store
        .pending(&subject)
        .await
        .map_err(super::unavailable)?;
    // Of the first release, whose confirmed updates left no trace of the request; or confirmed since the look above.
    let published = ctx
        .store
        .situation(&subject, Some(&ctx.agency))
        .await
        .map_err(super::unavailable)?;
    if held.is_none() && published.is_some() {
        let repeated = repeated(ctx, key, &fingerprint).await?;
        if let Some(answer) = repeated {
            return Ok(answer);
        }
    }
    let answer = PublishReceipt {
        subject: subject.to_string(),
        audience: content
            .checked
            .audience
            .iter()
            .map(ToString::to_string)
            .collect(),
        awaiting_confirmation: published.is_none(),
        repeated_request: held.is_some() || published.is_some(),
        ..PublishReceipt::default()
    };
    if let Some(held) = held {
        let same = Draft::from_pending(&held).is_ok_and(|draft| {
            matches!(draft.waits_for, WaitsFor::SecondCoordinator { fingerprint: held, .. } if held == hex::encode(fingerprint))
        });
        return if same {
            Ok(answer)
        } else {
            Err(request_reused())
        };
    }
    if published.is_some() {
        return Ok(answer);
    }
    let (draft, erasure_day) = content.wait(ctx, subject, waits_for);
    ctx.store
        .put_pending(draft.to_pending(subject, None, erasure_day))
        .await
        .map_err(super::unavailable)?;
    Ok(answer)
}

/// The subject of an update that waits: the same for the same request, so that a repetition finds it.
pub(super) fn held_subject(ctx: &Context, key: &RequestKey) -> SubjectId {
    let name = format!("verbund held {} {} {} ", ctx.agency, key.method, key.caller);
    let hash = sha256(&[name.as_bytes(), key.id.as_bytes()].concat());
    SubjectId::from_random(hash[..16].try_into().expect("half a hash has 16 bytes"))
}

pub(super) fn codes(
    ctx: &Context,
    subject: SubjectId,
    transition: Transition,
    handling: Handling,
    reviewed: bool,
) -> Codes {
    Codes {
        charter_version: ctx.charter.in_force().charter.version(),
        guard_version: verbund_guard::VERSION.to_owned(),
        subject,
        parents: Vec::<FrameHash>::new(),
        created_at: ctx.clock.now(),
        reviewed,
        handling,
        owner: None,
        kind: Kind::Situation(transition),
    }
}

pub(super) fn erasure_day(ctx: &Context, checked: &Checked) -> i32 {
    day_number(
        ctx.charter
            .in_force()
            .charter
            .erasure_day(checked.observation.day, ctx.clock.now()),
    )
}

pub(super) fn new_subject(ctx: &Context) -> SubjectId {
    let mut bytes = [0; 16];
    ctx.entropy.fill(&mut bytes);
    SubjectId::from_random(bytes)
}

pub(super) fn without_own(ctx: &Context, generalised: &Generalised) -> verbund_model::Audience {
    generalised
        .audience
        .without(std::slice::from_ref(&ctx.agency))
        .expect("a generalised update has recipients")
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes)
        .as_ref()
        .try_into()
        .expect("SHA-256 has 32 bytes")
}
