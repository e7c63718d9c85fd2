//! The closed choices of the form, as large targets in an order that saves a thumb its way: what is often told first.

use std::collections::HashMap;

use jiff::civil::Date;
use verbund_wire::agency::{Place, Situation};
use verbund_wire::federation::{Handling, SourceKind, Trend, Urgency};
use verbund_wire::words::{Word, short};

use super::draft::{Draft, Row, partners, period_of};
use crate::concept::Concept;
use crate::frame::Frame;

/// Places that stand first since they are told of most.
const OFTEN_MAX: usize = 6;

/// One closed choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What is sent.
    pub(crate) value: String,
    /// What is read.
    pub(crate) text: String,
    /// What it means, where the word does not say it; empty for nothing.
    pub(crate) hint: String,
    /// A fact for the script.
    pub(crate) fact: String,
    /// It is chosen.
    pub(crate) chosen: bool,
}

/// Choices under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) choices: Vec<Choice>,
}

/// What is told most: it orders the form, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Habits {
    /// Places, the most told first.
    places: Vec<String>,
    /// The measure that most updates of a category name.
    measures: HashMap<String, String>,
    /// The measure for a category of which nothing was told yet: the one that is named most, or the charter's first.
    usual: Option<String>,
}

impl Habits {
    /// What the latest updates tell; of places, what the own agency tells.
    pub(crate) fn of(updates: &[Situation], own: &str, concept: &Concept) -> Self {
        let mut all: HashMap<&str, usize> = HashMap::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut measures: HashMap<&str, HashMap<&str, usize>> = HashMap::new();
        for update in updates {
            let Some(told) = &update.observation else {
                continue;
            };
            if update.agency == own {
                *places.entry(&told.place).or_default() += 1;
            }
            let of_category = measures.entry(&told.category).or_default();
            *of_category.entry(&told.measure).or_default() += 1;
            *all.entry(&told.measure).or_default() += 1;
        }
        let first = concept.told.measures.first().map(|it| it.id.clone());
        Self {
            usual: by_count(all).into_iter().next().or(first),
            places: by_count(places),
            measures: measures
                .into_iter()
                .filter_map(|(category, counts)| {
                    let first = by_count(counts).into_iter().next()?;
                    Some((category.to_owned(), first))
                })
                .collect(),
        }
    }

    /// The measure that goes with a category.
    pub(crate) fn measure(&self, category: &str) -> Option<&str> {
        self.measures
            .get(category)
            .or(self.usual.as_ref())
            .map(String::as_str)
    }
}

/// The most frequent first; of equal ones, by name, so that a form does not change from one look to the next.
fn by_count(counts: HashMap<&str, usize>) -> Vec<String> {
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then(a.cmp(b)));
    counts.into_iter().map(|(id, _)| id.to_owned()).collect()
}

/// All choices of a form.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) places: Vec<Group>,
    pub(crate) categories: Vec<Choice>,
    pub(crate) days: Vec<Choice>,
    /// Another day is chosen.
    pub(crate) other_day: String,
    pub(crate) windows: Vec<Choice>,
    pub(crate) trends: Vec<Choice>,
    pub(crate) sources: Vec<Choice>,
    pub(crate) measures: Vec<Choice>,
    pub(crate) urgencies: Vec<Choice>,
    pub(crate) handlings: Vec<Choice>,
    pub(crate) audience: Vec<Choice>,
    /// The indicators with their periods, for each row of figures.
    pub(crate) figures: Vec<Vec<Choice>>,
}

impl Shape {
    /// The choices, with what a draft has chosen. A correction can't be CLEAR: nobody else would confirm it.
    pub(crate) fn new(
        frame: &Frame,
        concept: &Concept,
        habits: &Habits,
        draft: &Draft,
        is_correction: bool,
    ) -> Self {
        let is_other = draft.day.is_empty()
            || days(frame)
                .iter()
                .all(|(day, _)| day.to_string() != draft.day);
        let handlings = words::<Handling>(
            draft.handling,
            |it| frame.handling(it).into_owned(),
            |it| frame.t(&format!("handling-hint-{it}")).into_owned(),
        );
        let clear = short::<Handling>(Handling::Clear as i32);
        Self {
            places: places(frame, concept, habits, &draft.place),
            categories: concept
                .told
                .categories
                .iter()
                .map(|it| Choice {
                    text: frame.term(it),
                    fact: habits.measure(&it.id).unwrap_or_default().to_owned(),
                    chosen: it.id == draft.category,
                    value: it.id.clone(),
                    ..Choice::default()
                })
                .collect(),
            days: day_choices(frame, &draft.day, is_other),
            other_day: if is_other {
                draft.day.clone()
            } else {
                String::new()
            },
            windows: windows(frame, concept, &draft.window),
            trends: words::<Trend>(
                draft.trend,
                |it| format!("{} {}", super::trend_sign(it), frame.trend(it)),
                |_| String::new(),
            ),
            sources: words::<SourceKind>(
                draft.source,
                |it| frame.source(it).into_owned(),
                |_| String::new(),
            ),
            measures: concept
                .told
                .measures
                .iter()
                .map(|it| Choice {
                    text: frame.measure(&it.id),
                    chosen: it.id == draft.measure,
                    value: it.id.clone(),
                    ..Choice::default()
                })
                .collect(),
            urgencies: words::<Urgency>(
                draft.urgency,
                |it| frame.urgency(it).into_owned(),
                |_| String::new(),
            ),
            handlings: handlings
                .into_iter()
                .filter(|it| !is_correction || Some(&it.value) != clear.as_ref())
                .collect(),
            audience: partners(concept, &frame.own)
                .into_iter()
                .map(|id| Choice {
                    text: frame.agency(&id),
                    chosen: draft.audience.contains(&id),
                    value: id,
                    ..Choice::default()
                })
                .collect(),
            figures: draft
                .readings
                .iter()
                .map(|row| figures(frame, concept, row))
                .collect(),
        }
    }
}

/// The words of an enum of the contract.
fn words<W: Word>(
    chosen: i32,
    text: impl Fn(i32) -> String,
    hint: impl Fn(i32) -> String,
) -> Vec<Choice> {
    let numbers = (1..).map_while(|number| Some((number, W::proto_name(number)?)));
    numbers
        .map(|(number, _)| Choice {
            value: short::<W>(number).unwrap_or_default(),
            text: text(number),
            hint: hint(number),
            chosen: number == chosen,
            ..Choice::default()
        })
        .collect()
}

/// What is often told of, then all others by district. Each place is there once.
fn places(frame: &Frame, concept: &Concept, habits: &Habits, chosen: &str) -> Vec<Group> {
    let choice = |it: &Place| Choice {
        value: it.id.clone(),
        text: it.name.clone(),
        fact: if is_district(it) {
            "districts"
        } else {
            "places"
        }
        .to_owned(),
        chosen: it.id == chosen,
        ..Choice::default()
    };
    let often: Vec<&Place> = habits
        .places
        .iter()
        .filter_map(|id| concept.place(id))
        .take(OFTEN_MAX)
        .collect();
    let rest = |it: &&Place| !often.iter().any(|place| place.id == it.id);
    let mut groups = Vec::new();
    if !often.is_empty() {
        groups.push(Group {
            title: frame.t("places-often").into_owned(),
            choices: often.iter().map(|it| choice(it)).collect(),
        });
    }
    let all = &concept.told.places;
    for district in all.iter().filter(|it| is_district(it)) {
        let within = all
            .iter()
            .filter(|it| it.district == district.id && it.id != district.id);
        let whole = Choice {
            text: frame
                .t1("place-whole", "place", district.name.clone())
                .into_owned(),
            ..choice(district)
        };
        let choices: Vec<Choice> = within
            .filter(rest)
            .map(choice)
            .chain(Some(district).filter(rest).map(|_| whole))
            .collect();
        if !choices.is_empty() {
            groups.push(Group {
                title: district.name.clone(),
                choices,
            });
        }
    }
    let elsewhere: Vec<Choice> = all
        .iter()
        .filter(|it| !is_district(it) && concept.place(&it.district).is_none())
        .filter(rest)
        .map(choice)
        .collect();
    if !elsewhere.is_empty() {
        groups.push(Group {
            title: frame.t("places-elsewhere").into_owned(),
            choices: elsewhere,
        });
    }
    groups
}

/// Zones and quarters stand for the places in them.
fn is_district(it: &Place) -> bool {
    matches!(it.r#type.as_str(), "zone" | "quartier")
}

/// Today and yesterday, with what they are called.
fn days(frame: &Frame) -> Vec<(Date, &'static str)> {
    let today = frame.today();
    let yesterday = today.yesterday().unwrap_or(today);
    vec![(today, "day-today"), (yesterday, "day-yesterday")]
}

fn day_choices(frame: &Frame, chosen: &str, is_other: bool) -> Vec<Choice> {
    let near = days(frame).into_iter().map(|(day, key)| Choice {
        text: frame.t1(key, "day", frame.lang.day_short(day)).into_owned(),
        chosen: day.to_string() == chosen,
        value: day.to_string(),
        ..Choice::default()
    });
    let other = Choice {
        value: "other".to_owned(),
        text: frame.t("day-other").into_owned(),
        chosen: is_other,
        ..Choice::default()
    };
    near.chain([other]).collect()
}

fn windows(frame: &Frame, concept: &Concept, chosen: &str) -> Vec<Choice> {
    let all = concept.told.windows.iter().map(String::as_str).chain([""]);
    all.map(|window| Choice {
        value: window.to_owned(),
        text: frame.window(window).into_owned(),
        chosen: window == chosen,
        ..Choice::default()
    })
    .collect()
}

/// Each indicator with each of its periods.
fn figures(frame: &Frame, concept: &Concept, row: &Row) -> Vec<Choice> {
    let indicators = concept.told.indicators.iter().flat_map(|indicator| {
        let id = indicator.term.as_ref().map_or("", |it| &it.id);
        indicator.periods.iter().map(move |period| {
            let value = format!("{id}/{period}");
            let (name, of) = (frame.indicator(id), frame.period(period_of(period) as i32));
            Choice {
                text: format!("{name} · {of}"),
                hint: indicator.told_of.clone(),
                fact: indicator.counts.clone(),
                chosen: value == row.what,
                value,
            }
        })
    });
    indicators.collect()
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::GetConceptResponse;
    use verbund_wire::federation::Observation;

    use super::*;
    use crate::lang::Lang;

    fn told(agency: &str, place: &str, category: &str, measure: &str) -> Situation {
        Situation {
            agency: agency.to_owned(),
            observation: Some(Observation {
                place: place.to_owned(),
                category: category.to_owned(),
                measure: measure.to_owned(),
                ..Observation::default()
            }),
            ..Situation::default()
        }
    }

    fn place(id: &str, kind: &str, district: &str) -> Place {
        Place {
            id: id.to_owned(),
            name: id.to_owned(),
            r#type: kind.to_owned(),
            district: district.to_owned(),
            ..Place::default()
        }
    }

    #[test]
    fn what_the_own_agency_tells_of_most_stands_first_and_each_place_stands_once() {
        let concept = Concept::new(GetConceptResponse {
            places: vec![
                place("ostwall", "platz", "mitte"),
                place("stadtgarten", "gruenflaeche", "mitte"),
                place("mitte", "zone", ""),
                place("insel", "platz", ""),
            ],
            ..GetConceptResponse::default()
        });
        let updates = [
            told("kod", "stadtgarten", "ordnung", "m1"),
            told("dhz", "ostwall", "ordnung", "m1"),
            told("dhz", "ostwall", "ordnung", "m3"),
        ];
        let habits = Habits::of(&updates, "kod", &concept);
        assert_eq!(habits.measure("ordnung"), Some("m1"));
        assert_eq!(habits.measure("never-told"), Some("m1"));
        let groups = places(&Frame::sample(Lang::De), &concept, &habits, "insel");
        let ids: Vec<Vec<&str>> = groups
            .iter()
            .map(|it| it.choices.iter().map(|it| it.value.as_str()).collect())
            .collect();
        assert_eq!(
            ids,
            [vec!["stadtgarten"], vec!["ostwall", "mitte"], vec!["insel"]]
        );
        assert!(groups[2].choices[0].chosen);
    }

    #[test]
    fn a_correction_offers_no_clear() {
        let concept = Concept::new(GetConceptResponse::default());
        let frame = Frame::sample(Lang::De);
        let offered = |is_correction: bool| {
            let draft = Draft::default();
            let shape = Shape::new(&frame, &concept, &Habits::default(), &draft, is_correction);
            shape.handlings.iter().any(|it| it.value == "clear")
        };
        assert!(offered(false) && !offered(true));
    }
}
