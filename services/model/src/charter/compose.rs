//! Making a charter from a vocabulary and the members' keys, for the demo, for tests, and for the first charter of a
//! new federation.

use super::parse::{self, CharterError, CharterProblem};
use super::raw;
use super::{Charter, EntryKeyText};
use crate::id::AgencyId;
use crate::time::Day;

/// What a member adds to the vocabulary: how to reach it and how to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberKeys {
    /// The member.
    pub agency: AgencyId,
    /// `host:port` of its federation listener; empty when it can't be dialled.
    pub endpoint: String,
    /// One or more PEM certificates.
    pub tls_roots_pem: String,
    /// The keys that sign its entries.
    pub entry_keys: Vec<EntryKeyText>,
}

impl Charter {
    /// The agencies that a vocabulary names, in its order: those that [`Charter::compose`] wants keys of.
    ///
    /// # Errors
    /// When the text is no vocabulary.
    pub fn vocabulary_agencies(vocabulary_toml: &str) -> Result<Vec<AgencyId>, CharterError> {
        let document = parse::document(vocabulary_toml.as_bytes())?;
        Ok(document
            .agency
            .into_iter()
            .map(|agency| agency.id)
            .collect())
    }

    /// Fills a vocabulary with its members' keys and a charter's head. Gives the text to be signed, which
    /// [`Charter::parse`] takes.
    ///
    /// # Errors
    /// When the text is no vocabulary, when members and agencies differ, and whatever [`Charter::parse`] refuses.
    pub fn compose(
        vocabulary_toml: &str,
        members: Vec<MemberKeys>,
        version: u32,
        previous_hash: Option<[u8; 32]>,
        expires: Day,
    ) -> Result<String, CharterError> {
        let mut document = parse::document(vocabulary_toml.as_bytes())?;
        document.charter.version = version;
        document.charter.previous_hash = previous_hash.map(|hash| raw::hex(&hash));
        document.charter.expires = expires;

        let mut problems = Vec::new();
        let mut filled: Vec<AgencyId> = Vec::new();
        for member in members {
            if filled.contains(&member.agency) {
                problems.push(CharterProblem::new(
                    "members",
                    format!("{} is there twice", member.agency),
                ));
                continue;
            }
            match document
                .agency
                .iter_mut()
                .find(|agency| agency.id == member.agency)
            {
                None => {
                    let detail = format!("{} is no agency of the vocabulary", member.agency);
                    problems.push(CharterProblem::new("members", detail));
                }
                Some(agency) => {
                    agency.endpoint = member.endpoint;
                    agency.tls_roots_pem = member.tls_roots_pem;
                    agency.entry_keys = member.entry_keys;
                    filled.push(member.agency);
                }
            }
        }
        if !problems.is_empty() {
            return Err(CharterError::Invalid(problems));
        }
        let text =
            toml::to_string(&document).map_err(|error| CharterError::Syntax(error.to_string()))?;
        Charter::parse(text.as_bytes())?;
        Ok(text)
    }
}
