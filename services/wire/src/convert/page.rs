//! Pages of a list: how large, and where the next one begins.

use super::filter::Filter;
use super::opaque;
use crate::error::{Error, ErrorCode};

/// How many things a page has where the caller does not say.
pub const SIZE_DEFAULT: u32 = 50;
/// Most things of a page.
pub const SIZE_MAX: u32 = 500;

const VERSION: u8 = 1;
const TOKEN_MAX: usize = 64;

/// How many things to put on a page: larger sizes are cut down, as AIP-158 has it.
///
/// # Errors
/// [`ErrorCode::ValidationFailed`] for a negative size.
pub fn size(asked: i32) -> Result<u32, Error> {
    match u32::try_from(asked) {
        Ok(0) => Ok(SIZE_DEFAULT),
        Ok(size) => Ok(size.min(SIZE_MAX)),
        Err(_) => Err(Error::field(
            "page_size",
            verbund_model::Reason::InvalidRange.as_str(),
            "is negative",
        )),
    }
}

/// What is listed: a token of one list is not taken for another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List(u64);

impl List {
    /// The audit log.
    pub const AUDIT: Self = Self(u64::from_be_bytes(*b"auditlog"));

    /// A list that a filter chooses from: `filter` is all that it says, in any spelling that is always the same.
    #[must_use]
    pub fn filtered(name: &str, filter: &impl prost::Message) -> Self {
        let mut bytes = filter.encode_to_vec();
        bytes.extend_from_slice(name.as_bytes());
        Self(super::filter::hash(&bytes))
    }
}

impl From<&Filter> for List {
    fn from(filter: &Filter) -> Self {
        Self(filter.fingerprint())
    }
}

/// The token of the page that goes on behind `key` in a list. What the key means is the store's business.
pub fn token(list: impl Into<List>, key: i64) -> String {
    let mut payload = [0; 16];
    payload[..8].copy_from_slice(&list.into().0.to_be_bytes());
    payload[8..].copy_from_slice(&key.to_be_bytes());
    opaque::write(VERSION, &payload)
}

/// Reads what [`token`] wrote for the same list; `None` for the first page.
///
/// # Errors
/// [`ErrorCode::PageTokenInvalid`].
pub fn key(list: impl Into<List>, token: &str) -> Result<Option<i64>, Error> {
    if token.is_empty() {
        return Ok(None);
    }
    let invalid = |message| Error::new(ErrorCode::PageTokenInvalid, message);
    let payload: [u8; 16] = opaque::read(VERSION, token, TOKEN_MAX)
        .and_then(|it| it.try_into().ok())
        .ok_or_else(|| invalid("the page token is not one that a node of this release gave out"))?;
    let (fingerprint, key) = payload.split_at(8);
    if fingerprint != list.into().0.to_be_bytes() {
        return Err(invalid(
            "the page token belongs to a list with another filter",
        ));
    }
    Ok(key.try_into().ok().map(i64::from_be_bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agency::SituationFilter;

    fn of_agency(agency: &str) -> Filter {
        Filter::from_wire(Some(SituationFilter {
            agencies: vec![agency.to_owned()],
            ..Default::default()
        }))
        .expect("is valid")
    }

    fn refused(filter: &Filter, token: &str) -> bool {
        matches!(key(filter, token), Err(error) if error.code() == ErrorCode::PageTokenInvalid)
    }

    proptest! {
        #[test]
        fn a_token_gives_its_key_back(at in any::<i64>()) {
            let filter = of_agency("dhz");
            prop_assert_eq!(key(&filter, &token(&filter, at)), Ok(Some(at)));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            prop_assert!(text.is_empty() || refused(&Filter::default(), &text));
        }
    }

    #[test]
    fn the_first_page_has_no_token() {
        assert_eq!(key(&Filter::default(), ""), Ok(None));
    }

    #[test]
    fn a_token_belongs_to_its_filter() {
        let token = token(&of_agency("dhz"), 7);
        assert!(refused(&of_agency("kod"), &token));
        assert!(refused(&Filter::default(), &token));
        assert!(key(List::AUDIT, &token).is_err());
    }

    #[test]
    fn what_no_node_wrote_is_refused() {
        let filter = Filter::default();
        assert!(refused(&filter, &opaque::write(VERSION, &[0; 15])));
        assert!(refused(&filter, &opaque::write(VERSION, &[0; 17])));
        assert!(refused(&filter, &opaque::write(VERSION + 1, &[0; 16])));
        assert!(refused(&filter, &"A".repeat(1_000_000)));
    }

    #[test]
    fn sizes_have_a_default_and_a_bound() {
        assert_eq!(size(0), Ok(50));
        assert_eq!(size(1), Ok(1));
        assert_eq!(size(500), Ok(500));
        assert_eq!(size(i32::MAX), Ok(500));
        assert!(size(-1).is_err());
    }
}
