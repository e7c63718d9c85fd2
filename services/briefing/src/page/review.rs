//! What waits for a decision before it goes: drafts that the guard wants reviewed, and CLEAR updates that wait for a second
//! coordinator.
//!
//! A role decides, not a person: whoever wrote a draft may confirm it. CLEAR is the exception, since nobody can call it back.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use verbund_wire::agency::{
    AwaitingSituation, ConfirmReviewRequest, ConfirmSituationRequest, DiscardReviewRequest,
    GetReviewRequest, HeldSituation, ListAwaitingConfirmationRequest, ListReviewsRequest,
    PublishReceipt, Review, Situation, SituationState, WithdrawSituationRequest, review,
};
use verbund_wire::federation::WithdrawalReason;

use super::guard::Findings;
use super::update::card::Card;
use super::update::path;
use super::{done, html};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::request_id;
use crate::session::{self, Visitor};

/// The list's address.
const LIST: &str = "/pruefung";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/pruefung", get(show_list))
        .route("/pruefung/{review}", get(show))
        .route("/pruefung/{review}/freigeben", post(confirm))
        .route("/pruefung/{review}/verwerfen", post(discard))
        .route("/pruefung/clear/{subject}/freigeben", post(confirm_clear))
        .route("/pruefung/clear/{subject}/verwerfen", post(discard_clear))
}

/// A draft that waits, as it is shown.
struct Held {
    /// Its page.
    href: String,
    held_at: String,
    until: String,
    /// It is a better version of an update; its page.
    corrects: Option<String>,
    needs_second: bool,
    card: Card,
    findings: Findings,
    generalised_to: String,
    generalised_note: String,
    /// What the guard finds in what police and prosecutor are told.
    generalised_findings: Findings,
}

impl Held {
    /// None for a kind of draft that this release does not know.
    fn new(frame: &Frame, it: Review, level: u8) -> Option<Self> {
        let verdict = it.verdict();
        let Review {
            review,
            subject,
            corrects_etag,
            held_at_ms,
            until,
            findings,
            needs_second_coordinator,
            content: Some(review::Content::Situation(held)),
            ..
        } = it
        else {
            return None;
        };
        let HeldSituation {
            observation,
            note,
            handling,
            audience,
            generalised_audience,
            generalised_note,
        } = held;
        let found = |field: &str, text: &str| {
            let of_field = findings.iter().filter(|it| it.field.ends_with(field));
            Findings::new(frame.lang, text, verdict, of_field)
        };
        Some(Self {
            href: format!("{LIST}/{review}"),
            held_at: frame.moment(held_at_ms),
            until: frame.day(&until),
            corrects: (!corrects_etag.is_empty()).then(|| path(&frame.own, &subject)),
            needs_second: needs_second_coordinator,
            findings: found(".note", &note),
            generalised_findings: found(".generalised_note", &generalised_note),
            generalised_to: frame.agencies(&generalised_audience),
            generalised_note,
            card: Card::unlinked(
                Situation {
                    subject,
                    agency: frame.own.clone(),
                    state: SituationState::Current as i32,
                    observation,
                    note,
                    handling,
                    audience,
                    ..Situation::default()
                },
                level,
            ),
        })
    }

    /// The guard in force lets nobody confirm it.
    fn is_rejected(&self) -> bool {
        self.findings.is_rejected() || self.generalised_findings.is_rejected()
    }

    /// Who would get it.
    fn to(&self, frame: &Frame) -> String {
        others(frame, &self.card.situation)
    }
}

/// An update that waits for a second coordinator, as it is shown.
struct Awaiting {
    /// What is done with it hangs below this address.
    action: String,
    card: Card,
    /// Whoever sent it can't confirm it.
    is_mine: bool,
    until: String,
    to: String,
    request: String,
}

impl Awaiting {
    fn new(frame: &Frame, it: AwaitingSituation) -> Option<Self> {
        let situation = it.situation?;
        Some(Self {
            action: format!("{LIST}/clear/{}", situation.subject),
            is_mine: it.sent_by_caller,
            until: frame.day(&it.until),
            to: others(frame, &situation),
            request: request_id(),
            card: Card::unlinked(situation, 3),
        })
    }
}

/// The audience of an own draft, as far as it is somebody else.
fn others(frame: &Frame, draft: &Situation) -> String {
    let others = draft.audience.iter().filter(|id| **id != frame.own);
    let others: Vec<String> = others.cloned().collect();
    frame.agencies(&others)
}

#[derive(Template)]
#[template(path = "reviews.html")]
struct ListPage {
    frame: Frame,
    held: Vec<Held>,
    awaiting: Vec<Awaiting>,
    /// There is more that waits for a second coordinator than is shown.
    more: bool,
}

async fn show_list(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Feed);
    let (mut reviews, mut situations) = (node.reviews(), node.situations());
    let (reviews, awaiting) = tokio::join!(
        reviews.list_reviews(ListReviewsRequest {}),
        situations.list_awaiting_confirmation(ListAwaitingConfirmationRequest {}),
    );
    let reviews = reviews?.into_inner().reviews;
    let awaiting = awaiting?.into_inner();
    html(&ListPage {
        held: reviews
            .into_iter()
            .filter_map(|it| Held::new(&frame, it, 3))
            .collect(),
        more: awaiting.more,
        awaiting: awaiting
            .situations
            .into_iter()
            .filter_map(|it| Awaiting::new(&frame, it))
            .collect(),
        frame,
    })
}

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage {
    frame: Frame,
    held: Held,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(review): Path<String>,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Feed);
    let answer = node
        .reviews()
        .get_review(GetReviewRequest { review })
        .await?;
    let held = answer
        .into_inner()
        .review
        .and_then(|it| Held::new(&frame, it, 2));
    html(&ReviewPage {
        held: held.ok_or(Failure::NotFound)?,
        frame,
    })
}

async fn confirm(
    State(app): State<App>,
    visitor: Visitor,
    Path(review): Path<String>,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let request = ConfirmReviewRequest { review };
    let receipt = node
        .reviews()
        .confirm_review(request)
        .await?
        .into_inner()
        .receipt;
    Ok(let_go(app.node().agency(), receipt.unwrap_or_default()))
}

async fn discard(
    State(app): State<App>,
    visitor: Visitor,
    Path(review): Path<String>,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    node.reviews()
        .discard_review(DiscardReviewRequest { review })
        .await?;
    Ok(done(LIST, "review-discarded"))
}

/// A second coordinator lets an update go that nobody can call back.
async fn confirm_clear(
    State(app): State<App>,
    visitor: Visitor,
    Path(subject): Path<String>,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    session::proven(&visitor, LIST)?;
    let request = ConfirmSituationRequest { subject };
    let receipt = node
        .situations()
        .confirm_situation(request)
        .await?
        .into_inner()
        .receipt;
    Ok(let_go(app.node().agency(), receipt.unwrap_or_default()))
}

/// Drops an update that waits for a second coordinator. Nobody outside has it, so nothing needs to be withdrawn anywhere else.
async fn discard_clear(
    State(app): State<App>,
    visitor: Visitor,
    Path(subject): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let request = WithdrawSituationRequest {
        request_id: fields.one("request").to_owned(),
        subject,
        etag: String::new(),
        reason: WithdrawalReason::Error as i32,
    };
    node.situations().withdraw_situation(request).await?;
    Ok(done(LIST, "clear-discarded"))
}

/// Where it goes on after something was let go, which may have to wait once more.
fn let_go(own: &str, receipt: PublishReceipt) -> Response {
    if receipt.awaiting_confirmation {
        done(LIST, "update-awaits-second")
    } else {
        done(&path(own, &receipt.subject), "update-let-go")
    }
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Finding, Verdict};
    use verbund_wire::federation::Observation;

    use super::*;
    use crate::lang::Lang;
    use crate::page::testing::{self, HOSTILE};

    fn held(frame: &Frame, verdict: Verdict) -> Held {
        let review = Review {
            review: "7".to_owned(),
            corrects_etag: "x".to_owned(),
            verdict: verdict as i32,
            findings: vec![Finding {
                policy_class: HOSTILE.to_owned(),
                advice_de: HOSTILE.to_owned(),
                advice_en: HOSTILE.to_owned(),
                start: 0,
                end: 8,
                severity: verdict as i32,
                field: "situation.note".to_owned(),
                ..Finding::default()
            }],
            content: Some(review::Content::Situation(HeldSituation {
                observation: Some(Observation::default()),
                note: HOSTILE.to_owned(),
                generalised_audience: vec![HOSTILE.to_owned()],
                generalised_note: HOSTILE.to_owned(),
                ..HeldSituation::default()
            })),
            ..Review::default()
        };
        Held::new(frame, review, 2).unwrap()
    }

    fn page(lang: Lang, verdict: Verdict) -> String {
        let frame = testing::frame(lang);
        let held = held(&frame, verdict);
        ReviewPage { frame, held }.render().unwrap()
    }

    #[test]
    fn a_held_text_stays_text() {
        for lang in Lang::ALL {
            testing::check(&page(lang, Verdict::Review));
            let frame = testing::frame(lang);
            let draft = Situation {
                subject: "8".to_owned(),
                observation: Some(Observation::default()),
                note: HOSTILE.to_owned(),
                audience: vec![HOSTILE.to_owned()],
                ..Situation::default()
            };
            let awaiting = AwaitingSituation {
                situation: Some(draft),
                sent_by_caller: false,
                until: HOSTILE.to_owned(),
            };
            let page = ListPage {
                held: vec![held(&frame, Verdict::Review)],
                awaiting: Awaiting::new(&frame, awaiting).into_iter().collect(),
                more: true,
                frame,
            };
            testing::check(&page.render().unwrap());
        }
    }

    #[test]
    fn what_the_guard_rejects_can_only_be_discarded() {
        assert!(page(Lang::De, Verdict::Review).contains("/pruefung/7/freigeben"));
        let rejected = page(Lang::De, Verdict::Reject);
        assert!(!rejected.contains("/freigeben") && rejected.contains("/pruefung/7/verwerfen"));
    }
}
