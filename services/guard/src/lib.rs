//! The case-free check: text in, findings out.
//!
//! A text is case-free when it lets no reader single out one person or act on one incident with identifiable people. The guard
//! denies by default: a word with a capital passes when it is known ([`VERSION`] names the lexicon), identifiers are found by
//! their shape and check digits, and what is said of single persons by the grammar of the sentence.
//!
//! Promises: the work grows linearly with the text, nothing panics on any input, memory is needed for one text alone besides
//! the lexicon, and a finding never carries any of the text, only where in it something was found. The guard is a second line
//! behind the closed vocabulary; a `pass` is no promise of anonymity. `docs/guard.md` says what it can't see.

mod address;
mod age;
mod contact;
mod count;
pub mod evaluate;
pub mod gate;
mod hidden;
mod identity;
mod keyword;
mod lexicon;
mod name;
mod net;
mod normal;
mod person;
mod plate;
mod reference;
mod rule;
mod single;
mod subject;
mod token;
mod view;
mod words;
#[cfg(test)]
mod work;

use std::fmt;
use std::sync::Arc;

use address::Register;
use hidden::Way;
use normal::{DEPTH_MAX, Disguise};
use rule::Rule;
use token::Text;
use view::View;
use words::Words;

/// Version of the rules and of the lexicon. Entries name it, so that one can tell later what a text was checked with.
pub const VERSION: &str = "3/de-20261126";

/// Most findings that are told of one text; who has as many needs no more.
const FINDINGS_MAX: usize = 32;

/// Longest text that is read, in bytes. An entry holds four KiB; what lies behind this is for review unread.
const READ_MAX: usize = 1 << 20;

/// Fewest persons that may be told as a number.
const SMALL_COUNT: u32 = 5;

/// What the charter adds: words that are nobody's name, places that may be named with their address, a higher threshold.
/// Nothing here switches a class off.
#[derive(Debug, Clone)]
pub struct GuardSettings {
    words: Vec<String>,
    places: Vec<String>,
    small_count: u32,
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            places: Vec::new(),
            small_count: SMALL_COUNT,
        }
    }
}

impl GuardSettings {
    /// Agencies, organisations, offices and abbreviations. Each word of each text becomes a known one.
    #[must_use]
    pub fn with_words<T: AsRef<str>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
        self.words
            .extend(words.into_iter().map(|it| it.as_ref().to_owned()));
        self
    }

    /// The register of places. Their words become known; where a name holds a street and a house number, that address may
    /// be written.
    #[must_use]
    pub fn with_places<T: AsRef<str>>(mut self, places: impl IntoIterator<Item = T>) -> Self {
        self.places
            .extend(places.into_iter().map(|it| it.as_ref().to_owned()));
        self
    }

    /// Fewest persons that may be told as a number. A value below five is taken as five.
    #[must_use]
    pub fn with_small_count(mut self, persons: u32) -> Self {
        self.small_count = persons.max(SMALL_COUNT);
        self
    }
}

/// The guard. Made once in some milliseconds, cloned for nothing, and shared by reference between any number of threads.
#[derive(Clone)]
pub struct Guard {
    words: Arc<Words>,
    register: Arc<Register>,
    small_count: u32,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("version", &VERSION)
            .finish_non_exhaustive()
    }
}

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

/// Classes of the case-free policy.
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
    /// All classes.
    pub const ALL: &'static [Self] = &[
        Self::P1,
        Self::P2,
        Self::P3,
        Self::P4,
        Self::P5,
        Self::P6,
        Self::P7,
        Self::P8,
        Self::P9,
        Self::P10,
        Self::P11,
        Self::P12,
    ];

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

/// What a rule advises to do instead, in German and in English; `None` for a rule of another release.
pub fn advice(rule: &str) -> Option<(&'static str, &'static str)> {
    let rule = rule::ALL.iter().find(|it| it.id == rule)?;
    Some((rule.advice_de, rule.advice_en))
}

impl Guard {
    /// A guard with these settings.
    pub fn new(settings: GuardSettings) -> Self {
        let all = settings.words.iter().chain(&settings.places);
        let words = all.flat_map(|text| {
            text.split(|c: char| !c.is_alphabetic())
                .filter(|it| it.chars().count() >= 2)
        });
        Self {
            words: Arc::new(Words::new(words)),
            register: Arc::new(Register::of(settings.places.iter().map(String::as_str))),
            small_count: settings.small_count,
        }
    }

    /// Checks a text.
    pub fn check(&self, text: &str) -> Verdict {
        self.find(text, 0).verdict()
    }

    /// Checks what can be read in these bytes, whatever they are: each run of text between bytes that are none, which are
    /// for review. For content that a receiver does not understand; only [`Outcome::Reject`] says much of it. Places are those of the bytes.
    pub fn check_bytes(&self, bytes: &[u8]) -> Verdict {
        let mut found = Found::default();
        let mut from = 0;
        for chunk in bytes.utf8_chunks() {
            for run in chunk
                .valid()
                .split_inclusive(|c: char| c.is_control() && !c.is_whitespace())
            {
                if run.trim().len() >= 4 {
                    let read = self.find(run, 0).0;
                    found.0.extend(read.into_iter().map(|it| Finding {
                        start: it.start + from,
                        end: it.end + from,
                        ..it
                    }));
                }
                from += run.len();
            }
            if !chunk.invalid().is_empty() {
                let end = from + chunk.invalid().len();
                found.add(&rule::UNREADABLE, Outcome::Review, from, end);
            }
            from += chunk.invalid().len();
        }
        found.verdict()
    }

    /// The traits of each sentence that the net weighs, for its training.
    #[doc(hidden)]
    pub fn traits(&self, text: &str) -> Vec<Vec<u32>> {
        let plain = normal::normal(text);
        let text = Text::new(&plain.text);
        let view = View::new(&text, &self.words);
        let sentence = |(first, last): &(usize, usize)| {
            let mut traits = Vec::new();
            net::traits(&view, *first, *last, &mut |it| traits.push(it));
            traits
        };
        view.sentences.iter().map(sentence).collect()
    }

    /// Checks a text that was found inside so many others.
    fn find(&self, given: &str, depth: usize) -> Found {
        let (read, unread) = given.split_at(given.floor_char_boundary(READ_MAX));
        let plain = normal::normal(read);
        let text = Text::new(&plain.text);
        let view = View::new(&text, &self.words);
        let mut found = Found::default();
        contact::scan(&text, &mut found);
        identity::scan(&text, &mut found);
        plate::scan(&text, &mut found);
        reference::scan(&text, &mut found);
        keyword::scan(&text, &mut found);
        name::scan(&view, &self.words, &mut found);
        address::scan(&view, &self.register, &mut found);
        age::scan(&view, &mut found);
        single::scan(&view, self.small_count, &mut found);
        if found.0.is_empty() {
            net::scan(&view, &mut found);
        }
        for hidden in hidden::scan(&text, &view, &self.words) {
            self.read_hidden(&hidden, depth, &mut found);
        }
        for finding in &mut found.0 {
            (finding.start, finding.end) = plain.span(finding.start, finding.end);
        }
        for (disguise, start, end) in &plain.disguises {
            let rule = match disguise {
                Disguise::Unreadable => &rule::UNREADABLE,
                Disguise::Encoded => &rule::HIDDEN,
                Disguise::LookAlike | Disguise::Invisible | Disguise::Direction => &rule::DISGUISED,
            };
            found.add(rule, Outcome::Review, *start, *end);
        }
        if !unread.is_empty() {
            found.add(&rule::UNREADABLE, Outcome::Review, read.len(), given.len());
        }
        found
    }

    fn read_hidden(&self, hidden: &hidden::Hidden, depth: usize, found: &mut Found) {
        let (start, end) = (hidden.start, hidden.end);
        let inside = if hidden.text.is_empty() || depth >= DEPTH_MAX {
            Outcome::Review
        } else {
            self.find(&hidden.text, depth + 1).verdict().outcome
        };
        match hidden.way {
            Way::Encoded => found.add(&rule::HIDDEN, inside.max(Outcome::Review), start, end),
            Way::Disguised => found.add(&rule::DISGUISED, inside.max(Outcome::Review), start, end),
            Way::Unreadable => found.add(&rule::UNREADABLE, Outcome::Review, start, end),
            Way::SpelledDigits => found.add(&rule::SPELLED_DIGITS, Outcome::Reject, start, end),
        }
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
            // Findings of other classes may lie between two of one.
            let overlapped = findings
                .iter_mut()
                .rev()
                .take(8)
                .find(|it| it.class == finding.class && finding.start < it.end);
            match overlapped {
                Some(last) => {
                    last.end = last.end.max(finding.end);
                    last.severity = last.severity.max(finding.severity);
                }
                None => findings.push(finding),
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
