//! A protocol's draft as a TOML file: what `protocol show --edit` writes and `protocol revise` reads.
//!
//! What is unknown is refused, and nothing of the texts is repeated in an error.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use verbund_wire::agency::{
    Assessment, DecisionDraft, Protocol, ProtocolDraft, ProtocolItemDraft, SubjectKey,
};

use crate::commands::read_text;
use crate::exit;
use crate::output::clean;
use crate::subject::{Named, in_full};
use crate::text;

/// A draft, and what it was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    /// The protocol; only to be told early when the file is another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) protocol: Option<String>,
    /// The revision that was edited. Another one in force is told before anything is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<String>,
    #[serde(default)]
    title: String,
    #[serde(default, rename = "item", skip_serializing_if = "Vec::is_empty")]
    items: Vec<Item>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    number: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    measure: String,
    title: String,
    #[serde(default)]
    affairs: String,
    /// `owner/id` each.
    #[serde(default)]
    updates: Vec<String>,
    /// As `updates`.
    #[serde(default)]
    tasks: Vec<String>,
    #[serde(default, rename = "assessment", skip_serializing_if = "Vec::is_empty")]
    assessments: Vec<AssessmentForm>,
    #[serde(default, rename = "decision", skip_serializing_if = "Vec::is_empty")]
    decisions: Vec<Decision>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AssessmentForm {
    agency: String,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    text: String,
    /// The step of the meeting that recorded it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    step: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dissent: Vec<String>,
}

impl Form {
    /// A protocol as it is to be edited.
    pub(super) fn of(it: &Protocol) -> Self {
        let names = |keys: &[SubjectKey]| keys.iter().map(in_full).collect();
        let items = it.items.iter().map(|it| Item {
            number: it.number,
            measure: it.measure.clone(),
            title: it.title.clone(),
            affairs: it.affairs.clone(),
            updates: names(&it.updates),
            tasks: names(&it.tasks),
            assessments: (it.assessments.iter())
                .map(|it| AssessmentForm {
                    agency: it.agency.clone(),
                    text: it.text.clone(),
                })
                .collect(),
            decisions: (it.decisions.iter())
                .map(|it| Decision {
                    text: it.text.clone(),
                    step: it.step.clone(),
                    dissent: it.dissent.clone(),
                })
                .collect(),
        });
        Self {
            protocol: it.key.as_ref().map(in_full),
            revision: Some(it.revision.clone()),
            title: it.title.clone(),
            items: items.collect(),
        }
    }

    /// The file's text, with what the reader has to know at its top. TOML escapes what a terminal would obey.
    ///
    /// # Errors
    /// Never, for what [`Form::of`] gives.
    pub(super) fn to_toml(&self) -> anyhow::Result<String> {
        let body = toml::to_string_pretty(self).context("a protocol as TOML")?;
        Ok(format!("{}\n{body}", text::FORM_HEAD))
    }

    /// Reads a file, or standard input where it is `-`.
    ///
    /// # Errors
    /// When it can't be read, isn't TOML, lacks a key or has one that is unknown.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let source = read_text(path)?;
        Self::parse(&source).map_err(|(line, problem)| {
            exit::usage(text::BAD_FORM.fill(&[&path.display(), &line, &problem]))
        })
    }

    fn parse(source: &str) -> Result<Self, (usize, String)> {
        toml::from_str(source).map_err(|error| {
            let place = error.span().map_or(0, |span| span.start);
            let before = source.get(..place).unwrap_or_default();
            let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
            (line, without_values(error.message()))
        })
    }

    /// The draft as the node gets it.
    ///
    /// # Errors
    /// When an update or a task is named by something that is no id.
    pub(super) fn draft(self) -> anyhow::Result<ProtocolDraft> {
        let items = self.items.into_iter().map(Item::draft);
        Ok(ProtocolDraft {
            title: self.title,
            items: items.collect::<anyhow::Result<_>>()?,
        })
    }
}

impl Item {
    fn draft(self) -> anyhow::Result<ProtocolItemDraft> {
        let assessments = self.assessments.into_iter().map(|it| Assessment {
            agency: it.agency,
            text: it.text,
        });
        let decisions = self.decisions.into_iter().map(|it| DecisionDraft {
            text: it.text,
            step: it.step,
            dissent: it.dissent,
        });
        Ok(ProtocolItemDraft {
            number: self.number,
            measure: self.measure,
            title: self.title,
            affairs: self.affairs,
            updates: keys(&self.updates, self.number, "updates")?,
            assessments: assessments.collect(),
            decisions: decisions.collect(),
            tasks: keys(&self.tasks, self.number, "tasks")?,
        })
    }
}

fn keys(given: &[String], item: u32, field: &str) -> anyhow::Result<Vec<SubjectKey>> {
    let key = |given: &String| match given.parse::<Named>() {
        Ok(named) if named.is_whole() => Ok(named.key()),
        _ => Err(exit::usage(text::FORM_BAD_ID.fill(&[&item, &field]))),
    };
    given.iter().map(key).collect()
}

/// What is wrong, without what stood there: it may be a text that nobody else is to read.
fn without_values(message: &str) -> String {
    let wrong_value = message.starts_with("invalid type") || message.starts_with("invalid value");
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if wrong_value => text::JSON_WANTED.fill(&[&clean(expected)]),
        _ => clean(message.lines().next().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::ProtocolItem;

    use super::*;

    const ID: &str = "3f2a91c4-0d4e-4f6b-8a53-5f0e6b1c2d3e";

    fn protocol() -> Protocol {
        let key = |owner: &str| SubjectKey {
            subject: ID.to_owned(),
            owner: owner.to_owned(),
        };
        Protocol {
            key: Some(key("kod")),
            revision: "ab".repeat(32),
            title: "Lage „Theaterplatz“".to_owned(),
            items: vec![
                ProtocolItem {
                    number: 1,
                    measure: "m1".to_owned(),
                    title: "Lage".to_owned(),
                    affairs: "Weniger Glas.\u{1b}[2J \"so\" und ''' so".to_owned(),
                    updates: vec![key("dhz"), key("kod")],
                    assessments: vec![Assessment {
                        agency: "dhz".to_owned(),
                        text: "Besser.".to_owned(),
                    }],
                    decisions: vec![
                        DecisionDraft {
                            text: "Weiter so.".to_owned(),
                            step: "cd".repeat(32),
                            dissent: vec!["polizei".to_owned()],
                        },
                        DecisionDraft {
                            text: "Bericht im März.".to_owned(),
                            ..DecisionDraft::default()
                        },
                    ],
                    tasks: vec![key("quartiersbuero")],
                    ..ProtocolItem::default()
                },
                ProtocolItem {
                    number: 4,
                    title: "Sonstiges".to_owned(),
                    ..ProtocolItem::default()
                },
            ],
            ..Protocol::default()
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let form = Form::of(&protocol());
        let toml = form.to_toml().unwrap();
        assert!(!toml.contains('\u{1b}'), "{toml}");
        let again = Form::parse(&toml).unwrap();
        assert_eq!(again, form);
        let draft = again.draft().unwrap();
        let items = protocol().items;
        assert_eq!(draft.title, protocol().title);
        for (sent, item) in draft.items.iter().zip(&items) {
            assert_eq!((sent.number, &sent.affairs), (item.number, &item.affairs));
            assert_eq!((&sent.measure, &sent.title), (&item.measure, &item.title));
            assert_eq!((&sent.updates, &sent.tasks), (&item.updates, &item.tasks));
            assert_eq!(sent.assessments, item.assessments);
            assert_eq!(sent.decisions, item.decisions);
        }
        assert_eq!(draft.items.len(), 2);
    }

    #[test]
    fn what_is_unknown_or_wrong_is_told_with_its_line_and_without_its_value() {
        let unknown = Form::parse("title = \"a\"\ncolour = 1\n").unwrap_err();
        assert_eq!(unknown.0, 2);
        assert!(unknown.1.contains("colour"), "{unknown:?}");
        for wrong in [
            "[[item]]\nnumber = \"Max Mustermann\"\ntitle = \"a\"\n",
            "[[item]]\nnumber = 1\ntitle = [\"Max Mustermann\"]\n",
            "title = \"Max Mustermann\n",
            "title = Max Mustermann\n",
        ] {
            let (line, problem) = Form::parse(wrong).unwrap_err();
            assert!(line <= 3 && !problem.contains("Mustermann"), "{problem}");
        }
        let (_, missing) = Form::parse("[[item]]\nnumber = 1\n").unwrap_err();
        assert!(missing.contains("title"), "{missing}");
    }

    #[test]
    fn an_update_is_named_by_its_whole_id() {
        for wrong in ["3f2a", "not an id", "kod/"] {
            let source = format!("[[item]]\nnumber = 2\ntitle = \"a\"\nupdates = [\"{wrong}\"]\n");
            let error = Form::parse(&source).unwrap().draft().unwrap_err();
            assert!(error.to_string().contains("updates"), "{error}");
            assert!(!error.to_string().contains(wrong), "{error}");
        }
        let source = format!("[[item]]\nnumber = 2\ntitle = \"a\"\ntasks = [\"{ID}\"]\n");
        let draft = Form::parse(&source).unwrap().draft().unwrap();
        assert_eq!(draft.items[0].tasks[0].owner, "");
    }
}
