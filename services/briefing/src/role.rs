//! What a person may do, and as what the node sees them.

use std::fmt;
use std::str::FromStr;

/// What a colleague is there for. Somebody may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Reader,
    /// Reads, and sends updates and requests.
    Contributor,
    /// Speaks for the agency: confirms, takes steps on tasks, meetings and protocols.
    Coordinator,
    /// Looks after the node and the accounts; sees no content.
    Operator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [
        Self::Reader,
        Self::Contributor,
        Self::Coordinator,
        Self::Operator,
    ];

    /// The word for it in configuration files and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Contributor => "contributor",
            Self::Coordinator => "coordinator",
            Self::Operator => "operator",
        }
    }

    /// The node's words for it.
    const fn at_node(self) -> &'static [&'static str] {
        match self {
            Self::Reader => &["reader"],
            Self::Contributor => &["reader", "publisher"],
            Self::Coordinator => &["reader", "publisher", "coordinator"],
            Self::Operator => &["operator", "auditor"],
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("roles are reader, contributor, coordinator and operator")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == word);
        found.ok_or(UnknownRole)
    }
}

/// A person's roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// Whether a role is among them.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// No role at all: an account that may do nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, in their order.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    /// May read what the agencies tell each other.
    #[must_use]
    pub const fn reads(self) -> bool {
        self.has(Role::Reader) || self.contributes()
    }

    /// May send updates.
    #[must_use]
    pub const fn contributes(self) -> bool {
        self.has(Role::Contributor) || self.has(Role::Coordinator)
    }

    /// May speak for the agency.
    #[must_use]
    pub const fn coordinates(self) -> bool {
        self.has(Role::Coordinator)
    }

    /// May look after the node and the accounts.
    #[must_use]
    pub const fn operates(self) -> bool {
        self.has(Role::Operator)
    }

    /// The node's words for them, separated by commas.
    #[must_use]
    pub fn at_node(self) -> String {
        let mut words: Vec<&str> = self
            .iter()
            .flat_map(|role| role.at_node())
            .copied()
            .collect();
        words.sort_unstable();
        words.dedup();
        words.join(",")
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<T: IntoIterator<Item = Role>>(roles: T) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, role) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            role.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for Roles {
    type Err = UnknownRole;

    fn from_str(words: &str) -> Result<Self, UnknownRole> {
        words
            .split(',')
            .filter(|word| !word.trim().is_empty())
            .map(|word| word.trim().parse())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_as_they_are_written() {
        let roles: Roles = "operator, reader".parse().unwrap();
        assert_eq!(roles.to_string(), "reader,operator");
        assert_eq!(roles.to_string().parse(), Ok(roles));
        assert_eq!("chief".parse::<Roles>(), Err(UnknownRole));
        assert!("".parse::<Roles>().unwrap().is_empty());
    }

    #[test]
    fn the_node_hears_no_more_than_a_person_may_do() {
        let at_node = |words: &str| words.parse::<Roles>().unwrap().at_node();
        assert_eq!(at_node("reader"), "reader");
        assert_eq!(at_node("contributor"), "publisher,reader");
        assert_eq!(at_node("coordinator"), "coordinator,publisher,reader");
        assert_eq!(at_node("operator"), "auditor,operator");
        assert!(!"operator".parse::<Roles>().unwrap().reads());
    }
}
