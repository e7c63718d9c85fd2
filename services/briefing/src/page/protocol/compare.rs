//! Two revisions of a protocol beside each other: what was taken out and what was put in.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use verbund_wire::agency::{Protocol, ProtocolItem, SubjectKey};

use super::show::Revision;
use super::{Address, path, read};
use crate::app::App;
use crate::diff::{Piece, diff};
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::page::html;
use crate::session::Visitor;

/// A part that is another one in the two revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Which: `TOP 2, Sachstand`.
    pub(super) part: String,
    /// What it says, with what was taken out and put in.
    pub(super) pieces: Vec<Piece>,
}

/// A part of a protocol with what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    /// Finds it in another revision.
    key: (u32, &'static str, String),
    name: String,
    text: String,
}

/// What differs between two revisions, in the order of the new one.
pub(super) fn changes(frame: &Frame, old: &Protocol, new: &Protocol) -> Vec<Change> {
    let (old, new) = (parts(frame, old), parts(frame, new));
    let mut order: Vec<&Part> = new.iter().collect();
    for (at, part) in old.iter().enumerate() {
        if new.iter().any(|it| it.key == part.key) {
            continue;
        }
        // What is gone stands where it stood: behind what was before it.
        let before = old[..at].iter().rev();
        let after = before
            .filter_map(|it| order.iter().position(|other| other.key == it.key))
            .next();
        order.insert(after.map_or(0, |it| it + 1), part);
    }
    let text = |parts: &[Part], key: &Part| {
        let found = parts.iter().find(|it| it.key == key.key);
        found.map_or_else(String::new, |it| it.text.clone())
    };
    let change = |part: &&Part| {
        let (before, now) = (text(&old, part), text(&new, part));
        (before != now).then(|| Change {
            part: part.name.clone(),
            pieces: diff(&before, &now),
        })
    };
    order.iter().filter_map(change).collect()
}

fn parts(frame: &Frame, it: &Protocol) -> Vec<Part> {
    let title = Part {
        key: (0, "title", String::new()),
        name: frame.t("protocol-title").into_owned(),
        text: it.title.clone(),
    };
    let items = it.items.iter().flat_map(|item| parts_of(frame, item));
    [title]
        .into_iter()
        .chain(items)
        .filter(|it| !it.text.is_empty())
        .collect()
}

fn parts_of(frame: &Frame, item: &ProtocolItem) -> Vec<Part> {
    let name = frame.t1("item-number", "number", item.number);
    let part = |kind: &'static str, which: String, what: String, text: String| Part {
        key: (item.number, kind, which),
        name: format!("{name}, {what}"),
        text,
    };
    let plain = |kind: &'static str, key: &str, text: &str| {
        part(
            kind,
            String::new(),
            frame.t(key).into_owned(),
            text.to_owned(),
        )
    };
    let mut parts = vec![
        plain("title", "protocol-item-title", &item.title),
        plain("affairs", "protocol-affairs", &item.affairs),
    ];
    if !item.measure.is_empty() {
        parts.push(plain(
            "measure",
            "task-measure",
            &frame.measure(&item.measure),
        ));
    }
    for (at, it) in item.assessments.iter().enumerate() {
        let same = item.assessments[..at]
            .iter()
            .filter(|other| other.agency == it.agency);
        let which = format!("{} {}", it.agency, same.count());
        let agency = frame.agency(&it.agency);
        let what = frame
            .t1("protocol-assessment-of", "agency", agency)
            .into_owned();
        parts.push(part("assessment", which, what, it.text.clone()));
    }
    for (at, it) in item.decisions.iter().enumerate() {
        let which = if it.step.is_empty() {
            at.to_string()
        } else {
            it.step.clone()
        };
        let what = frame
            .t1("protocol-decision-number", "number", at + 1)
            .into_owned();
        let dissent = frame.agencies(&it.dissent);
        let text = if dissent.is_empty() {
            it.text.clone()
        } else {
            let dissent = frame.t1("protocol-dissent", "agencies", dissent);
            format!("{} ({dissent})", it.text)
        };
        parts.push(part("decision", which, what, text));
    }
    parts
}

#[derive(Template)]
#[template(path = "protocol/compare.html")]
struct ComparePage {
    frame: Frame,
    path: String,
    number: String,
    revisions: Vec<Revision>,
    old: String,
    new: String,
    changes: Vec<Change>,
}

/// `?alt=<revision>&neu=<revision>`; without them the last two.
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Protocols);
    let key = SubjectKey { subject, owner };
    let (protocol, steps) = read(&node, &key, "").await?;
    let revisions = Revision::all(&frame, &steps);
    let given = Fields::parse(query.unwrap_or_default().as_bytes());
    let or = |name: &str, other: Option<&Revision>| match given.one(name) {
        "" => other.map_or_else(String::new, |it| it.step.clone()),
        asked => asked.to_owned(),
    };
    // The latest comes first.
    let new = or("neu", revisions.first());
    let old = or("alt", revisions.get(1).or(revisions.first()));
    let (before, now) = tokio::join!(read(&node, &key, &old), read(&node, &key, &new));
    let changes = changes(&frame, &before?.0, &now?.0);
    html(&ComparePage {
        path: path(&key),
        number: protocol.number,
        frame,
        revisions,
        old,
        new,
        changes,
    })
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Assessment, DecisionDraft};

    use super::*;
    use crate::lang::Lang;

    fn item(number: u32, affairs: &str) -> ProtocolItem {
        ProtocolItem {
            number,
            title: format!("Punkt {number}"),
            affairs: affairs.to_owned(),
            ..ProtocolItem::default()
        }
    }

    fn protocol(items: Vec<ProtocolItem>) -> Protocol {
        Protocol {
            title: "Lage".to_owned(),
            items,
            ..Protocol::default()
        }
    }

    fn names(old: &Protocol, new: &Protocol) -> Vec<String> {
        let changes = changes(&Frame::sample(Lang::De), old, new);
        changes.into_iter().map(|it| it.part).collect()
    }

    #[test]
    fn only_what_differs_is_told() {
        let old = protocol(vec![item(1, "ruhig"), item(2, "laut")]);
        let new = protocol(vec![item(1, "ruhig"), item(2, "sehr laut")]);
        assert!(names(&old, &old).is_empty());
        assert_eq!(names(&old, &new), ["TOP 2, Sachstand"]);
    }

    #[test]
    fn what_is_gone_stands_where_it_stood() {
        let old = protocol(vec![item(1, ""), item(2, ""), item(3, "ruhig")]);
        let new = protocol(vec![item(1, ""), item(3, "laut")]);
        assert_eq!(
            names(&old, &new),
            ["TOP 2, Überschrift", "TOP 3, Sachstand"]
        );
    }

    #[test]
    fn assessments_go_by_their_agency_and_decisions_by_their_step() {
        let with = |agency: &str, decision: &str, dissent: &[&str]| {
            let mut item = item(1, "");
            item.assessments.push(Assessment {
                agency: agency.to_owned(),
                text: "stabil".to_owned(),
            });
            item.decisions.push(DecisionDraft {
                text: decision.to_owned(),
                step: "s".to_owned(),
                dissent: dissent.iter().map(|it| (*it).to_owned()).collect(),
            });
            protocol(vec![item])
        };
        assert_eq!(
            names(&with("kod", "mehr", &[]), &with("dhz", "mehr", &[])),
            ["TOP 1, Bewertung: kod", "TOP 1, Bewertung: dhz"]
        );
        assert_eq!(
            names(&with("kod", "mehr", &[]), &with("kod", "mehr", &["dhz"])),
            ["TOP 1, Beschluss 1"]
        );
    }
}
