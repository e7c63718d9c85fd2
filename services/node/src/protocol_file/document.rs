//! A protocol for people to read, in German or in English, with the names of the charter.

use std::collections::BTreeMap;

use verbund_document::{Block, Column, Document, Inline, Table};
use verbund_model::{
    AgencyId, CategoryId, Charter, IndicatorId, MeasureId, MeetingTypeId, Names, PlaceId,
};

pub use verbund_document::Language;

use super::stated::{Attending, Copied, Item, LeftOut, Name, Stated};

/// What is known beside the protocol, at the time of its export. Nothing of it is signed with the protocol.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// The day of the meeting, YYYY-MM-DD; empty where it is not known any more.
    pub meeting_day: String,
    /// The tasks that came of it.
    pub tasks: BTreeMap<Name, TaskRow>,
}

/// A task, as far as it is told.
#[derive(Debug, Clone)]
pub struct TaskRow {
    /// Its title.
    pub title: String,
    /// Who is asked.
    pub assignee: String,
    /// Where it stands, such as `accepted`.
    pub status: String,
}

/// The protocol as Markdown.
#[must_use]
pub fn markdown(stated: &Stated, charter: &Charter, language: Language) -> String {
    verbund_document::markdown(&document(stated, charter, language, &Beside::default()))
}

/// The protocol as a document.
#[must_use]
pub fn document(
    stated: &Stated,
    charter: &Charter,
    language: Language,
    beside: &Beside,
) -> Document {
    let words = Words { charter, language };
    let number = &stated.number;
    let state = words.state(&stated.state);
    let protocol = words.say("Protokoll", "Minutes");
    let footer = match &stated.fingerprint {
        Some(fingerprint) => format!(
            "{protocol} {number} · {state} · {} {fingerprint}",
            words.say("Fingerabdruck", "Fingerprint")
        ),
        None => format!("{protocol} {number} · {state}"),
    };
    let mut blocks = words.notices(stated);
    blocks.extend(words.attendance(stated));
    for item in &stated.items {
        blocks.extend(words.item(item, beside));
    }
    blocks.extend(words.corrections(stated));
    Document {
        language,
        title: stated.title.clone(),
        subtitle: Some(format!("{protocol} {number}")),
        facts: words.facts(stated, beside),
        blocks,
        footer,
    }
}

struct Words<'a> {
    charter: &'a Charter,
    language: Language,
}

impl Words<'_> {
    fn say<'b>(&self, german: &'b str, english: &'b str) -> &'b str {
        match self.language {
            Language::German => german,
            Language::English => english,
        }
    }

    /// A name of the charter, or the id where the charter has it no longer.
    fn name(&self, names: Option<&Names>, id: &str) -> String {
        names.map_or_else(|| id.to_owned(), |it| self.say(&it.de, &it.en).to_owned())
    }

    fn agency(&self, id: &str) -> String {
        let found = AgencyId::parse(id).ok();
        let found = found.and_then(|it| self.charter.agency(&it));
        self.name(found.map(|it| &it.names), id)
    }

    fn agencies<'b>(&self, ids: impl IntoIterator<Item = &'b str>) -> String {
        let names: Vec<String> = ids.into_iter().map(|it| self.agency(it)).collect();
        names.join(", ")
    }

    fn measure(&self, id: &str) -> String {
        let found = MeasureId::parse(id).ok();
        let found = found.and_then(|it| self.charter.measure(&it));
        self.name(found.map(|it| &it.names), id)
    }

    fn meeting_type(&self, id: &str) -> String {
        let found = MeetingTypeId::parse(id).ok();
        let found = found.and_then(|it| self.charter.meeting_type(&it));
        self.name(found.map(|it| &it.names), id)
    }

    fn category(&self, id: &str) -> String {
        let found = CategoryId::parse(id).ok();
        let found = found.and_then(|it| self.charter.category(&it));
        self.name(found.map(|it| &it.names), id)
    }

    fn indicator(&self, id: &str) -> String {
        let found = IndicatorId::parse(id).ok();
        let found = found.and_then(|it| self.charter.indicator(&it));
        self.name(found.map(|it| &it.names), id)
    }

    fn place(&self, id: &str) -> String {
        let found = PlaceId::parse(id).ok();
        let found = found.and_then(|it| self.charter.place(&it));
        found.map_or_else(|| id.to_owned(), |it| it.name.clone())
    }

    fn state(&self, state: &str) -> String {
        match state {
            "draft" => self.say("Entwurf", "Draft"),
            "circulating" => self.say("Im Umlauf", "Circulating"),
            "objected" => self.say("Widerspruch eingelegt", "Objected to"),
            "released" => self.say("Freigegeben", "Released"),
            "released-with-reservation" => {
                self.say("Mit Vorbehalt freigegeben", "Released with reservation")
            }
            "approved" => self.say("Genehmigt", "Approved"),
            other => other,
        }
        .to_owned()
    }

    fn capacity(&self, capacity: &str) -> String {
        match capacity {
            "chair" => self.say("Leitung", "Chair"),
            "deputy" => self.say("Stellvertretung", "Deputy"),
            "participant" => self.say("Teilnahme", "Participant"),
            "absent" => self.say("eingeladen, nicht dabei", "invited, absent"),
            other => other,
        }
        .to_owned()
    }

    fn word(&self, it: &Attending) -> String {
        match it.word.as_str() {
            "signed-off" => self.say("gezeichnet", "signed off"),
            "objected" => self.say("widerspricht", "objects"),
            "objected-late" => self.say(
                "widerspricht, nach der Freigabe eingegangen",
                "objects, received after the release",
            ),
            _ if it.capacity == "absent" => "–",
            _ => self.say("keine Äußerung", "silent"),
        }
        .to_owned()
    }

    fn facts(&self, stated: &Stated, beside: &Beside) -> Vec<(String, String)> {
        let chair = stated.attendance.iter().find(|it| it.capacity == "chair");
        let kind = self.meeting_type(&stated.meeting_type);
        let meeting = if beside.meeting_day.is_empty() {
            format!("{kind}, {}", stated.year)
        } else {
            format!("{kind}, {}", beside.meeting_day)
        };
        let mut facts = vec![
            (self.say("Nummer", "Number"), stated.number.clone()),
            (self.say("Stand", "State"), self.state(&stated.state)),
            (self.say("Besprechung", "Meeting"), meeting),
            (
                self.say("Leitung", "Chair"),
                chair.map_or_else(String::new, |it| self.agency(&it.agency)),
            ),
        ];
        if stated.written_by != stated.key.owner {
            let writer = self.agency(&stated.written_by);
            facts.push((self.say("Fassung von", "Revision by"), writer));
        }
        let handling = format!("TLP:{}", stated.handling);
        facts.push((self.say("Weitergabe", "Handling"), handling));
        let facts = facts.into_iter();
        facts.map(|(label, it)| (label.to_owned(), it)).collect()
    }

    /// What a reader has to know first.
    fn notices(&self, stated: &Stated) -> Vec<Block> {
        let of = |test: fn(&Attending) -> bool| {
            let agencies = stated.attendance.iter().filter(|it| test(it));
            self.agencies(agencies.map(|it| it.agency.as_str()))
        };
        let silent = of(|it| it.word == "none" && it.capacity != "absent");
        let objecting = of(|it| it.word.starts_with("objected"));
        let unbound = of(|it| !it.bound && it.capacity != "absent");
        let released = matches!(
            stated.state.as_str(),
            "released" | "released-with-reservation" | "approved"
        );
        let mut notices = Vec::new();
        let mut note = |text: String| notices.push(Block::Note(text));
        match stated.state.as_str() {
            "draft" => note(
                self.say(
                    "Entwurf. Er ist nicht abgestimmt, von niemandem gezeichnet und bindet niemanden.",
                    "Draft. It is not agreed, nobody has signed it off, and it binds nobody.",
                )
                .to_owned(),
            ),
            "circulating" | "objected" => note(
                self.say(
                    "Im Umlauf, noch nicht freigegeben. Es bindet niemanden.",
                    "Circulating, not yet released. It binds nobody.",
                )
                .to_owned(),
            ),
            _ => {}
        }
        if released && !unbound.is_empty() {
            note(format!(
                "{} {unbound}.",
                self.say(
                    "Mit Vorbehalt freigegeben. Nicht gebunden:",
                    "Released with reservation. Not bound:"
                )
            ));
        }
        if released && !silent.is_empty() {
            let label = self.say("Nicht geäußert haben sich:", "Silent were:");
            note(format!("{label} {silent}."));
        }
        if !objecting.is_empty() {
            let label = self.say("Widerspruch eingelegt haben:", "Objections by:");
            note(format!("{label} {objecting}."));
        }
        if stated.items.iter().any(|it| !it.left_out.is_empty()) {
            note(
                self.say(
                    "Teile sind nicht enthalten: Eine Stelle widerspricht der Weitergabe ihrer Beiträge, oder sie dürfen das Haus nicht verlassen. Die Stellen sind beim jeweiligen Punkt genannt.",
                    "Parts are left out: their agency objects to passing them on, or they may not leave the house. The agencies are named at each item.",
                )
                .to_owned(),
            );
        }
        notices
    }

    fn attendance(&self, stated: &Stated) -> Vec<Block> {
        let rows = stated.attendance.iter().map(|it| {
            let bound = match it.bound {
                true => self.say("ja", "yes"),
                false => self.say("nein", "no"),
            };
            vec![
                self.agency(&it.agency),
                self.capacity(&it.capacity),
                self.word(it),
                bound.to_owned(),
            ]
        });
        let mut blocks = vec![
            Block::heading(1, self.say("Beteiligte Stellen", "Agencies")),
            self.table(
                "",
                &[
                    ("Stelle", "Agency"),
                    ("Rolle", "Role"),
                    ("Zeichnung", "Word"),
                    ("Gebunden", "Bound"),
                ],
                rows.collect(),
            ),
        ];
        let objections = stated
            .attendance
            .iter()
            .filter(|it| !it.objection.is_empty());
        let objections: Vec<Block> = objections
            .map(|it| {
                let to = match it.objection_item {
                    Some(item) => format!(" ({} {item})", self.say("TOP", "item")),
                    None => String::new(),
                };
                strong(&format!("{}{to}: ", self.agency(&it.agency)), &it.objection)
            })
            .collect();
        if !objections.is_empty() {
            blocks.push(Block::heading(2, self.say("Widersprüche", "Objections")));
            blocks.extend(objections);
        }
        blocks
    }

    fn item(&self, item: &Item, beside: &Beside) -> Vec<Block> {
        let head = format!(
            "{} {}: {}",
            self.say("TOP", "Item"),
            item.number,
            item.title
        );
        let mut blocks = vec![Block::heading(1, head)];
        if let Some(measure) = &item.measure {
            let label = self.say("Maßnahme: ", "Measure: ");
            blocks.push(strong(label, &self.measure(measure)));
        }
        if !item.affairs.is_empty() || !item.copies.is_empty() {
            let sachstand = self.say("Sachstand", "State of affairs");
            blocks.push(Block::heading(2, sachstand));
        }
        if !item.affairs.is_empty() {
            blocks.push(Block::paragraph(item.affairs.clone()));
        }
        if !item.copies.is_empty() {
            blocks.push(self.copies(&item.copies));
        }
        if !item.assessments.is_empty() {
            let label = self.say("Einschätzungen", "Assessments");
            blocks.push(Block::heading(2, label));
            let each = item.assessments.iter();
            blocks
                .extend(each.map(|it| strong(&format!("{}: ", self.agency(&it.agency)), &it.text)));
        }
        if !item.decisions.is_empty() {
            blocks.push(Block::heading(2, self.say("Beschlüsse", "Decisions")));
            for decision in &item.decisions {
                blocks.push(Block::paragraph(decision.text.clone()));
                if !decision.dissent.is_empty() {
                    let label = self.say("Nicht zugestimmt: ", "Not agreed: ");
                    let dissent = decision.dissent.iter().map(String::as_str);
                    blocks.push(strong(label, &self.agencies(dissent)));
                }
            }
        }
        if !item.tasks.is_empty() {
            blocks.push(Block::heading(2, self.say("Aufgaben", "Tasks")));
            blocks.push(self.tasks(&item.tasks, beside));
        }
        if !item.left_out.is_empty() {
            let parts = item.left_out.iter().map(|it| self.left_out(it));
            blocks.push(Block::Note(parts.collect::<Vec<_>>().join("\n")));
        }
        blocks
    }

    fn copies(&self, copies: &[Copied]) -> Block {
        let rows = copies.iter().map(|it| {
            let when = match &it.window {
                Some(window) => format!("{}, {window}", it.day),
                None => it.day.clone(),
            };
            let figures = it
                .readings
                .iter()
                .map(|it| format!("{}: {}", self.indicator(&it.indicator), it.value));
            let figures: Vec<String> = figures.collect();
            let exercise = match it.exercise {
                true => self.say("ÜBUNG. ", "EXERCISE. "),
                false => "",
            };
            vec![
                self.agency(&it.update.owner),
                format!("{}, {when}", self.place(&it.place)),
                self.category(&it.category),
                self.trend(&it.trend).to_owned(),
                figures.join("; "),
                format!("{exercise}{}", it.note),
            ]
        });
        let caption = self.say(
            "Lagemeldungen, Stand beim Umlauf",
            "Updates, as it circulated",
        );
        let columns = [
            ("Stelle", "Agency"),
            ("Ort und Zeit", "Place and time"),
            ("Gegenstand", "Subject"),
            ("Tendenz", "Trend"),
            ("Angaben", "Figures"),
            ("Hinweis", "Note"),
        ];
        self.table(caption, &columns, rows.collect())
    }

    fn trend<'b>(&'b self, trend: &'b str) -> &'b str {
        match trend {
            "falling" => self.say("sinkend", "falling"),
            "steady" => self.say("gleich", "steady"),
            "rising" => self.say("steigend", "rising"),
            "unknown" => self.say("unklar", "unknown"),
            other => other,
        }
    }

    fn tasks(&self, tasks: &[Name], beside: &Beside) -> Block {
        let rows = tasks.iter().map(|it| match beside.tasks.get(it) {
            Some(task) => vec![
                task.title.clone(),
                self.agency(&task.assignee),
                self.task_status(&task.status).to_owned(),
            ],
            None => {
                let short = it.subject.split('-').next().unwrap_or_default();
                let title = format!("{} {short}", self.say("Aufgabe", "Task"));
                vec![title, String::new(), String::new()]
            }
        });
        let caption = match beside.tasks.is_empty() {
            true => "",
            false => self.say(
                "Stand bei der Ausgabe; nicht Teil des gezeichneten Protokolls",
                "State at export; not part of what was signed off",
            ),
        };
        let columns = [
            ("Aufgabe", "Task"),
            ("Zuständig", "Assignee"),
            ("Stand", "State"),
        ];
        self.table(caption, &columns, rows.collect())
    }

    fn task_status<'b>(&'b self, status: &'b str) -> &'b str {
        match status {
            "proposed" => self.say("vorgeschlagen", "proposed"),
            "assigned" => self.say("zugewiesen", "assigned"),
            "accepted" => self.say("angenommen", "accepted"),
            "declined" => self.say("abgelehnt", "declined"),
            "in-progress" => self.say("in Arbeit", "in progress"),
            "done" => self.say("erledigt", "done"),
            "verified" => self.say("bestätigt", "verified"),
            "withdrawn" => self.say("zurückgenommen", "withdrawn"),
            other => other,
        }
    }

    fn left_out(&self, it: &LeftOut) -> String {
        let what = match it.what.as_str() {
            "update" => self.say("Lagemeldung", "Update"),
            _ => self.say("Einschätzung", "Assessment"),
        };
        let why = match it.why.as_str() {
            "objection" => self.say("wegen Widerspruchs", "since its agency objects"),
            _ => self.say(
                "da sie das Haus nicht verlassen darf",
                "since it may not leave the house",
            ),
        };
        let not_in = self.say("nicht enthalten", "left out");
        format!("{what} ({}): {not_in}, {why}.", self.agency(&it.agency))
    }

    fn corrections(&self, stated: &Stated) -> Vec<Block> {
        if stated.corrections.is_empty() {
            return Vec::new();
        }
        let label = self.say(
            "Berichtigungen nach der Genehmigung",
            "Corrections after approval",
        );
        let mut blocks = vec![Block::heading(1, label)];
        blocks.extend(stated.corrections.iter().map(|it| match it.item {
            Some(item) => strong(&format!("{} {item}: ", self.say("TOP", "Item")), &it.text),
            None => Block::paragraph(it.text.clone()),
        }));
        blocks
    }

    fn table(&self, caption: &str, columns: &[(&str, &str)], rows: Vec<Vec<String>>) -> Block {
        let columns = columns
            .iter()
            .map(|(de, en)| Column::text(self.say(de, en)));
        Block::Table(Table {
            caption: caption.to_owned(),
            columns: columns.collect(),
            rows,
            row_headers: true,
        })
    }
}

fn strong(label: &str, text: &str) -> Block {
    Block::Paragraph(vec![
        Inline::Strong(label.to_owned()),
        Inline::Plain(text.to_owned()),
    ])
}
