//! Charters as nodes hand them on. The body stays the bytes that its members signed.

use bytes::Bytes;
use verbund_ledger::charter::SIGNATURES_MAX;
use verbund_ledger::{CharterSignature, KeyId};
use verbund_model::{AgencyId, CHARTER_BYTES_MAX};

use super::{ConversionError, fixed, id};
use crate::federation;

/// A charter's bytes with its members' signatures over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The charter, verbatim.
    pub body: Vec<u8>,
    /// The signatures. Nothing about them is believed yet.
    pub signatures: Vec<CharterSignature>,
}

/// A charter as it travels.
pub fn to_wire(it: &Document) -> federation::CharterDocument {
    federation::CharterDocument {
        body: Bytes::copy_from_slice(&it.body),
        signatures: it
            .signatures
            .iter()
            .map(|it| federation::CharterSignature {
                agency: it.agency.as_str().to_owned(),
                key_id: Bytes::copy_from_slice(it.key.as_bytes()),
                signature: Bytes::copy_from_slice(&it.signature),
            })
            .collect(),
    }
}

/// A charter as the ledger checks it.
///
/// # Errors
/// A body or a number of signatures beyond the bounds, or a field that no node sends.
pub fn from_wire(it: federation::CharterDocument) -> Result<Document, ConversionError> {
    if it.body.len() > CHARTER_BYTES_MAX {
        return Err(ConversionError::invalid(
            "body",
            "is larger than a charter may be",
        ));
    }
    if it.signatures.len() > SIGNATURES_MAX {
        return Err(ConversionError::invalid("signatures", "are more than 256"));
    }
    Ok(Document {
        signatures: it
            .signatures
            .iter()
            .enumerate()
            .map(|(at, it)| {
                signature(it).map_err(|error| error.within(&format!("signatures[{at}]")))
            })
            .collect::<Result<_, _>>()?,
        body: it.body.into(),
    })
}

fn signature(it: &federation::CharterSignature) -> Result<CharterSignature, ConversionError> {
    Ok(CharterSignature {
        agency: id(&it.agency, "agency", AgencyId::parse)?,
        key: KeyId(fixed(&it.key_id, "key_id", "is not 8 bytes")?),
        signature: fixed(&it.signature, "signature", "is not 64 bytes")?,
    })
}
