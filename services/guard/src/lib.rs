//! The case-free check: text in, findings out.
//!
//! This version finds *structured identifiers*: e-mail addresses, profiles, phone numbers, IBANs, identity and insurance
//! numbers, licence plates (class P2), court register signs and case, file and client numbers (class P3). It does not yet
//! find names, addresses, ages or descriptions; a `pass` means "no such identifier", not "case-free".
//!
//! Promises: the work grows linearly with the text, nothing panics on any input, memory is needed for the tokens of one
//! text alone, and a finding never carries any of the text, only where in it something was found.

mod contact;
mod identity;
mod keyword;
mod plate;
mod reference;
mod rule;
mod token;

use std::fmt;

use rule::Rule;
use token::Text;

/// Version of the rules. Entries name it, so that one can tell later what a text was checked with.
pub const VERSION: &str = "1";

/// Most findings that are told of one text; who has as many needs no more.
const FINDINGS_MAX: usize = 32;

/// What the guard is set to. Nothing can be set in this version.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct GuardSettings {}

/// The guard. Cheap to make, and shared by reference between any number of threads.
#[derive(Debug, Clone)]
pub struct Guard {}

/// What the guard says of a text as a whole, or of one finding. Ordered by weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Nothing found.
    Pass,
    /// A coordinator of the sending agency must confirm it.
    Review,
    /// No confirmation can lift it.
    Reject,
}

impl Outcome {
    /// The word that files, exports and commands use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Classes of the case-free policy. This version finds P2 and P3; the others are named here, because findings of later
/// versions travel in the same contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Names of natural persons.
    P1,
    /// Contact data and personal numbers.
    P2,
    /// File references of a case.
    P3,
    /// Private addresses.
    P4,
    /// Birth dates and the age of one person.
    P5,
    /// One person described.
    P6,
    /// One act or incident.
    P7,
    /// One person's health, substance use or treatment.
    P8,
    /// Counts of persons below 5.
    P9,
    /// An exact clock time tied to one person or one act.
    P10,
    /// Any of these, hidden.
    P11,
    /// Origin, religion, sexuality or political opinion.
    P12,
}

impl Class {
    /// The class's code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
            Self::P5 => "P5",
            Self::P6 => "P6",
            Self::P7 => "P7",
            Self::P8 => "P8",
            Self::P9 => "P9",
            Self::P10 => "P10",
            Self::P11 => "P11",
            Self::P12 => "P12",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One place in a text that might point at a person. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Class of the policy.
    pub class: Class,
    /// The rule that fired, such as `email`.
    pub rule: &'static str,
    /// First byte in the text as it was given; always on a character's boundary.
    pub start: usize,
    /// The byte after the last; always on a character's boundary.
    pub end: usize,
    /// What the rule says.
    pub severity: Outcome,
    /// What to do instead, in German.
    pub advice_de: &'static str,
    /// What to do instead, in English.
    pub advice_en: &'static str,
}

/// What the guard says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The heaviest of the findings' severities; [`Outcome::Pass`] without findings.
    pub outcome: Outcome,
    /// What was found, in the order of the text; at most 32.
    pub findings: Vec<Finding>,
}

impl Guard {
    /// A guard with these settings.
    pub fn new(settings: GuardSettings) -> Self {
        let GuardSettings {} = settings;
        Self {}
    }

    /// Checks a text.
    pub fn check(&self, text: &str) -> Verdict {
        let text = Text::new(text);
        let mut found = Found::default();
        contact::scan(&text, &mut found);
        identity::scan(&text, &mut found);
        plate::scan(&text, &mut found);
        reference::scan(&text, &mut found);
        keyword::scan(&text, &mut found);
        found.verdict()
    }
}

/// Collects findings while the rules run.
#[derive(Debug, Default)]
struct Found(Vec<Finding>);

impl Found {
    fn add(&mut self, rule: &'static Rule, severity: Outcome, start: usize, end: usize) {
        let Rule {
            id,
            class,
            advice_de,
            advice_en,
        } = *rule;
        self.0.push(Finding {
            class,
            rule: id,
            start,
            end,
            severity,
            advice_de,
            advice_en,
        });
    }

    /// In the order of the text. Where two findings of one class overlap, as a keyword's and its number's do, they are
    /// told as one.
    fn verdict(self) -> Verdict {
        let mut all = self.0;
        all.sort_by(|a, b| (a.start, b.end).cmp(&(b.start, a.end)));
        let mut findings: Vec<Finding> = Vec::new();
        for finding in all {
            match findings.last_mut() {
                Some(last) if finding.start < last.end && finding.class == last.class => {
                    last.end = last.end.max(finding.end);
                    last.severity = last.severity.max(finding.severity);
                }
                _ => findings.push(finding),
            }
        }
        let outcome = findings
            .iter()
            .map(|it| it.severity)
            .max()
            .unwrap_or(Outcome::Pass);
        if findings.len() > FINDINGS_MAX {
            // The heaviest must be among those that are told.
            let heaviest = findings
                .iter()
                .position(|it| it.severity == outcome)
                .unwrap_or(0);
            findings.swap(FINDINGS_MAX - 1, heaviest.max(FINDINGS_MAX - 1));
            findings.truncate(FINDINGS_MAX);
        }
        Verdict { outcome, findings }
    }
}

#[cfg(test)]
mod tests;
