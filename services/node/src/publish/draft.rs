//! Drafts that wait: for review, for a second coordinator, for the node to sign again, or for the next day (what a protected origin
//! tells police and prosecutor).
//!
//! The store keeps a draft sealed like a text; this is what is inside.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use verbund_guard::gate::{Cleared, Findings, Gated, Unguarded};
use verbund_ledger::FrameHash;
use verbund_model::{Audience, Observation, SubjectId, Transition, Violation, day_number};
use verbund_store::{Condition, Pending, RequestKey};
use verbund_wire::agency::PublishReceipt;
use verbund_wire::convert::codes::{self, Codes, Kind};
use verbund_wire::convert::draft::{DraftTexts, PATH};
use verbund_wire::convert::finding;
use verbund_wire::convert::situation::Unsent;
use verbund_wire::convert::text::Text;
use verbund_wire::error::Error;

use super::Step;
use crate::context::Context;

/// What a draft waits for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "waits_for")]
pub(crate) enum WaitsFor {
    /// Its day.
    Day,
    /// A coordinator who looks at what the guard found.
    Review {
        /// SHA-256 of what was sent, in hex.
        fingerprint: String,
        /// The hash of the frame that it corrects, in hex.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        supersedes: Option<String>,
    },
    /// A coordinator other than this one.
    SecondCoordinator {
        /// Who sent it.
        caller: String,
        /// SHA-256 of what was sent, in hex: the same request gets the same answer.
        fingerprint: String,
        /// The request's id; drafts of the first release don't tell it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// The end of the node's recovery.
    Signing {
        /// Who sent it.
        caller: String,
        /// By which method.
        method: String,
        /// Under which request id.
        request_id: String,
        /// SHA-256 of what was sent, in hex.
        fingerprint: String,
    },
}

/// Why a draft that was right when it was taken can't go any more. It stays until somebody corrects or withdraws its update.
#[derive(Debug)]
pub(crate) enum Objection {
    /// The guard wants it looked at, or refuses it.
    Guard(Findings),
    /// The charter does not know or allow it.
    Charter(Vec<Violation>),
}

impl Objection {
    /// As the one who wants to let it go is told.
    pub(crate) fn error(self) -> Error {
        match self {
            Self::Guard(findings) => finding::refusal(&findings),
            Self::Charter(violations) => Error::violations_in("situation", violations),
        }
    }

    /// In words for an alarm, without a word of the content.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Guard(findings) => {
                let classes: BTreeSet<_> = findings
                    .told
                    .iter()
                    .map(|it| it.finding.class.as_str())
                    .collect();
                let classes: Vec<_> = classes.into_iter().collect();
                let version = verbund_guard::VERSION;
                format!("the guard {version} ({})", classes.join(", "))
            }
            Self::Charter(violations) => {
                let reasons: BTreeSet<_> = violations.iter().map(|it| it.reason.as_str()).collect();
                let reasons: Vec<_> = reasons.into_iter().collect();
                format!("the charter in force ({})", reasons.join(", "))
            }
        }
    }
}

/// A draft that waits.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) waits_for: WaitsFor,
    pub(crate) audience: Audience,
    pub(crate) codes: Codes,
    /// Looked at again before it goes.
    pub(crate) note: Unguarded,
    /// The draft that goes the day after, once this one is published.
    pub(crate) generalised: Option<Box<Pending>>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(flatten)]
    waits_for: WaitsFor,
    audience: String,
    codes: String,
    note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generalised: Option<Nested>,
}

#[derive(Serialize, Deserialize)]
struct Nested {
    subject: String,
    due: Option<i32>,
    erasure_day: i32,
    body: String,
}

impl Draft {
    /// The draft as the store keeps it.
    pub(crate) fn to_pending(
        &self,
        subject: SubjectId,
        due: Option<i32>,
        erasure_day: i32,
    ) -> Pending {
        Pending {
            subject,
            due,
            erasure_day,
            body: self.to_body(),
        }
    }

    /// The draft as it is sealed.
    pub(crate) fn to_body(&self) -> Vec<u8> {
        let body = Body {
            waits_for: self.waits_for.clone(),
            audience: self.audience.key(),
            codes: hex::encode(codes::encode(&self.codes)),
            note: self.note.read().to_owned(),
            generalised: self.generalised.as_ref().map(|pending| Nested {
                subject: pending.subject.to_string(),
                due: pending.due,
                erasure_day: pending.erasure_day,
                body: hex::encode(&pending.body),
            }),
        };
        serde_json::to_vec(&body).expect("strings and numbers always serialise")
    }

    /// Reads what [`Draft::to_pending`] wrote.
    ///
    /// # Errors
    /// Says in words what is wrong: the store holds what this release can't read.
    pub(crate) fn from_pending(pending: &Pending) -> Result<Self, String> {
        Self::from_body(&pending.body)
    }

    /// Reads what [`Draft::to_body`] wrote.
    ///
    /// # Errors
    /// As [`Draft::from_pending`].
    pub(crate) fn from_body(body: &[u8]) -> Result<Self, String> {
        // What serde says of a text that it did not expect may hold some of it.
        let body: Body = serde_json::from_slice(body)
            .map_err(|error| format!("not a draft, from byte {}", error.column()))?;
        let codes = hex::decode(&body.codes).map_err(|error| error.to_string())?;
        let generalised = body.generalised.map(|nested| {
            let subject = SubjectId::parse(&nested.subject).map_err(|error| error.to_string())?;
            let body = hex::decode(&nested.body).map_err(|error| error.to_string())?;
            Ok::<_, String>(Box::new(Pending {
                subject,
                due: nested.due,
                erasure_day: nested.erasure_day,
                body,
            }))
        });
        Ok(Self {
            waits_for: body.waits_for,
            audience: Audience::from_key(&body.audience).map_err(|error| error.to_string())?,
            codes: codes::decode(&codes).map_err(|error| error.to_string())?,
            note: Unguarded::new(body.note),
            generalised: generalised.transpose()?,
        })
    }

    /// Its note, unless the guard or the charter in force now say something against it: either may be newer than when it was taken.
    pub(crate) fn cleared(&self, ctx: &Context) -> Result<Cleared, Objection> {
        let texts = DraftTexts {
            note: self.note.clone(),
            generalised_note: Unguarded::default(),
        };
        let gated = ctx.charter.in_force().guard.gate(&PATH, texts);
        let texts = match self.codes.reviewed {
            true => gated.admitted(),
            false => gated.passed(),
        };
        let texts = texts.map_err(Objection::Guard)?;
        self.admit(ctx).map_err(Objection::Charter)?;
        Ok(texts.note)
    }

    /// Gives its note, and that of the draft that follows it, to the guard in force.
    ///
    /// # Errors
    /// The draft that follows can't be read.
    pub(crate) fn gate(&self, ctx: &Context) -> Result<Gated<DraftTexts<Cleared>>, Error> {
        let follows = self.follows().map_err(super::review::unreadable)?;
        let texts = DraftTexts {
            note: self.note.clone(),
            generalised_note: follows.map(|it| it.note).unwrap_or_default(),
        };
        Ok(ctx.charter.in_force().guard.gate(&PATH, texts))
    }

    /// Whether the charter in force knows and allows what it tells.
    ///
    /// # Errors
    /// What it does not.
    pub(crate) fn admit(&self, ctx: &Context) -> Result<(), Vec<Violation>> {
        let in_force = ctx.charter.in_force();
        self.observation().map_or(Ok(()), |observation| {
            observation.admit(&in_force.charter, &ctx.agency, &self.audience)
        })
    }

    /// The draft that goes the day after this one.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) fn follows(&self) -> Result<Option<Self>, String> {
        let follows = self.generalised.as_deref();
        follows.map(Self::from_pending).transpose()
    }

    /// Who gets the draft that follows, besides the own agency.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) fn generalised_recipients(&self, ctx: &Context) -> Result<Option<Audience>, Error> {
        let follows = self.follows().map_err(super::review::unreadable)?;
        let own = std::slice::from_ref(&ctx.agency);
        Ok(follows.and_then(|it| it.audience.without(own).ok()))
    }

    /// What whoever sent it is told of it while it waits.
    ///
    /// # Errors
    /// The draft that follows can't be read.
    pub(crate) fn receipt(
        &self,
        ctx: &Context,
        subject: SubjectId,
    ) -> Result<PublishReceipt, Error> {
        let told = self.generalised_recipients(ctx)?;
        let names = |audience: &Audience| audience.iter().map(ToString::to_string).collect();
        Ok(PublishReceipt {
            subject: subject.to_string(),
            audience: names(&self.audience),
            generalised_audience: told.as_ref().map(names).unwrap_or_default(),
            ..PublishReceipt::default()
        })
    }

    /// The step that publishes it, under the request that has brought it, with its note as the guard in force has cleared it.
    pub(super) fn into_step(
        self,
        subject: SubjectId,
        (request, fingerprint): (Option<RequestKey>, [u8; 32]),
        note: Cleared,
        erasure_day: i32,
    ) -> Step {
        Step {
            request,
            fingerprint,
            subject,
            condition: Condition::New,
            parents: Vec::new(),
            kind: Kind::Situation(self.transition().clone()),
            owner: None,
            text: Text::of_note(note),
            handling: self.codes.handling,
            reviewed: self.codes.reviewed,
            erasure_day,
            audience: self.audience,
            generalised: self.generalised.as_ref().map(|pending| pending.subject),
            pending: self.generalised.map(|pending| *pending),
            consumes_pending: None,
            confirms: None,
            dequeues: false,
            audit: Vec::new(),
        }
    }

    /// SHA-256 of what was sent, of a draft that a request has brought.
    pub(crate) fn fingerprint(&self) -> Option<[u8; 32]> {
        let (WaitsFor::Review { fingerprint, .. }
        | WaitsFor::SecondCoordinator { fingerprint, .. }
        | WaitsFor::Signing { fingerprint, .. }) = &self.waits_for
        else {
            return None;
        };
        let mut sent = [0; 32];
        hex::decode_to_slice(fingerprint, &mut sent).ok()?;
        Some(sent)
    }

    /// The frame that it corrects.
    pub(crate) fn supersedes(&self) -> Option<FrameHash> {
        let WaitsFor::Review { supersedes, .. } = &self.waits_for else {
            return None;
        };
        let mut hash = [0; 32];
        hex::decode_to_slice(supersedes.as_deref()?, &mut hash).ok()?;
        Some(FrameHash(hash))
    }

    /// The day on which its content is destroyed, were it published now.
    pub(crate) fn erasure_day(&self, ctx: &Context) -> i32 {
        let in_force = ctx.charter.in_force();
        let day = self.observation().map_or_else(|| ctx.today(), |it| it.day);
        day_number(in_force.charter.erasure_day(day, ctx.clock.now()))
    }

    /// What it tells.
    pub(crate) fn observation(&self) -> Option<&Observation> {
        match self.transition() {
            Transition::Issued(observation) | Transition::Corrected(observation) => {
                Some(observation)
            }
            Transition::Withdrawn(_) => None,
        }
    }

    /// What is shown of it; `None`: it takes something back.
    pub(crate) fn unsent<'a>(&'a self, ctx: &'a Context, subject: SubjectId) -> Option<Unsent<'a>> {
        Some(Unsent {
            subject,
            agency: &ctx.agency,
            observation: self.observation()?,
            note: self.note.read(),
            handling: self.codes.handling,
            audience: &self.audience,
            sent_at: self.codes.created_at,
            reviewed: self.codes.reviewed,
        })
    }

    /// What it does to its subject.
    pub(crate) fn transition(&self) -> &Transition {
        match &self.codes.kind {
            Kind::Situation(transition) => transition,
            _ => unreachable!("only situations are drafted"),
        }
    }
}
