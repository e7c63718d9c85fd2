//! What is asked of the own agency: tasks to answer and to accept as done, protocols to sign off, invitations, drafts, CLEAR.

use std::borrow::Cow;

use verbund_wire::agency::{
    ListAwaitingConfirmationRequest, ListProtocolsRequest, ListReviewsRequest, ListTasksRequest,
    Meeting, MeetingStatus, Protocol, ProtocolFilter, Task, TaskFilter, TaskStatus,
};
use verbund_wire::federation::MeetingAnswer;

use crate::error::Failure;
use crate::frame::Frame;
use crate::node::Acting;

/// Subjects of a kind that are asked for.
const LISTED_MAX: i32 = 50;

/// What is asked of the own agency, the most pressing first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) items: Vec<Item>,
}

/// Something that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// Where it is answered.
    pub(crate) href: String,
    /// What kind of thing is asked, in words.
    pub(crate) what: Cow<'static, str>,
    /// What it is about.
    pub(crate) title: String,
    /// Until when, in words; empty for no day.
    pub(crate) until: String,
    /// It should have been done.
    pub(crate) overdue: bool,
}

impl Asked {
    /// Asks the node. Invitations come with the meetings, which the page has anyway.
    pub(crate) async fn find(node: &Acting, frame: &Frame) -> Result<Self, Failure> {
        let own = vec![frame.own.clone()];
        let to_us = TaskFilter {
            assignees: own.clone(),
            statuses: statuses(&[
                TaskStatus::Assigned,
                TaskStatus::Accepted,
                TaskStatus::InProgress,
            ]),
            ..TaskFilter::default()
        };
        let from_us = TaskFilter {
            assigners: own,
            statuses: statuses(&[TaskStatus::Done, TaskStatus::Declined]),
            ..TaskFilter::default()
        };
        let (to_us, from_us, protocols, drafts) = tokio::join!(
            tasks(node, to_us),
            tasks(node, from_us),
            protocols(node),
            drafts(node, frame),
        );
        let mut tasks: Vec<Task> = to_us?;
        // What is overdue first, then what waits for an answer, then by its day.
        tasks.sort_by_key(|it| {
            let due = it
                .terms
                .as_ref()
                .map(|terms| terms.due.clone())
                .unwrap_or_default();
            (
                !it.overdue,
                it.status() != TaskStatus::Assigned,
                due.is_empty(),
                due,
            )
        });
        let mut items = drafts?;
        items.extend(tasks.iter().filter_map(|it| task(frame, it)));
        items.extend(protocols?.iter().filter_map(|it| protocol(frame, it)));
        items.extend(from_us?.iter().filter_map(|it| task(frame, it)));
        Ok(Self { items })
    }

    /// Planned meetings to which the own agency has not said whether it comes.
    pub(crate) fn add_invitations(&mut self, frame: &Frame, meetings: &[Meeting]) {
        let unanswered = meetings.iter().filter(|meeting| {
            let mut invited = meeting.invited.iter();
            meeting.status() == MeetingStatus::Planned
                && meeting.chair != frame.own
                && invited
                    .any(|it| it.agency == frame.own && it.answer() == MeetingAnswer::Unspecified)
        });
        self.items.extend(unanswered.filter_map(|meeting| {
            let key = meeting.key.as_ref()?;
            Some(Item {
                href: format!("/besprechung/{}/{}", key.owner, key.subject),
                what: frame.t("asked-invitation"),
                title: meeting.title.clone(),
                until: frame.day(&meeting.day),
                overdue: false,
            })
        }));
    }
}

fn statuses(all: &[TaskStatus]) -> Vec<i32> {
    all.iter().map(|it| *it as i32).collect()
}

async fn tasks(node: &Acting, filter: TaskFilter) -> Result<Vec<Task>, Failure> {
    let request = ListTasksRequest {
        filter: Some(filter),
        page_size: LISTED_MAX,
        page_token: String::new(),
    };
    Ok(node.tasks().list_tasks(request).await?.into_inner().tasks)
}

async fn protocols(node: &Acting) -> Result<Vec<Protocol>, Failure> {
    let request = ListProtocolsRequest {
        filter: Some(ProtocolFilter {
            awaiting_word: true,
            ..ProtocolFilter::default()
        }),
        page_size: LISTED_MAX,
        page_token: String::new(),
    };
    Ok(node
        .protocols()
        .list_protocols(request)
        .await?
        .into_inner()
        .protocols)
}

/// Drafts and CLEAR updates, for whoever may decide on them.
async fn drafts(node: &Acting, frame: &Frame) -> Result<Vec<Item>, Failure> {
    if !frame.roles.coordinates() {
        return Ok(Vec::new());
    }
    let (mut reviews, mut situations) = (node.reviews(), node.situations());
    let (reviews, awaiting) = tokio::join!(
        reviews.list_reviews(ListReviewsRequest {}),
        situations.list_awaiting_confirmation(ListAwaitingConfirmationRequest {}),
    );
    let mut items = Vec::new();
    let awaiting = awaiting?.into_inner().situations;
    let for_me = awaiting.iter().filter(|it| !it.sent_by_caller).count();
    if for_me > 0 {
        items.push(pile(frame, "asked-clear", for_me));
    }
    let reviews = reviews?.into_inner().reviews;
    if !reviews.is_empty() {
        items.push(pile(frame, "asked-reviews", reviews.len()));
    }
    Ok(items)
}

/// Drafts are looked at together; what they say is for the page that decides on them.
fn pile(frame: &Frame, key: &str, count: usize) -> Item {
    Item {
        href: "/pruefung".to_owned(),
        what: frame.t("asked-look"),
        title: frame.t1(key, "count", count).into_owned(),
        until: String::new(),
        overdue: false,
    }
}

fn task(frame: &Frame, it: &Task) -> Option<Item> {
    let (key, terms) = (it.key.as_ref()?, it.terms.as_ref()?);
    let what = match it.status() {
        TaskStatus::Assigned => "asked-task-answer",
        TaskStatus::Done => "asked-task-verify",
        TaskStatus::Declined => "asked-task-declined",
        _ => "asked-task-do",
    };
    Some(Item {
        href: format!("/aufgaben/{}/{}", key.owner, key.subject),
        what: frame.t(what),
        title: terms.title.clone(),
        until: if terms.due.is_empty() {
            String::new()
        } else {
            frame.day(&terms.due)
        },
        overdue: it.overdue,
    })
}

fn protocol(frame: &Frame, it: &Protocol) -> Option<Item> {
    let key = it.key.as_ref()?;
    Some(Item {
        href: format!("/protokolle/{}/{}", key.owner, key.subject),
        what: frame.t("asked-protocol"),
        title: format!("{} · {}", it.number, it.title),
        until: String::new(),
        overdue: false,
    })
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Invitation, SubjectKey};

    use super::*;
    use crate::lang::Lang;

    fn meeting(chair: &str, answer: MeetingAnswer) -> Meeting {
        Meeting {
            key: Some(SubjectKey {
                subject: "1".to_owned(),
                owner: chair.to_owned(),
            }),
            status: MeetingStatus::Planned as i32,
            chair: chair.to_owned(),
            day: "2026-11-30".to_owned(),
            invited: vec![Invitation {
                agency: "kod".to_owned(),
                answer: answer as i32,
                ..Invitation::default()
            }],
            ..Meeting::default()
        }
    }

    #[test]
    fn an_invitation_is_asked_until_it_is_answered_and_never_of_the_chair() {
        let frame = Frame::sample(Lang::De);
        let asked = |meeting: Meeting| {
            let mut asked = Asked::default();
            asked.add_invitations(&frame, &[meeting]);
            asked.items.len()
        };
        assert_eq!(asked(meeting("dhz", MeetingAnswer::Unspecified)), 1);
        assert_eq!(asked(meeting("dhz", MeetingAnswer::Declining)), 0);
        assert_eq!(asked(meeting("kod", MeetingAnswer::Unspecified)), 0);
    }
}
