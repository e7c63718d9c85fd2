//! What of the feed is looked at, as the address says it.

use std::borrow::Cow;

use verbund_wire::agency::{ExerciseFilter, SituationFilter};
use verbund_wire::federation::Urgency;
use verbund_wire::words::number;

use crate::form::Fields;
use crate::frame::Frame;
use crate::page::choices::{self, Choice};

/// What of the feed is looked at. Nothing said means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) place: String,
    pub(crate) category: String,
    pub(crate) agency: String,
    pub(crate) measure: String,
    /// A word of the contract.
    pub(crate) urgency: String,
    /// `none` or `only`.
    pub(crate) exercise: String,
    /// The first day, YYYY-MM-DD.
    pub(crate) from: String,
    /// The last day, YYYY-MM-DD.
    pub(crate) to: String,
    /// Where the page begins, as the node named it.
    pub(crate) page_token: String,
}

/// A list of the filter's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Select {
    /// What the address calls it.
    pub(crate) name: &'static str,
    /// What people call it.
    pub(crate) label: Cow<'static, str>,
    /// What can be chosen, besides everything.
    pub(crate) choices: Vec<Choice>,
}

impl Filter {
    /// What an address says.
    pub(crate) fn of(fields: &Fields) -> Self {
        let one = |name: &str| fields.one(name).to_owned();
        Self {
            place: one("place"),
            category: one("category"),
            agency: one("agency"),
            measure: one("measure"),
            urgency: one("urgency"),
            exercise: one("exercise"),
            from: one("from"),
            to: one("to"),
            page_token: one("page"),
        }
    }

    /// What the node is asked for.
    pub(crate) fn to_wire(&self) -> SituationFilter {
        let some = |value: &str| match value {
            "" => Vec::new(),
            value => vec![value.to_owned()],
        };
        SituationFilter {
            agencies: some(&self.agency),
            categories: some(&self.category),
            places: some(&self.place),
            from_day: self.from.clone(),
            to_day: self.to.clone(),
            measures: some(&self.measure),
            urgencies: number::<Urgency>(&self.urgency).into_iter().collect(),
            exercises: match self.exercise.as_str() {
                "none" => ExerciseFilter::None,
                "only" => ExerciseFilter::Only,
                _ => ExerciseFilter::Unspecified,
            } as i32,
        }
    }

    /// The address of a page of the same view.
    pub(crate) fn address(&self, page_token: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.said() {
            query.append_pair(name, value);
        }
        query.append_pair("page", page_token);
        format!("/feed?{}", query.finish())
    }

    /// Something was chosen.
    pub(crate) fn is_any(&self) -> bool {
        self.said().next().is_some()
    }

    /// A later page than the first.
    pub(crate) fn is_later_page(&self) -> bool {
        !self.page_token.is_empty()
    }

    /// The address of the newest updates of the same view.
    pub(crate) fn newest(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        self.said().for_each(|(name, value)| {
            query.append_pair(name, value);
        });
        match query.finish().as_str() {
            "" => "/feed".to_owned(),
            query => format!("/feed?{query}"),
        }
    }

    fn said(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("place", &self.place),
            ("category", &self.category),
            ("agency", &self.agency),
            ("measure", &self.measure),
            ("urgency", &self.urgency),
            ("exercise", &self.exercise),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let said = all.into_iter().filter(|(_, value)| !value.is_empty());
        said.map(|(name, value)| (name, value.as_str()))
    }

    /// The lists of the form.
    pub(crate) fn selects(&self, frame: &Frame) -> Vec<Select> {
        let exercises = ["none", "only"].map(|word| Choice {
            value: word.to_owned(),
            text: frame.t(&format!("filter-exercise-{word}")).into_owned(),
            is_chosen: word == self.exercise,
        });
        let urgencies =
            choices::words::<Urgency>(|it| frame.urgency(it).into_owned(), &self.urgency);
        let all = [
            ("place", "field-place", choices::places(frame, &self.place)),
            (
                "category",
                "field-category",
                choices::categories(frame, &self.category),
            ),
            (
                "agency",
                "field-agency",
                choices::agencies(frame, &self.agency),
            ),
            (
                "measure",
                "field-measure",
                choices::measures(frame, &self.measure),
            ),
            ("urgency", "field-urgency", urgencies),
            ("exercise", "filter-exercise", exercises.to_vec()),
        ];
        let select = |(name, label, choices): (&'static str, &str, Vec<Choice>)| Select {
            name,
            label: frame.t(label),
            choices,
        };
        all.into_iter().map(select).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_in_its_address_and_pages_keep_it() {
        let typed =
            b"place=ostwall&category=&urgency=soon&exercise=none&from=2026-11-01&notice=x&page=abc";
        let filter = Filter::of(&Fields::parse(typed));
        assert!(filter.is_any() && filter.is_later_page());
        assert_eq!(
            filter.address("n&xt"),
            "/feed?place=ostwall&urgency=soon&exercise=none&from=2026-11-01&page=n%26xt"
        );
        let asked = filter.to_wire();
        assert_eq!(asked.places, ["ostwall"]);
        assert_eq!(asked.urgencies, [Urgency::Soon as i32]);
        assert_eq!(asked.exercises(), ExerciseFilter::None);
        assert!(asked.categories.is_empty() && asked.from_day == "2026-11-01");
    }

    #[test]
    fn nothing_said_is_everything() {
        let filter = Filter::of(&Fields::default());
        assert_eq!(filter.newest(), "/feed");
        assert_eq!(filter.to_wire(), SituationFilter::default());
    }
}
