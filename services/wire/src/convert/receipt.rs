//! Receipts as nodes hand them on. The signed body stays the bytes that it is.

use bytes::Bytes;
use verbund_ledger::SignedReceipt;

use super::{ConversionError, fixed};
use crate::federation;

/// A receipt as it travels.
pub fn to_wire(it: &SignedReceipt) -> federation::Receipt {
    federation::Receipt {
        body: Bytes::copy_from_slice(&it.body),
        signature: Bytes::copy_from_slice(&it.signature),
    }
}

/// A receipt as the ledger verifies it. Nothing about it is believed yet.
///
/// # Errors
/// A signature of another length than they have.
pub fn from_wire(it: federation::Receipt) -> Result<SignedReceipt, ConversionError> {
    Ok(SignedReceipt {
        signature: fixed(&it.signature, "signature", "is not 64 bytes")?,
        body: it.body.into(),
    })
}
