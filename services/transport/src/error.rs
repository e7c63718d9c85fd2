//! What can be wrong with this side's own material: files, certificates, roots, revocation lists.

use std::path::PathBuf;

use verbund_model::AgencyId;

use crate::refusal::Refusal;

/// Why certificates, keys, roots or lists were not adopted. Whatever was in use before stays in use.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or a folder can't be read.
    #[error("can't read {}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is larger, or a folder holds more files, than makes sense.
    #[error("{} is larger than the {limit} that are taken", path.display())]
    TooLarge {
        /// Which one.
        path: PathBuf,
        /// How much is taken: bytes of a file, or files of a folder.
        limit: u64,
    },
    /// A file is not what its place says; with the file's name and the reason.
    #[error("{} is not usable: {reason}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        reason: Box<Error>,
    },
    /// No certificate in PEM form.
    #[error("there is no certificate in PEM form")]
    NoCertificate,
    /// No private key in PEM form.
    #[error("there is no private key in PEM form")]
    NoKey,
    /// A private key of a kind that is not supported.
    #[error(
        "the private key can't be used (P-256, P-384, Ed25519 and RSA from 2048 bits are supported)"
    )]
    BadKey,
    /// Certificate and key don't belong together. While both are being replaced, this passes by itself.
    #[error("the certificate and the private key don't belong together")]
    KeyMismatch,
    /// The own certificate would be refused by every partner.
    #[error("the own certificate is not usable: {0}")]
    OwnCertificate(#[source] Refusal),
    /// The own agency or what it is changed under a running node. That takes a restart, knowingly.
    #[error("the new certificate is for another identity than the one in use")]
    OtherIdentity,
    /// An agency has no root, or one that can't be read or is no authority's.
    #[error("the TLS roots of {agency} are not usable: {reason}")]
    BadRoot {
        /// Whose roots.
        agency: AgencyId,
        /// What is wrong.
        reason: &'static str,
    },
    /// Something else than the certificates of authorities in PEM form.
    #[error("there is no root that can be used: {0}")]
    NotARoot(&'static str),
    /// Two agencies name the same root, so that each could speak as the other.
    #[error("{first} and {second} have the same TLS root, so that one could speak as the other")]
    SharedRoot {
        /// One of them.
        first: AgencyId,
        /// The other.
        second: AgencyId,
    },
    /// A revocation list can't be read.
    #[error(
        "the revocation list can't be read (PEM or DER, version 2, with a next update, no delta)"
    )]
    BadRevocationList,
    /// The file of a revocation list is gone. What it said stays in use until the next start.
    #[error("the revocation list of {0} is gone; the last one stays in use until the next start")]
    ListVanished(AgencyId),
    /// A development certificate could not be made.
    #[error("the certificate could not be made: {0}")]
    Pki(String),
    /// TLS could not be set up at all.
    #[error("TLS could not be set up")]
    Setup(#[from] rustls::Error),
}
