//! What two nodes say to each other beside entries and receipts.

use bytes::Bytes;
use verbund_ledger::LaneId;
use verbund_model::{AgencyId, FederationId, UnixMillis, Validity};

use super::cursor::LANES_MAX;
use super::{ConversionError, fixed, id};
use crate::federation;

/// Longest software version that is taken from a peer, in bytes: it is shown and logged.
pub const SOFTWARE_BYTES: usize = 64;

/// Longest serial number that is taken from a peer, in characters: 20 bytes (RFC 5280) in hexadecimal, with signs between.
pub const SERIAL_CHARS: usize = 64;

/// A certificate that a node presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its serial number, in printable ASCII.
    pub serial: String,
    /// From when to when it is valid.
    pub validity: Validity,
}

impl Certificate {
    /// The certificate as it travels.
    pub fn to_wire(&self) -> federation::Certificate {
        federation::Certificate {
            serial: self.serial.clone(),
            not_before_ms: self.validity.not_before.0,
            not_after_ms: self.validity.not_after.0,
        }
    }

    /// Reads a certificate.
    ///
    /// # Errors
    /// When its serial number is none.
    pub fn from_wire(it: &federation::Certificate) -> Result<Self, ConversionError> {
        let fits = (1..=SERIAL_CHARS).contains(&it.serial.len());
        if !fits || !it.serial.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(ConversionError::invalid(
                "serial",
                "is not a serial number of at most 64 printable characters",
            ));
        }
        Ok(Self {
            serial: it.serial.clone(),
            validity: Validity {
                not_before: UnixMillis(it.not_before_ms),
                not_after: UnixMillis(it.not_after_ms),
            },
        })
    }
}

/// Longest address that is taken from a peer, in bytes: a host name (RFC 1035), a colon and a port.
pub const ENDPOINT_BYTES: usize = 261;
/// Longest stable reason that is taken from a peer, in bytes.
pub const REASON_BYTES: usize = 64;
/// Longest words on a failed call that are taken from a peer, in bytes.
pub const DESCRIPTION_BYTES: usize = 512;

/// How a partner's node reaches this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialBack {
    /// The address that it dials; empty where it dials none.
    pub endpoint: String,
    /// Why it did not reach it: a stable reason and words, both in printable ASCII. `None` where it did, or dials none.
    pub problem: Option<(String, String)>,
    /// The certificate that was shown there.
    pub seen: Option<Certificate>,
    /// A stream between the two is up.
    pub linked: bool,
}

impl DialBack {
    /// The answer as it travels.
    pub fn to_wire(&self) -> federation::DialBack {
        let (reason, description) = self.problem.clone().unwrap_or_default();
        federation::DialBack {
            endpoint: self.endpoint.clone(),
            reason,
            description,
            seen: self.seen.as_ref().map(Certificate::to_wire),
            linked: self.linked,
        }
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// The first field that no node says.
    pub fn from_wire(it: &federation::DialBack) -> Result<Self, ConversionError> {
        for (field, text, most) in [
            ("endpoint", &it.endpoint, ENDPOINT_BYTES),
            ("reason", &it.reason, REASON_BYTES),
            ("description", &it.description, DESCRIPTION_BYTES),
        ] {
            if text.len() > most || !text.bytes().all(|it| it == b' ' || it.is_ascii_graphic()) {
                return Err(ConversionError::invalid(
                    field,
                    "is too long or not printable",
                ));
            }
        }
        let problem = (it.reason.clone(), it.description.clone());
        Ok(Self {
            endpoint: it.endpoint.clone(),
            problem: (!it.reason.is_empty()).then_some(problem),
            seen: it.seen.as_ref().map(Certificate::from_wire).transpose()?,
            linked: it.linked,
        })
    }
}

/// Who speaks on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The federation.
    pub federation: FederationId,
    /// The agency whose node speaks. To be compared with the certificate.
    pub agency: AgencyId,
    /// Version of the node's software, in printable ASCII.
    pub software: String,
    /// The highest protocol level that the node speaks.
    pub protocol_level: u32,
    /// Version of the charter in force.
    pub charter_version: u32,
    /// SHA-256 of the charter in force.
    pub charter_hash: [u8; 32],
    /// The node's clock.
    pub now: UnixMillis,
    /// Generation of the node's store.
    pub generation: u64,
    /// Rises whenever the node's end of the stream moves; 0 where it says nothing of that.
    pub stream: u64,
    /// The receiver's certificate, as the node was shown it.
    pub seen: Option<Certificate>,
}

impl Hello {
    /// The hello as it travels.
    pub fn to_wire(&self) -> federation::Hello {
        federation::Hello {
            federation: self.federation.as_str().to_owned(),
            agency: self.agency.as_str().to_owned(),
            software: self.software.clone(),
            protocol_level: self.protocol_level,
            charter_version: self.charter_version,
            charter_hash: Bytes::copy_from_slice(&self.charter_hash),
            now_ms: self.now.0,
            generation: self.generation,
            stream: self.stream,
            seen: self.seen.as_ref().map(Certificate::to_wire),
            ..federation::Hello::default()
        }
    }

    /// Reads a hello.
    ///
    /// # Errors
    /// The first field that no node says.
    pub fn from_wire(it: &federation::Hello) -> Result<Self, ConversionError> {
        if it.software.len() > SOFTWARE_BYTES
            || !it.software.bytes().all(|it| it.is_ascii_graphic())
        {
            return Err(ConversionError::invalid(
                "software",
                "is not a version of at most 64 printable characters",
            ));
        }
        Ok(Self {
            federation: id(&it.federation, "federation", FederationId::parse)?,
            agency: id(&it.agency, "agency", AgencyId::parse)?,
            software: it.software.clone(),
            protocol_level: it.protocol_level,
            charter_version: it.charter_version,
            charter_hash: fixed(&it.charter_hash, "charter_hash", "is not 32 bytes")?,
            now: UnixMillis(it.now_ms),
            generation: it.generation,
            stream: it.stream,
            seen: it.seen.as_ref().map(Certificate::from_wire).transpose()?,
        })
    }
}

/// What a peer wants to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe {
    /// The origin whose entries it wants.
    pub origin: AgencyId,
    /// Where it stands; lanes that are not listed it wants from their beginning.
    pub have: Vec<(LaneId, u64)>,
}

impl Subscribe {
    /// The subscription as it travels.
    pub fn to_wire(&self) -> federation::Subscribe {
        federation::Subscribe {
            origin: self.origin.as_str().to_owned(),
            have: self
                .have
                .iter()
                .map(|(lane, sequence)| federation::LaneCursor {
                    lane: Bytes::copy_from_slice(lane.as_bytes()),
                    sequence: *sequence,
                })
                .collect(),
        }
    }

    /// Reads a subscription.
    ///
    /// # Errors
    /// The first field that no node says, or more lanes than an origin may have.
    pub fn from_wire(it: &federation::Subscribe) -> Result<Self, ConversionError> {
        if it.have.len() > LANES_MAX {
            return Err(ConversionError::invalid("have", "has more than 4096 lanes"));
        }
        Ok(Self {
            origin: id(&it.origin, "origin", AgencyId::parse)?,
            have: it
                .have
                .iter()
                .map(|it| {
                    let lane = fixed(&it.lane, "have.lane", "is not 16 bytes")?;
                    Ok((LaneId(lane), it.sequence))
                })
                .collect::<Result<_, ConversionError>>()?,
        })
    }
}
