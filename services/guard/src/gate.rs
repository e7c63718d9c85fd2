//! The gate: the one way from a text that somebody typed to a text that may be sent or stored.
//!
//! What it promises:
//!
//! - **A [`Cleared`] comes from here and from nowhere else.** Whoever encodes a text for others asks for one, so a field that
//!   was not given to the guard does not compile.
//! - **All fields of a message at once.** [`Texts::map`] takes a message apart field by field; findings say in which field
//!   they are, and their bytes are counted from the start of that field.
//! - **What is kept of a finding holds no text.** A [`FieldName`] is put together from names of the contract and numbers, a
//!   [`RuleName`] is one of this crate's rules.
//!
//! It leaves to others: how long a text may be, and who may confirm what wants review.

use std::fmt;
use std::str::FromStr;

use crate::{Class, Finding, Guard, Outcome};

/// Most findings that are told of all fields of a message; who has as many needs no more.
const TOLD_MAX: usize = 64;
/// Longest name of a field, in bytes: a few names of the contract and places in lists.
const FIELD_BYTES: usize = 128;
/// Longest name of a rule, in bytes.
const RULE_BYTES: usize = 48;

/// A text that nobody has looked at. It can be kept sealed and be shown to whoever decides on it; sent it can't be.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Unguarded(String);

impl Unguarded {
    /// A text as somebody typed it, or as a partner sent it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for whoever keeps it sealed or decides on it.
    #[must_use]
    pub fn read(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Cleared> for Unguarded {
    /// What waits is looked at again before it goes.
    fn from(it: Cleared) -> Self {
        Self(it.0)
    }
}

impl fmt::Debug for Unguarded {
    /// Its length: a text that may point at a person must not get into a log with whatever holds it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unguarded({} bytes)", self.0.len())
    }
}

/// A text that has come through the gate. Only [`Gated`] gives one out.
///
/// ```compile_fail
/// // Nobody makes one of a text:
/// let cleared = verbund_guard::gate::Cleared("Treffen um acht".to_owned());
/// ```
///
/// ```compile_fail
/// use verbund_guard::gate::{Cleared, Unguarded};
/// // Nor of one that nobody has looked at:
/// let cleared: Cleared = Unguarded::new("Treffen um acht").into();
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cleared(String);

impl Cleared {
    /// No text; it says nothing of anybody.
    #[must_use]
    pub const fn none() -> Self {
        Self(String::new())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, for a message.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Cleared {
    /// Its length: it is still content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cleared({} bytes)", self.0.len())
    }
}

/// Where a field is: names of the contract and places in lists, never what stands in the field.
#[derive(Debug, Clone, Copy)]
pub struct Path<'p> {
    outer: Option<&'p Path<'p>>,
    name: &'static str,
    index: Option<usize>,
}

impl<'p> Path<'p> {
    /// A message, such as `situation`.
    #[must_use]
    pub const fn root(name: &'static str) -> Self {
        Self {
            outer: None,
            name,
            index: None,
        }
    }

    /// A field of it.
    #[must_use]
    pub const fn field(&'p self, name: &'static str) -> Path<'p> {
        Path {
            outer: Some(self),
            name,
            index: None,
        }
    }

    /// One of a repeated field's messages.
    #[must_use]
    pub const fn item(&'p self, name: &'static str, index: usize) -> Path<'p> {
        Path {
            outer: Some(self),
            name,
            index: Some(index),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(outer) = self.outer {
            write!(f, "{outer}.")?;
        }
        f.write_str(self.name)?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

/// The free texts of a message, each in the state `T`.
///
/// An implementation takes the message apart without `..`, so that a field which is added and forgotten here does not compile.
pub trait Texts<T> {
    /// The same fields with texts in another state.
    type Of<U>: Texts<U>;

    /// Gives each text with its path to `each`, and puts the message together from what comes back.
    fn map<U>(self, at: &Path<'_>, each: &mut impl FnMut(&Path<'_>, T) -> U) -> Self::Of<U>;
}

impl Guard {
    /// Checks all texts of a message.
    pub fn gate<X: Texts<Unguarded>>(&self, at: &Path<'_>, texts: X) -> Gated<X::Of<Cleared>> {
        let (mut outcome, mut told) = (Outcome::Pass, Vec::new());
        let texts = texts.map(at, &mut |path, text: Unguarded| {
            if !text.is_empty() {
                let verdict = self.check(text.read());
                outcome = outcome.max(verdict.outcome);
                if !verdict.findings.is_empty() {
                    let field = FieldName::of(path);
                    let here = |finding| FieldFinding {
                        field: field.clone(),
                        finding,
                    };
                    told.extend(verdict.findings.into_iter().map(here));
                }
            }
            Cleared(text.0)
        });
        if told.len() > TOLD_MAX {
            // The heaviest must be among those that are told; the order of the fields stays.
            told.sort_by_key(|it: &FieldFinding| std::cmp::Reverse(it.finding.severity));
            told.truncate(TOLD_MAX);
        }
        Gated {
            texts,
            findings: Findings { outcome, told },
        }
    }
}

/// Texts behind the gate, and what was found in them. They come out only if that allows it.
#[derive(Debug)]
pub struct Gated<X> {
    texts: X,
    findings: Findings,
}

impl<X> Gated<X> {
    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The texts, if nothing was found in them.
    ///
    /// # Errors
    /// What was found.
    pub fn passed(self) -> Result<X, Findings> {
        match self.findings.outcome {
            Outcome::Pass => Ok(self.texts),
            Outcome::Review | Outcome::Reject => Err(self.findings),
        }
    }

    /// The texts, if nothing was found in them that no confirmation can lift: for what a coordinator of the sending agency has
    /// confirmed, and for what a partner sent, since there a coordinator of the partner's was to confirm it.
    ///
    /// # Errors
    /// What was found.
    pub fn admitted(self) -> Result<X, Findings> {
        match self.findings.outcome {
            Outcome::Pass | Outcome::Review => Ok(self.texts),
            Outcome::Reject => Err(self.findings),
        }
    }
}

/// What was found in the texts of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// The heaviest of their severities; [`Outcome::Pass`] without any.
    pub outcome: Outcome,
    /// In the order of the fields, at most 64.
    pub told: Vec<FieldFinding>,
}

/// A finding and the field that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFinding {
    /// The field.
    pub field: FieldName,
    /// What was found; its bytes are those of the field.
    pub finding: Finding,
}

/// A field's path in words, such as `situation.note` or `protocol.items[3].decision`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldName(Box<str>);

impl FieldName {
    fn of(path: &Path<'_>) -> Self {
        Self(path.to_string().into())
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Not what is kept of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a finding's field, class, rule, severity, start and end")]
pub struct NotARecord;

/// The name of one of the rules, such as `unknown-word`; of an older release's too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleName(Box<str>);

impl RuleName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What may be kept of a finding: names of ours and numbers, none of the text. Written as `field class rule severity start end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRecord {
    /// The field.
    pub field: FieldName,
    /// Class of the policy.
    pub class: Class,
    /// The rule that fired.
    pub rule: RuleName,
    /// What the rule said.
    pub severity: Outcome,
    /// First byte in the field.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl From<&FieldFinding> for FindingRecord {
    fn from(it: &FieldFinding) -> Self {
        let place = |byte| u32::try_from(byte).unwrap_or(u32::MAX);
        Self {
            field: it.field.clone(),
            class: it.finding.class,
            rule: RuleName(it.finding.rule.into()),
            severity: it.finding.severity,
            start: place(it.finding.start),
            end: place(it.finding.end),
        }
    }
}

impl fmt::Display for FindingRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            field,
            class,
            rule,
            severity,
            start,
            end,
        } = self;
        write!(f, "{field} {class} {rule} {severity} {start} {end}")
    }
}

impl FromStr for FindingRecord {
    type Err = NotARecord;

    /// Reads what is written; nothing else has this form, a text least of all.
    fn from_str(text: &str) -> Result<Self, NotARecord> {
        let [field, class, rule, severity, start, end] = text.split(' ').collect::<Vec<_>>()[..]
        else {
            return Err(NotARecord);
        };
        let class = Class::ALL.iter().find(|it| it.as_str() == class);
        let severity = [Outcome::Review, Outcome::Reject]
            .into_iter()
            .find(|it| it.as_str() == severity);
        let place = |digits: &str| {
            let number: u32 = digits.parse().map_err(|_| NotARecord)?;
            // One spelling each.
            (number.to_string() == digits)
                .then_some(number)
                .ok_or(NotARecord)
        };
        if !is_field(field) || !is_rule(rule) {
            return Err(NotARecord);
        }
        Ok(Self {
            field: FieldName(field.into()),
            class: *class.ok_or(NotARecord)?,
            rule: RuleName(rule.into()),
            severity: severity.ok_or(NotARecord)?,
            start: place(start)?,
            end: place(end)?,
        })
    }
}

/// Names of the contract, with dots between them and numbers in brackets behind them.
fn is_field(text: &str) -> bool {
    let is_name = |name: &str| {
        let (name, index) = match name.strip_suffix(']').map(|it| it.split_once('[')) {
            Some(Some((name, index))) => (name, Some(index)),
            Some(None) => return false,
            None => (name, None),
        };
        let digits = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
            && index.is_none_or(digits)
    };
    text.len() <= FIELD_BYTES && text.split('.').all(is_name)
}

fn is_rule(text: &str) -> bool {
    text.len() <= RULE_BYTES
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::GuardSettings;

    /// A message with repeated fields, as those with agenda items are.
    #[derive(Debug)]
    struct Minutes<T> {
        title: T,
        items: Vec<Item<T>>,
    }

    #[derive(Debug)]
    struct Item<T> {
        state: T,
        decision: T,
    }

    impl<T> Texts<T> for Minutes<T> {
        type Of<U> = Minutes<U>;

        fn map<U>(self, at: &Path<'_>, each: &mut impl FnMut(&Path<'_>, T) -> U) -> Minutes<U> {
            let Self { title, items } = self;
            let items = items.into_iter().enumerate();
            Minutes {
                title: each(&at.field("title"), title),
                items: items
                    .map(|(index, item)| item.map(&at.item("items", index), each))
                    .collect(),
            }
        }
    }

    impl<T> Texts<T> for Item<T> {
        type Of<U> = Item<U>;

        fn map<U>(self, at: &Path<'_>, each: &mut impl FnMut(&Path<'_>, T) -> U) -> Item<U> {
            let Self { state, decision } = self;
            Item {
                state: each(&at.field("state"), state),
                decision: each(&at.field("decision"), decision),
            }
        }
    }

    fn guard() -> Guard {
        Guard::new(GuardSettings::default())
    }

    fn minutes(title: &str, items: &[(&str, &str)]) -> Minutes<Unguarded> {
        Minutes {
            title: Unguarded::new(title),
            items: items
                .iter()
                .map(|(state, decision)| Item {
                    state: Unguarded::new(*state),
                    decision: Unguarded::new(*decision),
                })
                .collect(),
        }
    }

    fn gated(minutes: Minutes<Unguarded>) -> Gated<Minutes<Cleared>> {
        guard().gate(&Path::root("protocol"), minutes)
    }

    #[test]
    fn findings_say_in_which_field_they_are_and_where_in_it() {
        let decision = "Bitte an max@example.org schreiben";
        let found = gated(minutes(
            "Ruhige Lage",
            &[("Ruhig", "Nichts zu tun"), ("Qwxzy gesehen", decision)],
        ));
        let findings = found.findings();
        assert_eq!(findings.outcome, Outcome::Reject);
        let mail = findings.told.iter().find(|it| it.finding.rule == "email");
        let mail = mail.unwrap();
        assert_eq!(mail.field.as_str(), "protocol.items[1].decision");
        let span = mail.finding.start..mail.finding.end;
        assert_eq!(&decision[span], "max@example.org");
        assert!(
            findings
                .told
                .iter()
                .any(|it| it.field.as_str() == "protocol.items[1].state")
        );
        assert!(found.admitted().is_err());
    }

    #[test]
    fn what_passes_comes_out_and_what_wants_review_only_where_it_is_confirmed() {
        let passed = gated(minutes("Ruhige Lage", &[("", "")])).passed().unwrap();
        assert_eq!(passed.title.as_str(), "Ruhige Lage");
        assert!(passed.items[0].state.is_empty());
        let review = || gated(minutes("Ein Qwxzy steht dort", &[]));
        assert_eq!(review().findings().outcome, Outcome::Review);
        assert!(review().passed().is_err());
        assert!(review().admitted().is_ok());
    }

    #[test]
    fn what_is_told_is_bounded_and_has_the_heaviest() {
        let doubtful = ("Qwxzy und Vbnzk", "Grmpfl und Xxqz");
        let mut items = vec![doubtful; 60];
        items.push(("Ruhig", "An max@example.org"));
        let found = gated(minutes("", &items));
        let findings = found.findings();
        assert_eq!(findings.told.len(), TOLD_MAX);
        assert_eq!(findings.outcome, Outcome::Reject);
        assert!(findings.told.iter().any(|it| it.finding.rule == "email"));
    }

    #[test]
    fn neither_state_of_a_text_shows_it_in_a_log() {
        let canary = "Zitronenfalter";
        assert!(!format!("{:?}", Unguarded::new(canary)).contains(canary));
        let gated = gated(minutes(canary, &[]));
        assert!(!format!("{gated:?}").contains(canary));
    }

    #[test]
    fn records_are_read_as_they_were_written_and_nothing_else_is() {
        let found = gated(minutes("An max@example.org", &[("Ein Qwxzy", "")]));
        let records: Vec<FindingRecord> = found.findings().told.iter().map(Into::into).collect();
        assert!(records.len() >= 2);
        for record in records {
            assert_eq!(record.to_string().parse(), Ok(record));
        }
        for rule in crate::rule::ALL {
            assert!(is_rule(rule.id), "{}", rule.id);
        }
        for wrong in [
            "",
            "Max Mustermann wohnt hier um die Ecke",
            "note P1 name reject 1",
            "note P1 name reject 1 2 3",
            "note P13 name reject 1 2",
            "note P1 name pass 1 2",
            "note P1 name reject 01 2",
            "note P1 name reject -1 2",
            "note P1 Müller reject 1 2",
            "Müller P1 name reject 1 2",
            "note[x] P1 name reject 1 2",
            "note] P1 name reject 1 2",
            ".note P1 name reject 1 2",
            "note  P1 name reject 1 2",
        ] {
            assert_eq!(wrong.parse::<FindingRecord>(), Err(NotARecord), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_record(text in ".*") {
            prop_assert!(text.parse::<FindingRecord>().is_err());
        }
    }
}
