//! What lists are chosen by, in a few bytes for each record and side by side: a filter that finds little among a hundred thousand
//! records must not look into each of them.
//!
//! A sieve lets through everything that a filter chooses, and perhaps more; the filter itself has the last word.

use std::collections::HashMap;

use verbund_model::{Day, day_number};

use super::{Card, Record};

/// No day, or a word that has no number.
const NONE: u16 = 0;

/// The words of the vocabulary that have come up, each with a number of its own, from 1.
#[derive(Debug, Default)]
pub(super) struct Words(HashMap<Box<str>, u16>);

impl Words {
    /// A word's number; [`NONE`] where there are no more.
    fn number(&mut self, word: &str) -> u16 {
        if let Some(number) = self.0.get(word) {
            return *number;
        }
        let Ok(number) = u16::try_from(self.0.len() + 1) else {
            return NONE;
        };
        self.0.insert(word.into(), number);
        number
    }
}

/// What one record is chosen by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traits {
    owner: u16,
    assignee: u16,
    measure: u16,
    status: u16,
    /// In days since 1970-01-01; none without a deadline.
    due: Option<i32>,
}

impl Traits {
    pub(super) fn of(record: &Record, words: &mut Words) -> Self {
        let owner = words.number(record.key.owner.as_str());
        let Card::Task(task) = &record.card else {
            return Self {
                owner,
                ..Self::default()
            };
        };
        let terms = task.terms.as_ref();
        let due = terms.and_then(|it| it.due.parse::<Day>().ok());
        Self {
            owner,
            assignee: terms.map_or(NONE, |it| words.number(&it.assignee)),
            measure: terms.map_or(NONE, |it| words.number(&it.measure)),
            status: u16::try_from(task.status).unwrap_or(NONE),
            due: due.map(day_number),
        }
    }
}

/// What a caller wants to see; empty fields choose all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sieve {
    pub(crate) owners: Vec<String>,
    pub(crate) assignees: Vec<String>,
    pub(crate) measures: Vec<String>,
    pub(crate) statuses: Vec<i32>,
    /// Due on this day or before, in days since 1970-01-01.
    pub(crate) due_by: Option<i32>,
}

impl Sieve {
    /// The same in the numbers of words.
    pub(super) fn mesh(&self, words: &Words) -> Mesh {
        // A word that never came up has no number, and nothing has it.
        let numbers = |wanted: &[String]| Wanted {
            all: wanted.is_empty(),
            numbers: wanted
                .iter()
                .filter_map(|it| words.0.get(it.as_str()).copied())
                .collect(),
        };
        let statuses = self.statuses.iter();
        Mesh {
            owners: numbers(&self.owners),
            assignees: numbers(&self.assignees),
            measures: numbers(&self.measures),
            statuses: Wanted {
                all: self.statuses.is_empty(),
                numbers: statuses.filter_map(|it| u16::try_from(*it).ok()).collect(),
            },
            due_by: self.due_by,
        }
    }
}

#[derive(Debug)]
struct Wanted {
    all: bool,
    numbers: Vec<u16>,
}

impl Wanted {
    fn has(&self, number: u16) -> bool {
        self.all || number == NONE || self.numbers.contains(&number)
    }
}

/// A sieve in numbers.
#[derive(Debug)]
pub(super) struct Mesh {
    owners: Wanted,
    assignees: Wanted,
    measures: Wanted,
    statuses: Wanted,
    due_by: Option<i32>,
}

impl Mesh {
    pub(super) fn lets(&self, it: &Traits) -> bool {
        self.statuses.has(it.status)
            && self.owners.has(it.owner)
            && self.assignees.has(it.assignee)
            && self.measures.has(it.measure)
            && self
                .due_by
                .is_none_or(|by| it.due.is_some_and(|due| due <= by))
    }
}
