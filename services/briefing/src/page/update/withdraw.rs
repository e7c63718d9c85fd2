//! Taking an own update back, with its reason. Nothing of it is undone, so it is a page of its own that says what will happen.

use std::borrow::Cow;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use verbund_wire::agency::{SituationState, WithdrawSituationRequest};
use verbund_wire::federation::WithdrawalReason;
use verbund_wire::words::short;

use super::card::Card;
use super::{Address, look, path};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::request_id;
use crate::page::{done, html};
use crate::session::Visitor;

/// The reasons, in the order in which they are offered.
const REASONS: [WithdrawalReason; 4] = [
    WithdrawalReason::Error,
    WithdrawalReason::Obsolete,
    WithdrawalReason::Duplicate,
    WithdrawalReason::PersonalData,
];

#[derive(Template)]
#[template(path = "update_withdraw.html")]
struct WithdrawPage {
    frame: Frame,
    card: Card,
    request: String,
    chosen: i32,
    problem: Option<Cow<'static, str>>,
}

/// A reason that may be given.
struct Offered {
    number: i32,
    /// What is sent.
    word: String,
    is_chosen: bool,
    /// The text of all versions is destroyed everywhere.
    destroys: bool,
}

impl WithdrawPage {
    fn reasons(&self) -> Vec<Offered> {
        let offered = REASONS.into_iter().map(|it| Offered {
            number: it as i32,
            word: short::<WithdrawalReason>(it as i32).unwrap_or_default(),
            is_chosen: self.chosen == it as i32,
            destroys: it == WithdrawalReason::PersonalData,
        });
        offered.collect()
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject)): Address,
) -> Result<Response, Failure> {
    let typed = (request_id(), 0, None);
    page(&app, &visitor, &origin, &subject, typed).await
}

async fn page(
    app: &App,
    visitor: &Visitor,
    origin: &str,
    subject: &str,
    (request, chosen, problem): (String, i32, Option<Cow<'static, str>>),
) -> Result<Response, Failure> {
    let node = visitor.contributing(app)?;
    let frame = Frame::new(app, visitor, Nav::Feed);
    let found = look(&node, origin, subject).await?;
    let situation = found.situation.ok_or(Failure::Internal)?;
    if situation.agency != frame.own || situation.state() != SituationState::Current {
        return Err(Failure::NotFound);
    }
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let mut response = html(&WithdrawPage {
        frame,
        card: Card::new(situation, 2),
        request,
        chosen,
        problem,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

pub(crate) async fn send(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.contributing(&app)?;
    let reason = fields.word::<WithdrawalReason>("reason");
    let again = |problem| (fields.one("request").to_owned(), reason, Some(problem));
    if reason == 0 {
        let problem = visitor.lang().text("violation-missing-field");
        return page(&app, &visitor, &origin, &subject, again(problem)).await;
    }
    let request = WithdrawSituationRequest {
        request_id: fields.one("request").to_owned(),
        subject: subject.clone(),
        etag: fields.one("etag").to_owned(),
        reason,
    };
    match node.situations().withdraw_situation(request).await {
        Ok(answer) => {
            // What was sent to nobody has no page any more.
            let receipt = answer.into_inner().receipt.unwrap_or_default();
            let there = match receipt.position {
                Some(_) => Cow::Owned(path(&origin, &subject)),
                None => Cow::Borrowed("/feed"),
            };
            Ok(done(&there, "update-withdrawn"))
        }
        Err(status) => match Failure::from(status) {
            Failure::Refused(refusal) if !refusal.may_pass() => {
                let problem = visitor.lang().text(&format!("refusal-{}", refusal.word()));
                page(&app, &visitor, &origin, &subject, again(problem)).await
            }
            failure => Err(failure),
        },
    }
}
