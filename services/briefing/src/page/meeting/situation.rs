//! What the agencies tell each other, as far as a briefing needs it: the updates on the table, and the panel of those that could
//! be laid on it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::ToSpan as _;
use jiff::civil::Date;
use tokio::time::timeout;
use verbund_wire::agency::{
    GetSituationRequest, ListMeetingsRequest, ListSituationsRequest, Meeting, MeetingFilter,
    MeetingStatus, Situation, SituationFilter, SituationState, SubjectDelivery, SubjectKey,
};
use verbund_wire::federation::CutLane;

use crate::error::Failure;
use crate::frame::Frame;
use crate::node::Acting;
use crate::page::update::card::{Card, deliveries};

/// Updates that are asked for at the same time.
const AT_ONCE: usize = 8;
/// The most that the panel shows: what a projector and a head take in is far less.
const PANEL_MAX: i32 = 200;
/// How far back the panel goes where there was no meeting of this type before.
const DAYS_WITHOUT_MEETING: i64 = 14;
/// How long the panel waits to learn which updates lie behind the cut.
const CUT_WAIT: Duration = Duration::from_secs(1);
/// Meetings among which the one before is looked for; those that were changed last come first.
const BEFORE_MAX: i32 = 100;
/// So many places are shown with their updates; where there are more, only those with something urgent, and the others by their names.
const OPEN_MAX: usize = 4;
/// The heading's level of an update on these pages.
const LEVEL: u8 = 4;

/// Names an update: the agency that it comes from, and its subject.
pub(super) type UpdateKey = (String, String);

/// The updates on the table of a meeting. What is erased, or not here yet, is not among them.
pub(super) async fn on_the_table(
    node: &Acting,
    meeting: &Meeting,
) -> Result<HashMap<UpdateKey, Card>, Failure> {
    let pins = meeting.agenda.iter().flat_map(|it| &it.pins);
    let mut keys: Vec<UpdateKey> = pins
        .filter_map(|it| it.update.as_ref())
        .map(update_key)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let cards = futures_util::stream::iter(keys)
        .map(|(owner, subject)| async move {
            let request = GetSituationRequest {
                subject: subject.clone(),
                origin: owner.clone(),
            };
            match node.situations().get_situation(request).await {
                Ok(answer) => Ok(answer.into_inner().situation),
                Err(status) => match Failure::from(status) {
                    Failure::NotFound => Ok(None),
                    failure => Err(failure),
                },
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_filter_map(async |found| Ok(found.map(|it| (key_of(&it), Card::new(it, LEVEL)))))
        .try_collect();
    cards.await
}

pub(super) fn update_key(key: &SubjectKey) -> UpdateKey {
    (key.owner.clone(), key.subject.clone())
}

fn key_of(update: &Situation) -> UpdateKey {
    (update.agency.clone(), update.subject.clone())
}

/// What the panel is asked to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// A place; empty for all.
    pub(super) place: String,
    /// A category; empty for all.
    pub(super) category: String,
    /// The first day; empty for that of the meeting before.
    pub(super) from: String,
}

/// What was told since the meeting before, by place.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) choice: Choice,
    /// The first day that is shown.
    pub(super) since: String,
    /// There was a meeting of this type on that day.
    pub(super) is_since_meeting: bool,
    pub(super) groups: Vec<Group>,
    /// There is more than is shown.
    pub(super) has_more: bool,
}

/// The updates of one place, the last changed first.
#[derive(Debug)]
pub(super) struct Group {
    /// The place's id.
    pub(super) id: String,
    pub(super) place: String,
    /// There are few places, or something of this one is urgent.
    pub(super) is_open: bool,
    pub(super) updates: Vec<Offered>,
}

/// An update that could be laid on the table.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) card: Card,
    /// All who are invited have it; only then can it be laid on the table.
    pub(super) is_for_all: bool,
    /// It came after the cut: others may not see it yet.
    pub(super) is_after_cut: bool,
    /// The items that it is on the table of, by their places in the agenda.
    pub(super) on_items: Vec<usize>,
}

/// Gathers the panel.
pub(super) async fn panel(
    node: &Acting,
    frame: &Frame,
    meeting: &Meeting,
    choice: Choice,
) -> Result<Panel, Failure> {
    let before = match choice.from.is_empty() {
        true => meeting_before(node, meeting).await?,
        false => None,
    };
    let is_since_meeting = before.is_some();
    let since = before.unwrap_or_else(|| match choice.from.parse::<Date>() {
        Ok(day) => day.to_string(),
        Err(_) => {
            let today = frame.today();
            let first = today.checked_sub(DAYS_WITHOUT_MEETING.days());
            first.unwrap_or(today).to_string()
        }
    });
    let only = |id: &str| -> Vec<String> {
        Some(id.to_owned())
            .filter(|it| !it.is_empty())
            .into_iter()
            .collect()
    };
    let request = ListSituationsRequest {
        filter: Some(SituationFilter {
            places: only(&choice.place),
            categories: only(&choice.category),
            from_day: since.clone(),
            ..SituationFilter::default()
        }),
        page_size: PANEL_MAX,
        page_token: String::new(),
    };
    let listed = node
        .situations()
        .list_situations(request)
        .await?
        .into_inner();
    let updates: Vec<Situation> = listed
        .situations
        .into_iter()
        .filter(|it| it.state() == SituationState::Current)
        .collect();
    // Whether others may not see one yet is good to know; a briefing does not wait for it.
    let delivered = timeout(CUT_WAIT, deliveries(node, &updates)).await;
    let delivered = delivered.ok().and_then(Result::ok);
    let on_items = items_by_update(meeting);
    let circle = meeting.circle.as_ref().map_or(&[][..], |it| &it.audience);
    let mut by_place: BTreeMap<(String, String), Vec<Offered>> = BTreeMap::new();
    for update in updates {
        let key = key_of(&update);
        let Some(observation) = &update.observation else {
            continue;
        };
        let id = observation.place.clone();
        let is_for_all = circle.iter().all(|it| update.audience.contains(it));
        let offered = Offered {
            is_for_all,
            // What not all of them get is in no lane of the cut.
            is_after_cut: is_for_all
                && delivered
                    .as_ref()
                    .is_some_and(|it| !is_in_cut(&meeting.cut, it.get(&key))),
            on_items: on_items.get(&key).cloned().unwrap_or_default(),
            card: Card::new(update, LEVEL),
        };
        let place = (frame.place(&id), id);
        by_place.entry(place).or_default().push(offered);
    }
    let are_few = by_place.len() <= OPEN_MAX;
    Ok(Panel {
        choice,
        since,
        is_since_meeting,
        groups: by_place
            .into_iter()
            .map(|((place, id), updates)| Group {
                is_open: are_few || updates.iter().any(|it| !it.card.urgency_class().is_empty()),
                id,
                place,
                updates,
            })
            .collect(),
        has_more: !listed.next_page_token.is_empty(),
    })
}

/// The places in the agenda at which each update is on the table.
fn items_by_update(meeting: &Meeting) -> HashMap<UpdateKey, Vec<usize>> {
    let mut by_update: HashMap<UpdateKey, Vec<usize>> = HashMap::new();
    for (index, item) in meeting.agenda.iter().enumerate() {
        for update in item.pins.iter().filter_map(|it| it.update.as_ref()) {
            let items = by_update.entry(update_key(update)).or_default();
            if items.last() != Some(&(index + 1)) {
                items.push(index + 1);
            }
        }
    }
    by_update
}

/// Whether an update's latest version lies before the cut. Of a lane that is not in the cut nothing does.
fn is_in_cut(cut: &[CutLane], delivery: Option<&SubjectDelivery>) -> bool {
    let latest = delivery.and_then(|it| it.latest.as_ref());
    let Some(position) = latest.and_then(|it| it.position.as_ref()) else {
        return false;
    };
    cut.iter()
        .any(|it| it.lane == position.lane && position.sequence <= it.sequence)
}

/// The day of the last meeting of this type before this one.
async fn meeting_before(node: &Acting, meeting: &Meeting) -> Result<Option<String>, Failure> {
    let request = ListMeetingsRequest {
        filter: Some(MeetingFilter {
            statuses: vec![MeetingStatus::Closed.into()],
            to_day: meeting.day.clone(),
            ..MeetingFilter::default()
        }),
        page_size: BEFORE_MAX,
        page_token: String::new(),
    };
    let listed = node.meetings().list_meetings(request).await?.into_inner();
    let before = listed
        .meetings
        .into_iter()
        .filter(|it| it.meeting_type == meeting.meeting_type && it.key != meeting.key)
        .map(|it| it.day);
    Ok(before.max())
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{AgendaEntry, EntryPosition, Pin, VersionDelivery};

    use super::*;

    fn delivered(lane: u8, sequence: u64) -> SubjectDelivery {
        SubjectDelivery {
            subject: None,
            latest: Some(VersionDelivery {
                position: Some(EntryPosition {
                    lane: vec![lane; 16].into(),
                    sequence,
                    frame_hash: Default::default(),
                }),
                agencies: Vec::new(),
            }),
        }
    }

    #[test]
    fn what_lies_behind_the_cut_or_beside_it_is_told_apart() {
        let cut = [CutLane {
            lane: vec![1; 16].into(),
            origin: "kod".to_owned(),
            sequence: 7,
        }];
        assert!(is_in_cut(&cut, Some(&delivered(1, 7))));
        assert!(!is_in_cut(&cut, Some(&delivered(1, 8))));
        assert!(!is_in_cut(&cut, Some(&delivered(2, 1))));
        assert!(!is_in_cut(&cut, None));
    }

    #[test]
    fn an_update_is_told_with_each_item_once() {
        let pin = |subject: &str| Pin {
            update: Some(SubjectKey {
                subject: subject.to_owned(),
                owner: "kod".to_owned(),
            }),
            ..Pin::default()
        };
        let item = |pins: Vec<Pin>| AgendaEntry {
            pins,
            ..AgendaEntry::default()
        };
        let meeting = Meeting {
            agenda: vec![
                item(vec![pin("a"), pin("a")]),
                item(vec![pin("b"), pin("a")]),
            ],
            ..Meeting::default()
        };
        let items = items_by_update(&meeting);
        assert_eq!(items[&("kod".to_owned(), "a".to_owned())], [1, 2]);
        assert_eq!(items[&("kod".to_owned(), "b".to_owned())], [2]);
    }
}
