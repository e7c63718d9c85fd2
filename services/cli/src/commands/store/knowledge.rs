//! What the store can't know: who may sign and how long readings are kept, by the charters, and what codes say.

use std::collections::HashMap;

use verbund_ledger::{Keyring, PublicKey, charter_hash, signed_by_majority, succeeds};
use verbund_model::{AgencyId, Charter};
use verbund_node::charter::parse_signatures;
use verbund_store::{CharterRecord, Projected, Projector, Signers};
use verbund_wire::convert::codes;

/// The members' keys under all charters that were ever in force.
#[derive(Debug, Default)]
pub(crate) struct Members {
    keys: HashMap<AgencyId, Vec<PublicKey>>,
    /// The one before the next, with its hash.
    last: Option<(Charter, [u8; 32])>,
    /// By the newest of the charters that are known.
    reading_days: u32,
    version: u32,
}

impl Members {
    /// Those of the charter that is configured, which the operator vouches for.
    pub(super) fn of(charter: &Charter) -> Self {
        let mut members = Self::default();
        // What is wrong with a configured charter is told when the node starts.
        drop(members.add(charter));
        members
    }

    fn add(&mut self, charter: &Charter) -> Result<(), String> {
        if charter.version() >= self.version {
            self.version = charter.version();
            self.reading_days = charter.retention().reading_days;
        }
        let keyring = Keyring::of(charter).map_err(|fault| fault.to_string())?;
        for agency in charter.agencies() {
            let known = self.keys.entry(agency.id.clone()).or_default();
            for key in keyring.keys(&agency.id) {
                if !known.contains(key) {
                    known.push(key.clone());
                }
            }
        }
        Ok(())
    }
}

impl Signers for Members {
    fn learn(&mut self, record: &CharterRecord) -> Result<(), String> {
        let charter = Charter::parse(&record.body).map_err(|error| error.to_string())?;
        if charter.version() != record.version {
            return Err(format!("it says version {}", charter.version()));
        }
        let signatures = String::from_utf8(record.signatures.clone())
            .map_err(|_| "its signatures are no text".to_owned())
            .and_then(|lines| parse_signatures(&lines))?;
        // Most follow the one before; one that an operator has put in place stands by its own members' word.
        let follows = self.last.as_ref().is_some_and(|(last, hash)| {
            succeeds(last, hash, &charter, &record.body, &signatures).is_ok()
        });
        if !follows {
            signed_by_majority(&charter, &record.body, &signatures)
                .map_err(|fault| fault.to_string())?;
        }
        self.add(&charter)?;
        let hash = charter_hash(&record.body);
        self.last = Some((charter, hash));
        Ok(())
    }

    fn keys(&self, agency: &AgencyId) -> &[PublicKey] {
        self.keys.get(agency).map_or(&[], Vec::as_slice)
    }

    fn reading_days(&self) -> u32 {
        self.reading_days
    }
}

/// Reads codes as a node does.
#[derive(Debug)]
pub(super) struct Codebook;

impl Projector for Codebook {
    fn project(&self, origin: &AgencyId, codes: &[u8]) -> Option<Projected> {
        let codes = codes::decode(codes).ok()?;
        Some(Projected {
            subject: codes.subject,
            projection: verbund_node::project(origin, &codes),
            step: verbund_node::is_step(&codes),
            erases: verbund_node::erases(&codes),
        })
    }
}
