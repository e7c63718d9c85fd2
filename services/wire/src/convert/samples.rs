//! Values of all shapes for the laws that conversions keep.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use verbund_ledger::{Committed, Entry, FrameHash, LaneId};
use verbund_model::{
    AgencyId, Audience, Band, CategoryId, Handling, IndicatorId, MeasureId, Observation, Period,
    PlaceId, Reading, SourceKind, SubjectId, Transition, Trend, UnixMillis, Urgency, Value,
    WindowId, WithdrawalReason, day_from_number,
};

use super::codes::{Codes, Kind, PARENTS_MAX, Predecessor};

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
    ]
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
        kind(),
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
                kind,
            )| {
                Codes {
                    charter_version,
                    guard_version,
                    subject: SubjectId::from_bytes(subject),
                    parents,
                    created_at: UnixMillis(created_at),
                    reviewed,
                    handling,
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
