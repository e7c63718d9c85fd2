//! Two revisions of a protocol beside each other, part by part, where they differ.

use comfy_table::Table;
use serde_json::{Value, json};
use verbund_wire::agency::{DecisionDraft, Protocol, SubjectKey};

use crate::output::{clean, new_table};
use crate::subject::{in_full, step_in_short};
use crate::text;

/// A part of a protocol: its path for machines, its name for people, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    path: String,
    name: String,
    text: String,
}

/// A part in two revisions; nothing where one does not have it.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    path: String,
    name: String,
    seen: Option<String>,
    in_force: Option<String>,
}

/// What differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changes(Vec<Change>);

impl Changes {
    /// The parts that differ, in the order of the revision in force, and behind them those that it no longer has.
    pub(super) fn between(seen: &Protocol, in_force: &Protocol) -> Self {
        let (was, is) = (parts(seen), parts(in_force));
        let find = |among: &[Part], path: &str| {
            let found = among.iter().find(|part| part.path == path);
            found.map(|part| part.text.clone())
        };
        let gone = was.iter().filter(|it| find(&is, &it.path).is_none());
        let changes = is.iter().chain(gone).map(|part| Change {
            seen: find(&was, &part.path),
            in_force: find(&is, &part.path),
            path: part.path.clone(),
            name: part.name.clone(),
        });
        Self(changes.filter(|it| it.seen != it.in_force).collect())
    }

    pub(super) fn to_table(&self, seen: &str, in_force: &str) -> Table {
        let mut table = new_table([
            text::COLUMN_PART.to_string(),
            text::COLUMN_READ.fill(&[&step_in_short(seen)]),
            text::COLUMN_IN_FORCE.fill(&[&step_in_short(in_force)]),
        ]);
        for it in &self.0 {
            let shown = |text: &Option<String>| match text {
                Some(text) => clean(text),
                None => text::NOT_THERE.to_string(),
            };
            table.add_row([it.name.clone(), shown(&it.seen), shown(&it.in_force)]);
        }
        table
    }

    pub(super) fn to_json(&self, seen: &str, in_force: &str) -> Value {
        let change =
            |it: &Change| json!({ "part": it.path, "seen": it.seen, "in_force": it.in_force });
        json!({
            "reason": "STALE_REVISION",
            "seen": seen,
            "in_force": in_force,
            "changes": self.0.iter().map(change).collect::<Vec<_>>(),
        })
    }
}

/// All parts of a protocol that its writer writes.
fn parts(it: &Protocol) -> Vec<Part> {
    let mut parts = vec![Part {
        path: "title".to_owned(),
        name: text::COLUMN_TITLE.to_string(),
        text: it.title.clone(),
    }];
    for item in &it.items {
        let number = item.number;
        let mut add = |field: &str, name: String, text: String| {
            if !text.is_empty() {
                parts.push(Part {
                    path: format!("item[{number}].{field}"),
                    name: text::ITEM_PART.fill(&[&number, &name]),
                    text,
                });
            }
        };
        add("title", text::COLUMN_TITLE.to_string(), item.title.clone());
        let measure = item.measure.to_uppercase();
        add("measure", text::COLUMN_MEASURE.to_string(), measure);
        add(
            "affairs",
            text::FACT_AFFAIRS.to_string(),
            item.affairs.clone(),
        );
        add(
            "updates",
            text::FACT_UPDATES.to_string(),
            keys(&item.updates),
        );
        for it in &item.assessments {
            let name = text::ASSESSMENT_OF.fill(&[&clean(&it.agency)]);
            let field = format!("assessment[{}]", it.agency);
            add(&field, name, it.text.clone());
        }
        for (index, it) in (1..).zip(&item.decisions) {
            let name = text::DECISION_N.fill(&[&index]);
            add(&format!("decision[{index}]"), name, decision(it));
        }
        add("tasks", text::FACT_TASKS.to_string(), keys(&item.tasks));
    }
    parts
}

fn keys(all: &[SubjectKey]) -> String {
    all.iter().map(in_full).collect::<Vec<_>>().join(", ")
}

fn decision(it: &DecisionDraft) -> String {
    if it.dissent.is_empty() {
        return it.text.clone();
    }
    let dissent = text::NOT_AGREED.fill(&[&it.dissent.join(", ")]);
    format!("{} ({dissent})", it.text)
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Assessment, ProtocolItem};

    use super::*;

    fn protocol(affairs: &str, assessments: &[(&str, &str)], decisions: &[&str]) -> Protocol {
        let assessments = assessments.iter().map(|(agency, text)| Assessment {
            agency: (*agency).to_owned(),
            text: (*text).to_owned(),
        });
        let decisions = decisions.iter().map(|text| DecisionDraft {
            text: (*text).to_owned(),
            ..DecisionDraft::default()
        });
        Protocol {
            title: "Lage".to_owned(),
            items: vec![ProtocolItem {
                number: 2,
                title: "Platz".to_owned(),
                affairs: affairs.to_owned(),
                assessments: assessments.collect(),
                decisions: decisions.collect(),
                ..ProtocolItem::default()
            }],
            ..Protocol::default()
        }
    }

    #[test]
    fn only_what_differs_stands_side_by_side() {
        let seen = protocol("Ruhig.", &[("dhz", "Gut."), ("kod", "Gut.")], &["Weiter."]);
        let in_force = protocol("Unruhig.", &[("dhz", "Gut.")], &["Weiter.", "Mehr."]);
        let changes = Changes::between(&seen, &in_force);
        let told: Vec<_> = changes
            .0
            .iter()
            .map(|it| (it.path.as_str(), it.seen.as_deref(), it.in_force.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("item[2].affairs", Some("Ruhig."), Some("Unruhig.")),
                ("item[2].decision[2]", None, Some("Mehr.")),
                ("item[2].assessment[kod]", Some("Gut."), None),
            ]
        );
        let table = changes
            .to_table(&"ab".repeat(32), &"cd".repeat(32))
            .to_string();
        for words in [
            "abababababab",
            "cdcdcdcdcdcd",
            "TOP 2, Sachstand",
            "Unruhig.",
            "–",
        ] {
            assert!(table.contains(words), "{words}: {table}");
        }
        let json = changes.to_json("ab", "cd");
        assert_eq!(json["changes"][0]["part"], "item[2].affairs");
        assert_eq!(Changes::between(&seen, &seen).0, []);
    }

    #[test]
    fn dissent_is_a_difference() {
        let mut other = protocol("", &[], &["Weiter."]);
        other.items[0].decisions[0].dissent = vec!["kod".to_owned()];
        let changes = Changes::between(&protocol("", &[], &["Weiter."]), &other);
        assert_eq!(changes.0.len(), 1);
        assert_eq!(
            changes.0[0].in_force.as_deref(),
            Some("Weiter. (nicht einverstanden: kod)")
        );
    }
}
