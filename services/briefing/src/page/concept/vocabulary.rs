//! The vocabulary as people look things up in it.

use std::collections::BTreeMap;

use verbund_wire::agency::{Agency, HandlingRule, Indicator, Place, Retention};

use crate::frame::Frame;

/// The vocabulary.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    pub(super) federation: String,
    pub(super) charter_version: u32,
    pub(super) members: Vec<Member>,
    pub(super) districts: Vec<PlaceGroup>,
    pub(super) categories: Vec<Category>,
    pub(super) indicators: Vec<IndicatorRow>,
    pub(super) windows: Vec<String>,
    pub(super) meeting_types: Vec<String>,
    pub(super) silent_sign_off_days: u32,
    /// For how long what is kept, in sentences.
    pub(super) kept: Vec<String>,
    pub(super) handlings: Vec<HandlingRow>,
}

/// A member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) is_own: bool,
    pub(super) is_protected: bool,
    pub(super) is_bound: bool,
}

/// A district with its places.
#[derive(Debug)]
pub(super) struct PlaceGroup {
    pub(super) name: String,
    pub(super) places: Vec<String>,
}

/// A category, and who is asked first.
#[derive(Debug)]
pub(super) struct Category {
    pub(super) name: String,
    pub(super) first: String,
}

/// An indicator.
#[derive(Debug)]
pub(super) struct IndicatorRow {
    pub(super) name: String,
    /// How it is counted: `persons`, `acts`, `share` or `things`.
    pub(super) counts: String,
    pub(super) periods: String,
}

/// What a handling allows.
#[derive(Debug)]
pub(super) struct HandlingRow {
    /// Its number in the contract, which the style sheet's colours go by.
    pub(super) number: i32,
    pub(super) name: String,
    /// In the order of the table's columns.
    pub(super) allows: [bool; 6],
}

impl Vocabulary {
    pub(super) fn new(frame: &Frame) -> Self {
        let Some(concept) = frame.concept.as_deref() else {
            return Self::default();
        };
        let told = &concept.told;
        let term = |it: &Option<verbund_wire::agency::Term>| {
            it.as_ref().map_or_else(String::new, |it| frame.term(it))
        };
        let mut first: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for it in &told.responsibilities {
            first
                .entry(&it.category)
                .or_default()
                .push(frame.agency(&it.agency));
        }
        let category = |it: &verbund_wire::agency::Term| Category {
            name: frame.term(it),
            first: first
                .get(it.id.as_str())
                .map_or_else(String::new, |it| it.join(", ")),
        };
        let member = |it: &Agency| Member {
            name: term(&it.term),
            is_own: it.term.as_ref().is_some_and(|it| it.id == frame.own),
            is_protected: it.protected,
            is_bound: it.bound_to_prosecute,
        };
        Self {
            federation: told
                .federation_term
                .as_ref()
                .map_or_else(|| frame.federation(), |it| frame.term(it)),
            charter_version: told.charter_version,
            members: told.agencies.iter().map(member).collect(),
            districts: districts(&told.places),
            categories: told.categories.iter().map(category).collect(),
            indicators: told
                .indicators
                .iter()
                .map(|it| indicator(frame, it))
                .collect(),
            windows: told
                .windows
                .iter()
                .map(|it| frame.window(it).into_owned())
                .collect(),
            meeting_types: told.meeting_types.iter().map(|it| frame.term(it)).collect(),
            silent_sign_off_days: told.silent_sign_off_days,
            kept: told
                .retention
                .iter()
                .flat_map(|it| kept(frame, it))
                .collect(),
            handlings: told
                .handlings
                .iter()
                .map(|it| handling(frame, it))
                .collect(),
        }
    }
}

fn kept(frame: &Frame, it: &Retention) -> [String; 4] {
    [
        ("kept-updates", it.update_days),
        ("kept-figures", it.reading_days),
        ("kept-tasks", it.task_after_close_days),
        ("kept-protocols", it.protocol_days),
    ]
    .map(|(key, days)| frame.t1(key, "count", days).into_owned())
}

/// The places by their districts, in the charter's order.
fn districts(places: &[Place]) -> Vec<PlaceGroup> {
    let is_head = |it: &Place| it.district.is_empty() || it.district == it.id;
    let heads = places.iter().filter(|it| is_head(it));
    let group = |head: &Place| PlaceGroup {
        name: head.name.clone(),
        places: places
            .iter()
            .filter(|it| !is_head(it) && it.district == head.id)
            .map(|it| it.name.clone())
            .collect(),
    };
    heads.map(group).collect()
}

fn indicator(frame: &Frame, it: &Indicator) -> IndicatorRow {
    // The charter's words for periods and classes are closed lists; one of a newer release shows as it is.
    let word = |prefix: &str, word: &str| {
        let key = format!("{prefix}-{word}");
        if frame.lang.has(&key) {
            frame.t(&key).into_owned()
        } else {
            word.to_owned()
        }
    };
    let periods: Vec<_> = it
        .periods
        .iter()
        .map(|it| word("concept-period", it))
        .collect();
    IndicatorRow {
        name: it
            .term
            .as_ref()
            .map_or_else(String::new, |it| frame.term(it)),
        counts: word("concept-counts", &it.counts),
        periods: periods.join(", "),
    }
}

fn handling(frame: &Frame, it: &HandlingRule) -> HandlingRow {
    HandlingRow {
        number: it.handling,
        name: frame.handling(it.handling).into_owned(),
        allows: [
            it.relay,
            it.report,
            it.export,
            it.projector,
            it.public_bulletin,
            it.second_coordinator,
        ],
    }
}
