//! Drafts that wait: for the next day (what a protected origin tells police and prosecutor), or for a second coordinator.
//!
//! The store keeps a draft sealed like a text; this is what is inside.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use verbund_guard::{Outcome, Verdict};
use verbund_model::{Audience, SubjectId, Transition, Violation};
use verbund_store::Pending;
use verbund_wire::convert::codes::{self, Codes};
use verbund_wire::convert::finding;
use verbund_wire::error::Error;

use crate::context::Context;

/// What a draft waits for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "waits_for")]
pub(crate) enum WaitsFor {
    /// Its day.
    Day,
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
}

/// Why a draft that was right when it was taken can't go any more. It stays until somebody corrects or withdraws its update.
#[derive(Debug)]
pub(crate) enum Objection {
    /// The guard wants it looked at, or refuses it.
    Guard(Verdict),
    /// The charter does not know or allow it.
    Charter(Vec<Violation>),
}

impl Objection {
    /// As the one who wants to let it go is told.
    pub(crate) fn error(self) -> Error {
        match self {
            Self::Guard(verdict) => finding::refusal("situation.note", &verdict, false)
                .expect("what does not pass is refused unless it is confirmed"),
            Self::Charter(violations) => Error::violations_in("situation", violations),
        }
    }

    /// In words for an alarm, without a word of the content.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Guard(verdict) => {
                let classes: BTreeSet<_> = verdict
                    .findings
                    .iter()
                    .map(|it| it.class.as_str())
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
    pub(crate) note: String,
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
        let body = Body {
            waits_for: self.waits_for.clone(),
            audience: self.audience.key(),
            codes: hex::encode(codes::encode(&self.codes)),
            note: self.note.clone(),
            generalised: self.generalised.as_ref().map(|pending| Nested {
                subject: pending.subject.to_string(),
                due: pending.due,
                erasure_day: pending.erasure_day,
                body: hex::encode(&pending.body),
            }),
        };
        let body = serde_json::to_vec(&body).expect("strings and numbers always serialise");
        Pending {
            subject,
            due,
            erasure_day,
            body,
        }
    }

    /// Reads what [`Draft::to_pending`] wrote.
    ///
    /// # Errors
    /// Says in words what is wrong: the store holds what this release can't read.
    pub(crate) fn from_pending(pending: &Pending) -> Result<Self, String> {
        let body: Body =
            serde_json::from_slice(&pending.body).map_err(|error| error.to_string())?;
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
            note: body.note,
            generalised: generalised.transpose()?,
        })
    }

    /// What the guard or the charter in force now say against it: either may be newer than when it was taken.
    pub(crate) fn objection(&self, ctx: &Context) -> Option<Objection> {
        let verdict = ctx.charter.in_force().guard.check(&self.note);
        let passes = match verdict.outcome {
            Outcome::Pass => true,
            Outcome::Review => self.codes.reviewed,
            Outcome::Reject => false,
        };
        if !passes {
            return Some(Objection::Guard(verdict));
        }
        let Transition::Issued(observation) = self.transition() else {
            return None;
        };
        let in_force = ctx.charter.in_force();
        let admitted = observation.admit(&in_force.charter, &ctx.agency, &self.audience);
        admitted.err().map(Objection::Charter)
    }

    /// What it does to its subject.
    pub(crate) fn transition(&self) -> &Transition {
        match &self.codes.kind {
            codes::Kind::Situation(transition) => transition,
            codes::Kind::LaneOpened { .. } => unreachable!("only situations are drafted"),
        }
    }
}
