//! How good the guard is on a labelled corpus: recall and false alarms, for each class.
//!
//! A corpus is a text of lines `id ⇥ expect ⇥ class ⇥ text` with a head line that names these columns, or of lines
//! `label ⇥ text` where 1 says that the text names a person, 0 that it does not, and anything else is skipped. Lines that
//! begin with `#` are comments.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Guard, Outcome};

/// What was counted for one class of texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Texts that must be stopped.
    pub stop: u32,
    /// … of which these passed.
    pub missed: u32,
    /// … of which these were rejected, and not only held for review.
    pub rejected: u32,
    /// Texts that must not be rejected.
    pub pass: u32,
    /// … of which these were held for review.
    pub held: u32,
    /// … of which these were rejected.
    pub refused: u32,
}

impl Tally {
    /// Adds another one.
    fn add(&mut self, other: &Self) {
        self.stop += other.stop;
        self.missed += other.missed;
        self.rejected += other.rejected;
        self.pass += other.pass;
        self.held += other.held;
        self.refused += other.refused;
    }

    /// The share of texts to be stopped that were; 1 if there are none.
    pub fn recall(&self) -> f64 {
        share(self.stop - self.missed, self.stop, 1.0)
    }

    /// The share of texts to pass that were held for review; 0 if there are none.
    pub fn held_share(&self) -> f64 {
        share(self.held, self.pass, 0.0)
    }

    /// The share of texts to pass that were rejected; 0 if there are none.
    pub fn refused_share(&self) -> f64 {
        share(self.refused, self.pass, 0.0)
    }
}

fn share(part: u32, whole: u32, none: f64) -> f64 {
    if whole == 0 {
        none
    } else {
        f64::from(part) / f64::from(whole)
    }
}

/// A text that was judged wrongly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Its name in the corpus: the first column, or the number of its line.
    pub id: String,
    /// Its class in the corpus.
    pub class: String,
    /// What the guard said.
    pub outcome: Outcome,
    /// The rules that fired.
    pub rules: Vec<&'static str>,
}

/// What was counted in a corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// By the corpus' own class.
    pub classes: BTreeMap<String, Tally>,
    /// Texts that passed and should not, or that were stopped and should not.
    pub errors: Vec<Error>,
}

impl Report {
    /// All classes together.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.classes.values().for_each(|it| total.add(it));
        total
    }
}

/// A corpus that can't be read, and the line at which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// The first line is 1.
    pub line: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is no line of a labelled corpus", self.line)
    }
}

impl std::error::Error for Malformed {}

/// Reads a labelled corpus with the guard.
pub fn corpus(guard: &Guard, tsv: &str) -> Result<Report, Malformed> {
    let mut report = Report::default();
    for (number, line) in tsv.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') || line.starts_with("id\t") {
            continue;
        }
        let malformed = Malformed { line: number + 1 };
        let columns: Vec<&str> = line.splitn(4, '\t').collect();
        let (id, stop, class, text) = match columns.as_slice() {
            [id, "stop", class, text] => ((*id).to_owned(), true, *class, *text),
            [id, "pass", class, text] => ((*id).to_owned(), false, *class, *text),
            [label, text] => match *label {
                "1" => ((number + 1).to_string(), true, "names", *text),
                "0" => ((number + 1).to_string(), false, "nameless", *text),
                _ => continue,
            },
            _ => return Err(malformed),
        };
        let verdict = guard.check(text);
        let tally = report.classes.entry(class.to_owned()).or_default();
        let outcome = verdict.outcome;
        if stop {
            tally.stop += 1;
            tally.missed += u32::from(outcome == Outcome::Pass);
            tally.rejected += u32::from(outcome == Outcome::Reject);
        } else {
            tally.pass += 1;
            tally.held += u32::from(outcome == Outcome::Review);
            tally.refused += u32::from(outcome == Outcome::Reject);
        }
        if stop == (outcome == Outcome::Pass) {
            report.errors.push(Error {
                id,
                class: class.to_owned(),
                outcome,
                rules: verdict.findings.iter().map(|it| it.rule).collect(),
            });
        }
    }
    Ok(report)
}
