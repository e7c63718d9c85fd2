//! What a notification can be about: a closed list, and all that a message is made of.

use std::fmt;

use crate::role::Roles;

/// How soon somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Urgency {
    /// With the next digest.
    Routine,
    /// Within minutes, gathered.
    Soon,
    /// At once.
    Immediate,
}

impl Urgency {
    /// All of them, the least first.
    pub(crate) const ALL: [Self; 3] = [Self::Routine, Self::Soon, Self::Immediate];

    /// The word for it in forms and in the database.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Soon => "soon",
            Self::Immediate => "immediate",
        }
    }
}

/// A set of urgencies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Urgencies(u8);

impl Urgencies {
    /// All of them.
    pub(crate) const ALL: Self = Self(0b111);

    /// Whether one is among them.
    pub(crate) const fn has(self, urgency: Urgency) -> bool {
        self.0 & (1 << urgency as u8) != 0
    }

    /// Those that words separated by commas name; `None` where one is no urgency.
    pub(crate) fn parse(words: &str) -> Option<Self> {
        let words = words.split(',').filter(|it| !it.is_empty());
        let find = |word| Urgency::ALL.into_iter().find(|it| it.word() == word);
        words.map(find).collect()
    }
}

impl FromIterator<Urgency> for Urgencies {
    fn from_iter<T: IntoIterator<Item = Urgency>>(urgencies: T) -> Self {
        let bits = urgencies.into_iter().map(|it| 1 << it as u8);
        Self(bits.fold(0, |set, bit| set | bit))
    }
}

impl fmt::Display for Urgencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Urgency::ALL.into_iter().filter(|it| self.has(*it));
        let words: Vec<_> = words.map(Urgency::word).collect();
        f.write_str(&words.join(","))
    }
}

/// A kind of thing that waits for somebody. The most urgent come first, which is the order in which a message names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Matter {
    /// An update of another agency that says: look at once. Also what changes in one.
    UpdateImmediate,
    /// A briefing that the own agency takes part in has begun.
    BriefingBegun,
    /// The node tells of something that is wrong and stays wrong until somebody looks.
    Alarm,
    /// The node does not answer.
    NodeAway,
    /// An update of another agency that says: look today.
    UpdateSoon,
    /// An update of an exercise, whatever its urgency: a drill gets nobody out of bed.
    Drill,
    /// The own agency is asked to take on a task.
    TaskAsked,
    /// A protocol circulates, and the own agency has said nothing to it.
    ProtocolAwaitsWord,
    /// Somebody objects to a protocol that the own agency writes.
    ProtocolObjected,
    /// A draft of the own agency waits for review.
    DraftAwaitsReview,
    /// A CLEAR update of the own agency waits for a second coordinator.
    ClearAwaitsSecond,
    /// The own agency is invited to a meeting and has not answered.
    Invitation,
    /// An update of another agency without haste.
    UpdateRoutine,
}

/// Who is told of a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    Readers,
    Coordinators,
    Operators,
}

/// What holds for a matter.
struct Facts {
    word: &'static str,
    urgency: Urgency,
    audience: Audience,
    path: &'static str,
}

impl Matter {
    /// All matters, in their order.
    pub(crate) const ALL: [Self; 13] = [
        Self::UpdateImmediate,
        Self::BriefingBegun,
        Self::Alarm,
        Self::NodeAway,
        Self::UpdateSoon,
        Self::Drill,
        Self::TaskAsked,
        Self::ProtocolAwaitsWord,
        Self::ProtocolObjected,
        Self::DraftAwaitsReview,
        Self::ClearAwaitsSecond,
        Self::Invitation,
        Self::UpdateRoutine,
    ];

    /// The table of rules.
    const fn facts(self) -> Facts {
        use Audience::{Coordinators, Operators, Readers};
        use Urgency::{Immediate, Routine, Soon};
        let (word, urgency, audience, path) = match self {
            Self::UpdateImmediate => ("update-immediate", Immediate, Readers, "/feed"),
            Self::BriefingBegun => ("briefing-begun", Immediate, Coordinators, "/besprechung"),
            Self::Alarm => ("alarm", Immediate, Operators, "/betrieb"),
            Self::NodeAway => ("node-away", Immediate, Operators, "/betrieb"),
            Self::UpdateSoon => ("update-soon", Soon, Readers, "/feed"),
            Self::Drill => ("drill", Soon, Readers, "/feed"),
            Self::TaskAsked => ("task-asked", Soon, Coordinators, "/aufgaben"),
            Self::ProtocolAwaitsWord => ("protocol-awaits-word", Soon, Coordinators, "/protokolle"),
            Self::ProtocolObjected => ("protocol-objected", Soon, Coordinators, "/protokolle"),
            Self::DraftAwaitsReview => ("draft-awaits-review", Soon, Coordinators, "/pruefung"),
            Self::ClearAwaitsSecond => ("clear-awaits-second", Soon, Coordinators, "/pruefung"),
            Self::Invitation => ("invitation", Routine, Coordinators, "/besprechung"),
            Self::UpdateRoutine => ("update-routine", Routine, Readers, "/feed"),
        };
        Facts {
            word,
            urgency,
            audience,
            path,
        }
    }

    /// The word for it in the database and in the catalogue's keys.
    pub(crate) const fn word(self) -> &'static str {
        self.facts().word
    }

    /// The matter of a word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }

    /// How soon to look.
    pub(crate) const fn urgency(self) -> Urgency {
        self.facts().urgency
    }

    /// The page on which it waits.
    pub(crate) const fn path(self) -> &'static str {
        self.facts().path
    }

    /// Whether somebody with these roles is told of it: no more than the pages would show them.
    pub(crate) const fn concerns(self, roles: Roles) -> bool {
        match self.facts().audience {
            Audience::Readers => roles.reads(),
            Audience::Coordinators => roles.coordinates(),
            Audience::Operators => roles.operates(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matters_are_in_the_order_of_their_urgency_and_have_words_of_their_own() {
        assert!(
            Matter::ALL.is_sorted(),
            "the list is in the order of the enum"
        );
        assert!(Matter::ALL.is_sorted_by_key(|it| std::cmp::Reverse(it.urgency())));
        for matter in Matter::ALL {
            assert_eq!(Matter::of_word(matter.word()), Some(matter));
        }
        assert_eq!(Matter::of_word("weather"), None);
    }

    /// The rules as docs/notifications.md shows them.
    #[test]
    fn who_is_told_of_what() {
        let told = |words: &str| {
            let roles: Roles = words.parse().unwrap();
            Matter::ALL
                .into_iter()
                .filter(move |it| it.concerns(roles))
                .collect::<Vec<_>>()
        };
        use Matter::*;
        let readers = [UpdateImmediate, UpdateSoon, Drill, UpdateRoutine];
        assert_eq!(told("reader"), readers);
        assert_eq!(told("contributor"), readers);
        assert_eq!(told("operator"), [Alarm, NodeAway]);
        let coordinators = Matter::ALL
            .into_iter()
            .filter(|it| ![Alarm, NodeAway].contains(it));
        assert_eq!(told("coordinator"), coordinators.collect::<Vec<_>>());
        assert_eq!(told(""), []);
    }

    #[test]
    fn the_documentation_shows_the_table_of_rules() {
        let document = include_str!("../../../../docs/notifications.md");
        let (_, table) = document.split_once("<!-- table: matters -->").unwrap();
        let (table, _) = table.split_once("<!-- end -->").unwrap();
        let rows: Vec<&str> = table.lines().filter(|it| it.starts_with("| `")).collect();
        let row = |matter: Matter| {
            let facts = matter.facts();
            let told = match facts.urgency {
                Urgency::Routine => "with the next digest",
                Urgency::Soon => "soon",
                Urgency::Immediate => "at once",
            };
            let whom = format!("{:?}", facts.audience).to_lowercase();
            format!("| `{}` | {told} | {whom} | `{}` |", facts.word, facts.path)
        };
        assert_eq!(rows, Matter::ALL.map(row));
    }

    #[test]
    fn urgencies_are_read_as_they_are_written() {
        for words in ["", "routine", "soon,immediate", "routine,soon,immediate"] {
            assert_eq!(Urgencies::parse(words).unwrap().to_string(), words);
        }
        assert_eq!(
            Urgencies::parse("routine,soon,immediate"),
            Some(Urgencies::ALL)
        );
        assert_eq!(Urgencies::parse("never"), None);
    }
}
