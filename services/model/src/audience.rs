//! Who an entry is for. A lane has exactly one audience and keeps it for ever.

use std::sync::Arc;

use crate::id::AgencyId;

/// Most agencies in an audience, and so in a federation: a mesh is meant for 50, with room for growth while a regional
/// relay is set up.
pub const AGENCIES_MAX: usize = 64;

/// Why a set of agencies is no audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AudienceError {
    /// Nobody is in it.
    #[error("an audience needs at least one agency")]
    Empty,
    /// More than [`AGENCIES_MAX`].
    #[error("an audience has at most 64 agencies")]
    TooMany,
    /// A key that this crate did not make.
    #[error("an audience key lists agency ids in ascending order, each once")]
    InvalidKey,
}

/// A sorted set of 1 to 64 agencies. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Audience(Arc<[AgencyId]>);

impl Audience {
    /// Sorts the agencies and drops repetitions.
    ///
    /// # Errors
    /// [`AudienceError::Empty`] and [`AudienceError::TooMany`].
    pub fn new(agencies: impl IntoIterator<Item = AgencyId>) -> Result<Self, AudienceError> {
        let mut agencies: Vec<AgencyId> = agencies.into_iter().collect();
        agencies.sort_unstable();
        agencies.dedup();
        match agencies.len() {
            0 => Err(AudienceError::Empty),
            1..=AGENCIES_MAX => Ok(Self(agencies.into())),
            _ => Err(AudienceError::TooMany),
        }
    }

    /// Whether the agency is in it.
    pub fn contains(&self, agency: &AgencyId) -> bool {
        self.0.binary_search(agency).is_ok()
    }

    /// The agencies in ascending order.
    pub fn iter(&self) -> std::slice::Iter<'_, AgencyId> {
        self.0.iter()
    }

    /// How many agencies are in it.
    #[expect(clippy::len_without_is_empty, reason = "an audience is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// This audience and one more agency.
    ///
    /// # Errors
    /// [`AudienceError::TooMany`].
    pub fn with(&self, agency: AgencyId) -> Result<Self, AudienceError> {
        Self::new(self.iter().cloned().chain([agency]))
    }

    /// This audience without some agencies.
    ///
    /// # Errors
    /// [`AudienceError::Empty`] when nobody is left.
    pub fn without(&self, agencies: &[AgencyId]) -> Result<Self, AudienceError> {
        Self::new(self.iter().filter(|id| !agencies.contains(id)).cloned())
    }

    /// One text for one audience: the ids in ascending order, joined by commas.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(self.0.iter().map(|id| id.as_str().len() + 1).sum());
        for id in self.iter() {
            if !key.is_empty() {
                key.push(',');
            }
            key.push_str(id.as_str());
        }
        key
    }

    /// Reads what [`Audience::key`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`AudienceError::InvalidKey`] for every text that `key` can't have written.
    pub fn from_key(key: &str) -> Result<Self, AudienceError> {
        let mut agencies = Vec::new();
        for id in key.split(',').take(AGENCIES_MAX + 1) {
            agencies.push(AgencyId::parse(id).map_err(|_| AudienceError::InvalidKey)?);
        }
        let ascending = agencies.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || agencies.len() > AGENCIES_MAX {
            return Err(AudienceError::InvalidKey);
        }
        Ok(Self(agencies.into()))
    }
}

impl<'a> IntoIterator for &'a Audience {
    type Item = &'a AgencyId;
    type IntoIter = std::slice::Iter<'a, AgencyId>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::agency;

    fn audience(ids: &[&str]) -> Audience {
        Audience::new(ids.iter().map(|id| agency(id))).unwrap()
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        let one = audience(&["kod", "dhz", "kod"]);
        assert_eq!(one, audience(&["dhz", "kod"]));
        assert_eq!(one.len(), 2);
        assert_eq!(one.key(), "dhz,kod");
    }

    #[test]
    fn it_holds_1_to_64_agencies() {
        assert_eq!(Audience::new([]), Err(AudienceError::Empty));
        let many = |n: usize| (0..n).map(|at| agency(&format!("a{at}")));
        assert_eq!(Audience::new(many(64)).map(|all| all.len()), Ok(64));
        assert_eq!(Audience::new(many(65)), Err(AudienceError::TooMany));
        assert_eq!(
            Audience::new(many(64)).unwrap().with(agency("b")),
            Err(AudienceError::TooMany)
        );
    }

    #[test]
    fn agencies_come_and_go() {
        let all = audience(&["dhz", "kod", "polizei"]);
        let less = all.without(&[agency("polizei"), agency("nobody")]).unwrap();
        assert_eq!(less, audience(&["dhz", "kod"]));
        assert!(less.contains(&agency("kod")) && !less.contains(&agency("polizei")));
        assert_eq!(less.with(agency("polizei")), Ok(all));
        assert_eq!(
            less.without(&[agency("dhz"), agency("kod")]),
            Err(AudienceError::Empty)
        );
    }

    #[test]
    fn only_a_key_is_read_as_a_key() {
        for bad in [
            "", ",", "dhz,", ",dhz", "kod,dhz", "dhz,dhz", "DHZ", "dhz, kod",
        ] {
            assert_eq!(
                Audience::from_key(bad),
                Err(AudienceError::InvalidKey),
                "{bad:?}"
            );
        }
        let too_many: Vec<String> = (0..65).map(|at| format!("a{at:02}")).collect();
        assert_eq!(
            Audience::from_key(&too_many.join(",")),
            Err(AudienceError::InvalidKey)
        );
    }

    proptest! {
        #[test]
        fn a_key_gives_its_audience_back(ids in prop::collection::btree_set("[a-z0-9][a-z0-9-]{0,12}", 1..64)) {
            let audience = Audience::new(ids.iter().map(|id| agency(id))).unwrap();
            prop_assert_eq!(Audience::from_key(&audience.key()), Ok(audience));
        }
    }
}
