//! What tasks and protocols say, as agencies write it, each text through the guard's gate once.

use verbund_guard::gate::{Path, Unguarded};
use verbund_guard::{Guard, GuardSettings};
use verbund_wire::convert::text::{self, ItemText, Text};

/// One note a line, 40 to 280 characters each.
const NOTES: &str = include_str!("../../../cli/src/bench/notes.txt");
const TITLES: [&str; 8] = [
    "Beleuchtung am hinteren Weg prüfen lassen",
    "Reinigung vor Schulbeginn abstimmen",
    "Sichtachse zum Eingang freischneiden",
    "Behälter am Eingang häufiger leeren",
    "Rundgänge auf den frühen Abend verlegen",
    "Absperrung der Treppe überprüfen",
    "Anwohner über die Baustelle informieren",
    "Gemeinsame Begehung vorbereiten",
];
const PROTOCOL: &str = "Protokoll der wöchentlichen Abstimmung";
/// Protocols with different texts.
const PROTOCOLS: usize = 32;
/// Assessments and decisions of each item.
pub(crate) const ASSESSMENTS: usize = 3;
pub(crate) const DECISIONS: usize = 2;

/// Text parts as entries carry them.
pub(crate) struct Texts {
    openings: Vec<Vec<u8>>,
    notes: Vec<Vec<u8>>,
    protocols: Vec<Vec<u8>>,
    none: Vec<u8>,
}

impl Texts {
    /// All of them; a protocol has so many items.
    pub(crate) fn new(items: usize) -> Self {
        let notes: Vec<&str> = NOTES.lines().collect();
        let guard = Guard::new(GuardSettings::default());
        let encoded = |it: Text<String>| {
            let it = it.each(Unguarded::new);
            // The words of the charter are unknown to this guard: what it wants reviewed is good enough to be measured.
            let gated = guard.gate(&Path::root("text"), it).admitted();
            text::encode(gated.expect("texts without persons"))
        };
        let note = |at: usize| notes[at % notes.len()].to_owned();
        let opening = |(at, title): (usize, &str)| Text {
            title: title.to_owned(),
            description: format!("{} {}", note(at), note(at + 7)),
            ..Text::default()
        };
        let item = |at: usize| ItemText {
            title: TITLES[at % TITLES.len()].to_owned(),
            affairs: format!("{} {} {}", note(at), note(at + 11), note(at + 23)),
            assessments: (0..ASSESSMENTS).map(|it| note(at + it)).collect(),
            decisions: (0..DECISIONS).map(|it| note(at + 31 + it)).collect(),
            notes: Vec::new(),
        };
        let protocol = |at: usize| Text {
            title: PROTOCOL.to_owned(),
            items: (0..items).map(|it| item(at + 5 * it)).collect(),
            ..Text::default()
        };
        let titles = TITLES.iter().copied().cycle().take(notes.len());
        Self {
            openings: titles.enumerate().map(|it| encoded(opening(it))).collect(),
            notes: (0..notes.len())
                .map(|at| encoded(Text::of_note(note(at))))
                .collect(),
            protocols: (0..PROTOCOLS).map(|at| encoded(protocol(at))).collect(),
            none: text::encode(Text::none()),
        }
    }

    /// Title and description of a task.
    pub(crate) fn opening(&self, at: usize) -> Vec<u8> {
        self.openings[at % self.openings.len()].clone()
    }

    /// A note on a step.
    pub(crate) fn note(&self, at: usize) -> Vec<u8> {
        self.notes[at % self.notes.len()].clone()
    }

    /// All texts of a protocol.
    pub(crate) fn protocol(&self, at: usize) -> Vec<u8> {
        self.protocols[at % self.protocols.len()].clone()
    }

    /// For steps that say all in codes.
    pub(crate) fn none(&self) -> Vec<u8> {
        self.none.clone()
    }
}
