//! Identifiers: a newtype for each kind, so that a place can't stand where an agency belongs.
//!
//! Vocabulary ids are slugs, which keeps them safe in file names, certificates, log lines and error details. They share
//! their text, so that cloning one costs a counter and no allocation.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Longest slug in bytes; a DNS label, since agency ids become part of names in certificates.
const SLUG_MAX: usize = 63;

/// Why a text is no identifier. Never carries the text: it may be anything a caller typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing was given.
    #[error("the id is empty")]
    Empty,
    /// More than 63 bytes.
    #[error("the id is longer than 63 characters")]
    TooLong,
    /// A character outside `a-z`, `0-9` and `-`, or a `-` at the start.
    #[error("an id has only the characters a-z, 0-9 and -, and does not begin with -")]
    NotASlug,
    /// Not a UUID in its hyphenated form.
    #[error("not a uuid of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")]
    NotAUuid,
    /// A UUID of another version than 7.
    #[error("not a uuid of version 7")]
    NotVersion7,
}

fn check_slug(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > SLUG_MAX {
        return Err(IdError::TooLong);
    }
    let slug = text
        .bytes()
        .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !slug || text.starts_with('-') {
        return Err(IdError::NotASlug);
    }
    Ok(())
}

/// The hyphenated form only: one subject must have one spelling, in requests, exports and logs.
fn parse_uuid(text: &str) -> Result<Uuid, IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() != 36 {
        return Err(IdError::NotAUuid);
    }
    Uuid::try_parse(text).map_err(|_| IdError::NotAUuid)
}

macro_rules! slug_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a slug: `[a-z0-9][a-z0-9-]{0,62}`.
            ///
            /// # Errors
            /// Says what keeps the text from being one, without repeating it.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check_slug(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        // Derived Eq, Ord and Hash are those of the text, so a map of ids can be asked with a plain text.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(D::Error::custom)
            }
        }
    )+};
}

slug_ids! {
    /// A federation, such as `krefeld`.
    FederationId,
    /// An agency of the charter, such as `dhz`.
    AgencyId,
    /// What an update can be about, such as `konsumabfall`.
    CategoryId,
    /// A place of the charter's register, such as `theaterplatz`.
    PlaceId,
    /// Something that is counted, such as `spritzenfunde`.
    IndicatorId,
    /// A measure of the security concept, such as `m1`.
    MeasureId,
    /// A time window of the charter, such as `22-06`.
    WindowId,
    /// A kind of meeting, such as `lagebesprechung`.
    MeetingTypeId,
}

macro_rules! uuid_ids {
    ($($name:ident),+) => {$(
        impl $name {
            /// The 16 bytes as they go over the wire.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(D::Error::custom)
            }
        }
    )+};
}

/// What entries are about: one update with its corrections and its withdrawal. A random UUID, because partners see it
/// and a time-ordered one would tell them the millisecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(Uuid);

impl SubjectId {
    /// Takes a UUID that the caller drew at random.
    pub fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Takes 16 bytes as they came over the wire.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Makes a UUID of version 4 from 16 random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// Takes the hyphenated form of a UUID.
    ///
    /// # Errors
    /// [`IdError::Empty`] or [`IdError::NotAUuid`].
    pub fn parse(text: &str) -> Result<Self, IdError> {
        parse_uuid(text).map(Self)
    }
}

/// What a caller names its request with, so that sending it again does nothing twice. A UUIDv7 of the caller's making:
/// its time lets the node forget request ids after 30 days; partners never see it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(Uuid);

impl RequestId {
    /// Takes the hyphenated form of a UUID of version 7.
    ///
    /// # Errors
    /// [`IdError::Empty`], [`IdError::NotAUuid`] or [`IdError::NotVersion7`].
    pub fn parse(text: &str) -> Result<Self, IdError> {
        Self::new(parse_uuid(text)?)
    }

    /// Takes a UUID of version 7.
    ///
    /// # Errors
    /// [`IdError::NotVersion7`].
    pub fn new(uuid: Uuid) -> Result<Self, IdError> {
        if uuid.get_version_num() != 7 || uuid.get_variant() != uuid::Variant::RFC4122 {
            return Err(IdError::NotVersion7);
        }
        Ok(Self(uuid))
    }

    /// Takes 16 bytes as the store kept them.
    ///
    /// # Errors
    /// [`IdError::NotVersion7`].
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, IdError> {
        Self::new(Uuid::from_bytes(bytes))
    }
}

/// What a draft in the review list is named by. Made of the request that brought it, so that a repetition finds it; partners never
/// see it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReviewId(Uuid);

impl ReviewId {
    /// Takes 16 bytes as the store kept them.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Makes a UUID of version 8, the one for names of one's own making, from the first 16 bytes of a hash.
    pub fn from_hash(hash: [u8; 16]) -> Self {
        Self(uuid::Builder::from_custom_bytes(hash).into_uuid())
    }

    /// Takes the hyphenated form of a UUID.
    ///
    /// # Errors
    /// [`IdError::Empty`] or [`IdError::NotAUuid`].
    pub fn parse(text: &str) -> Result<Self, IdError> {
        parse_uuid(text).map(Self)
    }
}

uuid_ids!(SubjectId, RequestId, ReviewId);

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slugs_are_taken_and_nothing_else() {
        for good in [
            "dhz",
            "m1",
            "06-10",
            "a",
            "0",
            "koelner-strasse-brachflaeche",
            &"x".repeat(63),
        ] {
            assert_eq!(
                PlaceId::parse(good).map(|id| id.to_string()),
                Ok(good.to_owned())
            );
        }
        for (bad, why) in [
            ("", IdError::Empty),
            (&*"x".repeat(64), IdError::TooLong),
            ("-a", IdError::NotASlug),
            ("A", IdError::NotASlug),
            ("a b", IdError::NotASlug),
            ("a_b", IdError::NotASlug),
            ("ä", IdError::NotASlug),
            ("a\n", IdError::NotASlug),
            ("../a", IdError::NotASlug),
        ] {
            assert_eq!(PlaceId::parse(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn a_map_of_ids_is_asked_with_a_plain_text() {
        let map = HashMap::from([(AgencyId::parse("dhz").unwrap(), 1)]);
        assert_eq!(map.get("dhz"), Some(&1));
    }

    #[test]
    fn an_error_never_repeats_the_text() {
        let secret = "Herr Brinkhoff";
        let error = AgencyId::parse(secret).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Brinkhoff"));
    }

    #[test]
    fn a_request_id_is_a_uuid_of_version_7() {
        let v7 = "018f6b2a-7c00-7abc-8def-0123456789ab";
        let id = RequestId::parse(v7).unwrap();
        assert_eq!(id.to_string(), v7);
        assert_eq!(RequestId::from_bytes(*id.as_bytes()), Ok(id));
        let v4 = "3f2b8c1e-5d4a-4f6b-9c8d-7e6f5a4b3c2d";
        assert_eq!(RequestId::parse(v4), Err(IdError::NotVersion7));
        // The digit of version 7 under a variant that is not RFC 9562's.
        assert_eq!(
            RequestId::parse("018f6b2a-7c00-7abc-0def-0123456789ab"),
            Err(IdError::NotVersion7)
        );
        assert_eq!(RequestId::parse(""), Err(IdError::Empty));
    }

    #[test]
    fn a_subject_has_one_spelling() {
        let text = "3f2b8c1e-5d4a-4f6b-9c8d-7e6f5a4b3c2d";
        let id = SubjectId::parse(text).unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(SubjectId::parse(&text.to_uppercase()), Ok(id));
        for other in [
            "3f2b8c1e5d4a4f6b9c8d7e6f5a4b3c2d",
            "{3f2b8c1e-5d4a-4f6b-9c8d-7e6f5a4b3c2d}",
            "urn:uuid:3f2b8c1e-5d4a-4f6b-9c8d-7e6f5a4b3c2d",
            "3f2b8c1e-5d4a-4f6b-9c8d-7e6f5a4b3c2",
            "zf2b8c1e-5d4a-4f6b-9c8d-7e6f5a4b3c2d",
        ] {
            assert_eq!(SubjectId::parse(other), Err(IdError::NotAUuid), "{other}");
        }
    }

    #[test]
    fn random_bytes_become_a_uuid_of_version_4() {
        let id = SubjectId::from_random([0xff; 16]);
        assert_eq!(id.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_displays_what_it_took(text in "\\PC{0,80}") {
            if let Ok(id) = CategoryId::parse(&text) {
                prop_assert_eq!(id.as_str(), text.as_str());
            }
            let _ = SubjectId::parse(&text);
            let _ = RequestId::parse(&text);
        }

        #[test]
        fn a_subject_survives_its_text_and_bytes(bytes in any::<[u8; 16]>()) {
            let id = SubjectId::from_bytes(bytes);
            prop_assert_eq!(SubjectId::parse(&id.to_string()), Ok(id));
            prop_assert_eq!(id.as_bytes(), &bytes);
        }
    }
}
