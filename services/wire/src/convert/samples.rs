//! Values of all shapes for the laws that conversions keep.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use prost::Message as _;
use verbund_ledger::{Committed, Entry, FrameHash, LaneId};
use verbund_model::{
    Acknowledgement, AgencyId, AgendaItem, Answer, Attendance, Audience, Band, CategoryId, Cut,
    CutLane, Day, Decision, DeclineReason, Handling, IndicatorId, ItemNumber, MeasureId,
    MeetingTerms, MeetingTransition, MeetingTypeId, Observation, Period, PlaceId, ProposedPart,
    ProtocolContent, ProtocolItem, ProtocolNumber, ProtocolTransition, Reading, Remark, SourceKind,
    StepId, SubjectId, SubjectKind, SubjectRef, TaskOrigin, TaskTerms, TaskTransition, Transition,
    Trend, UnixMillis, UpdateCopy, Urgency, Value, WindowId, WithdrawalReason, day_from_number,
};

use super::codes::{Codes, Kind, PARENTS_MAX, Predecessor};
use crate::federation;

const SLUG: &str = "[a-z0-9][a-z0-9-]{0,62}";

fn id<T: std::fmt::Debug + Clone + 'static>(
    parse: fn(&str) -> Result<T, verbund_model::IdError>,
) -> impl Strategy<Value = T> + Clone {
    SLUG.prop_map(move |it| parse(&it).expect("the pattern is a slug's"))
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

pub(crate) fn lane() -> impl Strategy<Value = LaneId> {
    any::<[u8; 16]>().prop_map(LaneId)
}

pub(crate) fn frame_hash() -> impl Strategy<Value = FrameHash> {
    any::<[u8; 32]>().prop_map(FrameHash)
}

pub(crate) fn audience() -> impl Strategy<Value = Audience> {
    btree_set(id(AgencyId::parse), 1..=8)
        .prop_map(|it| Audience::new(it).expect("few agencies, not none"))
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        one_of(&Band::ALL).prop_map(Value::Band),
        any::<u32>().prop_map(Value::Rounded),
        (0..=100_u8).prop_map(Value::SharePercent),
        any::<u32>().prop_map(Value::Exact),
    ]
}

fn reading() -> impl Strategy<Value = Reading> {
    (
        id(IndicatorId::parse),
        one_of(&[Period::Window, Period::Day, Period::Month]),
        value(),
    )
        .prop_map(|(indicator, period, value)| Reading {
            indicator,
            period,
            value,
        })
}

pub(crate) fn observation() -> impl Strategy<Value = Observation> {
    let what = (
        id(CategoryId::parse),
        id(PlaceId::parse),
        // The years 0 to 9999, all that the wire's spelling of a day can tell.
        -719_528..=2_932_896_i32,
        option::of(id(WindowId::parse)),
        id(MeasureId::parse),
    );
    let how = (
        one_of(Trend::ALL),
        option::of(one_of(SourceKind::ALL)),
        one_of(Urgency::ALL),
        any::<bool>(),
        any::<bool>(),
        vec(reading(), 0..4),
    );
    (what, how).prop_map(
        |(
            (category, place, day, window, measure),
            (trend, source, urgency, exercise, generalised, readings),
        )| Observation {
            category,
            place,
            day: day_from_number(day).expect("within jiff's years"),
            window,
            trend,
            source,
            measure,
            urgency,
            exercise,
            generalised,
            readings,
        },
    )
}

fn predecessor() -> impl Strategy<Value = Predecessor> {
    (lane(), 1..=u64::MAX, frame_hash()).prop_map(|(lane, sequence, frame_hash)| Predecessor {
        lane,
        sequence,
        frame_hash,
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        (audience(), option::of(predecessor())).prop_map(|(audience, predecessor)| {
            Kind::LaneOpened {
                audience,
                predecessor,
            }
        }),
        observation().prop_map(|it| Kind::Situation(Transition::Issued(it))),
        observation().prop_map(|it| Kind::Situation(Transition::Corrected(it))),
        one_of(WithdrawalReason::ALL).prop_map(|it| Kind::Situation(Transition::Withdrawn(it))),
        task_transition().prop_map(Kind::Task),
        meeting_transition().prop_map(Kind::Meeting),
        protocol_transition().prop_map(Kind::Protocol),
        (one_of(SubjectKind::ALL), remark()).prop_map(|(on, it)| Kind::Remark(on, it)),
        (one_of(SubjectKind::ALL), step())
            .prop_map(|(on, version)| { Kind::Acknowledgement(on, Acknowledgement { version }) }),
    ]
}

fn day() -> impl Strategy<Value = Day> {
    (-719_528..=2_932_896_i32).prop_map(|it| day_from_number(it).expect("within jiff's years"))
}

fn step() -> impl Strategy<Value = StepId> {
    any::<[u8; 32]>().prop_map(StepId)
}

fn item() -> impl Strategy<Value = ItemNumber> {
    (1..=u8::MAX).prop_map(ItemNumber)
}

fn subject() -> impl Strategy<Value = SubjectRef> {
    (any::<[u8; 16]>(), id(AgencyId::parse)).prop_map(|(subject, owner)| SubjectRef {
        subject: SubjectId::from_bytes(subject),
        owner,
    })
}

fn agencies() -> impl Strategy<Value = std::collections::BTreeSet<AgencyId>> {
    btree_set(id(AgencyId::parse), 0..4)
}

fn task_terms() -> impl Strategy<Value = TaskTerms> {
    let origin = prop_oneof![
        subject().prop_map(TaskOrigin::Update),
        (subject(), step())
            .prop_map(|(meeting, decision)| TaskOrigin::Decision { meeting, decision }),
    ];
    (
        id(AgencyId::parse),
        id(MeasureId::parse),
        id(CategoryId::parse),
        option::of(id(PlaceId::parse)),
        option::of(day()),
        option::of(origin),
    )
        .prop_map(
            |(assignee, measure, category, place, due, origin)| TaskTerms {
                assignee,
                measure,
                category,
                place,
                due,
                origin,
            },
        )
}

fn task_transition() -> impl Strategy<Value = TaskTransition> {
    prop_oneof![
        task_terms().prop_map(TaskTransition::Proposed),
        task_terms().prop_map(TaskTransition::Assigned),
        task_terms().prop_map(TaskTransition::Amended),
        Just(TaskTransition::Accepted),
        one_of(DeclineReason::ALL).prop_map(TaskTransition::Declined),
        Just(TaskTransition::Progressed),
        Just(TaskTransition::Finished),
        Just(TaskTransition::Returned),
        day().prop_map(|erase_on| TaskTransition::Verified { erase_on }),
        day().prop_map(|erase_on| TaskTransition::Withdrawn { erase_on }),
    ]
}

fn remark() -> impl Strategy<Value = Remark> {
    prop_oneof![
        Just(Remark::Asked),
        step().prop_map(|question| Remark::Answered { question }),
        step().prop_map(|remark| Remark::Retracted { remark }),
    ]
}

fn meeting_terms() -> impl Strategy<Value = MeetingTerms> {
    let agenda_item = (
        item(),
        option::of(id(MeasureId::parse)),
        option::of(subject()),
    )
        .prop_map(|(number, measure, approves)| AgendaItem {
            number,
            measure,
            approves,
        });
    (
        (id(MeetingTypeId::parse), id(AgencyId::parse), agencies()),
        (day(), any::<u16>(), any::<u16>()),
        option::of(id(PlaceId::parse)),
        vec(agenda_item, 0..4),
        option::of(any::<[u8; 16]>()),
    )
        .prop_map(
            |(
                (meeting_type, deputy, invited),
                (day, start_minute, minutes),
                place,
                agenda,
                series,
            )| {
                MeetingTerms {
                    meeting_type,
                    deputy,
                    invited,
                    day,
                    start_minute,
                    minutes,
                    place,
                    agenda,
                    series: series.map(SubjectId::from_bytes),
                }
            },
        )
}

fn cut() -> impl Strategy<Value = Cut> {
    let lane = (any::<[u8; 16]>(), id(AgencyId::parse), any::<u64>()).prop_map(
        |(lane, origin, sequence)| CutLane {
            lane,
            origin,
            sequence,
        },
    );
    vec(lane, 0..4).prop_map(|lanes| Cut { lanes })
}

fn meeting_transition() -> impl Strategy<Value = MeetingTransition> {
    prop_oneof![
        meeting_terms().prop_map(MeetingTransition::Planned),
        meeting_terms().prop_map(MeetingTransition::Amended),
        day().prop_map(|erase_on| MeetingTransition::Cancelled { erase_on }),
        one_of(Answer::ALL).prop_map(MeetingTransition::Answered),
        (agencies(), cut())
            .prop_map(|(participants, cut)| MeetingTransition::Opened { participants, cut }),
        (item(), subject()).prop_map(|(item, update)| MeetingTransition::Pinned { item, update }),
        item().prop_map(|item| MeetingTransition::Found { item }),
        item().prop_map(|item| MeetingTransition::ProposedDecision { item }),
        (item(), task_terms())
            .prop_map(|(item, terms)| MeetingTransition::ProposedTask { item, terms }),
        (item(), option::of(step()))
            .prop_map(|(item, proposal)| MeetingTransition::Decided { item, proposal }),
        (step(), agencies())
            .prop_map(|(decision, agencies)| MeetingTransition::Dissented { decision, agencies }),
        Just(MeetingTransition::Supported),
        agencies().prop_map(|participants| MeetingTransition::TookOver { participants }),
        day().prop_map(|erase_on| MeetingTransition::Closed { erase_on }),
    ]
}

fn protocol_item() -> impl Strategy<Value = ProtocolItem> {
    let copy = (subject(), step(), one_of(&Handling::ALL), observation()).prop_map(
        |(update, version, handling, observation)| UpdateCopy {
            update,
            version,
            handling,
            observation,
        },
    );
    let decision =
        (option::of(step()), agencies()).prop_map(|(step, dissent)| Decision { step, dissent });
    (
        item(),
        option::of(id(MeasureId::parse)),
        vec(subject(), 0..3),
        vec(copy, 0..2),
        vec(id(AgencyId::parse), 0..3),
        vec(decision, 0..3),
        vec(subject(), 0..3),
    )
        .prop_map(
            |(number, measure, updates, copies, assessments, decisions, tasks)| ProtocolItem {
                number,
                measure,
                updates,
                copies,
                assessments,
                decisions,
                tasks,
            },
        )
}

fn protocol_content() -> impl Strategy<Value = Box<ProtocolContent>> {
    let number = (
        id(MeetingTypeId::parse),
        1..=i16::MAX,
        id(AgencyId::parse),
        any::<u32>(),
    )
        .prop_map(|(meeting_type, year, chair, count)| ProtocolNumber {
            meeting_type,
            year,
            chair,
            count,
        });
    let attendance =
        proptest::collection::btree_map(id(AgencyId::parse), one_of(Attendance::ALL), 0..4);
    (
        number,
        subject(),
        id(AgencyId::parse),
        attendance,
        vec(protocol_item(), 0..3),
    )
        .prop_map(|(number, meeting, deputy, attendance, items)| {
            Box::new(ProtocolContent {
                number,
                meeting,
                deputy,
                attendance,
                items,
            })
        })
}

fn protocol_transition() -> impl Strategy<Value = ProtocolTransition> {
    prop_oneof![
        protocol_content().prop_map(ProtocolTransition::Drafted),
        protocol_content().prop_map(ProtocolTransition::Revised),
        protocol_content().prop_map(ProtocolTransition::Circulated),
        step().prop_map(|revision| ProtocolTransition::SignedOff { revision }),
        (step(), option::of(item()))
            .prop_map(|(revision, item)| ProtocolTransition::Objected { revision, item }),
        (step(), item(), one_of(ProposedPart::ALL)).prop_map(|(revision, item, part)| {
            ProtocolTransition::Proposed {
                revision,
                item,
                part,
            }
        }),
        step().prop_map(|revision| ProtocolTransition::Released { revision }),
        (step(), agencies(), agencies()).prop_map(|(revision, silent, objecting)| {
            ProtocolTransition::Reserved {
                revision,
                silent,
                objecting,
            }
        }),
        subject().prop_map(|meeting| ProtocolTransition::Approved { meeting }),
        option::of(item()).prop_map(|item| ProtocolTransition::Corrected { item }),
        Just(ProtocolTransition::Supported),
        Just(ProtocolTransition::TookOver),
    ]
}

/// Text parts with all fields, as any node might make them.
pub(crate) fn text_bytes() -> impl Strategy<Value = Vec<u8>> {
    let line = ".{0,20}";
    let item = (
        line,
        line,
        vec(line, 0..3),
        vec(line, 0..3),
        vec(line, 0..3),
    )
        .prop_map(
            |(title, affairs, assessments, decisions, notes)| federation::ItemText {
                title,
                affairs,
                assessments,
                decisions,
                notes,
            },
        );
    (line, line, line, vec(item, 0..3)).prop_map(|(note, title, description, items)| {
        federation::Text {
            note,
            title,
            description,
            items,
        }
        .encode_to_vec()
    })
}

pub(crate) fn codes() -> impl Strategy<Value = Codes> {
    (
        any::<u32>(),
        "[0-9.]{0,8}",
        any::<[u8; 16]>(),
        vec(frame_hash(), 0..=PARENTS_MAX),
        any::<i64>(),
        any::<bool>(),
        one_of(&Handling::ALL),
        (id(AgencyId::parse), kind()),
    )
        .prop_map(
            |(
                charter_version,
                guard_version,
                subject,
                parents,
                created_at,
                reviewed,
                handling,
                (owner, kind),
            )| {
                Codes {
                    charter_version,
                    guard_version,
                    subject: SubjectId::from_bytes(subject),
                    parents,
                    created_at: UnixMillis(created_at),
                    reviewed,
                    handling,
                    owner: kind.is_step().then_some(owner),
                    kind,
                }
            },
        )
}

fn committed() -> impl Strategy<Value = Committed> {
    (any::<[u8; 32]>(), vec(any::<u8>(), 0..64))
        .prop_map(|(salt, content)| Committed { salt, content })
}

pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    (
        vec(any::<u8>(), 0..256),
        vec(any::<u8>(), 64),
        option::of(committed()),
        option::of(committed()),
    )
        .prop_map(|(frame, signature, codes, text)| Entry {
            frame,
            signature: signature.try_into().expect("64 of them"),
            codes,
            text,
        })
}
