//! Files that only the holders of a key can read, in the age format (age-encryption.org/v1), which standard tools read as well.
//!
//! What it promises: without one of the recipients' secret keys nothing of the content can be read, and what was changed or cut off
//! does not open. Recipients are X25519 keys; stanzas of other kinds in a header are passed over. The format is small and fixed, and
//! aws-lc-rs, which is here anyway, has all that it needs: a library would bring a second set of ciphers into the build (ADR 0024).
//!
//! It leaves to others: where keys are kept, and what the content is.

mod bech32;

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::str::FromStr;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use verbund_model::Entropy;
use zeroize::Zeroizing;

const VERSION_LINE: &str = "age-encryption.org/v1";
const WRAP_INFO: &[u8] = b"age-encryption.org/v1/X25519";
const KEY_BYTES: usize = 32;
const FILE_KEY_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
/// Plain bytes of a chunk; the format's.
const CHUNK_BYTES: usize = 64 * 1024;
/// A header is some hundred bytes for each recipient; more is no header of ours.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// A public key in Bech32 begins with this.
const RECIPIENT_PREFIX: &str = "age";
/// A secret key in Bech32 begins with this, in capitals.
const SECRET_PREFIX: &str = "age-secret-key-";

/// Why a file can't be read, or a key is none.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no public key.
    #[error("it is no public key of the form age1…")]
    BadRecipient,
    /// It is no secret key.
    #[error("it is no secret key of the form AGE-SECRET-KEY-1…")]
    BadSecret,
    /// It is no file of this format.
    #[error("it is no encrypted file (age)")]
    NotEncrypted,
    /// It was encrypted for others.
    #[error("it was encrypted for another key")]
    WrongKey,
    /// It was changed, or its end is missing.
    #[error("it was changed, or its end is missing")]
    Damaged,
    /// It can't be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Whom a file is for: a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient([u8; KEY_BYTES]);

impl FromStr for Recipient {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = bech32::decode(RECIPIENT_PREFIX, text).ok_or(Error::BadRecipient)?;
        let key = bytes.try_into().map_err(|_| Error::BadRecipient)?;
        // Some 32 bytes are no key that anything could be agreed with.
        share(&PrivateKey::generate(&X25519)?, &key).map_err(|_| Error::BadRecipient)?;
        Ok(Self(key))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode(RECIPIENT_PREFIX, &self.0))
    }
}

/// A secret key; what it opens was encrypted for its [`Recipient`].
pub struct Secret(Zeroizing<[u8; KEY_BYTES]>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        entropy.fill(&mut bytes[..]);
        Self(bytes)
    }

    /// Its public key.
    ///
    /// # Errors
    /// [`Error::BadSecret`] for bytes that are no key.
    pub fn recipient(&self) -> Result<Recipient, Error> {
        let public = self.private()?.compute_public_key()?;
        let public = public.as_ref().try_into();
        Ok(Recipient(public.map_err(|_| Error::BadSecret)?))
    }

    /// The secret as it is written into a file.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(bech32::encode(SECRET_PREFIX, &self.0[..]).to_uppercase())
    }

    fn private(&self) -> Result<PrivateKey, Error> {
        PrivateKey::from_private_key(&X25519, &self.0[..]).map_err(|_| Error::BadSecret)
    }
}

impl FromStr for Secret {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = bech32::decode(SECRET_PREFIX, text).map(Zeroizing::new);
        let key = bytes.and_then(|bytes| bytes.as_slice().try_into().ok());
        Ok(Self(Zeroizing::new(key.ok_or(Error::BadSecret)?)))
    }
}

impl From<Unspecified> for Error {
    /// What we make ourselves is right; what comes from elsewhere was checked, or was changed.
    fn from(_: Unspecified) -> Self {
        Self::Damaged
    }
}

/// Encrypts all of `content` for the recipients.
///
/// # Errors
/// [`Error::BadRecipient`] where there is none, [`Error::Io`].
pub fn encrypt(
    recipients: &[Recipient],
    entropy: &dyn Entropy,
    content: &mut dyn Read,
    into: &mut dyn Write,
) -> Result<(), Error> {
    if recipients.is_empty() {
        return Err(Error::BadRecipient);
    }
    let mut file_key = Zeroizing::new([0; FILE_KEY_BYTES]);
    entropy.fill(&mut file_key[..]);
    let mut header = format!("{VERSION_LINE}\n");
    for recipient in recipients {
        header.push_str(&stanza(recipient, &file_key)?);
    }
    header.push_str("---");
    let mac = hmac::sign(&mac_key(&file_key)?, header.as_bytes());
    let mut nonce = [0; 16];
    entropy.fill(&mut nonce);
    writeln!(into, "{header} {}", BASE64.encode(mac))?;
    into.write_all(&nonce)?;
    let mut chunks = Chunks::new(&file_key, &nonce)?;
    let mut chunk = Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + TAG_BYTES));
    loop {
        // One byte more than a chunk tells whether it is the last.
        let missing = CHUNK_BYTES + 1 - chunk.len();
        content.take(missing as u64).read_to_end(&mut chunk)?;
        let last = chunk.len() <= CHUNK_BYTES;
        let whole = chunk.len().min(CHUNK_BYTES);
        let next = chunk.split_off(whole);
        let nonce = chunks.next(last);
        chunks
            .key
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut *chunk)?;
        into.write_all(&chunk)?;
        if last {
            return Ok(into.flush()?);
        }
        chunk.clear();
        chunk.extend_from_slice(&next);
    }
}

/// Decrypts all of a file. What came before damage was found has been written: nothing of it counts.
///
/// # Errors
/// [`Error::NotEncrypted`], [`Error::WrongKey`], [`Error::Damaged`], [`Error::Io`].
pub fn decrypt(secret: &Secret, file: &mut dyn Read, into: &mut dyn Write) -> Result<(), Error> {
    let mut file = BufReader::with_capacity(CHUNK_BYTES, file);
    let file_key = read_header(secret, &mut file)?;
    let mut nonce = [0; 16];
    file.read_exact(&mut nonce).map_err(cut_off)?;
    let mut chunks = Chunks::new(&file_key, &nonce)?;
    let sealed_bytes = CHUNK_BYTES + TAG_BYTES;
    let mut chunk = Zeroizing::new(Vec::with_capacity(sealed_bytes + 1));
    let mut first = true;
    loop {
        let missing = sealed_bytes + 1 - chunk.len();
        (&mut file).take(missing as u64).read_to_end(&mut chunk)?;
        let last = chunk.len() <= sealed_bytes;
        let whole = chunk.len().min(sealed_bytes);
        let next = chunk.split_off(whole);
        let nonce = chunks.next(last);
        let plain = chunks
            .key
            .open_in_place(nonce, Aad::empty(), &mut chunk)
            .map_err(|_| Error::Damaged)?;
        if plain.is_empty() && !first {
            // The format has an empty chunk only where there is no content at all.
            return Err(Error::Damaged);
        }
        into.write_all(plain)?;
        if last {
            return Ok(into.flush()?);
        }
        first = false;
        chunk.clear();
        chunk.extend_from_slice(&next);
    }
}

/// The file key for one recipient.
fn stanza(recipient: &Recipient, file_key: &[u8; FILE_KEY_BYTES]) -> Result<String, Error> {
    let own = PrivateKey::generate(&X25519)?;
    let public = own.compute_public_key()?;
    let public: [u8; KEY_BYTES] = public.as_ref().try_into().map_err(|_| Unspecified)?;
    let shared = share(&own, &recipient.0)?;
    let key = wrap_key(&shared, &public, &recipient.0)?;
    let mut wrapped = file_key.to_vec();
    key.seal_in_place_append_tag(zero_nonce(), Aad::empty(), &mut wrapped)?;
    Ok(format!(
        "-> X25519 {}\n{}\n",
        BASE64.encode(public),
        BASE64.encode(wrapped)
    ))
}

fn read_header(
    secret: &Secret,
    file: &mut impl BufRead,
) -> Result<Zeroizing<[u8; FILE_KEY_BYTES]>, Error> {
    let own = secret.private()?;
    let public = secret.recipient()?;
    let mut header = Vec::new();
    let mut room = HEADER_BYTES_MAX;
    let mut line = read_line(file, &mut room)?;
    if line != VERSION_LINE {
        return Err(Error::NotEncrypted);
    }
    let mut file_key = None;
    let mac = loop {
        header.extend_from_slice(line.as_bytes());
        header.push(b'\n');
        line = read_line(file, &mut room)?;
        if let Some(mac) = line.strip_prefix("--- ") {
            header.extend_from_slice(b"---");
            break decoded(mac)?;
        }
        let ephemeral = line.strip_prefix("-> X25519 ").map(decoded).transpose()?;
        if let Some(ephemeral) = ephemeral {
            header.extend_from_slice(line.as_bytes());
            header.push(b'\n');
            line = read_line(file, &mut room)?;
            let wrapped = decoded(&line)?;
            if let Some(opened) = unwrap(&own, &public, &ephemeral, wrapped) {
                file_key.get_or_insert(opened);
            }
        }
    };
    let file_key = file_key.ok_or(Error::WrongKey)?;
    hmac::verify(&mac_key(&file_key)?, &header, &mac).map_err(|_| Error::Damaged)?;
    Ok(file_key)
}

/// The file key, where a stanza is for this key.
fn unwrap(
    own: &PrivateKey,
    public: &Recipient,
    ephemeral: &[u8],
    mut wrapped: Vec<u8>,
) -> Option<Zeroizing<[u8; FILE_KEY_BYTES]>> {
    let ephemeral: [u8; KEY_BYTES] = ephemeral.try_into().ok()?;
    let shared = share(own, &ephemeral).ok()?;
    let key = wrap_key(&shared, &ephemeral, &public.0).ok()?;
    let opened = key.open_in_place(zero_nonce(), Aad::empty(), &mut wrapped);
    let opened: &[u8] = opened.ok()?;
    Some(Zeroizing::new(opened.try_into().ok()?))
}

/// A line of the header, without its end.
fn read_line(file: &mut impl BufRead, room: &mut usize) -> Result<String, Error> {
    let mut line = Vec::new();
    file.take(*room as u64).read_until(b'\n', &mut line)?;
    *room -= line.len();
    if line.pop() != Some(b'\n') {
        return Err(Error::NotEncrypted);
    }
    String::from_utf8(line).map_err(|_| Error::NotEncrypted)
}

fn decoded(text: &str) -> Result<Vec<u8>, Error> {
    BASE64.decode(text).map_err(|_| Error::NotEncrypted)
}

fn cut_off(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::Damaged,
        _ => Error::Io(error),
    }
}

fn share(own: &PrivateKey, other: &[u8; KEY_BYTES]) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    agreement::agree(
        own,
        UnparsedPublicKey::new(&X25519, other),
        Unspecified,
        |shared| Ok(Zeroizing::new(shared.to_vec())),
    )
}

fn wrap_key(shared: &[u8], ephemeral: &[u8], public: &[u8]) -> Result<LessSafeKey, Unspecified> {
    cipher(&*derive(shared, &[ephemeral, public].concat(), WRAP_INFO)?)
}

fn mac_key(file_key: &[u8; FILE_KEY_BYTES]) -> Result<hmac::Key, Unspecified> {
    let key = derive(file_key, &[], b"header")?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &key[..]))
}

fn cipher(key: &[u8; KEY_BYTES]) -> Result<LessSafeKey, Unspecified> {
    UnboundKey::new(&CHACHA20_POLY1305, key).map(LessSafeKey::new)
}

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

fn derive(
    secret: &[u8],
    salt: &[u8],
    info: &[u8],
) -> Result<Zeroizing<[u8; KEY_BYTES]>, Unspecified> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let prk = Salt::new(HKDF_SHA256, salt).extract(secret);
    prk.expand(&[info], KeyLength)?.fill(&mut key[..])?;
    Ok(key)
}

/// Each wrapping key is used once.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// The key of the content, and the numbers of its chunks.
struct Chunks {
    key: LessSafeKey,
    number: u64,
}

impl Chunks {
    fn new(file_key: &[u8; FILE_KEY_BYTES], nonce: &[u8; 16]) -> Result<Self, Unspecified> {
        let key = cipher(&*derive(file_key, nonce, b"payload")?)?;
        Ok(Self { key, number: 0 })
    }

    /// The nonce of the next chunk: its number, and whether it is the last.
    fn next(&mut self, last: bool) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[3..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = last.into();
        self.number += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

#[cfg(test)]
mod tests;
