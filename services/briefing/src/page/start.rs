//! The start page: what is new since I last looked, what is asked of us, when do we meet, who of the partners is behind.
//!
//! How far somebody has looked is kept in a cookie of their browser and nowhere else: a place in the feed, not a time.

mod asked;
mod new;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use http::HeaderMap;
use verbund_wire::agency::{
    GetStatusRequest, GetStatusResponse, ListMeetingsRequest, Meeting, MeetingFilter, MeetingStatus,
};

use self::asked::Asked;
use self::new::News;
use super::html;
use super::partner::Standing;
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::node::Acting;
use crate::session::Visitor;

/// Meetings that are looked at for answers and for what comes next.
const MEETINGS_MAX: i32 = 100;
/// Meetings that are shown.
const NEXT_MAX: usize = 3;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(show))
        .route("/gesehen", post(new::seen))
}

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    frame: Frame,
    /// None for who does not read what the agencies tell.
    content: Option<Content>,
    status: GetStatusResponse,
    partners: Vec<Standing>,
}

/// What whoever reads gets to see.
struct Content {
    news: News,
    asked: Asked,
    running: Vec<Meeting>,
    next: Vec<Meeting>,
}

impl StartPage {
    /// Partners of whom there is something to tell.
    fn behind(&self) -> Vec<&Standing> {
        self.partners.iter().filter(|it| !it.is_good()).collect()
    }

    /// Why the node takes nothing new, as a key of the catalogue.
    fn read_only(&self) -> Option<String> {
        let reason = &self.status.read_only;
        let key = format!("refusal-{}", reason.to_ascii_lowercase().replace('_', "-"));
        (!reason.is_empty()).then(|| {
            if self.frame.lang.has(&key) {
                key
            } else {
                "refusal-unknown".to_owned()
            }
        })
    }
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let reads = visitor.roles().reads();
    let node = match reads {
        true => visitor.reading(&app)?,
        false => visitor.operating(&app)?,
    };
    let frame = Frame::new(&app, &visitor, Nav::Start);
    let looked = new::place(&app, &headers);
    let content = async {
        match reads {
            true => content(&app, &node, &frame, looked).await.map(Some),
            false => Ok(None),
        }
    };
    let (status, content) = tokio::join!(status(&node), content);
    let status = status?;
    html(&StartPage {
        partners: Standing::all(&frame, &status.partners),
        content: content?,
        status,
        frame,
    })
}

async fn status(node: &Acting) -> Result<GetStatusResponse, Failure> {
    Ok(node
        .node()
        .get_status(GetStatusRequest {})
        .await?
        .into_inner())
}

async fn content(
    app: &App,
    node: &Acting,
    frame: &Frame,
    looked: Option<&str>,
) -> Result<Content, Failure> {
    let (news, meetings, asked) = tokio::join!(
        News::find(node, frame, looked, app.live().feed_place()),
        meetings(node, frame),
        Asked::find(node, frame),
    );
    let (news, mut meetings) = (news?, meetings?);
    if frame.roles.coordinates() {
        app.shown().tell(node, news.shown());
    }
    let mut asked = asked?;
    asked.add_invitations(frame, &meetings);
    meetings.sort_by(|a, b| (&a.day, &a.start).cmp(&(&b.day, &b.start)));
    let (running, mut next): (Vec<Meeting>, Vec<Meeting>) = meetings
        .into_iter()
        .partition(|it| it.status() == MeetingStatus::Running);
    next.truncate(NEXT_MAX);
    Ok(Content {
        news,
        asked,
        running,
        next,
    })
}

/// Running meetings, and those that are planned from today on.
async fn meetings(node: &Acting, frame: &Frame) -> Result<Vec<Meeting>, Failure> {
    let list = |status: MeetingStatus, from_day: String| {
        let mut meetings = node.meetings();
        async move {
            let request = ListMeetingsRequest {
                filter: Some(MeetingFilter {
                    statuses: vec![status as i32],
                    from_day,
                    ..MeetingFilter::default()
                }),
                page_size: MEETINGS_MAX,
                page_token: String::new(),
            };
            let answer = meetings.list_meetings(request).await?;
            Ok::<_, Failure>(answer.into_inner().meetings)
        }
    };
    // A briefing may go on over midnight; whatever runs is running, on whatever day it was to be.
    let (running, planned) = tokio::join!(
        list(MeetingStatus::Running, String::new()),
        list(MeetingStatus::Planned, frame.today().to_string()),
    );
    let mut meetings = running?;
    meetings.extend(planned?);
    Ok(meetings)
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Link, Partner, SubjectKey};

    use super::asked::Item;
    use super::new::Counts;
    use super::*;
    use crate::lang::Lang;
    use crate::page::testing::{self, HOSTILE};

    fn page(lang: Lang, content: Option<Content>) -> String {
        let frame = testing::frame(lang);
        let away = Partner {
            agency: HOSTILE.to_owned(),
            link: Link::Away as i32,
            ..Partner::default()
        };
        let page = StartPage {
            content,
            status: GetStatusResponse {
                read_only: HOSTILE.to_owned(),
                alarms: 2,
                ..GetStatusResponse::default()
            },
            partners: Standing::all(&frame, &[away]),
            frame,
        };
        page.render().unwrap()
    }

    fn content() -> Content {
        let meeting = Meeting {
            key: Some(SubjectKey {
                subject: "1".to_owned(),
                owner: "kod".to_owned(),
            }),
            title: HOSTILE.to_owned(),
            chair: HOSTILE.to_owned(),
            ..Meeting::default()
        };
        Content {
            news: News {
                counts: Some(Counts {
                    immediate: 1,
                    soon: 2,
                    routine: 3,
                    more: false,
                }),
                newest: Vec::new(),
                place: HOSTILE.to_owned(),
            },
            asked: Asked {
                items: vec![Item {
                    href: "/pruefung".to_owned(),
                    what: "…".into(),
                    title: HOSTILE.to_owned(),
                    until: HOSTILE.to_owned(),
                    overdue: true,
                }],
            },
            running: vec![meeting.clone()],
            next: vec![meeting],
        }
    }

    #[test]
    fn whatever_is_told_stays_text() {
        for lang in Lang::ALL {
            testing::check(&page(lang, Some(content())));
        }
    }

    #[test]
    fn who_only_operates_sees_how_the_partners_are_and_no_content() {
        let page = page(Lang::De, None);
        testing::check(&page);
        assert!(page.contains("noch nie erreicht"), "{page}");
        assert!(
            !page.contains("Wartet auf uns") && !page.contains("Neu seit"),
            "{page}"
        );
    }
}
