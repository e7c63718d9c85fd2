//! Who we are to push services: RFC 8292 (VAPID). A key of the application's own signs a statement for each push, so that a
//! browser takes pushes of this application alone.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// How long a statement holds; push services take up to 24 hours (RFC 8292, 2).
const HOLDS: SignedDuration = SignedDuration::from_hours(12);
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// A key is some 240 bytes; a file beyond this is something else.
const FILE_BYTES_MAX: u64 = 4_096;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The file can't be read or made.
    #[error("the file can't be used")]
    File(#[from] std::io::Error),
    /// It is no key.
    #[error("the file is no private key of P-256 in PEM")]
    NoKey,
}

/// The application's key towards push services.
pub(crate) struct Vapid {
    pair: EcdsaKeyPair,
    contact: String,
}

impl std::fmt::Debug for Vapid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vapid")
    }
}

impl Vapid {
    /// Reads the key, and makes it where it is not there, for the owner's eyes only.
    pub(crate) fn open(file: &Path, contact: &str) -> Result<Self, KeyError> {
        let pem = match std::fs::metadata(file) {
            Ok(found) if found.len() > FILE_BYTES_MAX => return Err(KeyError::NoKey),
            Ok(_) => std::fs::read_to_string(file)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(file)?,
            Err(error) => return Err(error.into()),
        };
        let pkcs8 = pem
            .trim()
            .strip_prefix(PEM_BEGIN)
            .and_then(|it| it.strip_suffix(PEM_END))
            .and_then(|it| {
                STANDARD
                    .decode(it.split_whitespace().collect::<String>())
                    .ok()
            })
            .ok_or(KeyError::NoKey)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8)
            .map_err(|_| KeyError::NoKey)?;
        Ok(Self {
            pair,
            contact: contact.to_owned(),
        })
    }

    /// The public key, as browsers ask for it.
    pub(crate) fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref())
    }

    /// What a request to a push service shows. `origin` is scheme, host and port of the service.
    pub(crate) fn authorization(&self, origin: &str, now: Timestamp) -> String {
        let head = json!({ "typ": "JWT", "alg": "ES256" });
        let claims =
            json!({ "aud": origin, "exp": (now + HOLDS).as_second(), "sub": self.contact });
        let encode = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(head), encode(claims));
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .expect("a key that was read signs");
        let signature = URL_SAFE_NO_PAD.encode(signature);
        format!("vapid t={signed}.{signature}, k={}", self.public_key())
    }
}

/// Makes a key and keeps it in a file, before anything depends on it.
fn make(file: &Path) -> Result<String, KeyError> {
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| std::io::Error::other("the system gives no randomness"))?;
    let text = STANDARD.encode(pkcs8);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|it| std::str::from_utf8(it).expect("base64 is ASCII"))
        .collect();
    let pem = format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", lines.join("\n"));
    let mut options = std::fs::OpenOptions::new();
    let mut made = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    made.write_all(pem.as_bytes())?;
    made.sync_all()?;
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("push.key");
        let made = Vapid::open(&file, "mailto:a@stadt.example").unwrap();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = Vapid::open(&file, "mailto:a@stadt.example").unwrap();
        assert_eq!(read.public_key(), made.public_key());
        std::fs::write(
            &file,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        )
        .unwrap();
        assert!(matches!(Vapid::open(&file, "x"), Err(KeyError::NoKey)));
        let nowhere = folder.path().join("there/is/no/folder");
        assert!(matches!(Vapid::open(&nowhere, "x"), Err(KeyError::File(_))));
    }

    #[test]
    fn a_statement_is_signed_for_one_service_and_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let vapid = Vapid::open(&folder.path().join("push.key"), "mailto:a@stadt.example").unwrap();
        let now = Timestamp::from_second(1_000_000).unwrap();
        let said = vapid.authorization("https://push.example", now);
        let (token, key) = said
            .strip_prefix("vapid t=")
            .unwrap()
            .split_once(", k=")
            .unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key))
            .verify(signed.as_bytes(), &decode(signature))
            .unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&decode(signed.split_once('.').unwrap().1)).unwrap();
        assert_eq!(claims["aud"], "https://push.example");
        assert_eq!(claims["sub"], "mailto:a@stadt.example");
        assert_eq!(claims["exp"], 1_000_000 + 12 * 3_600);
    }
}
