//! Writing an update, and correcting one.
//!
//! The guard's word comes first: what it rejects is told before anything is sent, and what it wants reviewed is confirmed by whoever
//! speaks for the agency, or laid aside for somebody else to look at. Whatever does not succeed, the form comes back as it was typed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use verbund_wire::agency::{
    CorrectSituationRequest, ListSituationsRequest, PublishReceipt, PublishSituationRequest,
};

use super::draft::{Draft, Row, Wrong, partners};
use super::form::{Aim, Attempt, Form, correctable};
use super::shape::Habits;
use super::{Address, find, path};
use crate::app::App;
use crate::concept::Concept;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::page::done;
use crate::page::guard::{self, Findings};
use crate::refusal::Refusal;
use crate::session::Visitor;

/// Updates that tell what is told most.
const HABITS_OF: i32 = 200;

pub(crate) async fn show_new(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let node = visitor.contributing(&app)?;
    let concept = vocabulary(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::None);
    let form = Form {
        draft: Draft::new(&concept, &frame.own, Timestamp::now()),
        habits: &habits(&node, &frame.own, &concept).await,
        concept: &concept,
        aim: Aim::New,
        request: request_id(),
        etag: String::new(),
        attempt: Attempt::default(),
    };
    form.show(frame)
}

pub(crate) async fn send_new(
    State(app): State<App>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    send(&app, &visitor, Aim::New, &fields).await
}

pub(crate) async fn show_correction(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject)): Address,
) -> Result<Response, Failure> {
    let node = visitor.contributing(&app)?;
    let concept = vocabulary(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Feed);
    let (found, habits) = tokio::join!(
        find(&node, &origin, &subject),
        habits(&node, &frame.own, &concept)
    );
    let (situation, _) = found?;
    let form = Form {
        draft: Draft::of_update(&situation),
        etag: situation.etag.clone(),
        aim: correctable(&frame, situation)?,
        habits: &habits,
        concept: &concept,
        request: request_id(),
        attempt: Attempt::default(),
    };
    form.show(frame)
}

pub(crate) async fn send_correction(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.contributing(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Feed);
    let (situation, _) = find(&node, &origin, &subject).await?;
    let aim = correctable(&frame, situation)?;
    send(&app, &visitor, aim, &fields).await
}

/// The vocabulary, without which there is nothing to choose from.
fn vocabulary(app: &App) -> Result<Arc<Concept>, Failure> {
    let away = || tonic::Status::unavailable("the node has not told its vocabulary yet");
    app.concept().ok_or_else(|| away().into())
}

/// What is told most. The form is no less useful without it.
async fn habits(node: &Acting, own: &str, concept: &Concept) -> Habits {
    let request = ListSituationsRequest {
        page_size: HABITS_OF,
        ..ListSituationsRequest::default()
    };
    let updates = match node.situations().list_situations(request).await {
        Ok(answer) => answer.into_inner().situations,
        Err(status) => {
            tracing::debug!(%status, "what is told most can't be looked up");
            Vec::new()
        }
    };
    Habits::of(&updates, own, concept)
}

async fn send(
    app: &App,
    visitor: &Visitor,
    aim: Aim,
    fields: &Fields,
) -> Result<Response, Failure> {
    let node = visitor.contributing(app)?;
    let concept = vocabulary(app)?;
    let own = app.node().agency();
    let habits = habits(&node, own, &concept).await;
    let mut draft = Draft::of_form(fields);
    if matches!(aim, Aim::Correction(_)) {
        // Who gets it is fixed since the first version; the contract asks for no audience then.
        draft.audience = partners(&concept, own);
    }
    let attempt = if fields.has("add-reading") {
        draft.readings.push(Row::default());
        Attempt::default()
    } else {
        let sending = Sending {
            node: &node,
            visitor,
            fields,
            aim: &aim,
        };
        let measure = habits.measure(&draft.category);
        match sending.send(&concept, own, &draft, measure).await {
            Ok(receipt) => return Ok(sent(visitor, own, &aim, &receipt)),
            Err(attempt) => *attempt,
        }
    };
    let nav = match aim {
        Aim::New => Nav::None,
        Aim::Correction(_) => Nav::Feed,
    };
    let form = Form {
        concept: &concept,
        habits: &habits,
        draft,
        aim,
        request: fields.one("request").to_owned(),
        etag: fields.one("etag").to_owned(),
        attempt,
    };
    form.show(Frame::new(app, visitor, nav))
}

/// An attempt to send what was typed.
struct Sending<'a> {
    node: &'a Acting,
    visitor: &'a Visitor,
    fields: &'a Fields,
    aim: &'a Aim,
}

impl Sending<'_> {
    async fn send(
        &self,
        concept: &Concept,
        own: &str,
        draft: &Draft,
        measure: Option<&str>,
    ) -> Result<PublishReceipt, Box<Attempt>> {
        let told = |wrong: Vec<Wrong>| Attempt {
            wrong,
            ..Attempt::default()
        };
        let situation = draft
            .to_wire(concept, own, measure)
            .map_err(|wrong| Box::new(told(wrong)))?;
        // Whoever speaks for the agency decides what becomes of what the guard wants reviewed.
        let decides = self.visitor.roles().coordinates();
        let is_decided = self.fields.has("confirm") || self.fields.has("hold");
        if decides && !is_decided {
            let attempt = self.checked(draft).await?;
            if attempt.wants_review() {
                return Err(Box::new(attempt));
            }
        }
        let confirm_review = self.fields.has("confirm");
        let request_id = self.fields.one("request").to_owned();
        let mut situations = self.node.situations();
        let receipt = match self.aim {
            Aim::New => {
                let request = PublishSituationRequest {
                    request_id,
                    situation: Some(situation),
                    confirm_review,
                };
                let answer = situations.publish_situation(request).await;
                answer.map(|it| it.into_inner().receipt)
            }
            Aim::Correction(of) => {
                let request = CorrectSituationRequest {
                    request_id,
                    subject: of.subject.clone(),
                    etag: self.fields.one("etag").to_owned(),
                    situation: Some(situation),
                    confirm_review,
                };
                let answer = situations.correct_situation(request).await;
                answer.map(|it| it.into_inner().receipt)
            }
        };
        match receipt {
            Ok(receipt) => Ok(receipt.unwrap_or_default()),
            Err(status) => {
                let refusal = Refusal::of(&status);
                let found = match refusal.is_of_guard() {
                    true => self.checked(draft).await?,
                    false => Attempt::default(),
                };
                Err(Box::new(Attempt {
                    note: found.note,
                    generalised_note: found.generalised_note,
                    ..Attempt::refused(refusal, draft)
                }))
            }
        }
    }

    /// What the guard finds in both texts.
    async fn checked(&self, draft: &Draft) -> Result<Attempt, Box<Attempt>> {
        let lang = self.visitor.lang();
        let (note, generalised_note) = tokio::join!(
            guard::check(self.node, lang, &draft.note),
            guard::check(self.node, lang, &draft.generalised_note),
        );
        let told = |found: Result<Findings, Failure>| match found {
            Ok(findings) => Ok(Some(findings).filter(|it| !it.is_clear())),
            Err(Failure::Refused(refusal)) => Err(Box::new(Attempt {
                refusal: Some(refusal),
                ..Attempt::default()
            })),
            Err(_) => Ok(None),
        };
        Ok(Attempt {
            note: told(note)?,
            generalised_note: told(generalised_note)?,
            ..Attempt::default()
        })
    }
}

/// Where it goes on after something was stored, by what it waits for.
fn sent(visitor: &Visitor, own: &str, aim: &Aim, receipt: &PublishReceipt) -> Response {
    // Who may not decide has no list to look at.
    let decides = visitor.roles().coordinates();
    if receipt.awaiting_review {
        return done(&format!("/pruefung/{}", receipt.review), "update-held");
    }
    if receipt.awaiting_confirmation {
        let list = if decides { "/pruefung" } else { "/" };
        return done(list, "update-awaits-second");
    }
    let here = path(own, &receipt.subject);
    if matches!(aim, Aim::Correction(_)) {
        return done(&here, "update-corrected");
    }
    if receipt.queued {
        // The page says what that means.
        return Redirect::to(&here).into_response();
    }
    let generalised: String = receipt
        .generalised_audience
        .iter()
        .map(|id| format!("&verallgemeinert={id}"))
        .collect();
    Redirect::to(&format!("{here}?gesendet=1{generalised}")).into_response()
}
