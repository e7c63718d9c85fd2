//! What a provider says of a person, as far as it is looked at: a name, and the groups that give roles.

use std::collections::BTreeMap;

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::role::{Role, Roles};
use crate::store::NAME_CHARS_MAX;

/// All claims that the library does not check.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AllClaims {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for AllClaims {}

impl AllClaims {
    /// What a new account is called: the name that the person signs in with there, or their address.
    pub(crate) fn name(&self) -> Option<&str> {
        ["preferred_username", "email", "name"]
            .iter()
            .filter_map(|claim| self.all.get(*claim)?.as_str())
            .map(str::trim)
            .find(|name| {
                let length = name.chars().count();
                (1..=NAME_CHARS_MAX).contains(&length) && !name.contains(char::is_control)
            })
    }

    /// The claim of this name, or the one that the name leads to: `realm_access.roles`.
    fn claim(&self, path: &str) -> Option<&Value> {
        if let Some(claim) = self.all.get(path) {
            return Some(claim);
        }
        let mut steps = path.split('.');
        let first = self.all.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(step))
    }
}

/// Which groups give which roles.
#[derive(Debug)]
pub(crate) struct Granting {
    claim: String,
    roles: BTreeMap<String, Role>,
}

impl Granting {
    pub(crate) fn new(claim: &str, roles: BTreeMap<String, Role>) -> Self {
        Self {
            claim: claim.to_owned(),
            roles,
        }
    }

    /// Whether these claims say anything of groups.
    pub(crate) fn is_told(&self, claims: &AllClaims) -> bool {
        claims.claim(&self.claim).is_some()
    }

    /// The roles that somebody's groups give.
    pub(crate) fn roles(&self, claims: &AllClaims) -> Roles {
        let groups: Vec<&str> = match claims.claim(&self.claim) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(group)) => vec![group],
            _ => vec![],
        };
        groups
            .into_iter()
            .filter_map(|group| self.roles.get(group).copied())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> AllClaims {
        serde_json::from_str(json).unwrap()
    }

    fn granting(claim: &str) -> Granting {
        let roles = [
            ("/verbund/koordination", Role::Coordinator),
            ("it", Role::Operator),
        ];
        let roles = roles.map(|(group, role)| (group.to_owned(), role));
        Granting::new(claim, roles.into())
    }

    #[test]
    fn groups_give_roles_wherever_the_provider_tells_them() {
        for (claim, told, roles) in [
            (
                "groups",
                r#"{"groups":["/verbund/koordination","x"]}"#,
                "coordinator",
            ),
            ("groups", r#"{"groups":"it"}"#, "operator"),
            (
                "realm_access.roles",
                r#"{"realm_access":{"roles":["it"]}}"#,
                "operator",
            ),
            (
                "https://a.example/groups",
                r#"{"https://a.example/groups":["it"]}"#,
                "operator",
            ),
            ("groups", r#"{"groups":["IT","coordinator"]}"#, ""),
            ("groups", r#"{"groups":{"it":true}}"#, ""),
            ("groups", "{}", ""),
        ] {
            assert_eq!(
                granting(claim).roles(&claims(told)).to_string(),
                roles,
                "{told}"
            );
        }
        assert!(!granting("groups").is_told(&claims("{}")));
        assert!(granting("groups").is_told(&claims(r#"{"groups":[]}"#)));
    }

    #[test]
    fn a_name_is_what_people_know_and_never_a_line_break() {
        let name = |json: &str| claims(json).name().map(str::to_owned);
        assert_eq!(
            name(r#"{"email":"a@b","preferred_username":"kim"}"#).as_deref(),
            Some("kim")
        );
        assert_eq!(
            name(r#"{"email":"a@b","preferred_username":"k\nim"}"#).as_deref(),
            Some("a@b")
        );
        assert_eq!(name(r#"{"preferred_username":" "}"#), None);
    }
}
