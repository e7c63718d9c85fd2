//! Acting for a person: how an application that several people share tells its node for whom it calls.
//!
//! It is metadata and not a field of each request, since it says who asks and not what for. The node takes it only from callers whose
//! configuration lets them (`acts_for_people`). The id is the application's own: it names nobody to anybody else, is the same for the
//! same person, and the node neither logs, traces nor counts by it.

use std::fmt;

/// Metadata key of the person's id; see [`ActorId`].
pub const ACTOR: &str = "verbund-actor";

/// Metadata key of the roles that the person has in the application: words such as `coordinator`, separated by commas. What the
/// application itself may not do nobody may do through it.
pub const ACTING_ROLES: &str = "verbund-acting-roles";

/// Most characters of an actor's id.
pub const ACTOR_CHARS: usize = 64;

/// An application's id for one of the people who use it: 1 to 64 lower-case letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq)]
pub struct ActorId(String);

/// The text is no actor's id. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an actor's id is 1 to 64 lower-case letters, digits and hyphens")]
pub struct NoActor;

impl ActorId {
    /// Takes an id.
    ///
    /// # Errors
    /// [`NoActor`].
    pub fn parse(text: &str) -> Result<Self, NoActor> {
        let fits = |it: u8| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let length = (1..=ACTOR_CHARS).contains(&text.len());
        (length && text.bytes().all(fits))
            .then(|| Self(text.to_owned()))
            .ok_or(NoActor)
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Not the id: it must not come into a log by chance.
impl fmt::Debug for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActorId(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_plain_and_show_themselves_nowhere() {
        for good in ["a", "3f2a-9", &"x".repeat(64)] {
            let id = ActorId::parse(good).expect("is one");
            assert_eq!(id.as_str(), good);
            assert!(!format!("{id:?}").contains(good));
        }
        let long = "x".repeat(65);
        for bad in ["", "A", "a b", "ä", "a/b", "a_b", "a\n", &long] {
            assert_eq!(ActorId::parse(bad), Err(NoActor), "{bad:?}");
        }
    }
}
